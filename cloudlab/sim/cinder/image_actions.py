"""A volume and glance: make an image of it, put an image into it, and what it remembers of its image.

This cloud keeps no disks. An image of a volume holds what its disk began with: the bytes of the image that it was
made from, if the format is the same; otherwise nothing, as an empty qcow2 file or as a mebibyte of zeros.
"""

from typing import Any
from urllib.parse import quote

from cloudlab.sim import processes, qcow2
from cloudlab.sim.cinder import states
from cloudlab.sim.cinder.bodies import truth
from cloudlab.sim.cinder.faults import invalid_volume
from cloudlab.sim.cinder.gate import since
from cloudlab.sim.cinder.images import GIB, KEPT, check_fits, volume_image_metadata
from cloudlab.sim.cinder.messages import tell
from cloudlab.sim.cinder.model import Volume, VolumeType, touch
from cloudlab.sim.cinder.views import when
from cloudlab.sim.errors import BadRequest, NotFound, PeerFailed
from cloudlab.sim.peers import Answer
from cloudlab.sim.scope import Scope
from cloudlab.sim.tasks import handler
from cloudlab.sim.web import Call, Reply
from cloudlab.sim.webob import empty_page

AS_JSON, OCTETS = {"Accept": "application/json"}, {"CONTENT-TYPE": "application/octet-stream"}
NOT_UPLOADED = ("003", "004", "copy volume to image:Failed to upload volume to image at backend.")
IN_IMAGE_META = ("image_id", "image_name", *KEPT)
ZEROS = 1024**2


def upload(call: Call, volume: Volume, wish: Any) -> dict[str, Any]:
    """Make an image of a volume; it is `uploading` meanwhile (seen on 2025.2). Raises BadRequest."""
    scope, before = call.scope, volume.status
    image = {
        "container_format": wish.get("container_format", "bare"),
        "disk_format": wish.get("disk_format", "raw"),
        "name": wish["image_name"],
    }
    if call.at_least(1):
        image["visibility"] = wish.get("visibility", "private")
        image["protected"] = truth(wish.get("protected", False))
        if image["visibility"] == "public":
            call.who.require(call.who.is_admin, "volume_extension:volume_actions:upload_public")
    if before != "available":  # `force` is switched off in the configuration that everybody has
        raise invalid_volume(f"Volume {volume.id} status must be available")
    own = {key: value for key, value in volume.image_meta.items() if key not in IN_IMAGE_META}
    made = _record(scope, {**own, **image})
    shown = _upload_body(scope, volume, made)
    touch(scope, volume, status="uploading")
    step = states.UPLOAD
    if scope.message("cast", processes.VOLUME, "copy_volume_to_image", volume.id):
        scope.later(step.seconds, step.handler, volume_id=volume.id, image_id=made["id"], back_to=before)
    return {"os-volume_upload_image": shown}


def _record(scope: Scope, image: dict[str, Any]) -> dict[str, Any]:
    """The image as glance notes it down; its client reads the schema first. Raises BadRequest, as recorded."""
    try:
        scope.ask("glance", "GET", "/v2/schemas/image")
        answer = scope.ask("glance", "POST", "/v2/images", body=image, headers=AS_JSON)
    except PeerFailed as error:
        schema = f"{scope.cloud.url('glance')}/v2/schemas/image"
        why = f"Error finding address for {schema}: {error.message}"
        raise BadRequest(f"Connection to glance failed: {why}") from error
    if not answer.ok:
        raise BadRequest(_said(answer, image["container_format"]))
    made: dict[str, Any] = answer.json
    return made


def _said(answer: Answer, container_format: str) -> str:
    """Glance's refusal as glance's client puts it, who would not have sent a container format that there isn't."""
    try:
        code, text = answer.json["code"], answer.json["message"].partition("<br")[0]
    except (ValueError, KeyError, TypeError):
        code, text = str(answer.status), ""
    wrong = text.partition("does not match schema 'image': ")[2]
    if wrong:
        return f"Unable to set 'container_format' to '{container_format}'. Reason: {wrong}"
    return f"HTTP {code}: {text}"


def _upload_body(scope: Scope, volume: Volume, image: dict[str, Any]) -> dict[str, Any]:
    of = scope.session.get_one(VolumeType, volume.volume_type_id)
    return {
        "id": volume.id,
        "updated_at": when(volume.updated_at),
        "status": "uploading",
        "display_description": volume.description,
        "size": volume.size,
        "volume_type": {
            "id": of.id,
            "name": of.name,
            "description": of.description,
            "is_public": of.is_public,
            "extra_specs": dict(of.extra_specs),
            "qos_specs_id": of.qos_specs_id,
            "created_at": when(of.created_at),
            "updated_at": None,
            "deleted_at": None,
            "deleted": False,
        },
        "image_id": image["id"],
        "container_format": image["container_format"],
        "disk_format": image["disk_format"],
        "image_name": image["name"],
        "protected": image["protected"],
        "visibility": image["visibility"],
    }


@handler("cinder.volume_uploaded")
def uploaded(scope: Scope, volume_id: str, image_id: str, back_to: str) -> None:
    """Glance gets the bytes; the volume is what it was before, whatever glance says to them."""
    volume = scope.session.get(Volume, volume_id)
    if volume is None or volume.status != "uploading":
        return
    try:
        good = _send(scope, volume, image_id)
    except PeerFailed:
        good = False
    if not good:
        tell(scope, NOT_UPLOADED, volume.project_id, volume.id)
    touch(scope, volume, status=back_to)


def _send(scope: Scope, volume: Volume, image_id: str) -> bool:
    """Whether glance took the bytes."""
    described = scope.ask("glance", "GET", f"/v2/images/{image_id}")
    if described.ok and described.json["status"] == "queued":
        content = _contents(scope, volume, described.json["disk_format"])
        path = f"/v2/images/{image_id}/file"
        described = scope.ask("glance", "PUT", path, content=content, headers=OCTETS)
    return described.ok


def _contents(scope: Scope, volume: Volume, disk_format: str | None) -> bytes:
    source = volume.image_meta.get("image_id")
    if source and volume.image_meta.get("disk_format") == disk_format:
        data = scope.ask("glance", "GET", f"/v2/images/{quote(source, safe='')}/file")
        if data.status == 200:
            return data.content
    return qcow2.empty(volume.size * GIB) if disk_format == "qcow2" else bytes(ZEROS)


def reimage(call: Call, volume: Volume, wish: Any) -> None:
    """Put another image into a volume, from 3.68. Raises NotFound and BadRequest."""
    since(call, 68)
    scope = call.scope
    answer = scope.ask("glance", "GET", f"/v2/images/{wish['image_id']}")
    if not answer.ok:
        raise NotFound(f"Image {wish['image_id']} could not be found.")
    image = answer.json
    check_fits(image, volume.size)
    allowed = ["available", "error"]
    if truth(wish.get("reimage_reserved", False)):
        allowed.append("reserved")
    if volume.status not in allowed:
        raise invalid_volume(
            f"Volume {volume.id} status must be {' or '.join(allowed)}, but current status is: {volume.status}."
        )
    before = volume.status
    touch(scope, volume, status="downloading")
    step, meta = states.REIMAGE, volume_image_metadata(image)
    if scope.message("cast", processes.VOLUME, "reimage", volume.id):
        scope.later(step.seconds, step.handler, volume_id=volume.id, image=meta, back_to=before)


@handler("cinder.volume_reimaged")
def reimaged(scope: Scope, volume_id: str, image: dict[str, str], back_to: str) -> None:
    volume = scope.session.get(Volume, volume_id)
    if volume is not None and volume.status == "downloading":
        status = "available" if back_to == "error" else back_to
        touch(scope, volume, status=status, bootable=True, image_meta=image)


def set_metadata(call: Call, volume: Volume, wish: Any) -> dict[str, Any]:
    """Add to what a volume remembers of its image."""
    touch(call.scope, volume, image_meta={**volume.image_meta, **wish["metadata"]})
    return {"metadata": dict(volume.image_meta)}


def show_metadata(call: Call, volume: Volume, wish: Any) -> dict[str, Any]:
    return {"metadata": dict(volume.image_meta)}


def unset_metadata(call: Call, volume: Volume, wish: Any) -> Reply:
    """Forget one thing. Raises NotFound."""
    if wish["key"] not in volume.image_meta:
        raise NotFound(f"Glance metadata for volume/snapshot {volume.id} cannot be found.")
    left = {key: value for key, value in volume.image_meta.items() if key != wish["key"]}
    touch(call.scope, volume, image_meta=left)
    return empty_page(200)
