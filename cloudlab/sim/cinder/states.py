"""How volumes and snapshots change by themselves, as data: each step, and its seconds in the classroom profile.

The statuses come in the recorded order (STATES.json): creating → available; available → extending → available;
deleting → gone. Attaching has no time of its own here: nova's calls drive it (reserved → attaching → in-use, and
detaching → available; recordings nova_v21/107 to 130).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Step:
    """`handler` runs `seconds` after the step before it, if the row still has `status`."""

    handler: str
    seconds: float
    status: str


# The scheduler finds a place for a new volume; a copy goes to its source's place at once.
SCHEDULE_NEW = Step("cinder.volume_scheduled", 0.3, "creating")
SCHEDULE_COPY = Step("cinder.volume_scheduled", 0.0, "creating")
MAKE_NEW = Step("cinder.volume_made", 0.7, "creating")
MAKE_COPY = Step("cinder.volume_made", 1.0, "creating")
EXTEND = Step("cinder.volume_extended", 0.5, "extending")
DELETE = Step("cinder.volume_gone", 0.5, "deleting")
MAKE_SNAPSHOT = Step("cinder.snapshot_made", 0.5, "creating")
RETYPE = Step("cinder.volume_retyped", 0.5, "retyping")
MIGRATE = Step("cinder.volume_not_migrated", 0.5, "")  # the status stays, the migration's changes
REVERT = Step("cinder.volume_reverted", 1.0, "reverting")
UPLOAD = Step("cinder.volume_uploaded", 1.0, "uploading")
REIMAGE = Step("cinder.volume_reimaged", 1.0, "downloading")
DELETE_SNAPSHOT = Step("cinder.snapshot_gone", 0.5, "deleting")

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
