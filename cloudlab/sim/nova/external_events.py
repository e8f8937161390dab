"""POST /os-server-external-events: what neutron says about a server's ports (east_west_server_create)."""

from typing import Any

from cloudlab.sim.errors import NotFound
from cloudlab.sim.nova import policy
from cloudlab.sim.nova.bodies import checked
from cloudlab.sim.nova.schemas import closed
from cloudlab.sim.nova.servers_rules import by_id
from cloudlab.sim.nova.servers_schemas import UUID
from cloudlab.sim.web import Call, Reply

NAMES = (
    "network-changed",
    "network-vif-plugged",
    "network-vif-unplugged",
    "network-vif-deleted",
    "volume-extended",
)
EVENT = closed(
    ["server_uuid", "name"],
    server_uuid=UUID,
    name={"type": "string", "enum": list(NAMES)},
    status={"type": "string", "enum": ["failed", "completed", "in-progress"]},
    tag={"type": "string", "minLength": 1, "maxLength": 255},
)
EVENTS = closed(["events"], events={"type": "array", "minItems": 1, "items": EVENT})


class ExternalEvents:
    """Each event is handed to the host of its server. 207 when some server is unknown or has no host yet."""

    def post(self, call: Call) -> Any:
        policy.enforce(call.scope, "os-server-external-events:create")
        events = [_received(call, event) for event in checked(call, EVENTS)["events"]]
        codes = {event["code"] for event in events}
        if codes == {404}:
            raise NotFound("No instances found for any event")
        return Reply(200 if codes == {200} else 207, {"events": events})


def _received(call: Call, event: dict[str, Any]) -> dict[str, Any]:
    event = {"status": "completed", **event}
    server = by_id(call.scope, event["server_uuid"])
    if server is None or server.deleted:
        return {**event, "status": "failed", "code": 404}
    if server.host is None:
        return {**event, "status": "failed", "code": 422}
    call.scope.message("cast", f"compute.{server.host}", "external_instance_event", sender="nova-api")
    if event["name"] in ("network-changed", "network-vif-deleted"):
        call.scope.later(0.2, "nova.refresh", server_id=server.id)
    return {**event, "code": 200}
