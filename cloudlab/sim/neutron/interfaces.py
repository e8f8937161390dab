"""A router's interfaces: its ports in the subnets that it connects.

Networking API reference, 'Routers'; recordings neutron/036, 052.
"""

import ipaddress

from sqlalchemy import select

from cloudlab.sim.neutron import addresses, bodies
from cloudlab.sim.neutron.faults import conflict, not_found
from cloudlab.sim.neutron.kind import by_id, changed
from cloudlab.sim.neutron.model import FloatingIp, IpAllocation, Port, Router, Subnet
from cloudlab.sim.neutron.ports import PORTS, remove
from cloudlab.sim.neutron.routers import (
    INTERFACE,
    ROUTERS,
    bad_router,
    infrastructure_port,
    inner_subnets,
    interfaces,
)
from cloudlab.sim.neutron.subnets import SUBNETS
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply


def _target(call: Call) -> Subnet | Port:
    """The subnet or the port that the body names."""
    body = bodies.read(call)
    subnet_id, port_id = body.get("subnet_id"), body.get("port_id")
    if not subnet_id and not port_id:
        raise bad_router("Either subnet_id or port_id must be specified")
    if subnet_id and port_id:
        raise bad_router("Cannot specify both subnet-id and port-id")
    asked = subnet_id or port_id
    if not isinstance(asked, str):
        raise bad_router(f"Invalid input for interface. '{asked}' is not a valid UUID")
    found: Subnet | Port = (SUBNETS if subnet_id else PORTS).one(call.scope, asked)
    return found


def _answer(scope: Scope, row: Router, port: Port) -> Reply:
    subnet_ids = [ip["subnet_id"] for ip in addresses.of_ports(scope, [port.id])[port.id]]
    body = {
        "id": row.id,
        "tenant_id": row.project_id,
        "port_id": port.id,
        "network_id": port.network_id,
        "subnet_id": subnet_ids[0] if subnet_ids else None,
        "subnet_ids": subnet_ids,
    }
    return Reply(200, body)


def plug(scope: Scope, row: Router, subnet: Subnet) -> Port:
    """A new port of the router at the subnet's gateway address."""
    if not subnet.gateway_ip:
        raise bad_router("Subnet for router interface must have a gateway IP")
    _check_overlap(scope, row, subnet)
    fixed = [{"subnet_id": subnet.id, "ip_address": subnet.gateway_ip}]
    return infrastructure_port(scope, subnet.network_id, row.project_id, (row.id, INTERFACE), fixed)


def _check_overlap(scope: Scope, row: Router, subnet: Subnet) -> None:
    net = ipaddress.ip_network(subnet.cidr)
    for other in inner_subnets(scope, row.id):
        if other.id == subnet.id:
            raise bad_router(f"Router already has a port on subnet {subnet.id}")
        known = ipaddress.ip_network(other.cidr)
        if known.version == net.version and known.overlaps(net):  # type: ignore[arg-type]
            raise bad_router(
                f"Cidr {subnet.cidr} of subnet {subnet.id} overlaps with cidr {other.cidr} of subnet {other.id}"
            )


class AddInterface:
    """PUT /routers/{id}/add_router_interface: by subnet (its gateway address becomes the router's), or by port."""

    def put(self, call: Call, id_: str) -> Reply:
        scope = call.scope
        row = ROUTERS.permitted(scope, id_, "add_router_interface")
        target = _target(call)
        port = plug(scope, row, target) if isinstance(target, Subnet) else self._adopt(scope, row, target)
        changed(scope, row)
        return _answer(scope, row, port)

    def _adopt(self, scope: Scope, row: Router, port: Port) -> Port:
        if port.device_id:
            raise conflict(
                "PortInUse",
                f"Unable to complete operation on port {port.id} for network {port.network_id}. Port already has an "
                f"attached device {port.device_id}.",
            )
        ips = addresses.of_ports(scope, [port.id])[port.id]
        if not ips:
            raise bad_router("Router port must have at least one fixed IP")
        for ip in ips:
            _check_overlap(scope, row, by_id(scope, Subnet, ip["subnet_id"]))
        changed(scope, port)
        port.device_id, port.device_owner = row.id, INTERFACE
        return port


class RemoveInterface:
    """PUT /routers/{id}/remove_router_interface."""

    def put(self, call: Call, id_: str) -> Reply:
        scope = call.scope
        row = ROUTERS.permitted(scope, id_, "remove_router_interface")
        target = _target(call)
        doors = interfaces(scope, row.id)
        subnets = {
            port_id: [ip["subnet_id"] for ip in ips]
            for port_id, ips in addresses.of_ports(scope, [door.id for door in doors]).items()
        }
        found = next((door for door in doors if target.id in (door.id, *subnets[door.id])), None)
        if found is None:
            raise self._unknown(row, target)
        for subnet_id in subnets[found.id]:
            self._check_unused(scope, row, subnet_id)
        answer = _answer(scope, row, found)
        remove(scope, found)
        changed(scope, row)
        return answer

    def _unknown(self, row: Router, target: Subnet | Port) -> Exception:
        if isinstance(target, Subnet):
            return not_found(
                "RouterInterfaceNotFoundForSubnet", f"Router {row.id} has no interface on subnet {target.id}"
            )
        return not_found(
            "RouterInterfaceNotFound", f"Router {row.id} does not have an interface with id {target.id}"
        )

    def _check_unused(self, scope: Scope, row: Router, subnet_id: str) -> None:
        net = ipaddress.ip_network(by_id(scope, Subnet, subnet_id).cidr)
        if any(ipaddress.ip_address(route["nexthop"]) in net for route in row.routes):
            raise conflict(
                "RouterInterfaceInUseByRoute",
                f"Router interface for subnet {subnet_id} on router {row.id} cannot be deleted, as it is required by "
                "one or more routes.",
            )
        query = (
            select(FloatingIp.id)
            .join(IpAllocation, IpAllocation.port_id == FloatingIp.port_id)
            .where(FloatingIp.router_id == row.id, IpAllocation.subnet_id == subnet_id)
        )
        if scope.session.scalars(query).first():
            raise conflict(
                "RouterInterfaceInUseByFloatingIP",
                f"Router interface for subnet {subnet_id} on router {row.id} cannot be deleted, as it is required by "
                "one or more floating IPs.",
            )
