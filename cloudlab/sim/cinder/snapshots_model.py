"""Snapshots of volumes."""

from sqlalchemy import select

from cloudlab.sim import processes
from cloudlab.sim.cinder import states
from cloudlab.sim.cinder.faults import invalid_snapshot, invalid_volume
from cloudlab.sim.cinder.messages import NO_SNAPSHOT, tell
from cloudlab.sim.cinder.model import Snapshot, Volume, VolumeType, forget, touch
from cloudlab.sim.cinder.quotas_model import reserve
from cloudlab.sim.scope import Scope
from cloudlab.sim.tasks import handler


def create(
    scope: Scope,
    volume: Volume,
    name: str | None,
    description: str | None,
    metadata: dict[str, str],
    in_use_too: bool,
) -> Snapshot:
    """A new snapshot, still `creating` (recordings cinder/073, 123, 132). Raises BadRequest and OverQuota."""
    if volume.host is None:  # recording limits: volume_failed_snapshot
        raise invalid_volume("volume is not assigned to a host")
    allowed = ("available", "in-use") if in_use_too else ("available",)
    if volume.status not in allowed:
        raise invalid_volume(
            f"Volume {volume.id} status must be {', '.join(allowed)}, but current status is: {volume.status}."
        )
    project_id = scope.who.project_id or ""
    volume_type = scope.session.get_one(VolumeType, volume.volume_type_id)
    reserve(scope, project_id, volume_type, {"snapshots": 1, "gigabytes": volume.size}, volume.size)
    snapshot = Snapshot(
        id=scope.uuid("snapshot", name),
        project_id=project_id,
        user_id=scope.who.user_id,
        volume_id=volume.id,
        name=name,
        description=description,
        volume_size=volume.size,
        volume_type_id=volume.volume_type_id,
        created_at=scope.now,
        meta=dict(metadata),
    )
    scope.session.add(snapshot)
    scope.session.flush()
    step, scheduler = states.MAKE_SNAPSHOT, scope.acting(processes.VOLUME_SCHEDULER)
    about = f"{snapshot.id} {volume.id}"
    arrived = scope.message("cast", processes.VOLUME_SCHEDULER, "create_snapshot", about)
    if arrived and scheduler.message("cast", processes.VOLUME, "create_snapshot", about):
        scope.later(step.seconds, step.handler, snapshot_id=snapshot.id)
    return snapshot


@handler("cinder.snapshot_made")
def made(scope: Scope, snapshot_id: str) -> None:
    snapshot = scope.session.get(Snapshot, snapshot_id)
    if snapshot is None or snapshot.status != "creating":
        return
    if scope.cloud.faults.driver_fails("snapshot"):
        tell(scope, NO_SNAPSHOT, snapshot.project_id, snapshot.id, kind="VOLUME_SNAPSHOT")
        touch(scope, snapshot, status=states.MAKE_SNAPSHOT.fails)
    else:
        touch(scope, snapshot, status="available", progress="100%")


def start_delete(scope: Scope, snapshot: Snapshot, force: bool = False) -> None:
    """Begin to delete a snapshot. Raises BadRequest."""
    if not force and snapshot.status not in states.DELETABLE_SNAPSHOT:
        needed = " or ".join(states.DELETABLE_SNAPSHOT)
        raise invalid_snapshot(f"Snapshot status must be {needed} and must not be part of a group.")
    touch(scope, snapshot, status="deleting")
    step = states.DELETE_SNAPSHOT
    if scope.message("cast", processes.VOLUME, "delete_snapshot", f"{snapshot.id} {snapshot.volume_id}"):
        scope.later(step.seconds, step.handler, snapshot_id=snapshot.id)


@handler("cinder.snapshot_gone")
def gone(scope: Scope, snapshot_id: str) -> None:
    snapshot = scope.session.scalars(select(Snapshot).filter_by(id=snapshot_id)).first()
    if snapshot is not None and snapshot.status == "deleting":
        forget(scope, snapshot)
