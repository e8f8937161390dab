"""`/servers/{server_id}/os-interface`: its ports, one more, one less (API reference; changes seen on 2025.2)."""

from typing import Any

from cloudlab.sim import processes, tasks
from cloudlab.sim.errors import ApiError, BadRequest, Conflict, NotFound, PeerFailed
from cloudlab.sim.nova import net
from cloudlab.sim.nova.bodies import Schema, checked
from cloudlab.sim.nova.peering import ComputeFailed, ask, words
from cloudlab.sim.nova.schemas import closed
from cloudlab.sim.nova.server_parts import of_server
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_rules import (
    by_id,
    check_state,
    check_unlocked,
    finish_event,
    record,
    start_event,
)
from cloudlab.sim.nova.servers_schemas import FIXED_IP, TAG, UUID
from cloudlab.sim.nova.states import Machine
from cloudlab.sim.nova.steps import Failed
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

Json = dict[str, Any]
STATES = ("active", "paused", "stopped")
ATTACH = Machine("attach_interface", "compute_attach_interface", "attach_interface", None, (), STATES,
                 verb="attach_interface")  # fmt: skip
DETACH = Machine("detach_interface", "compute_detach_interface", "detach_interface", None, (), STATES,
                 verb="detach_interface")  # fmt: skip
UNPLUG = 0.8  # seconds of the classroom profile until a port is gone
_ADDRESS = closed(["ip_address"], ip_address=FIXED_IP)
_WANTED: dict[str, Any] = {
    "net_id": UUID,
    "port_id": UUID,
    "fixed_ips": {"type": "array", "minItems": 1, "maxItems": 1, "items": _ADDRESS},
}
OLD_CREATE = closed(None, interfaceAttachment=closed(None, **_WANTED))
CREATE = closed(None, interfaceAttachment=closed(None, **_WANTED, tag=TAG))


class Interfaces:
    """`/servers/{server_id}/os-interface`: its ports, from neutron."""

    def get(self, call: Call, server_id: str) -> Json:
        server = of_server(call, server_id, "os-attach-interfaces:list")
        path = net.query("/v2.0/ports", ("device_id", server.id))
        ports = ask(call.scope, "neutron", "GET", path).expect().json["ports"]
        return {"interfaceAttachments": [_shown(call, server, port) for port in ports]}

    def post(self, call: Call, server_id: str) -> Json:
        schema: Schema = CREATE if call.at_least(49) else OLD_CREATE
        asked = checked(call, schema).get("interfaceAttachment", {})
        server = of_server(call, server_id, "os-attach-interfaces:create")
        if asked.get("net_id") and asked.get("port_id"):
            raise BadRequest("Must not input both network_id and port_id")
        if asked.get("fixed_ips") and not asked.get("net_id"):
            raise BadRequest("Must input network_id when request IP address")
        check_unlocked(call.scope, server)
        check_state(server, ATTACH)
        port_id = attach(call.scope, server, asked)
        port = ask(call.scope, "neutron", "GET", f"/v2.0/ports/{port_id}").expect().json["port"]
        return {"interfaceAttachment": _shown(call, server, port)}


class Interface:
    """`/servers/{server_id}/os-interface/{port_id}`."""

    def get(self, call: Call, server_id: str, port_id: str) -> Json:
        server = of_server(call, server_id, "os-attach-interfaces:show")
        answer = ask(call.scope, "neutron", "GET", f"/v2.0/ports/{port_id}")
        if not answer.ok:
            raise NotFound(f"Port id {port_id} could not be found.")
        if answer.json["port"]["device_id"] != server.id:
            raise NotFound(f"Instance {server.id} does not have a port with id {port_id}")
        return {"interfaceAttachment": _shown(call, server, answer.json["port"])}

    def delete(self, call: Call, server_id: str, port_id: str) -> Reply:
        server = of_server(call, server_id, "os-attach-interfaces:delete")
        check_unlocked(call.scope, server)
        check_state(server, DETACH)
        action = record(call.scope, server, DETACH.action)
        start_event(call.scope, action.number, DETACH.event, server.host)
        if call.scope.message("cast", processes.COMPUTE, DETACH.cast, server.id):
            call.scope.later(
                UNPLUG, "nova.unplug", server_id=server.id, port_id=port_id, action=action.number
            )
        return Reply(202)


def _shown(call: Call, server: Server, port: Json) -> Json:
    body = {
        "net_id": port["network_id"],
        "port_id": port["id"],
        "mac_addr": port["mac_address"],
        "port_state": port["status"],
        "fixed_ips": port["fixed_ips"],
    }
    if call.at_least(70):
        body["tag"] = next((held["tag"] for held in server.ports if held["id"] == port["id"]), None)
    return body


def attach(scope: Scope, server: Server, asked: Json) -> str:
    """Give the server a port: the answer waits for compute. Gives the port's id.

    Raises NotFound, Conflict, BadRequest, ComputeFailed; the action that failed stays with the server.
    """
    action = record(scope, server, ATTACH.action)
    start_event(scope, action.number, ATTACH.event, server.host)
    scope.message("call", processes.COMPUTE, ATTACH.cast, server.id)
    try:
        port_id = _attach(scope, server, asked)
    except ApiError as error:
        finish_event(scope, action.number, "Error", words(error))
        scope.kept = True
        raise (ComputeFailed() if isinstance(error, PeerFailed) else error) from None
    finish_event(scope, action.number)
    net.refresh(scope, server)
    return port_id


def _attach(scope: Scope, server: Server, asked: Json) -> str:
    item = net.requested_one(scope, asked)
    before = [port["id"] for port in server.ports]
    try:
        return net.plug_one(scope, server, item, [])
    except Failed as error:
        for held in [port for port in server.ports if port["id"] not in before]:
            net.unplug_one(scope, server, held)
        raise _refused(server, error.message) from error


def _refused(server: Server, message: str) -> ApiError:
    """What compute says of a port that can't be made, without the words for a build."""
    reason = message.removeprefix(f"Build of instance {server.id} aborted: ")
    if reason.endswith("is already in use."):
        return Conflict(f"{reason.removesuffix('.')} on instance {server.id}.")
    return BadRequest(reason)


@tasks.handler("nova.unplug")
def unplug_step(scope: Scope, server_id: str, port_id: str, action: int) -> None:
    """Compute takes the port out of the guest; one that nova made is deleted."""
    server = by_id(scope, server_id)
    if server is None or server.deleted or server.task_state == "deleting":
        return
    held = next((port for port in server.ports if port["id"] == port_id), None)
    if held is None:
        finish_event(scope, action, "Error", f"Port {port_id} is not attached")
        return
    try:
        net.unplug_one(scope, server, held)
        finish_event(scope, action)
    except PeerFailed as error:  # inferred: the port stays, and the action alone says that it failed
        finish_event(scope, action, "Error", words(error))
