"""Actions on a server's addresses, until 2.43: fixed ones by compute, floating ones by neutron (seen on 2025.2)."""

from typing import Any

from cloudlab.sim import processes, tasks
from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.nova import net
from cloudlab.sim.nova.peering import ask
from cloudlab.sim.nova.schemas import closed
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_rules import by_id
from cloudlab.sim.nova.servers_schemas import FIXED_IP
from cloudlab.sim.nova.steps import set_fault
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

Json = dict[str, Any]
ADD_FIXED = closed(["networkId"], networkId={"type": ["string", "number"], "minLength": 1, "maxLength": 36})
REMOVE = closed(["address"], address=FIXED_IP)
ADD_FLOATING = closed(["address"], address=FIXED_IP, fixed_address=FIXED_IP)
RPC = 0.3  # seconds of the classroom profile until compute has done it
HTML = "text/html; charset=UTF-8"


def add_fixed(call: Call, server: Server, wanted: Json) -> Reply:
    """One more address on a network that the server is on; what goes wrong is only noted with the server."""
    return _tell_compute(
        call, server, "add_fixed_ip_to_instance", "nova.add_fixed_ip", str(wanted["networkId"])
    )


def remove_fixed(call: Call, server: Server, wanted: Json) -> Reply:
    """Take an address away."""
    return _tell_compute(
        call, server, "remove_fixed_ip_from_instance", "nova.remove_fixed_ip", wanted["address"]
    )


def _tell_compute(call: Call, server: Server, message: str, kind: str, what: str) -> Reply:
    if call.scope.message("cast", processes.COMPUTE, message, server.id):
        call.scope.later(RPC, kind, server_id=server.id, what=what)
    return Reply(202)


def _ports(scope: Scope, server_id: str, *more: tuple[str, str]) -> list[Json]:
    answer = ask(scope, "neutron", "GET", net.query("/v2.0/ports", ("device_id", server_id), *more))
    return list(answer.json["ports"]) if answer.ok else []


@tasks.handler("nova.add_fixed_ip")
def add_fixed_step(scope: Scope, server_id: str, what: str) -> None:
    """The first port on the network that takes an address of one of its subnets."""
    server = by_id(scope, server_id)
    if server is None or server.deleted:
        return
    answer = ask(scope, "neutron", "GET", net.query("/v2.0/subnets", ("network_id", what)))
    subnets = answer.json["subnets"] if answer.ok else []
    for port in _ports(scope, server.id, ("network_id", what)) if subnets else []:
        for subnet in subnets:
            fixed_ips = [*port["fixed_ips"], {"subnet_id": subnet["id"]}]
            if _set(scope, port, fixed_ips):
                net.refresh(scope, server)
                return
    set_fault(scope, server, f"Network could not be found for instance {server.id}.", 404)


@tasks.handler("nova.remove_fixed_ip")
def remove_fixed_step(scope: Scope, server_id: str, what: str) -> None:
    """From the port that has it."""
    server = by_id(scope, server_id)
    if server is None or server.deleted:
        return
    for port in _ports(scope, server.id, ("fixed_ips", f"ip_address={what}")):
        _set(scope, port, [ip for ip in port["fixed_ips"] if ip["ip_address"] != what])
        net.refresh(scope, server)
        return
    set_fault(scope, server, f"Instance {server.id} does not have fixed IP '{what}'.", 404)


def _set(scope: Scope, port: Json, fixed_ips: list[Json]) -> bool:
    body = {"port": {"fixed_ips": fixed_ips}}
    return ask(scope, "neutron", "PUT", f"/v2.0/ports/{port['id']}", body=body).ok


def _floating(scope: Scope, address: str) -> Json | None:
    path = net.query("/v2.0/floatingips", ("floating_ip_address", address))
    answer = ask(scope, "neutron", "GET", path)
    found: list[Json] = answer.json["floatingips"] if answer.ok else []
    return found[0] if found else None


def add_floating(call: Call, server: Server, wanted: Json) -> Reply:
    """Put it on the server's first IPv4 address, or on the one that is named."""
    held = [(port["port_id"], ip["address"]) for port in server.addresses for ip in _fixed(port)]
    if not server.addresses:
        raise BadRequest("Instance network is not ready yet")
    if not held:
        raise BadRequest("No fixed IPs associated to instance")
    fixed = wanted.get("fixed_address") or next((ip for _, ip in held if ":" not in ip), None)
    if fixed is None:
        raise BadRequest(
            f"Unable to associate floating IP {wanted['address']} to any fixed IPs for instance {server.id}. "
            "Instance has no fixed IPv4 addresses to associate."
        )
    port_id = next((port for port, ip in held if ip == fixed), None)
    if port_id is None:
        raise BadRequest("Specified fixed address not assigned to instance")
    floating = _floating(call.scope, wanted["address"])
    if floating is None:
        raise NotFound("floating IP not found")
    body = {"floatingip": {"port_id": port_id, "fixed_ip_address": fixed}}
    answer = ask(call.scope, "neutron", "PUT", f"/v2.0/floatingips/{floating['id']}", body=body)
    if not answer.ok:
        raise BadRequest(str(answer.json["NeutronError"]["message"]))
    net.refresh(call.scope, server)
    return Reply(202, content_type=HTML)


def _fixed(port: Json) -> list[Json]:
    return [ip for ip in port["ips"] if ip["type"] == "fixed"]


def remove_floating(call: Call, server: Server, wanted: Json) -> Reply:
    """Raises Conflict when it is another's."""
    address = wanted["address"]
    floating = _floating(call.scope, address)
    if floating is None:
        raise NotFound(f"Floating IP not found for address {address}.")
    if floating["port_id"] not in [port["id"] for port in server.ports]:
        raise Conflict(f"Floating IP {address} is not associated with instance {server.id}.")
    body = {"floatingip": {"port_id": None}}
    ask(call.scope, "neutron", "PUT", f"/v2.0/floatingips/{floating['id']}", body=body)
    net.refresh(call.scope, server)
    return Reply(202, content_type=HTML)
