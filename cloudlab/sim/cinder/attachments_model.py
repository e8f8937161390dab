"""Attachments: a volume is reserved for a server, attached, freed.

Nova drives it, step by step (gold/east_west_volume_attach).
"""

from typing import Any

from sqlalchemy import select

from cloudlab.sim import processes
from cloudlab.sim.cinder import states
from cloudlab.sim.cinder.faults import Failure, invalid_input, invalid_volume
from cloudlab.sim.cinder.model import Attachment, Volume, attachments_of, touch
from cloudlab.sim.errors import BadRequest, Conflict, NoReply, NotFound
from cloudlab.sim.scope import Scope

_BROKEN = "Bad or unexpected response from the storage volume backend API: "
DRIVER_FAILED = f"{_BROKEN}Driver initialize connection failed (error: {_BROKEN}broken on purpose)."


def get(scope: Scope, id: str) -> Attachment:
    """An attachment of a volume of the caller's project; any, for an administrator. Raises NotFound."""
    attachment = scope.session.get(Attachment, id)
    volume = scope.session.get(Volume, attachment.volume_id) if attachment else None
    if not attachment or not volume or not _may_see(scope, volume):
        raise NotFound(f"Volume attachment could not be found with filter: attachment_id = {id}.")
    return attachment


def _may_see(scope: Scope, volume: Volume) -> bool:
    return scope.who.is_admin or volume.project_id == scope.who.project_id


def create(scope: Scope, volume: Volume, server_id: str | None, mode: str) -> Attachment:
    """Reserve a volume for a server (recording cinder/113_attachment_create). Raises BadRequest."""
    if "error" in volume.status:
        raise invalid_volume(
            "Volume attachments can not be created if the volume is in an error state. "
            f"The Volume {volume.id} currently has a status of: {volume.status} "
        )
    _reserve(scope, volume, server_id)
    attachment = Attachment(
        id=scope.uuid("attachment", f"{volume.id} {server_id}"),
        volume_id=volume.id,
        instance_uuid=server_id,
        # A volume that was ever told about read-only, even 'False', counts as read-only here (recording cinder/113).
        attach_mode="ro" if "readonly" in volume.admin_meta else mode,
        created_at=scope.now,
        connection_info={},
    )
    scope.session.add(attachment)
    scope.session.flush()
    return attachment


def _reserve(scope: Scope, volume: Volume, server_id: str | None) -> None:
    first, *others = states.RESERVE.start
    allowed = (first, "in-use", *others) if volume.multiattach else states.RESERVE.start
    if volume.status in allowed:
        touch(
            scope, volume, status=states.RESERVE.to, attach_status=_attach_status(scope, volume, "reserved")
        )
        return
    own = attachments_of(scope, [volume.id]).get(volume.id, [])
    same_server = bool(server_id) and any(a.instance_uuid == server_id for a in own)
    if volume.status not in ("in-use", "reserved") or not same_server:
        raise invalid_volume(
            f"Volume {volume.id} status must be {' or '.join(allowed)} to reserve, "
            f"but the current status is {volume.status}."
        )


def _attach_status(scope: Scope, volume: Volume, otherwise: str) -> str:
    """'attached' while any other server has the volume."""
    return "attached" if volume.attach_status == "attached" else otherwise


def connect(scope: Scope, attachment: Attachment, connector: dict[str, Any]) -> dict[str, Any]:
    """Export the volume to a host: it is `attaching` now (recording cinder/117_attachment_update).

    Raises Conflict, and Failure when the driver fails or cinder-volume does not reply (recorded).
    """
    volume = scope.session.get_one(Volume, attachment.volume_id)
    if "error" in volume.status:
        raise Conflict(
            "Resource conflict: Volume attachments can not be updated if the volume is in an error state. "
            f"The Volume {volume.id} currently has a status of: {volume.status} "
        )
    others = [a for a in attachments_of(scope, [volume.id])[volume.id] if a.connection_info]
    if others and not volume.multiattach and attachment not in others:
        raise Conflict(f"Resource conflict: duplicate connectors detected on volume {volume.id}")
    if attachment.attach_mode in (None, "null"):
        attachment.attach_mode = "ro" if connector.get("mode") == "ro" else "rw"
    attachment.connection_info = connection_info(volume, connector, attachment.id)
    attachment.attached_host = _text(connector.get("host"))
    attachment.mountpoint = _text(connector.get("mountpoint")) or "na"
    attachment.attach_time = scope.now
    attachment.status = "attaching"
    touch(scope, volume, status=states.CONNECT.to, attach_status=_attach_status(scope, volume, "attaching"))
    _export(scope, attachment)
    return attachment.connection_info


def _export(scope: Scope, attachment: Attachment) -> None:
    """Have cinder-volume do it. Raises Failure."""
    try:
        about = f"{attachment.id} {attachment.volume_id}"
        scope.message("call", processes.VOLUME, "attachment_update", about)
    except NoReply as error:
        raise Failure("Unable to update the attachment.") from error
    if scope.cloud.faults.driver_fails("attach"):
        raise Failure(f"Unable to update attachment ({DRIVER_FAILED}).")


def _text(value: Any) -> str | None:
    return value[:255] if isinstance(value, str) else None


def connection_info(volume: Volume, connector: dict[str, Any], attachment_id: str | None) -> dict[str, Any]:
    """How a host reaches the volume, by iSCSI (recording cinder/117_attachment_update)."""
    readonly = volume.admin_meta.get("readonly") == "True"
    info: dict[str, Any] = {
        "access_mode": volume.admin_meta.get("attached_mode") or ("ro" if readonly else "rw"),
        "target_discovered": False,
        "target_portal": "127.0.0.1:3260",
        "target_lun": 0,
        "volume_id": volume.id,
        "discard": False,
        "target_iqn": f"iqn.2010-10.org.openstack:volume-{volume.id}",
        "auth_method": "CHAP",
        "auth_username": "fake",
        "auth_password": "fake",
        "qos_specs": None,
        "encrypted": False,
        "cacheable": False,
        "driver_volume_type": "iscsi",
    }
    if attachment_id:
        info["attachment_id"] = attachment_id
    info["enforce_multipath"] = connector.get("enforce_multipath") is True
    return info


def complete(scope: Scope, attachment: Attachment) -> None:
    """The server has the device: the volume is in use (recordings cinder/119 and 120)."""
    attachment.status = "attached"
    volume = scope.session.get_one(Volume, attachment.volume_id)
    touch(scope, volume, status=states.COMPLETE.to, attach_status="attached")


def free(scope: Scope, volume: Volume, attachment: Attachment | None) -> list[Attachment]:
    """Remove an attachment, set the volume's status by what is left, and return that."""
    if attachment is not None:
        scope.session.delete(attachment)
        scope.session.flush()
    left = attachments_of(scope, [volume.id]).get(volume.id, [])
    status = min((a.status for a in left), default="detached")  # attached before attaching before reserved
    volume.admin_meta.pop("attached_mode", None)
    touch(scope, volume, attach_status=status, status=states.AFTER_ATTACHMENT.get(status, states.FREE.to))
    return left


def check_free_to_detach(scope: Scope, attachment: Attachment | None, by_service: bool) -> None:
    """Only nova may take away a volume that a server has (bug 2004555). Raises Conflict."""
    if by_service or attachment is None or not attachment.instance_uuid or not attachment.connection_info:
        return
    server_id, volume_id = attachment.instance_uuid, attachment.volume_id
    path = f"/v2.1/servers/{server_id}/os-volume_attachments/{volume_id}"
    answer = scope.ask("nova", "GET", path, headers={"OpenStack-API-Version": "compute 2.89"})
    found = answer.json.get("volumeAttachment", {}) if answer.ok and answer.json else {}
    if found.get("attachment_id") == attachment.id:
        raise Conflict(
            f"ConflictNovaUsingAttachment: Detach volume from instance {server_id} using the Compute API"
        )


def attach(scope: Scope, volume: Volume, wish: dict[str, str]) -> None:
    """The older way, in one step, for a server or a host (recording cinder/127_attach_action_legacy)."""
    server_id, host, mode = wish.get("instance_uuid"), wish.get("host_name"), wish.get("mode", "rw")
    readonly = volume.admin_meta.setdefault("readonly", "False")
    if readonly == "True" and mode != "ro":
        raise BadRequest(f"Invalid attaching mode '{mode}' for volume {volume.id}.")
    own = attachments_of(scope, [volume.id]).get(volume.id, [])
    if any(a.instance_uuid == server_id if server_id else a.attached_host == host for a in own):
        touch(scope, volume, status=states.ATTACH.to)
        return
    if volume.status == "in-use" and not volume.multiattach:
        raise BadRequest(
            "Error attaching volume - InvalidVolume: Invalid volume: "
            "volume is already attached and multiple attachments are not enabled"
        )
    scope.session.add(
        Attachment(
            id=scope.uuid("attachment", f"{volume.id} {server_id or host}"),
            volume_id=volume.id,
            instance_uuid=server_id,
            status="attached",
            attach_mode=mode,
            mountpoint=wish["mountpoint"],
            attached_host=host,
            attach_time=scope.now,
            created_at=scope.now,
        )
    )
    volume.admin_meta["attached_mode"] = mode
    touch(scope, volume, status=states.ATTACH.to, attach_status="attached")
    scope.message("call", processes.VOLUME, "attach_volume", volume.id)


def detach(scope: Scope, volume: Volume, attachment_id: str | None, by_service: bool) -> None:
    """The older way (recording cinder/128_detach_action_legacy). Raises BadRequest and Conflict."""
    own = attachments_of(scope, [volume.id]).get(volume.id, [])
    if attachment_id:
        chosen = scope.session.get(Attachment, attachment_id)
        if chosen is not None and chosen.volume_id != volume.id:
            raise invalid_input("Mismatched volume and attachment")
    else:
        chosen = own[0] if len(own) == 1 else None
    check_free_to_detach(scope, chosen, by_service)
    if not attachment_id and len(own) > 1:
        raise BadRequest(
            "Error detaching volume - InvalidVolume: Invalid volume: "
            "Detach volume failed: More than one attachment, but no attachment_id provided."
        )
    free(scope, volume, chosen)
    scope.message("call", processes.VOLUME, "detach_volume", volume.id)


def of_project(scope: Scope, everybody: bool) -> Any:
    """A query for the attachments that the caller may see."""
    query = select(Attachment).join(Volume, Volume.id == Attachment.volume_id)
    return query if everybody else query.where(Volume.project_id == scope.who.project_id)
