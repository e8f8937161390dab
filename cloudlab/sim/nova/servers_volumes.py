"""`block_device_mapping_v2`: volumes that a server is made with (API reference, 'Create server')."""

from typing import Any

from cloudlab.sim.errors import BadRequest, PeerFailed
from cloudlab.sim.nova.attachments_model import VOLUMES, add_device, cinder, free_device, refusal
from cloudlab.sim.nova.peering import ask
from cloudlab.sim.nova.servers_model import BlockDevice, Server
from cloudlab.sim.nova.servers_rules import volumes_of
from cloudlab.sim.nova.steps import Aborted
from cloudlab.sim.patience import REFUSED
from cloudlab.sim.scope import Scope

Json = dict[str, Any]
NO_ORDER = (
    "Block Device Mapping is Invalid: Boot sequence for the instance and image/block device mapping "
    "combination is not valid."
)


def _devices(asked: Json) -> list[Json]:
    return [device for device in asked.get("block_device_mapping_v2", []) if not device.get("no_device")]


def _index(device: Json) -> int | None:
    index = device.get("boot_index")
    return None if index is None else int(index)


def boot_volume(asked: Json) -> Json | None:
    """The mapping that the server starts from, when it starts from a volume (or makes one from an image)."""
    return next((d for d in _devices(asked) if _index(d) == 0 and not _is_plain_image(d)), None)


def _is_plain_image(device: Json) -> bool:
    """The image itself as the root disk: what a server without a mapping does anyway."""
    return device.get("source_type") == "image" and device.get("destination_type", "local") == "local"


def volume_image(scope: Scope, asked: Json) -> Json:
    """What cinder knows of the image that the boot volume was made from, or glance of the one to make it from."""
    device = boot_volume(asked)
    if device is None or not device.get("uuid"):
        return {}
    if device.get("source_type") == "image":
        meta = _image_or_refuse(scope, device["uuid"])
    elif device.get("source_type") == "volume":
        meta = get_volume_or_refuse(scope, device["uuid"]).get("volume_image_metadata", {})
    else:
        return {}
    return {name: int(meta.get(name) or 0) for name in ("min_ram", "min_disk")}


def _image_or_refuse(scope: Scope, image_id: str) -> Json:
    """The image, asked for as a server's is; whatever goes wrong is the request's mistake (recorded)."""
    refused = BadRequest(f"Block Device Mapping is Invalid: failed to get image {image_id}.")
    try:
        answer = ask(scope, "glance", "GET", f"/v2/images/{image_id}")
        if not answer.ok:
            raise refused
        ask(scope, "glance", "GET", "/v2/schemas/image")
    except PeerFailed as error:
        raise refused from error
    image: Json = answer.json
    return image


def get_volume_or_refuse(scope: Scope, volume_id: str) -> Json:
    """The volume; at create an unknown one is the request's mistake (nova_v21/242_err_create_bdm_boot)."""
    try:
        answer = cinder(scope, "GET", f"/volumes/{volume_id}")
    except PeerFailed as error:
        if error.failure == REFUSED:
            raise
        raise BadRequest(f"Block Device Mapping is Invalid: failed to get volume {volume_id}.") from error
    if answer.status == 404:
        raise BadRequest(f"Volume {volume_id} could not be found.")
    volume: Json = answer.expect().json["volume"]
    return volume


def check_devices(scope: Scope, asked: Json, image_id: str | None) -> None:
    """Each mapping makes sense, its volume is there, and one thing alone is booted from. Raises BadRequest."""
    devices = _devices(asked)
    for device in devices:
        _check_device(scope, device)
    indexes = [index for index in map(_index, devices) if index is not None and index >= 0]
    if image_id and not any(_is_plain_image(d) and _index(d) == 0 for d in devices):
        indexes.append(0)
    if devices and sorted(indexes) != list(range(len(indexes))):
        raise BadRequest(NO_ORDER)


def _check_device(scope: Scope, device: Json) -> None:
    source, target = device.get("source_type", "volume"), device.get("destination_type")
    if source in ("volume", "snapshot", "image") and not device.get("uuid"):
        raise BadRequest("Block Device Mapping is Invalid.")
    if source in ("volume", "snapshot") and target == "local":
        raise BadRequest(f"Block Device Mapping is Invalid: Mapping {source} to local is not supported.")
    if source in ("image", "blank") and target == "volume" and not device.get("volume_size"):
        raise BadRequest("Block Device Mapping is Invalid: Images with destination_type 'volume' need to have "
                         "a non-zero size specified")  # fmt: skip
    if source == "volume":
        volume = get_volume_or_refuse(scope, device["uuid"])
        if volume["status"] != "available":
            raise BadRequest(
                f"Block Device Mapping is Invalid: failed to get volume {device['uuid']}."
                if volume["status"] == "error"
                else f"Invalid volume: volume {device['uuid']} status must be 'available'. "
                f"Currently in '{volume['status']}'"
            )


def add_boot_devices(scope: Scope, server: Server, asked: Json) -> list[Json]:
    """Reserve the volumes that exist. Gives what the build has to order of those that don't: see `order_devices`."""
    to_order: list[Json] = []
    for device in _devices(asked):
        target = device.get("destination_type") or (
            "volume" if device.get("source_type") != "image" else "local"
        )
        if target != "volume":
            continue
        more = {
            "boot": _index(device) == 0,
            "delete_on_termination": str(device.get("delete_on_termination", False)).lower() in ("true", "1"),
            "tag": device.get("tag"),
        }
        if device.get("source_type", "volume") == "volume":
            add_device(scope, server, device["uuid"], device.get("device_name"), **more)
        else:
            to_order.append({**device, "more": more})
    return to_order


def order_devices(scope: Scope, server: Server, extra: Json) -> None:
    """Compute has cinder make the volumes that don't exist, once; the build waits for them. Raises Aborted."""
    for device in extra.pop("volumes", []):
        _order_volume(scope, server, device, device["more"])


def _order_volume(scope: Scope, server: Server, device: Json, more: Json) -> None:
    """Have cinder make the volume; its attachment is reserved when it is there. Raises Aborted."""
    volume: Json = {"name": "", "volume_type": device.get("volume_type")}
    if device.get("volume_size"):
        volume["size"] = int(device["volume_size"])
    sources = {"image": "imageRef", "snapshot": "snapshot_id"}
    if device["source_type"] in sources:
        volume[sources[device["source_type"]]] = device["uuid"]
    answer = cinder(scope, "POST", "/volumes", body={"volume": volume}, headers=VOLUMES)
    if not answer.ok:
        raise Aborted(server, f"Invalid input received: {refusal(answer)}")
    used = [held.device for held in volumes_of(scope, [server.id])[server.id]]
    name = "/dev/vda" if more["boot"] else free_device(device.get("device_name"), used)
    volume_id = answer.json["volume"]["id"]
    row = BlockDevice(
        id=scope.uuid("block_device", volume_id),
        server_id=server.id,
        volume_id=volume_id,
        device=name,
        **more,
    )
    scope.session.add(row)
    scope.session.flush()
