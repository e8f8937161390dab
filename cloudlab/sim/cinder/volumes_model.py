"""Volumes: how they are made, extended and deleted. Changes that take time are tasks (`states.py` says how long)."""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import delete, select

from cloudlab.sim import processes
from cloudlab.sim.cinder import states
from cloudlab.sim.cinder.faults import invalid_input, invalid_snapshot, invalid_volume
from cloudlab.sim.cinder.gate import NOT_UNDERSTOOD
from cloudlab.sim.cinder.images import check_fits, volume_image_metadata
from cloudlab.sim.cinder.messages import NO_BACKEND, NO_ROOM, NOT_EXTENDED, NOT_MADE, tell
from cloudlab.sim.cinder.model import (
    BACKEND,
    ZONE,
    Attachment,
    Snapshot,
    Volume,
    VolumeType,
    default_type,
    forget,
    touch,
)
from cloudlab.sim.cinder.quotas_model import check_size, reserve
from cloudlab.sim.cinder.scheduler import has_room, place_for
from cloudlab.sim.errors import BadRequest
from cloudlab.sim.scope import Scope
from cloudlab.sim.tasks import handler

MUST_NOT = (
    "must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated "
    "from snapshots after volume transfer."
)


@dataclass
class Wish:
    """What a client wants of a new volume: at most one of snapshot, source and image."""

    size: int | None = None
    name: str | None = None
    description: str | None = None
    zone: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    type: VolumeType | None = None
    snapshot: Snapshot | None = None
    source: Volume | None = None
    image: dict[str, Any] | None = None  # glance's own description

    @property
    def origin(self) -> Volume | Snapshot | None:
        return self.snapshot or self.source


def create(scope: Scope, wish: Wish) -> Volume:
    """A new volume, still `creating`. Raises BadRequest, NotFound and OverQuota."""
    size = _checked_size(wish)
    volume_type = _checked_type(scope, wish)
    _check_zone(wish)
    project_id = scope.who.project_id or ""
    check_size(scope, project_id, size)
    reserve(scope, project_id, volume_type, {"volumes": 1, "gigabytes": size}, size)
    volume = Volume(
        id=scope.uuid("volume", wish.name),
        project_id=project_id,
        user_id=scope.who.user_id,
        name=wish.name,
        description=wish.description,
        size=size,
        availability_zone=wish.zone or ZONE,
        created_at=scope.now,
        volume_type_id=volume_type.id,
        snapshot_id=wish.snapshot.id if wish.snapshot else None,
        source_volid=wish.source.id if wish.source else None,
        multiattach=volume_type.multiattach,
        meta=dict(wish.metadata),
    )
    scope.session.add(volume)
    scope.session.flush()
    first = states.SCHEDULE_COPY if wish.origin else states.SCHEDULE_NEW
    image = volume_image_metadata(wish.image) if wish.image else None
    if scope.message("cast", processes.VOLUME_SCHEDULER, "create_volume", volume.id):
        scope.later(first.seconds, first.handler, volume_id=volume.id, image=image)
    return volume


def _checked_size(wish: Wish) -> int:
    """The size asked for, or the origin's; large enough for what goes in. Raises BadRequest."""
    if sum(1 for origin in (wish.snapshot, wish.source, wish.image) if origin is not None) > 1:
        raise invalid_input("May specify only one of backup, imageRef, snapshot, source volume")
    if wish.snapshot and wish.snapshot.status != "available":
        raise invalid_snapshot("Originating snapshot status must be one of 'available' values")
    if wish.source and wish.source.status not in ("available", "in-use"):
        raise invalid_volume("Originating source volume status must be one of 'available, in-use' values")
    inside = wish.snapshot.volume_size if wish.snapshot else wish.source.size if wish.source else None
    size = wish.size or inside
    if size is None:
        raise BadRequest(NOT_UNDERSTOOD)
    if wish.snapshot and inside and size < inside:
        raise invalid_input(
            f"Volume size '{size}'GB cannot be smaller than the snapshot size {inside}GB. "
            "They must be >= original snapshot size."
        )
    if wish.source and inside and size < inside:
        raise invalid_input(
            f"Volume size '{size}'GB cannot be smaller than original volume size  {inside}GB. "
            "They must be >= original volume size."
        )
    if wish.image:
        check_fits(wish.image, size)
    return size


def _checked_type(scope: Scope, wish: Wish) -> VolumeType:
    if wish.origin is None:
        return wish.type or default_type(scope)
    inherited = scope.session.get_one(VolumeType, wish.origin.volume_type_id)
    if wish.type and wish.type.id != inherited.id:
        advice = (
            "recommend omitting the type argument"
            if wish.snapshot
            else "either match source volume, or omit type argument"
        )
        raise invalid_input(
            f"Invalid volume_type provided: {wish.type.id} (requested type is not compatible; {advice})."
        )
    return inherited


def _check_zone(wish: Wish) -> None:
    if wish.zone not in (None, ZONE):
        raise BadRequest(f"Availability zone '{wish.zone}' is invalid.")


@handler("cinder.volume_scheduled", process=processes.VOLUME_SCHEDULER)
def scheduled(scope: Scope, volume_id: str, image: dict[str, str] | None = None) -> None:
    """The scheduler has found a place: the volume has a host now, and is being made there."""
    volume = scope.session.get(Volume, volume_id)
    if volume is None or volume.status != "creating":
        return
    service = place_for(scope, scope.session.get_one(VolumeType, volume.volume_type_id))
    if service is None or not has_room(scope, volume.size):
        _unplaced(scope, volume)
        return
    touch(scope, volume, host=BACKEND, service_uuid=service.id)
    step = states.MAKE_COPY if volume.snapshot_id or volume.source_volid else states.MAKE_NEW
    if scope.message("cast", processes.VOLUME, "create_volume", volume.id):
        scope.later(step.seconds, step.handler, volume_id=volume.id, image=image)


def _unplaced(scope: Scope, volume: Volume) -> None:
    tell(scope, NO_BACKEND, volume.project_id, volume.id)
    touch(scope, volume, status=states.SCHEDULE_NEW.fails)


@handler("cinder.volume_made")
def made(scope: Scope, volume_id: str, image: dict[str, str] | None = None) -> None:
    """The volume is there: bootable if an image went in, or if it is a copy of a bootable one."""
    volume = scope.session.get(Volume, volume_id)
    if volume is None or volume.status != "creating":
        return
    if scope.cloud.faults.driver_fails("create"):
        _not_made(scope, volume)
        return
    origin = _origin(scope, volume)
    if image:
        volume.bootable, volume.image_meta = True, image
    elif origin and origin.bootable:
        volume.bootable, volume.image_meta = True, dict(origin.image_meta)
    touch(scope, volume, status="available")


def _not_made(scope: Scope, volume: Volume) -> None:
    """The driver failed: the project is told, twice (recorded), and the scheduler is asked for another back end."""
    for nth in (2, 1):  # microseconds: the latest message is shown first
        tell(scope, NOT_MADE, volume.project_id, volume.id, earlier=nth)
    touch(scope, volume, host=None, service_uuid=None)
    if scope.message("cast", processes.VOLUME_SCHEDULER, "create_volume", volume.id):
        scope.later(states.SCHEDULE_NEW.seconds, "cinder.volume_refused", volume_id=volume.id)


@handler("cinder.volume_refused", process=processes.VOLUME_SCHEDULER)
def refused(scope: Scope, volume_id: str) -> None:
    """There is no other back end."""
    volume = scope.session.get(Volume, volume_id)
    if volume is not None and volume.status == "creating":
        _unplaced(scope, volume)


def _origin(scope: Scope, volume: Volume) -> Volume | None:
    """The volume that this one is a copy of, straight or by a snapshot, if it still exists."""
    if volume.source_volid:
        return scope.session.get(Volume, volume.source_volid)
    snapshot = scope.session.get(Snapshot, volume.snapshot_id) if volume.snapshot_id else None
    return scope.session.get(Volume, snapshot.volume_id) if snapshot else None


def extend(scope: Scope, volume: Volume, size: int, attached: bool) -> None:
    """Start to make a volume larger (recordings cinder/095 to 100, 122). Raises BadRequest and OverQuota."""
    more = size - volume.size
    if more <= 0:
        raise invalid_input(
            "New size for extend must be greater than current size. "
            f"(current: {volume.size}, extended: {size})."
        )
    needed = "in-use" if attached else "available"
    if volume.status != needed:
        raise invalid_volume(
            f"Volume {volume.id} status must be '{ {'status': needed} }' to extend, currently {volume.status}."
        )
    check_size(scope, volume.project_id, size)
    volume_type = scope.session.get_one(VolumeType, volume.volume_type_id)
    reserve(scope, volume.project_id, volume_type, {"gigabytes": more}, more)
    touch(scope, volume, status="extending", new_size=size)
    if scope.message("cast", processes.VOLUME_SCHEDULER, "extend_volume", volume.id):
        scope.later(states.EXTEND.seconds, states.EXTEND.handler, volume_id=volume.id, back_to=needed)


@handler("cinder.volume_extended")
def extended(scope: Scope, volume_id: str, back_to: str) -> None:
    volume = scope.session.get(Volume, volume_id)
    if volume is None or volume.status != "extending" or not volume.new_size:
        return
    if not has_room(scope, volume.new_size - volume.size):
        tell(scope, NO_ROOM, volume.project_id, volume.id)
        touch(scope, volume, new_size=None, status=back_to)
    elif scope.cloud.faults.driver_fails("extend"):
        tell(scope, NOT_EXTENDED, volume.project_id, volume.id)
        touch(scope, volume, new_size=None, status=states.EXTEND.fails)
    else:
        touch(scope, volume, size=volume.new_size, new_size=None, status=back_to)


def start_delete(scope: Scope, volume: Volume, force: bool = False, cascade: bool = False) -> None:
    """Begin to delete a volume; one that has no place yet is gone at once. Raises BadRequest."""
    if volume.host is None:
        forget(scope, volume)
        return
    snapshots = list(scope.session.scalars(select(Snapshot).filter_by(volume_id=volume.id)))
    in_the_way = snapshots if not cascade else [s for s in snapshots if not _may_go(scope, s, force)]
    refused = volume.attach_status == "attached" or volume.migration_status or in_the_way
    if refused or (not force and volume.status not in states.DELETABLE):
        needed = "" if force else f"status must be {' or '.join(states.DELETABLE)} and"
        raise invalid_volume(f"Volume {needed} {MUST_NOT}")
    for snapshot in snapshots:
        touch(scope, snapshot, status="deleting")
    touch(scope, volume, status="deleting")
    if scope.message("cast", processes.VOLUME, "delete_volume", volume.id):
        scope.later(states.DELETE.seconds, states.DELETE.handler, volume_id=volume.id)


def _may_go(scope: Scope, snapshot: Snapshot, force: bool) -> bool:
    own = scope.who.is_admin or snapshot.project_id == scope.who.project_id
    return force or (own and snapshot.status in (*states.DELETABLE_SNAPSHOT, "deleting"))


@handler("cinder.volume_gone")
def gone(scope: Scope, volume_id: str) -> None:
    volume = scope.session.get(Volume, volume_id)
    if volume is None or volume.status != "deleting":
        return
    if scope.cloud.faults.driver_fails("delete"):
        touch(scope, volume, status=states.DELETE.fails)
        return
    for snapshot in scope.session.scalars(select(Snapshot).where(Snapshot.volume_id == volume_id)):
        forget(scope, snapshot)
    scope.session.execute(delete(Attachment).where(Attachment.volume_id == volume_id))
    forget(scope, volume)
