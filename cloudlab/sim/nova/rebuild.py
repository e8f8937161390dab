"""The action rebuild: a new disk from an image, the same id and addresses (API reference, 'Rebuild Server')."""

from typing import Any

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.nova.attachments_model import get_volume
from cloudlab.sim.nova.servers import whole
from cloudlab.sim.nova.servers_create import image_of, image_properties
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_rules import volumes_of
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


NOT_ITS_IMAGE = "Unable to rebuild with a different image for a volume-backed server."


def _boot_image(call: Call, server: Server) -> str | None:
    """The image that went into the volume which the server boots from; None for a server with a disk of its own."""
    if server.image_id:
        return None
    boots = [device for device in volumes_of(call.scope, [server.id])[server.id] if device.boot]
    if not boots:
        return None
    meta: dict[str, str] = get_volume(call.scope, boots[0].volume_id).get("volume_image_metadata", {})
    return meta.get("image_id")


def rebuild(call: Call, server: Server, wanted: Any) -> Reply:
    """Start it, and answer with the server as it will be. Raises BadRequest for an image that isn't there."""
    image = image_of(call.scope, wanted["imageRef"])
    inside = _boot_image(call, server)
    if not server.image_id and inside != image["id"] and not call.at_least(93):
        raise BadRequest(f"Image {image['id']} is unacceptable: {NOT_ITS_IMAGE}")
    begin(call.scope, server, "rebuild", {"vm_state": server.vm_state})
    server.image_id = server.image_id and image["id"]  # none: it goes on living on its volume
    server.image_meta = image_properties(image)
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
