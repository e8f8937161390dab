"""Floating IPs: an external address that a router translates to a port's.

Networking API reference, 'Floating IPs'; recordings neutron/012, 041, 042, 044, 045. (There they stay DOWN for
want of an agent; here one that is connected is ACTIVE.)
"""

import ipaddress
from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.neutron import addresses, notify, validators
from cloudlab.sim.neutron.attributes import INTERNAL, READ_ONLY, REQUIRED, TEXT, Attribute, standard
from cloudlab.sim.neutron.faults import conflict, not_found, refused
from cloudlab.sim.neutron.kind import Json, Kind, born, by_id, changed, given, said, standard_view
from cloudlab.sim.neutron.model import FloatingIp, IpAllocation, Port, Router
from cloudlab.sim.neutron.networks import NETWORKS
from cloudlab.sim.neutron.ports import PORTS, remove
from cloudlab.sim.neutron.routers import INTERFACE, infrastructure_port
from cloudlab.sim.scope import Scope

OWNER = "network:floatingip"
SHOWN_OF_PORT = (
    "name",
    "network_id",
    "mac_address",
    "admin_state_up",
    "status",
    "device_id",
    "device_owner",
)


def bad_floatingip(reason: str) -> BadRequest:
    return refused("BadRequest", f"Bad floatingip request: {reason}.")


class FloatingIps(Kind):
    resource, collection, table = "floatingip", "floatingips", FloatingIp
    missing = ("FloatingIPNotFound", "Floating IP {id} could not be found")
    attributes = {
        "id": READ_ONLY,
        "floating_ip_address": Attribute(
            put=False, check=validators.optional(validators.ip_address), policy="admin"
        ),
        "floating_network_id": Attribute(put=False, default=REQUIRED, check=validators.uuid),
        "subnet_id": Attribute(put=False, check=validators.optional(validators.uuid), filter=False),
        "router_id": READ_ONLY,
        "port_id": Attribute(default=None, check=validators.optional(validators.uuid)),
        "fixed_ip_address": Attribute(default=None, check=validators.optional(validators.ip_address)),
        "status": READ_ONLY,
        "port_details": INTERNAL,
        "description": TEXT,
        **standard(),
    }

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        ids = [row.port_id for row in rows if row.port_id]
        query = select(Port).where(Port.id.in_(ids))
        ports = {port.id: port for port in scope.session.scalars(query)} if ids else {}
        return [view(row, ports.get(row.port_id)) for row in rows]

    def create(self, scope: Scope, data: Json) -> FloatingIp:
        network = NETWORKS.one(scope, data["floating_network_id"])
        if not network.external:
            raise bad_floatingip(f"Network {network.id} is not a valid external network")
        base = born(scope, "floatingip", network.name, data["project_id"], description=data["description"])
        wanted = {
            "ip_address": given(data, "floating_ip_address", None),
            "subnet_id": given(data, "subnet_id", None),
        }
        asked = {name: value for name, value in wanted.items() if value}
        port = infrastructure_port(scope, network.id, "", (base["id"], OWNER), [asked] if asked else None)
        ips = addresses.of_ports(scope, [port.id])[port.id]
        outer = [ip["ip_address"] for ip in ips if ipaddress.ip_address(ip["ip_address"]).version == 4]
        if not outer:
            raise bad_floatingip(f"Network {network.id} does not contain any IPv4 subnet")
        row = FloatingIp(
            **base,
            floating_ip_address=outer[0],
            floating_network_id=network.id,
            floating_port_id=port.id,
        )
        scope.session.add(row)
        scope.session.flush()
        if data["port_id"]:
            self._connect(scope, row, data["port_id"], data["fixed_ip_address"])
        elif data["fixed_ip_address"]:
            raise bad_floatingip("fixed_ip_address cannot be specified without a port_id")
        return row

    def update(self, scope: Scope, row: Any, data: Json) -> None:
        super().update(scope, row, said(data, ("description",)))
        if "port_id" not in data:
            if data.get("fixed_ip_address"):
                raise bad_floatingip("fixed_ip_address cannot be specified without a port_id")
            return
        if data["port_id"] or row.port_id:
            changed(scope, row)
        self._disconnect(scope, row)
        if data["port_id"]:
            self._connect(scope, row, data["port_id"], data.get("fixed_ip_address"))

    def delete(self, scope: Scope, row: Any) -> None:
        self._disconnect(scope, row)
        remove(scope, by_id(scope, Port, row.floating_port_id))
        scope.session.delete(row)

    def _disconnect(self, scope: Scope, row: FloatingIp) -> None:
        port = by_id(scope, Port, row.port_id) if row.port_id else None
        row.port_id = row.fixed_ip_address = row.router_id = None
        row.status = "DOWN"
        scope.session.flush()
        if port is not None and notify.is_servers(port):
            notify.nova(scope, port, notify.CHANGED)

    def _connect(self, scope: Scope, row: FloatingIp, port_id: str, fixed: str | None) -> None:
        port = PORTS.one(scope, port_id)
        ip = _inner_address(scope, port, fixed)
        twin = select(FloatingIp.id).where(
            FloatingIp.port_id == port.id,
            FloatingIp.fixed_ip_address == ip["ip_address"],
            FloatingIp.floating_network_id == row.floating_network_id,
            FloatingIp.id != row.id,
        )
        if scope.session.scalars(twin).first():
            raise conflict(
                "FloatingIPPortAlreadyAssociated",
                f"Cannot associate floating IP {row.floating_ip_address} ({row.id}) with port {port.id} using fixed IP "
                f"{ip['ip_address']}, as that fixed IP already has a floating IP on external network "
                f"{row.floating_network_id}.",
            )
        row.router_id = _router_between(scope, row.floating_network_id, ip["subnet_id"], port.id)
        row.port_id, row.fixed_ip_address, row.status = port.id, ip["ip_address"], "ACTIVE"
        scope.session.flush()
        if notify.is_servers(port):
            notify.nova(scope, port, notify.CHANGED)


def _inner_address(scope: Scope, port: Port, fixed: str | None) -> Json:
    """The port's address that the floating one stands for."""
    all_ips = addresses.of_ports(scope, [port.id])[port.id]
    ips = [ip for ip in all_ips if ipaddress.ip_address(ip["ip_address"]).version == 4]
    if fixed:
        ips = [ip for ip in ips if ip["ip_address"] == fixed]
        if not ips:
            raise bad_floatingip(f"Port {port.id} does not have fixed ip {fixed}")
    if not ips:
        raise bad_floatingip(f"Cannot add floating IP to port {port.id} that has no fixed IPv4 addresses")
    if len(ips) > 1:
        raise bad_floatingip(
            f"Port {port.id} has multiple fixed IPv4 addresses.  Must provide a specific IPv4 address when "
            "assigning a floating IP"
        )
    return ips[0]


def _router_between(scope: Scope, external_id: str, subnet_id: str, port_id: str) -> str:
    """The router with an interface in the subnet and its gateway in the external network."""
    inner = (
        select(Port.device_id)
        .join(IpAllocation, IpAllocation.port_id == Port.id)
        .where(IpAllocation.subnet_id == subnet_id, Port.device_owner == INTERFACE)
    )
    doors = select(Port.id).where(Port.network_id == external_id)
    query = select(Router.id).where(Router.id.in_(inner), Router.gateway_port_id.in_(doors))
    found = scope.session.scalars(query).first()
    if found is None:
        raise not_found(
            "ExternalGatewayForFloatingIPNotFound",
            f"External network {external_id} is not reachable from subnet {subnet_id}.  Therefore, cannot associate "
            f"Port {port_id} with a Floating IP.",
        )
    return found


def view(row: FloatingIp, port: Port | None) -> Json:
    return {
        "id": row.id,
        "tenant_id": row.project_id,
        "floating_ip_address": row.floating_ip_address,
        "floating_network_id": row.floating_network_id,
        "router_id": row.router_id,
        "port_id": row.port_id,
        "fixed_ip_address": row.fixed_ip_address,
        "status": row.status,
        "description": row.description,
        "port_details": {name: getattr(port, name) for name in SHOWN_OF_PORT} if port else None,
        **standard_view(row),
    }


FLOATING_IPS = FloatingIps()
