"""Networks. (Networking API reference, 'Networks'; recordings neutron/006…030, 034, 050…059)"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam, delete, select

from cloudlab.sim.neutron import groups, segments, sharing, validators
from cloudlab.sim.neutron.attributes import INTERNAL, READ_ONLY, TEXT, Attribute, standard
from cloudlab.sim.neutron.faults import conflict, invalid_input
from cloudlab.sim.neutron.kind import Json, born, changed, said, standard_view
from cloudlab.sim.neutron.model import IpAllocation, Network, Port, Subnet, SubnetPool, Tag
from cloudlab.sim.scope import Context, Scope

TEXTS = ("name", "description")
# Built once: making a statement costs more than running it.
SUBNET_IDS = (
    select(Subnet.network_id, Subnet.id, Subnet.subnetpool_id)
    .where(Subnet.network_id.in_(bindparam("ids", expanding=True)))
    .order_by(Subnet.n)
)


class Networks(sharing.Shareable):
    resource, collection, table = "network", "networks", Network
    missing = ("NetworkNotFound", "Network {id} could not be found.")
    attributes = {
        "id": READ_ONLY,
        "name": TEXT,
        "admin_state_up": Attribute(default=True, convert=validators.boolean),
        "status": READ_ONLY,
        "subnets": INTERNAL,
        "shared": Attribute(default=False, convert=validators.boolean, policy="admin", sort=False),
        "router:external": Attribute(
            default=False, convert=validators.boolean, policy="admin", column="external"
        ),
        "is_default": Attribute(default=False, convert=validators.boolean, policy="admin"),
        "mtu": Attribute(default=0, convert=validators.integer, check=validators.non_negative),
        "port_security_enabled": Attribute(default=True, convert=validators.boolean, policy="owner"),
        "provider:network_type": Attribute(
            policy="admin", column="network_type", check=validators.one_of(*segments.MTU)
        ),
        "provider:physical_network": Attribute(
            policy="admin", column="physical_network", check=validators.string_or_none(64)
        ),
        "provider:segmentation_id": Attribute(
            policy="admin", column="segmentation_id", convert=validators.integer_or_none
        ),
        "description": TEXT,
        "availability_zone_hints": Attribute(default=(), put=False, filter=False, check=validators.nothing),
        "availability_zones": INTERNAL,
        "ipv4_address_scope": INTERNAL,
        "ipv6_address_scope": INTERNAL,
        "segments": Attribute(put=False, filter=False, convert=segments.listed, policy="admin", parts=True),
        "qinq": Attribute(put=False, default=False, filter=False, convert=validators.boolean),
        "vlan_transparent": Attribute(put=False, default=False, filter=False, convert=validators.boolean),
        "ha": Attribute(put=False, default=False, filter=False, convert=validators.boolean),
        **standard(),
    }
    special_filters = {"shared": sharing.shared_filter("network", Network.id)}

    def may_set(self, scope: Scope, name: str, data: Json) -> bool:
        return scope.who.is_admin or self.attributes[name].policy == "owner"

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        parts: dict[str, Parts] = {row.id: Parts() for row in rows}
        if rows and (not fields or fields & {"subnets", "ipv4_address_scope", "ipv6_address_scope"}):
            _fill_subnets(scope, parts)
        if not fields or "shared" in fields:
            for network_id in sharing.shared(scope, parts):
                parts[network_id].shared = True
        return [view(row, parts[row.id], scope.who) for row in rows]

    def created_view(self, scope: Scope, row: Any) -> Json:
        return {**super().created_view(scope, row), "is_default": row.is_default}

    def create(self, scope: Scope, data: Json) -> Network:
        groups.ensure_default(scope, data["project_id"])
        segments.check_vlans(data)
        row = Network(
            **{**born(scope, "network", data["name"], data["project_id"], revision=1), **said(data, TEXTS)},
            admin_state_up=data["admin_state_up"],
            external=data["router:external"],
            is_default=data["is_default"],
            port_security_enabled=data["port_security_enabled"],
            **segments.chosen(scope, data),
        )
        row.mtu = _mtu(data["mtu"], row.network_type)
        if row.is_default:
            _check_only_default(scope, row)
        scope.session.add(row)
        scope.session.flush()
        self._open(scope, row, sharing.SHARED, data["shared"])
        self._open(scope, row, sharing.EXTERNAL, row.external)
        return row

    def _open(self, scope: Scope, row: Network, action: str, on: bool | None) -> bool:
        """Let everybody in, or no longer (None leaves it as it is); whether that changed anything."""
        if on is None:
            return False
        return sharing.for_everybody(scope, self.resource, row.id, row.project_id, action, on)

    def update(self, scope: Scope, row: Any, data: Json) -> None:
        if any(name in data for name in segments.PROVIDER):
            raise invalid_input("Only VLAN type networks can be updated.")
        if "mtu" in data:
            data = {**data, "mtu": _mtu(data["mtu"], row.network_type)}
        shared, external = data.pop("shared", None), data.get("router:external")
        if shared is False:
            _check_unshared(scope, row)
        if external is False and row.external:
            _check_no_doors(scope, row)
        if data.get("is_default") and not row.is_default:
            _check_only_default(scope, row)
        before = row.revision
        opened = self._open(scope, row, sharing.SHARED, shared)
        self._open(scope, row, sharing.EXTERNAL, external)
        super().update(scope, row, data)
        if opened and row.revision == before:
            changed(scope, row)

    def delete(self, scope: Scope, row: Any) -> None:
        """With its subnets; not while ports are on it (dhcp's aside)."""
        ports = scope.session.scalars(
            select(Port.id)
            .where(Port.network_id == row.id, Port.device_owner != "network:dhcp")
            .order_by(Port.n.desc())
        ).all()
        if ports:
            raise conflict(
                "NetworkInUse",
                f"Unable to complete operation on network {row.id}. There are one or more ports still in use on the "
                f"network, id for these ports is: {','.join(ports)}.",
            )
        subnets = select(Subnet.id).where(Subnet.network_id == row.id)
        scope.session.execute(delete(IpAllocation).where(IpAllocation.subnet_id.in_(subnets)))
        scope.session.execute(delete(Tag).where(Tag.resource_id.in_(subnets)))
        scope.session.execute(delete(Port).where(Port.network_id == row.id))
        scope.session.execute(delete(Subnet).where(Subnet.network_id == row.id))
        scope.session.delete(row)


@dataclass
class Parts:
    """What a network's JSON says beyond its row."""

    subnets: list[str] = field(default_factory=list)
    scopes: dict[int, str | None] = field(default_factory=dict)  # by IP version
    shared: bool = False


def _fill_subnets(scope: Scope, parts: dict[str, Parts]) -> None:
    """The networks' subnets, and the address scopes of the pools these came from."""
    of_pool: dict[str, set[str]] = {}
    for network_id, subnet_id, pool_id in scope.session.execute(SUBNET_IDS, {"ids": list(parts)}):
        parts[network_id].subnets.append(subnet_id)
        if pool_id:
            of_pool.setdefault(pool_id, set()).add(network_id)
    if of_pool:
        for pool in scope.session.scalars(select(SubnetPool).where(SubnetPool.id.in_(of_pool))):
            for network_id in of_pool[pool.id]:
                parts[network_id].scopes[pool.ip_version] = pool.address_scope_id


def _check_only_default(scope: Scope, row: Network) -> None:
    """One external network is the default for new topologies."""
    query = select(Network.id).where(Network.is_default, Network.external, Network.id != row.id)
    with scope.session.no_autoflush:
        other = scope.session.scalars(query).first() if row.external else None
    if other:
        raise conflict(
            "DefaultExternalNetworkExists",
            f"A default external network already exists: {other}.",
        )


def _check_unshared(scope: Scope, row: Network) -> None:
    """It stays shared with all while a project that no other policy lets in has ports on it."""
    allowed = {policy.target_project for policy in sharing.policies(scope, row.id)} - {sharing.EVERYBODY}
    users = select(Port.project_id).where(
        Port.network_id == row.id, ~Port.device_owner.startswith("network:", autoescape=True)
    )
    if set(scope.session.scalars(users)) - allowed - {row.project_id, ""}:
        raise conflict(
            "InvalidSharedSetting",
            f"Unable to reconfigure sharing settings for network {row.name}. Multiple tenants are using it.",
        )


def _check_no_doors(scope: Scope, row: Network) -> None:
    door = select(Port.n).where(Port.network_id == row.id, Port.device_owner == "network:router_gateway")
    if scope.session.scalars(door.limit(1)).first():
        raise conflict(
            "ExternalNetworkInUse",
            f"External network {row.id} cannot be updated to be made non-external, since it has existing gateway "
            "ports.",
        )


def _mtu(asked: int, network_type: str) -> int:
    most = segments.MTU[network_type]
    if asked > most:
        raise invalid_input(f"Requested MTU is too big, maximum is {most}")
    return asked or most


def view(row: Network, parts: Parts, who: Context) -> Json:
    body: Json = {
        "id": row.id,
        "name": row.name,
        "tenant_id": row.project_id,
        "admin_state_up": row.admin_state_up,
        "mtu": row.mtu,
        "status": row.status,
        "subnets": parts.subnets,
        "shared": parts.shared,
        "availability_zone_hints": [],
        "availability_zones": [],
        "ipv4_address_scope": parts.scopes.get(4),
        "ipv6_address_scope": parts.scopes.get(6),
        "router:external": row.external,
        "qinq": False,
        "vlan_transparent": False,
        "description": row.description,
        "port_security_enabled": row.port_security_enabled,
        **({"is_default": row.is_default} if row.external else {}),
        **standard_view(row),
    }
    if who.is_admin and row.segments:
        body["segments"] = row.segments
    elif who.is_admin:
        body |= {
            "provider:network_type": row.network_type,
            "provider:physical_network": row.physical_network,
            "provider:segmentation_id": row.segmentation_id,
        }
    return body


NETWORKS = Networks()
