"""The action rebuild: a new disk from an image, the same id and addresses (API reference, 'Rebuild Server')."""

from typing import Any

from cloudlab.sim.nova.servers import whole
from cloudlab.sim.nova.servers_create import image_of, image_properties
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.steps import begin
from cloudlab.sim.web import Call, Reply

COLUMNS = (
    ("OS-DCF:diskConfig", "disk_config"),
    ("accessIPv4", "access_ip_v4"),
    ("accessIPv6", "access_ip_v6"),
    ("metadata", "server_metadata"),
    ("description", "description"),
    ("hostname", "hostname"),
)


def rebuild(call: Call, server: Server, wanted: Any) -> Reply:
    """Start it, and answer with the server as it will be. Raises BadRequest for an image that isn't there."""
    image = image_of(call.scope, wanted["imageRef"])
    begin(call.scope, server, "rebuild", {"vm_state": server.vm_state})
    server.image_id, server.image_meta = image["id"], image_properties(image)
    if "name" in wanted:
        server.name = wanted["name"].strip()
    for name, column in COLUMNS:
        if name in wanted:
            setattr(server, column, wanted[name])
    body = whole(call, server, extended=call.at_least(75))
    body["adminPass"] = wanted.get("adminPass") or call.cloud.ids.password()
    if call.at_least(57):
        body["user_data"] = server.user_data
    return Reply(202, {"server": body}, {"location": f"{call.base}/servers/{server.id}"})
