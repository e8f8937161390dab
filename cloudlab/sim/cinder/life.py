"""The lives of volumes and snapshots as moves from status to status, for the trail."""

from collections.abc import Iterator

from cloudlab.sim.cinder import states
from cloudlab.sim.cinder.model import Snapshot, Volume
from cloudlab.sim.cinder.states import Change, Step
from cloudlab.sim.trail import FAILURE, Kind, Move, watch

VOLUME_CALLS = (
    Change("POST /volumes", ("",), "creating"),
    states.RESERVE,
    states.CONNECT,
    states.COMPLETE,
    states.DETACH,
    states.KEEP,
    states.FREE,
    states.OLD_RESERVE,
    states.OLD_FREE,
    states.ATTACH,
    Change("os-extend", ("available", "in-use"), states.EXTEND.status),
    Change("os-retype", ("available", "in-use"), states.RETYPE.status),
    Change("revert", ("available",), states.REVERT.status),
    Change("os-volume_upload_image", ("available",), states.UPLOAD.status),
    Change("os-reimage", ("available", "error", "reserved"), states.REIMAGE.status),
    Change("POST /volume-transfers", ("available",), "awaiting-transfer"),
    Change("transfer accept, or DELETE", ("awaiting-transfer",), "available"),
    Change("DELETE", states.DELETABLE, states.DELETE.status),
)
VOLUME_STEPS = (
    states.SCHEDULE_NEW,
    states.MAKE_NEW,
    states.EXTEND,
    states.RETYPE,
    states.REVERT,
    states.UPLOAD,
    states.REIMAGE,
    states.DELETE,
)
SNAPSHOT_CALLS = (
    Change("POST /snapshots", ("",), "creating"),
    Change("revert", ("available",), "restoring"),
    Change("DELETE", states.DELETABLE_SNAPSHOT, states.DELETE_SNAPSHOT.status),
)
SNAPSHOT_STEPS = (
    states.MAKE_SNAPSHOT,
    Step("", states.REVERT.seconds, "restoring", ("available",)),  # with its volume
    states.DELETE_SNAPSHOT,
)
WAITED = {states.MAKE_NEW: states.SCHEDULE_NEW.seconds}  # in the same status, before the step begins


def _moves(calls: tuple[Change, ...], steps: tuple[Step, ...]) -> tuple[Move, ...]:
    """Each call from each status that can be, and what follows by itself: often the status of before."""
    starts = {call.to for call in calls} | {to for step in steps for to in (*step.to, step.fails)} | {""}
    return tuple(
        move
        for call in calls
        for start in call.start
        if start in starts
        for move in _walk(call, start, steps)
    )


def _walk(call: Change, start: str, steps: tuple[Step, ...]) -> Iterator[Move]:
    way = f"{call.by} from {start}"
    yield Move(start, call.to, call.by, 0.0, way)
    for step in steps:
        if step.status == call.to and call.to != start:
            seconds = step.seconds + WAITED.get(step, 0.0)
            if step.to:
                yield Move(call.to, start if start in step.to else step.to[0], "", seconds, way)
            if step.fails:
                yield Move(call.to, step.fails, FAILURE, seconds, way)


VOLUME_MOVES = _moves(VOLUME_CALLS, VOLUME_STEPS)
SNAPSHOT_MOVES = _moves(SNAPSHOT_CALLS, SNAPSHOT_STEPS)

watch(Kind("volume", Volume, lambda row: row.status, lambda row: VOLUME_MOVES), ("status",))
watch(Kind("snapshot", Snapshot, lambda row: row.status, lambda row: SNAPSHOT_MOVES), ("status",))
