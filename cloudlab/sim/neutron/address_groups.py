"""Address groups: addresses that a security group's rule names together.

Networking API reference, 'Address groups'; seen on 2025.2.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from cloudlab.sim.clock import iso_z
from cloudlab.sim.neutron import bodies, sharing, validators
from cloudlab.sim.neutron.attributes import INTERNAL, READ_ONLY, TEXT, Attribute, standard
from cloudlab.sim.neutron.faults import conflict, not_found, refused
from cloudlab.sim.neutron.kind import Json, born, changed
from cloudlab.sim.neutron.model import AddressGroup, Rule
from cloudlab.sim.neutron.subnetpools import checked, nets
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply


class AddressGroups(sharing.Shareable):
    resource, collection, table = "address_group", "address_groups", AddressGroup
    missing = ("AddressGroupNotFound", "Address group {id} could not be found.")
    attributes = {
        "id": READ_ONLY,
        "name": TEXT,
        "description": TEXT,
        "addresses": Attribute(
            put=False, default=(), filter=False, convert=validators.as_list, check=validators.networks
        ),
        "shared": INTERNAL,
        **standard(tagged=False),
    }

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        return [view(row) for row in rows]

    def create(self, scope: Scope, data: Json) -> AddressGroup:
        addresses = _normal(data["addresses"])
        row = AddressGroup(
            **born(
                scope,
                "address_group",
                data["name"],
                data["project_id"],
                revision=len(addresses),
                description=data["description"],
            ),
            name=data["name"],
            addresses=addresses,
        )
        scope.session.add(row)
        scope.session.flush()
        return row

    def delete(self, scope: Scope, row: Any) -> None:
        rules = select(Rule.n).where(Rule.remote_address_group_id == row.id).limit(1)
        if scope.session.scalars(rules).first():
            raise conflict(
                "AddressGroupInUse", f"Address group {row.id} is in use on one or more security group rules."
            )
        scope.session.delete(row)


def _normal(addresses: list[str]) -> list[str]:
    """Without host bits, sorted as text, each once."""
    return sorted({str(net) for net in nets(addresses)})


def _said(call: Call) -> list[str]:
    """The body's addresses. (Neutron says 500 to a body without them; here it is a 400.)"""
    return _normal(checked(bodies.required(bodies.read(call), "addresses", list)))


def _set(call: Call, row: AddressGroup, addresses: list[str]) -> Reply:
    if addresses != row.addresses:
        changed(call.scope, row)
        row.addresses = addresses
    shared = bool(sharing.shared(call.scope, [row.id]))
    return Reply(200, {"address_group": {**view(row), "shared": shared, "standard_attr_id": row.n}})


class AddAddresses:
    """PUT /address-groups/{id}/add_addresses."""

    def put(self, call: Call, id_: str) -> Reply:
        row = ADDRESS_GROUPS.permitted(call.scope, id_, "add_addresses")
        said = _said(call)
        known = [address for address in said if address in row.addresses]
        if known:
            raise refused(
                "AddressesAlreadyExist", f"Addresses {known} already exist in the address group {row.id}."
            )
        return _set(call, row, sorted([*row.addresses, *said]))


class RemoveAddresses:
    """PUT /address-groups/{id}/remove_addresses."""

    def put(self, call: Call, id_: str) -> Reply:
        row = ADDRESS_GROUPS.permitted(call.scope, id_, "remove_addresses")
        said = _said(call)
        unknown = [address for address in said if address not in row.addresses]
        if unknown:
            raise not_found(
                "AddressesNotFound", f"Addresses {unknown} not found in the address group {row.id}."
            )
        return _set(call, row, [address for address in row.addresses if address not in said])


def view(row: AddressGroup) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "project_id": row.project_id,
        "addresses": row.addresses,
        "revision_number": row.revision,
        "description": row.description,
        "created_at": iso_z(row.created_at),
        "updated_at": iso_z(row.updated_at),
        "tenant_id": row.project_id,
    }


ADDRESS_GROUPS = AddressGroups()
