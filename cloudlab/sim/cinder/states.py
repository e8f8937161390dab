"""How volumes and snapshots change by themselves, as data: each step, and its seconds in the classroom profile.

The statuses come in the recorded order (STATES.json): creating → available; available → extending → available;
deleting → gone. Attaching has no time of its own: nova's calls drive it (RESERVE, CONNECT, COMPLETE, and back by DETACH
and FREE; recordings nova_v21/107 to 130).
"""

from dataclasses import dataclass

GONE = "gone"


@dataclass(frozen=True)
class Step:
    """`handler` runs `seconds` after the step before it, if the row still has `status`; then it has one of `to`.

    `fails` is what it has where that could not be done.
    """

    handler: str
    seconds: float
    status: str
    to: tuple[str, ...] = ()
    fails: str = ""


@dataclass(frozen=True)
class Change:
    """What a call (`by`) makes of a row at once: from which statuses, and what it is then."""

    by: str
    start: tuple[str, ...]
    to: str


# The scheduler finds a place for a new volume; a copy goes to its source's place at once.
SCHEDULE_NEW = Step("cinder.volume_scheduled", 0.3, "creating", fails="error")
SCHEDULE_COPY = Step("cinder.volume_scheduled", 0.0, "creating", fails="error")
MAKE_NEW = Step("cinder.volume_made", 0.7, "creating", ("available",))  # where it fails, SCHEDULE_NEW is next
MAKE_COPY = Step("cinder.volume_made", 1.0, "creating", ("available",))
EXTEND = Step("cinder.volume_extended", 0.5, "extending", ("available", "in-use"), "error_extending")
DELETE = Step("cinder.volume_gone", 0.5, "deleting", (GONE,), "error_deleting")
MAKE_SNAPSHOT = Step("cinder.snapshot_made", 0.5, "creating", ("available",), "error")
RETYPE = Step("cinder.volume_retyped", 0.5, "retyping", ("available", "in-use"))
MIGRATE = Step("cinder.volume_not_migrated", 0.5, "")  # the status stays, the migration's changes
REVERT = Step("cinder.volume_reverted", 1.0, "reverting", ("available",))
UPLOAD = Step("cinder.volume_uploaded", 1.0, "uploading", ("available",))
REIMAGE = Step("cinder.volume_reimaged", 1.0, "downloading", ("available", "reserved"))
DELETE_SNAPSHOT = Step("cinder.snapshot_gone", 0.5, "deleting", (GONE,))

# A server and its volume. A volume for several servers may be reserved while it is in use, too.
RESERVE = Change("nova: POST /attachments", ("available", "downloading"), "reserved")
CONNECT = Change("nova: PUT /attachments", ("reserved",), "attaching")
COMPLETE = Change("nova: os-complete", ("attaching",), "in-use")
DETACH = Change("nova: os-begin_detaching", ("in-use",), "detaching")
KEEP = Change("nova: os-roll_detaching", (DETACH.to,), "in-use")
FREE = Change("nova: DELETE /attachments", ("detaching", "in-use", "attaching", "reserved"), "available")
# The older way: a call for each half.
OLD_RESERVE = Change("os-reserve", ("available",), "attaching")
OLD_FREE = Change("os-unreserve", ("attaching",), "available")
ATTACH = Change("os-attach", ("available", "attaching"), "in-use")

# In which statuses a change may begin.
DELETABLE = ("available", "error", "error_restoring", "error_extending", "error_managing")
DELETABLE_SNAPSHOT = ("available", "error")
AFTER_ATTACHMENT = {"attached": "in-use", "attaching": "attaching", "reserved": "reserved"}
STATUSES = (
    "creating", "available", "deleting", "error", "error_deleting", "error_managing", "managing",
    "attaching", "in-use", "detaching", "maintenance", "restoring-backup", "error_restoring",
    "reserved", "awaiting-transfer", "backing-up", "error_backing-up", "error_extending", "downloading",
    "uploading", "retyping", "extending",
)  # fmt: skip
SNAPSHOT_STATUSES = (
    "error", "available", "creating", "deleting", "deleted", "updating", "error_deleting", "unmanaging",
    "backing-up", "restoring",
)  # fmt: skip
SNAPSHOT_UPDATES = {  # by os-update_snapshot_status: from → to
    "creating": ("creating", "available", "error"),
    "deleting": ("deleting", "error_deleting"),
}
MIGRATION_STATUSES = ("migrating", "error", "success", "completing", "none", "starting")
