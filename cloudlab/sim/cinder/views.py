"""Cinder's rows → JSON, by microversion and by who looks."""

from datetime import datetime
from typing import Any

from cloudlab.sim.cinder.model import Attachment, Snapshot, Volume, attachments_of, type_names
from cloudlab.sim.clock import iso_micro
from cloudlab.sim.web import Call

Json = dict[str, Any]
VISIBLE = ("readonly", "attached_mode")  # what everybody may see of admin_meta


def when(moment: datetime | None) -> str | None:
    """A stored time: cinder's database keeps whole seconds, its answers write six zeros."""
    return iso_micro(moment.replace(microsecond=0)) if moment else None


def links(call: Call, path: str) -> list[dict[str, str]]:
    return [
        {"rel": "self", "href": f"{call.base}/{path}"},
        {"rel": "bookmark", "href": f"{call.bookmark}/{path}"},
    ]


def volume_summary(call: Call, volume: Volume) -> Json:
    return {"id": volume.id, "name": volume.name, "links": links(call, f"volumes/{volume.id}")}


def volume_bodies(call: Call, volumes: list[Volume], extended: bool = True) -> list[Json]:
    """Volumes in full; types and attachments of all of them in one query each."""
    names = type_names(call.scope)
    found = attachments_of(call.scope, [v.id for v in volumes if v.attach_status != "detached"])
    return [_volume(call, v, names.get(v.volume_type_id), found.get(v.id, []), extended) for v in volumes]


def volume_body(call: Call, volume: Volume, extended: bool = True) -> Json:
    """One volume in full; `extended` as GET shows it, with owner and image (recordings cinder/026 and 027)."""
    return volume_bodies(call, [volume], extended)[0]


def new_volume_body(call: Call, volume: Volume) -> Json:
    """The answer to the POST: not read back from the database, so the time is exact (recording cinder/026)."""
    return {**volume_body(call, volume, extended=False), "created_at": iso_micro(volume.created_at)}


def _volume(
    call: Call, volume: Volume, type_name: str | None, attachments: list[Attachment], extended: bool
) -> Json:
    visible = {key: volume.admin_meta[key] for key in VISIBLE if key in volume.admin_meta}
    body: Json = {
        "id": volume.id,
        "status": volume.status,
        "size": volume.size,
        "availability_zone": volume.availability_zone,
        "created_at": when(volume.created_at),
        "updated_at": when(volume.updated_at),
        "name": volume.name,
        "description": volume.description,
        "volume_type": type_name,
        "snapshot_id": volume.snapshot_id,
        "source_volid": volume.source_volid,
        "metadata": {**volume.meta, **visible},
        "links": links(call, f"volumes/{volume.id}"),
        "user_id": volume.user_id,
        "bootable": str(volume.bootable).lower(),
        "encrypted": False,
        "replication_status": None,
        "consistencygroup_id": None,
        "multiattach": volume.multiattach,
        "attachments": [_attached(call, a) for a in attachments if a.status == "attached"],
    }
    if call.who.is_admin:
        body["migration_status"] = volume.migration_status
    body.update(_by_version(call, volume))
    return {**body, **_extended(call, volume)} if extended else body


def _by_version(call: Call, volume: Volume) -> Json:
    """What a volume shows from some microversion on (recordings cinder/039 to 044)."""
    rows: list[tuple[int, bool, Json]] = [
        (13, True, {"group_id": None}),
        (21, call.who.is_admin, {"provider_id": None}),
        (48, True, {"shared_targets": True, "service_uuid": volume.service_uuid}),
        (61, call.who.is_admin, {"cluster_name": None}),
        (63, True, {"volume_type_id": volume.volume_type_id}),
        (65, True, {"consumes_quota": True}),
    ]
    return {
        name: value
        for minor, seen, fields in rows
        if seen and call.at_least(minor)
        for name, value in fields.items()
    }


def _extended(call: Call, volume: Volume) -> Json:
    """What cinder's extensions add where a volume is read."""
    more: Json = {"os-vol-tenant-attr:tenant_id": volume.project_id}
    if call.who.is_admin:
        more["os-vol-host-attr:host"] = volume.host
        more["os-vol-mig-status-attr:migstat"] = volume.migration_status
        more["os-vol-mig-status-attr:name_id"] = None
    if volume.image_meta:
        more["volume_image_metadata"] = volume.image_meta
    return more


def _attached(call: Call, attachment: Attachment) -> Json:
    sees_host = call.who.is_admin or "service" in call.who.roles
    return {
        "id": attachment.volume_id,
        "attachment_id": attachment.id,
        "volume_id": attachment.volume_id,
        "server_id": attachment.instance_uuid,
        "host_name": attachment.attached_host if sees_host else None,
        "device": attachment.mountpoint,
        "attached_at": when(attachment.attach_time),
    }


def snapshot_summary(snapshot: Snapshot) -> Json:
    return {
        "id": snapshot.id,
        "created_at": when(snapshot.created_at),
        "updated_at": when(snapshot.updated_at),
        "name": snapshot.name,
        "description": snapshot.description,
        "volume_id": snapshot.volume_id,
        "status": snapshot.status,
        "size": snapshot.volume_size,
        "metadata": dict(snapshot.meta),
    }


def snapshot_body(call: Call, snapshot: Snapshot, extended: bool = True) -> Json:
    """One snapshot in full (recordings cinder/075 and 079)."""
    body = snapshot_summary(snapshot)
    if call.at_least(14):
        body["group_snapshot_id"] = None
    if call.at_least(41):
        body["user_id"] = snapshot.user_id
    if call.at_least(65):
        body["consumes_quota"] = True
    if extended:
        body["os-extended-snapshot-attributes:project_id"] = snapshot.project_id
        body["os-extended-snapshot-attributes:progress"] = snapshot.progress
    return body


def attachment_summary(attachment: Attachment) -> Json:
    return {
        "id": attachment.id,
        "status": attachment.status,
        "instance": attachment.instance_uuid,
        "volume_id": attachment.volume_id,
    }


def attachment_body(attachment: Attachment) -> Json:
    """One attachment in full; a time that isn't known is an empty text (recordings cinder/113 and 124)."""
    return {
        **attachment_summary(attachment),
        "attached_at": when(attachment.attach_time) or "",
        "detached_at": when(attachment.detach_time) or "",
        "attach_mode": attachment.attach_mode,
        "connection_info": attachment.connection_info,
    }
