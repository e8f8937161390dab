"""Actions that change what a volume is: its type, its place, its contents (API reference: Volume actions)."""

from typing import Any

from sqlalchemy import select

from cloudlab.sim import processes
from cloudlab.sim.cinder import states
from cloudlab.sim.cinder.faults import invalid_input, invalid_volume
from cloudlab.sim.cinder.gate import since
from cloudlab.sim.cinder.messages import NO_BACKEND, tell
from cloudlab.sim.cinder.model import Snapshot, Volume, VolumeType, find_type, service_at, touch
from cloudlab.sim.cinder.quotas_model import reserve
from cloudlab.sim.cinder.scheduler import place_for
from cloudlab.sim.errors import BadRequest, Conflict
from cloudlab.sim.scope import Scope
from cloudlab.sim.tasks import handler
from cloudlab.sim.web import Call

NOT_MOVING = (None, "deleting", "error", "success")
RETYPE_NEEDS = (
    "Retype needs volume to be in available or in-use state, not be part of an active migration or a consistency "
    "group, requested type has to be different that the one from the volume, and for in-use volumes front-end qos "
    "specs cannot change."
)


def _settled(volume: Volume) -> bool:
    """Whether nothing is happening to a volume that a change of type or host would disturb."""
    return volume.status in ("available", "in-use") and volume.migration_status in NOT_MOVING


def retype(call: Call, volume: Volume, wish: Any) -> None:
    """Give a volume another type. Raises NotFound, BadRequest and OverQuota (seen on 2025.2)."""
    scope = call.scope
    new = find_type(scope, wish["new_type"])
    if not _settled(volume) or new.id == volume.volume_type_id:
        raise invalid_volume(RETYPE_NEEDS)
    wanted = {"volumes": 1, "gigabytes": volume.size}
    reserve(scope, volume.project_id, new, wanted, volume.size, of_type_only=True)
    before = volume.status
    touch(scope, volume, status="retyping")
    step = states.RETYPE
    if scope.message("cast", processes.VOLUME_SCHEDULER, "retype", volume.id):
        scope.later(step.seconds, step.handler, volume_id=volume.id, type_id=new.id, back_to=before)


@handler("cinder.volume_retyped")
def retyped(scope: Scope, volume_id: str, type_id: str, back_to: str) -> None:
    """The new type, if it can be had where the volume is; else all is as before, and a message says so."""
    volume, new = scope.session.get(Volume, volume_id), scope.session.get(VolumeType, type_id)
    if volume is None or volume.status != "retyping":
        return
    if new is None or place_for(scope, new) is None:
        tell(scope, NO_BACKEND, volume.project_id, volume.id)
        touch(scope, volume, status=back_to)
        return
    touch(scope, volume, status=back_to, volume_type_id=new.id, multiattach=new.multiattach)


def migrate(call: Call, volume: Volume, wish: Any) -> None:
    """Move a volume to another host: there is only one, so a known host is not another, or fails. Raises BadRequest."""
    scope, host = call.scope, _destination(call, wish)
    if service_at(scope, host.partition("#")[0]) is None:
        raise BadRequest(f"Invalid host: No available service named '{host}'")
    snapshots = scope.session.scalars(select(Snapshot.id).filter_by(volume_id=volume.id).limit(1)).first()
    if not _settled(volume) or snapshots or host == volume.host:
        raise invalid_volume(
            f"Volume {volume.id} status must be available or in-use, must not be migrating, have snapshots, be "
            "replicated, be part of a group and destination host/cluster must be different than the current one"
        )
    touch(scope, volume, migration_status="starting")
    if scope.message("cast", processes.VOLUME_SCHEDULER, "migrate_volume", volume.id):
        scope.later(states.MIGRATE.seconds, states.MIGRATE.handler, volume_id=volume.id)


def _destination(call: Call, wish: dict[str, Any]) -> str:
    """A host, or from 3.16 on a cluster. Raises BadRequest for none, and for both."""
    clusters = call.version[1] >= 16
    host, cluster = wish.get("host"), wish.get("cluster") if clusters else None
    if bool(host) == bool(cluster):
        raise invalid_input(
            "One and only one of cluster and host must be set." if clusters else "Host field is missing."
        )
    return str(host or cluster)


@handler("cinder.volume_not_migrated")
def not_migrated(scope: Scope, volume_id: str) -> None:
    """The scheduler found no other place."""
    volume = scope.session.get(Volume, volume_id)
    if volume is not None and volume.migration_status == "starting":
        touch(scope, volume, migration_status="error")


def revert(call: Call, volume: Volume, wish: Any) -> None:
    """Back to the latest snapshot, from 3.40. Raises BadRequest and Conflict (seen on 2025.2)."""
    since(call, 40)
    scope, asked = call.scope, wish.get("snapshot_id")
    newest = select(Snapshot).filter_by(volume_id=volume.id).order_by(Snapshot.created_at.desc())
    snapshot = scope.session.scalars(newest.limit(1)).first()
    if snapshot is None:
        raise BadRequest(f"Volume {volume.id} doesn't have any snapshots.")
    if asked != snapshot.id:
        raise BadRequest(f"Specified snapshot {asked} is None or not the latest one of volume {volume.id}.")
    if volume.size != snapshot.volume_size:
        raise BadRequest(
            f"Can't revert volume {volume.id} to its latest snapshot {asked}. "
            "The volume size must be equal to the snapshot size."
        )
    for kind, row in (("volume", volume), ("snapshot", snapshot)):
        if row.status != "available":
            raise Conflict(
                f"Invalid {kind}: Can't revert volume {volume.id} to its latest snapshot {asked}. "
                f"{kind.capitalize()}'s status must be 'available'."
            )
    touch(scope, volume, status="reverting")
    touch(scope, snapshot, status="restoring")
    step = states.REVERT
    if scope.message("cast", processes.VOLUME, "revert_to_snapshot", volume.id):
        scope.later(step.seconds, step.handler, volume_id=volume.id, snapshot_id=snapshot.id)


@handler("cinder.volume_reverted")
def reverted(scope: Scope, volume_id: str, snapshot_id: str) -> None:
    volume, snapshot = scope.session.get(Volume, volume_id), scope.session.get(Snapshot, snapshot_id)
    if volume is not None and volume.status == "reverting":
        touch(scope, volume, status="available")
    if snapshot is not None and snapshot.status == "restoring":
        touch(scope, snapshot, status="available")
