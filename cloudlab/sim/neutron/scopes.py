"""Address scopes: pools whose addresses don't overlap. (Networking API reference, 'Address scopes'; seen on 2025.2)"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from cloudlab.sim.neutron import sharing, validators
from cloudlab.sim.neutron.attributes import OWNER, READ_ONLY, REQUIRED, TEXT, Attribute
from cloudlab.sim.neutron.faults import conflict, refused
from cloudlab.sim.neutron.kind import Json, born
from cloudlab.sim.neutron.model import AddressScope, SubnetPool
from cloudlab.sim.scope import Scope


class AddressScopes(sharing.Shareable):
    resource, collection, table = "address_scope", "address_scopes", AddressScope
    missing = ("AddressScopeNotFound", "Address scope {id} could not be found.")
    attributes = {
        "id": READ_ONLY,
        "name": TEXT,
        **OWNER,
        "shared": Attribute(default=False, convert=validators.boolean, policy="admin", sort=False),
        "ip_version": Attribute(
            put=False, default=REQUIRED, convert=validators.integer, check=validators.one_of(4, 6)
        ),
    }
    special_filters = {"shared": sharing.shared_filter("address_scope", AddressScope.id)}

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        shared = sharing.shared(scope, [row.id for row in rows])
        return [view(row, row.id in shared) for row in rows]

    def create(self, scope: Scope, data: Json) -> AddressScope:
        row = AddressScope(
            **born(scope, "address_scope", data["name"], data["project_id"]),
            name=data["name"],
            ip_version=data["ip_version"],
        )
        scope.session.add(row)
        scope.session.flush()
        if data["shared"]:
            sharing.add(scope, self.resource, row.id, row.project_id, sharing.SHARED)
        return row

    def update(self, scope: Scope, row: Any, data: Json) -> None:
        shared = data.pop("shared", None)
        if shared is False and sharing.shared(scope, [row.id]):
            raise refused(
                "AddressScopeUpdateError",
                f"Unable to update address scope {row.id} : Shared address scope can't be unshared.",
            )
        if shared:
            sharing.for_everybody(scope, self.resource, row.id, row.project_id, sharing.SHARED, True)
        super().update(scope, row, data)

    def delete(self, scope: Scope, row: Any) -> None:
        pools = select(SubnetPool.n).where(SubnetPool.address_scope_id == row.id).limit(1)
        if scope.session.scalars(pools).first():
            raise conflict(
                "AddressScopeInUse",
                f"Unable to complete operation on address scope {row.id}. There are one or more subnet pools in use "
                "on the address scope.",
            )
        scope.session.delete(row)


def view(row: AddressScope, shared: bool) -> Json:
    return {
        "id": row.id,
        "project_id": row.project_id,
        "name": row.name,
        "shared": shared,
        "ip_version": row.ip_version,
        "tenant_id": row.project_id,
    }


ADDRESS_SCOPES = AddressScopes()
