"""Routers: interfaces in subnets, and a gateway to an external network.

Networking API reference, 'Routers'; recordings neutron/011, 035…037, 052, 053.
"""

import ipaddress
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import BadRequest, PathNotFound
from cloudlab.sim.neutron import addresses, validators
from cloudlab.sim.neutron.attributes import INTERNAL, READ_ONLY, TEXT, Attribute, standard
from cloudlab.sim.neutron.faults import conflict, refused
from cloudlab.sim.neutron.flavors import FLAVORS
from cloudlab.sim.neutron.kind import Json, Kind, born, by_id, changed, given, said, standard_view
from cloudlab.sim.neutron.model import FloatingIp, IpAllocation, Port, Router, Subnet
from cloudlab.sim.neutron.networks import NETWORKS
from cloudlab.sim.neutron.ports import remove
from cloudlab.sim.scope import Scope

INTERFACE, GATEWAY = "network:router_interface", "network:router_gateway"
PLAIN = ("name", "description", "admin_state_up")


def bad_router(reason: str) -> BadRequest:
    return refused("BadRequest", f"Bad router request: {reason}.")


def _gateway_info(value: Any) -> str | None:
    """{"network_id": …, "enable_snat": …, "external_fixed_ips": […]} or nothing."""
    if value in (None, {}):
        return None
    if not isinstance(value, dict) or set(value) - {"network_id", "enable_snat", "external_fixed_ips"}:
        return f"'{value}' is not a valid external gateway"
    if "enable_snat" in value and not isinstance(value["enable_snat"], bool):
        return f"'{value['enable_snat']}' is not a valid boolean value"
    return validators.uuid(value.get("network_id")) or validators.fixed_ips(
        value.get("external_fixed_ips", [])
    )


class Routers(Kind):
    resource, collection, table = "router", "routers", Router
    missing = ("RouterNotFound", "Router {id} could not be found")
    attributes = {
        "id": READ_ONLY,
        "name": TEXT,
        "admin_state_up": Attribute(default=True, convert=validators.boolean),
        "status": READ_ONLY,
        "external_gateway_info": Attribute(
            default=None, check=_gateway_info, filter=False, policy="owner", parts=True
        ),
        "routes": Attribute(
            post=False, convert=validators.as_list, check=validators.host_routes, filter=False
        ),
        "description": TEXT,
        "availability_zone_hints": Attribute(default=(), put=False, filter=False, check=validators.nothing),
        "availability_zones": INTERNAL,
        "flavor_id": Attribute(put=False, filter=False, check=validators.optional(validators.uuid)),
        "distributed": Attribute(filter=False, convert=validators.boolean, policy="admin"),
        "ha": Attribute(filter=False, convert=validators.boolean, policy="admin"),
        **standard(),
    }

    def may_set(self, scope: Scope, name: str, data: Json) -> bool:
        """Whether to translate, and from which address, is an administrator's choice."""
        allowed = name == "external_gateway_info" and not set(data[name] or {}) - {"network_id"}
        return scope.who.is_admin or allowed

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        doors = [row.gateway_port_id for row in rows if row.gateway_port_id]
        query = select(Port.id, Port.network_id).where(Port.id.in_(doors))
        networks = {row[0]: row[1] for row in scope.session.execute(query)} if doors else {}
        ips = addresses.of_ports(scope, doors)
        return [view(row, self._info(row, networks, ips), scope.who.is_admin) for row in rows]

    def _info(self, row: Router, networks: dict[str, str], ips: dict[str, list[Json]]) -> Json | None:
        if not row.gateway_port_id:
            return None
        return {
            "network_id": networks[row.gateway_port_id],
            "external_fixed_ips": ips[row.gateway_port_id],
            "enable_snat": row.enable_snat,
        }

    def create(self, scope: Scope, data: Json) -> Router:
        _check_plain(data)
        columns = {**born(scope, "router", data["name"], data["project_id"], revision=1), **said(data, PLAIN)}
        flavor_id = given(data, "flavor_id", None)
        if flavor_id:
            FLAVORS.one(scope, flavor_id)
        row = Router(**columns, flavor_id=flavor_id)
        scope.session.add(row)
        scope.session.flush()
        if data["external_gateway_info"]:
            set_gateway(scope, row, data["external_gateway_info"])
        return row

    def update(self, scope: Scope, row: Any, data: Json) -> None:
        _check_plain(data)
        super().update(scope, row, said(data, PLAIN))
        if "external_gateway_info" in data:
            set_gateway(scope, row, data["external_gateway_info"] or {})
        if "routes" in data:
            check_routes(scope, row, data["routes"])
            super().update(scope, row, said(data, ("routes",)))

    def delete(self, scope: Scope, row: Any) -> None:
        doors = [port.id for port in interfaces(scope, row.id)]
        if doors:
            raise conflict("RouterInUse", f"Router {row.id} has ports still attached: {', '.join(doors)}")
        set_gateway(scope, row, {})
        scope.session.delete(row)


def interfaces(scope: Scope, router_id: str) -> list[Port]:
    query = select(Port).where(Port.device_id == router_id, Port.device_owner == INTERFACE).order_by(Port.n)
    return list(scope.session.scalars(query))


def inner_subnets(scope: Scope, router_id: str) -> list[Subnet]:
    """The subnets that the router's interfaces are in."""
    query = (
        select(Subnet)
        .join(IpAllocation, IpAllocation.subnet_id == Subnet.id)
        .join(Port, Port.id == IpAllocation.port_id)
        .where(Port.device_id == router_id, Port.device_owner == INTERFACE)
    )
    return list(scope.session.scalars(query))


def _check_plain(data: Json) -> None:
    """One router on one host: what an agent on several hosts would do is not here. (X-Cloudlab-Absent says so.)"""
    for name in ("distributed", "ha"):
        if given(data, name, False):
            raise PathNotFound(absent=f"PUT /v2.0/routers/{{id}} {name}=true")


def check_routes(scope: Scope, row: Router, routes: list[dict[str, str]]) -> None:
    """Each next hop is a neighbour in a subnet of the router, and not the router itself. Raises BadRequest."""
    nets = [ipaddress.ip_network(subnet.cidr) for subnet in router_subnets(scope, row)]
    own = _own_addresses(scope, row)
    for route in routes:
        hop = ipaddress.ip_address(route["nexthop"])
        if not any(hop in net for net in nets):
            raise bad_routes(routes, "the nexthop is not connected with router")
        if str(hop) in own:
            raise bad_routes(routes, "the nexthop is used by router")


def bad_routes(routes: list[dict[str, str]], reason: str) -> BadRequest:
    return refused("InvalidRoutes", f"Invalid format for routes: {routes}, {reason}")


def _own_addresses(scope: Scope, row: Router) -> set[str]:
    query = (
        select(IpAllocation.ip_address)
        .join(Port, Port.id == IpAllocation.port_id)
        .where(Port.device_id == row.id, Port.device_owner.in_([INTERFACE, GATEWAY]))
    )
    return set(scope.session.scalars(query))


def router_subnets(scope: Scope, row: Router) -> list[Subnet]:
    """Inner subnets, and those of the network that the gateway is in."""
    outer = (
        select(Subnet).join(Port, Port.network_id == Subnet.network_id).where(Port.id == row.gateway_port_id)
    )
    return inner_subnets(scope, row.id) + list(scope.session.scalars(outer))


def infrastructure_port(
    scope: Scope, network_id: str, project_id: str, device: tuple[str, str], fixed_ips: list[Json] | None
) -> Port:
    """A port of the network itself: no security, no groups. `device` is (id, owner)."""
    row = Port(
        **born(scope, "port", device[0], project_id, revision=1),
        name="",
        network_id=network_id,
        device_id=device[0],
        device_owner=device[1],
        port_security_enabled=False,
    )
    row.mac_address = scope.cloud.ids.mac(scope.session, row.id)
    scope.session.add(row)
    scope.session.flush()
    addresses.set_for(scope, row, fixed_ips)
    return row


def set_gateway(scope: Scope, row: Router, info: Json) -> None:
    """Connect the router to an external network, or (empty) to none. Its port belongs to no project.

    What the router has already stays. A revision for the port, and one for what is said of translation.
    """
    old = by_id(scope, Port, row.gateway_port_id) if row.gateway_port_id else None
    if old is not None and not _stays(scope, old, info):
        _check_gateway_unused(scope, row, old, info)
        row.gateway_port_id = None
        remove(scope, old)
        changed(scope, row)
        old = None
        if not info:
            changed(scope, row)
    if info and old is None:
        network = NETWORKS.one(scope, info["network_id"])
        if not network.external:
            raise bad_router(f"Network {network.id} is not an external network")
        port = infrastructure_port(scope, network.id, "", (row.id, GATEWAY), info.get("external_fixed_ips"))
        row.gateway_port_id = port.id
        changed(scope, row)
    translates = bool(info.get("enable_snat", True))
    if info and row.enable_snat != translates:
        changed(scope, row)
    row.enable_snat = translates
    scope.session.flush()


def _stays(scope: Scope, port: Port, info: Json) -> bool:
    """Whether that is the gateway that is asked for."""
    if info.get("network_id") != port.network_id:
        return False
    mine = addresses.of_ports(scope, [port.id])[port.id]
    return all(
        any(asked.items() <= ip.items() for ip in mine) for asked in info.get("external_fixed_ips", ())
    )


def _check_gateway_unused(scope: Scope, row: Router, old: Port, info: Json) -> None:
    used = select(FloatingIp.id).where(FloatingIp.router_id == row.id)
    if info.get("network_id") != old.network_id and scope.session.scalars(used).first():
        raise conflict(
            "RouterExternalGatewayInUseByFloatingIp",
            f"Gateway cannot be updated for router {row.id}, since a gateway to external network {old.network_id} is "
            "required by one or more floating IPs.",
        )


def view(row: Router, gateway: Json | None, for_admin: bool) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "tenant_id": row.project_id,
        "admin_state_up": row.admin_state_up,
        "status": row.status,
        "external_gateway_info": gateway,
        "description": row.description,
        "availability_zones": [],
        **({"distributed": False, "ha": False} if for_admin else {}),
        "availability_zone_hints": [],
        "routes": row.routes,
        "flavor_id": row.flavor_id,
        **standard_view(row),
    }


ROUTERS = Routers()
