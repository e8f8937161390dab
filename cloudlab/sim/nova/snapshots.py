"""createImage: a server's disk becomes an image in glance (API reference, 'Create Image'; nova_v21/204 to 210)."""

import json
from typing import Any
from urllib.parse import urlencode

from cloudlab.sim import tasks
from cloudlab.sim.errors import BadRequest, Forbidden
from cloudlab.sim.nova import quota
from cloudlab.sim.nova.peering import ask
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_rules import check_state
from cloudlab.sim.nova.states import MACHINES
from cloudlab.sim.nova.steps import Extra, begin, work
from cloudlab.sim.peers import Answer
from cloudlab.sim.scope import Scope

PATCH = "application/openstack-images-v2.1-json-patch"
LATE = 0.7  # seconds: glance shows the data a moment after the server is done


def snapshot(scope: Scope, server: Server, name: str, metadata: dict[str, str]) -> str:
    """Make the image's record and start the upload. Gives the image's id. Raises Conflict, Forbidden."""
    check_state(server, MACHINES["snapshot"])
    image_id = _record(scope, server, name, metadata, {"image_type": "snapshot"})
    begin(scope, server, "snapshot", {"image_id": image_id})
    return image_id


def backup(scope: Scope, server: Server, name: str, metadata: dict[str, str], kind: str, keep: int) -> str:
    """The same as one of a row of backups of a kind ('daily'), of which the newest `keep` are kept."""
    check_state(server, MACHINES["backup"])
    if server.image_id is None:
        raise BadRequest("Backup is not supported for volume-backed instances.")
    image_id = _record(scope, server, name, metadata, {"image_type": "backup", "backup_type": kind})
    begin(scope, server, "backup", {"image_id": image_id, "kind": kind, "keep": keep})
    return image_id


def _record(scope: Scope, server: Server, name: str, metadata: dict[str, str], kind: dict[str, str]) -> str:
    """The image as glance notes it down before there is data."""
    limit = quota.limits_of(scope, scope.who.project_id)["metadata_items"]
    if 0 <= limit < len(metadata):
        raise Forbidden("Image metadata limit exceeded")
    image: dict[str, Any] = {
        "base_image_ref": server.image_id or "",
        **server.made_by,
        "instance_uuid": server.id,
        "user_id": scope.who.user_id,
        "image_type": kind["image_type"],
        **metadata,
        **kind,
        "name": name,
        "visibility": "private",
        "min_ram": 0,
        "min_disk": server.flavor["disk"],
    }
    answer = ask(scope, "glance", "POST", "/v2/images", body=image)
    if not answer.ok:
        raise BadRequest(_said(answer))
    return str(answer.json["id"])


def _said(answer: Answer) -> str:
    """Glance's own sentence."""
    try:
        return str(answer.json["message"])
    except (ValueError, KeyError, TypeError):
        return f"Glance refused the image (HTTP {answer.status})."


@work("upload")
def upload(scope: Scope, server: Server, extra: Extra) -> None:
    """The disk is on its way to glance."""
    scope.later(LATE, "nova.upload", image_id=extra["image_id"], base=server.image_id)
    if "kind" in extra:
        rotate(scope, server, extra["kind"], extra["keep"])


def rotate(scope: Scope, server: Server, kind: str, keep: int) -> None:
    """Backups of this kind beyond the newest `keep` go."""
    wanted = {"image_type": "backup", "backup_type": kind, "instance_uuid": server.id}
    pairs = (*wanted.items(), ("sort_key", "created_at"), ("sort_dir", "desc"))
    found = ask(scope, "glance", "GET", f"/v2/images?{urlencode(pairs)}")
    for image in (found.json["images"] if found.ok else [])[keep:]:
        ask(scope, "glance", "DELETE", f"/v2/images/{image['id']}")


@tasks.handler("nova.upload")
def upload_data(scope: Scope, image_id: str, base: str | None) -> None:
    """Glance gets the data: the base image's own, for nothing really ran on the disk."""
    found = ask(scope, "glance", "GET", f"/v2/images/{image_id}")
    if not found.ok or found.json["status"] != "queued":
        return
    data = ask(scope, "glance", "GET", f"/v2/images/{base}/file") if base else None
    formats = [
        {"op": "replace", "path": "/disk_format", "value": "qcow2"},
        {"op": "replace", "path": "/container_format", "value": "bare"},
    ]
    path = f"/v2/images/{image_id}"
    ask(scope, "glance", "PATCH", path, content=json.dumps(formats).encode(), headers={"CONTENT-TYPE": PATCH})
    content = data.content if data is not None and data.ok else b""
    octets = {"CONTENT-TYPE": "application/octet-stream"}
    ask(scope, "glance", "PUT", f"{path}/file", content=content, headers=octets)
