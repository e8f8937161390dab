"""A server's volumes over HTTP (API reference, 'Servers with volume attachments'; recordings nova_v21/105 to 133)."""

from typing import Any

from cloudlab.sim.errors import BadRequest, Forbidden, NotFound, PathNotFound
from cloudlab.sim.nova import policy, servers_schemas
from cloudlab.sim.nova.attachments_model import ATTACH, DETACH, attach, detach, device_of, get_volume
from cloudlab.sim.nova.bodies import checked, checked_query
from cloudlab.sim.nova.negotiation import of_version
from cloudlab.sim.nova.paging import window
from cloudlab.sim.nova.servers_create import truth
from cloudlab.sim.nova.servers_model import BlockDevice
from cloudlab.sim.nova.servers_rules import check_state, check_unlocked, find, volumes_of
from cloudlab.sim.web import Call, Reply

Json = dict[str, Any]
PATH = "/servers/{server_id}/os-volume_attachments"
CREATE = {minor: servers_schemas.attach(minor) for minor in (1, 49, 79)}


def made(call: Call, device: BlockDevice) -> Json:
    """What the answer to an attach says: its id is the volume's, at every version."""
    body: Json = {
        "id": device.volume_id,
        "serverId": device.server_id,
        "volumeId": device.volume_id,
        "device": device.device,
    }
    return body | _newer(call, device)


def shown(call: Call, device: BlockDevice) -> Json:
    """An attachment in a list or alone: from 2.89 with cinder's id and the mapping's, without one of its own."""
    body: Json = {} if call.at_least(89) else {"id": device.volume_id}
    body |= {"volumeId": device.volume_id, "serverId": device.server_id, "device": device.device}
    body |= _newer(call, device)
    if call.at_least(89):
        body |= {"attachment_id": device.attachment_id, "bdm_uuid": device.id}
    return body


def _newer(call: Call, device: BlockDevice) -> Json:
    body: Json = {"tag": device.tag} if call.at_least(70) else {}
    return body | ({"delete_on_termination": device.delete_on_termination} if call.at_least(79) else {})


class Attachments:
    """`/servers/{server_id}/os-volume_attachments`."""

    def get(self, call: Call, server_id: str) -> Json:
        query = checked_query(call, servers_schemas.PAGE_275 if call.at_least(75) else servers_schemas.PAGE)
        server = find(call.scope, server_id)
        policy.enforce(call.scope, "os-volumes-attachments:index", server.project_id)
        devices = window(volumes_of(call.scope, [server.id])[server.id], query)
        return {"volumeAttachments": [shown(call, device) for device in devices]}

    def post(self, call: Call, server_id: str) -> Json:
        asked = checked(call, of_version(call, CREATE))["volumeAttachment"]
        server = find(call.scope, server_id)
        policy.enforce(call.scope, "os-volumes-attachments:create", server.project_id)
        check_unlocked(call.scope, server)
        check_state(server, ATTACH)
        device = attach(
            call.scope,
            server,
            asked["volumeId"],
            asked.get("device"),
            tag=asked.get("tag"),
            delete_on_termination=truth(asked.get("delete_on_termination", False)),
        )
        return {"volumeAttachment": made(call, device)}


class Attachment:
    """`/servers/{server_id}/os-volume_attachments/{volume_id}`."""

    def get(self, call: Call, server_id: str, volume_id: str) -> Json:
        server = find(call.scope, server_id)
        policy.enforce(call.scope, "os-volumes-attachments:show", server.project_id)
        device = device_of(call.scope, server.id, volume_id)
        if device is None:
            raise _not_attached(server.id, volume_id)
        return {"volumeAttachment": shown(call, device)}

    def put(self, call: Call, server_id: str, volume_id: str) -> Reply:
        """From 2.85 whether the volume ends with the server; another volume in its place is what we don't have."""
        asked = checked(call, servers_schemas.attachment_update(call.at_least(85)))["volumeAttachment"]
        server = find(call.scope, server_id)
        swap = not call.at_least(85) or asked["volumeId"] != volume_id
        policy.enforce(
            call.scope, f"os-volumes-attachments:{'swap' if swap else 'update'}", server.project_id
        )
        if swap:
            raise PathNotFound(absent=f"PUT {PATH}/{{volume_id}} with another volume")
        device = device_of(call.scope, server.id, volume_id)
        if device is None:
            raise NotFound(f"No volume Block Device Mapping with id {volume_id}.")
        fixed = {"id": volume_id, "serverId": server.id, "device": device.device, "tag": device.tag}
        for name, value in fixed.items():
            if name in asked and asked[name] != value:
                raise BadRequest(f"The {name} property is not mutable")
        if "delete_on_termination" in asked:
            device.delete_on_termination = truth(asked["delete_on_termination"])
        return Reply(202)

    def delete(self, call: Call, server_id: str, volume_id: str) -> Reply:
        server = find(call.scope, server_id)
        policy.enforce(call.scope, "os-volumes-attachments:delete", server.project_id)
        get_volume(call.scope, volume_id)
        device = device_of(call.scope, server.id, volume_id)
        if device is None:
            raise _not_attached(server.id, volume_id)
        if device.boot:
            raise Forbidden("Cannot detach a root device volume")
        check_unlocked(call.scope, server)
        check_state(server, DETACH)
        detach(call.scope, server, device)
        return Reply(202)


def _not_attached(server_id: str, volume_id: str) -> NotFound:
    return NotFound(f"Instance {server_id} is not attached to volume {volume_id}")
