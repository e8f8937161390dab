"""What cinder asks of glance: which image a volume is made from, whether it fits, what of it the volume keeps."""

from typing import Any
from urllib.parse import quote

from cloudlab.sim.cinder.bodies import is_uuid
from cloudlab.sim.cinder.faults import invalid_input
from cloudlab.sim.errors import BadRequest, Conflict, PeerFailed
from cloudlab.sim.scope import Scope

GIB = 1024**3
# What is the image's own and no property that somebody gave it.
OWN = {
    "id", "name", "status", "visibility", "protected", "checksum", "owner", "size", "virtual_size",
    "container_format", "disk_format", "created_at", "updated_at", "tags", "direct_url", "min_ram",
    "min_disk", "self", "file", "schema", "locations", "os_hidden", "os_hash_algo", "os_hash_value",
    "stores",
}  # fmt: skip
KEPT = ("checksum", "container_format", "disk_format", "min_disk", "min_ram", "size")  # of it, by a volume


def find(scope: Scope, reference: str) -> dict[str, Any]:
    """The image with this id (or URL, or name) as glance describes it. Raises BadRequest and Conflict."""
    id = reference.split("/")[-1]
    if is_uuid(id):
        found = _asked(scope, f"/v2/images/{id}")
        if found:
            return dict(found)
    listed = _asked(scope, f"/v2/images?name={quote(reference, safe='')}", patient=False)
    named = listed["images"] if listed else []
    if len(named) > 1:
        raise Conflict(f"Multiple matches found for '{reference}', use an ID to be more specific.")
    if not named or not reference:
        raise BadRequest("Invalid image identifier or unable to access requested image.")
    return dict(named[0])


def _asked(scope: Scope, path: str, patient: bool = True) -> Any:
    """What glance says there; None for a refusal, and where glance fails: cinder makes no difference (recorded)."""
    try:
        answer = scope.ask("glance", "GET", path, patient=patient)
    except PeerFailed:
        return None
    return answer.json if answer.ok else None


def check_fits(image: dict[str, Any], size: int) -> None:
    """Whether an image can go into a volume of `size` GiB. Raises BadRequest."""
    if image["status"] != "active":
        raise invalid_input(f"Image {image['id']} is not active.")
    needed = -(-(image.get("size") or 0) // GIB)
    if needed > size:
        raise invalid_input(f"Size of specified image {needed}GB is larger than volume size {size}GB.")
    least = image.get("min_disk") or 0
    if size < least:
        raise invalid_input(f"Volume size {size}GB cannot be smaller than the image minDisk size {least}GB.")


def volume_image_metadata(image: dict[str, Any]) -> dict[str, str]:
    """What a volume shows of its image, all as text (recording cinder/093_volume_from_image_available)."""
    kept = {"image_id": image["id"], "image_name": image.get("name")}
    for name in KEPT:
        kept[name] = image.get(name)
    kept.update({name: value for name, value in image.items() if name not in OWN})
    return {name: str(value) for name, value in kept.items() if value is not None}
