"""POST /os-server-external-events: what neutron says about a server's ports (east_west_server_create)."""

from typing import Any

from cloudlab.sim import processes
from cloudlab.sim.nova import policy
from cloudlab.sim.nova.bodies import Schema, checked
from cloudlab.sim.nova.negotiation import of_version
from cloudlab.sim.nova.schemas import closed
from cloudlab.sim.nova.servers_rules import by_id
from cloudlab.sim.nova.servers_schemas import UUID
from cloudlab.sim.web import Call, Reply

NAMES = ("network-changed", "network-vif-plugged", "network-vif-unplugged", "network-vif-deleted")
# The names that later microversions brought, in their order.
LATER = {51: "volume-extended", 76: "power-update", 82: "accelerator-request-bound", 93: "volume-reimaged"}
NEED_TAG = ("volume-extended", "power-update", "accelerator-request-bound")


def _events(minor: int) -> Schema:
    names = [*NAMES, *(name for since, name in LATER.items() if since <= minor)]
    event = closed(
        ["name", "server_uuid"],
        server_uuid=UUID,
        name={"type": "string", "enum": names},
        status={"type": "string", "enum": ["failed", "completed", "in-progress"]},
        tag={"type": "string", "minLength": 1, "maxLength": 255},
    )
    return closed(["events"], events={"type": "array", "minItems": 1, "items": event})


EVENTS = {minor: _events(minor) for minor in (1, *LATER)}


class ExternalEvents:
    """Each event is handed to the host of its server. 207 when there was one that could not be (seen on 2025.2)."""

    def post(self, call: Call) -> Any:
        asked = checked(call, of_version(call, EVENTS))["events"]
        policy.enforce(call.scope, "os-server-external-events:create")
        events = [_received(call, event) for event in asked]
        good = all(event["code"] == 200 for event in events)
        return Reply(200 if good else 207, {"events": events})


def _received(call: Call, event: dict[str, Any]) -> dict[str, Any]:
    event = {**event, "status": "completed"}
    server = by_id(call.scope, event["server_uuid"])
    if server is None or server.deleted:
        return {**event, "status": "failed", "code": 404}
    if event["name"] in NEED_TAG and "tag" not in event:
        return {**event, "status": "failed", "code": 400}
    if server.host is None:
        return {**event, "status": "failed", "code": 422}
    arrived = call.scope.message("cast", processes.COMPUTE, "external_instance_event", server.id)
    if arrived and event["name"] in ("network-changed", "network-vif-deleted"):
        call.scope.later(0.2, "nova.refresh", server_id=server.id)
    return {**event, "code": 200}
