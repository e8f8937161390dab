"""The life of a server as data: which states each action asks for, which it passes through, and how long each lasts.

Orders as recorded (STATES.json); seconds are those of the classroom profile. Words as in nova's vm_states, task_states
and power_state; `server_status` is nova's table from the two states to the status that the API shows.
"""

from dataclasses import dataclass

from cloudlab.sim import processes

NOSTATE, RUNNING, SHUTDOWN = 0, 1, 4
KEEP, BEFORE, GONE = "(keep)", "(as before)", "(gone)"  # the last two: `work` sees to it
ANY: tuple[str | None, ...] = ("(any)",)
IDLE: tuple[str | None, ...] = (None,)


@dataclass(frozen=True)
class Step:
    """What a server becomes `after` so many seconds in the state before. `work` is done first, by name."""

    after: float
    task: str | None = None
    vm: str = KEEP
    power: int | None = None
    work: str = ""


@dataclass(frozen=True)
class Machine:
    """One action: from which states it may start, what it says at once (`first`), and the steps to its end.

    `action` is its name in os-instance-actions, `event` the compute service's, `cast` the message that starts it.
    `verb` stands in the 409 for a wrong state. `search` is conductor's own event when it finds no host for a new one.
    `launched`: only for a server that ran once. `hosted`: only for one that has a host, before all else is looked at.
    """

    action: str
    event: str
    cast: str
    first: str | None
    steps: tuple[Step, ...]
    vm_states: tuple[str, ...]
    task_states: tuple[str | None, ...] = IDLE
    verb: str = ""
    launched: bool = True
    hosted: bool = False
    receiver: str = processes.COMPUTE
    search: str = ""


RESIZING = (
    Step(0.8, "resize_migrating", work="move"),
    Step(0.8, "resize_migrated", work="moved"),
    Step(0.6, "resize_finish", work="resize"),
    Step(0.8, None, vm="resized", power=RUNNING, work="resized"),
)

MACHINES: dict[str, Machine] = {
    "create": Machine(
        "create",
        "compute__do_build_and_run_instance",
        "schedule_and_build_instances",
        "scheduling",
        (
            Step(0.4, None, work="schedule"),
            Step(0.5, "networking", work="claim"),
            Step(0.8, "block_device_mapping", work="plug"),
            Step(0.3, "spawning", work="volumes"),
            Step(1.0, None, vm="active", power=RUNNING, work="launch"),
        ),
        (),
        task_states=("scheduling",),  # a new row is that already
        launched=False,
        receiver=processes.CONDUCTOR,
        search="conductor_schedule_and_build_instances",
    ),
    "delete": Machine(
        "delete",
        "compute_terminate_instance",
        "terminate_instance",
        "deleting",
        (
            Step(1.2, None, vm="deleted", power=NOSTATE, work="terminate"),
            Step(0.3, None, vm=GONE, work="forget"),
        ),
        (),
        task_states=ANY,
        launched=False,
    ),
    "stop": Machine(
        "stop",
        "compute_stop_instance",
        "stop_instance",
        "powering-off",
        (Step(1.0, None, vm="stopped", power=SHUTDOWN),),
        ("active", "error"),
        verb="stop",
        hosted=True,
    ),
    "start": Machine(
        "start",
        "compute_start_instance",
        "start_instance",
        "powering-on",
        (Step(1.0, None, vm="active", power=RUNNING, work="boot"),),
        ("stopped",),
        verb="start",
        hosted=True,
    ),
    "reboot_soft": Machine(
        "reboot",
        "compute_reboot_instance",
        "reboot_instance",
        "rebooting",
        (
            Step(0.4, "reboot_pending"),
            Step(0.3, "reboot_started"),
            Step(0.8, None, vm="active", power=RUNNING, work="boot"),
        ),
        ("active",),
        verb="reboot",
    ),
    "reboot_hard": Machine(
        "reboot",
        "compute_reboot_instance",
        "reboot_instance",
        "rebooting_hard",
        (
            Step(0.4, "reboot_pending_hard"),
            Step(0.3, "reboot_started_hard"),
            Step(0.8, None, vm="active", power=RUNNING, work="boot"),
        ),
        ("active", "stopped", "paused", "suspended", "error"),
        task_states=(
            None,
            "rebooting",
            "reboot_pending",
            "reboot_started",
            "rebooting_hard",
            "reboot_pending_hard",
            "reboot_started_hard",
            "resuming",
            "unpausing",
            "pausing",
            "suspending",
        ),
        verb="reboot",
    ),
    "pause": Machine(
        "pause",
        "compute_pause_instance",
        "pause_instance",
        "pausing",
        (Step(0.6, None, vm="paused"),),
        ("active",),
        verb="pause",
    ),
    "unpause": Machine(
        "unpause",
        "compute_unpause_instance",
        "unpause_instance",
        "unpausing",
        (Step(0.6, None, vm="active", power=RUNNING),),
        ("paused",),
        verb="unpause",
    ),
    "suspend": Machine(
        "suspend",
        "compute_suspend_instance",
        "suspend_instance",
        "suspending",
        (Step(0.6, None, vm="suspended"),),
        ("active",),
        verb="suspend",
    ),
    "resume": Machine(
        "resume",
        "compute_resume_instance",
        "resume_instance",
        "resuming",
        (Step(0.8, None, vm="active", power=RUNNING),),
        ("suspended",),
        verb="resume",
    ),
    "rescue": Machine(
        "rescue",
        "compute_rescue_instance",
        "rescue_instance",
        "rescuing",
        (Step(1.0, None, vm="rescued", power=SHUTDOWN),),
        ("active", "stopped", "error"),
        verb="rescue",
    ),
    "unrescue": Machine(
        "unrescue",
        "compute_unrescue_instance",
        "unrescue_instance",
        "unrescuing",
        (Step(0.8, None, vm="active", power=RUNNING),),
        ("rescued",),
        verb="unrescue",
    ),
    "shelve": Machine(
        "shelve",
        "compute_shelve_instance",
        "shelve_instance",
        "shelving",
        (
            Step(0.6, "shelving_image_uploading"),
            Step(0.6, "shelving_offloading", vm="shelved", power=SHUTDOWN),
            Step(0.6, None, vm="shelved_offloaded"),
            Step(0.3, None, work="offload"),
        ),
        ("active", "stopped", "paused", "suspended"),
        verb="shelve",
    ),
    "shelve_offload": Machine(
        "shelveOffload",
        "compute_shelve_offload_instance",
        "shelve_offload_instance",
        "shelving_offloading",
        (
            Step(0.6, None, vm="shelved_offloaded"),
            Step(0.3, None, work="offload"),
        ),
        ("shelved",),
        verb="shelveOffload",
    ),
    "unshelve": Machine(
        "unshelve",
        "compute_unshelve_instance",
        "unshelve_instance",
        "unshelving",
        (
            Step(0.8, "spawning", work="reschedule"),
            Step(1.0, None, vm="active", power=RUNNING, work="relaunch"),
        ),
        ("shelved", "shelved_offloaded"),
        verb="unshelve",
        receiver=processes.CONDUCTOR,
    ),
    "resize": Machine(
        "resize",
        "compute_prep_resize",
        "migrate_server",
        "resize_prep",
        RESIZING,
        ("active", "stopped"),
        verb="resize",
        receiver=processes.CONDUCTOR,
    ),
    "confirm_resize": Machine(
        "confirmResize",
        "compute_confirm_resize",
        "confirm_resize",
        None,
        (Step(1.0, None, vm=BEFORE, work="confirm"),),
        ("resized",),
        verb="confirmResize",
    ),
    "revert_resize": Machine(
        "revertResize",
        "compute_revert_resize",
        "revert_resize",
        "resize_reverting",
        (Step(1.5, None, vm=BEFORE, work="revert"),),
        ("resized",),
        verb="revertResize",
    ),
    "rebuild": Machine(
        "rebuild",
        "compute_rebuild_instance",
        "rebuild_instance",
        "rebuilding",
        (
            Step(0.5, "rebuild_block_device_mapping"),
            Step(0.5, "rebuild_spawning"),
            Step(0.8, None, vm=BEFORE, work="rebuilt"),
        ),
        ("active", "stopped", "error"),
        verb="rebuild",
        receiver=processes.CONDUCTOR,
    ),
    "snapshot": Machine(
        "createImage",
        "compute_snapshot_instance",
        "snapshot_instance",
        "image_snapshot_pending",
        (
            Step(0.5, "image_snapshot"),
            Step(0.5, "image_uploading"),
            Step(0.8, None, work="upload"),
        ),
        ("active", "stopped", "paused", "suspended"),
        verb="createImage",
    ),
    "backup": Machine(
        "createBackup",
        "compute_backup_instance",
        "backup_instance",
        "image_backup",
        (
            Step(0.6, "image_uploading"),
            Step(0.8, None, work="upload"),
        ),
        ("active", "stopped", "paused", "suspended"),
        verb="createBackup",
    ),
    "crash_dump": Machine(
        "trigger_crash_dump",
        "compute_trigger_crash_dump",
        "trigger_crash_dump",
        None,
        (),
        ("active", "paused", "rescued", "resized", "error"),
        task_states=ANY,
        hosted=True,
        verb="trigger_crash_dump",
    ),
    "change_password": Machine(
        "changePassword",
        "compute_set_admin_password",
        "set_admin_password",
        None,  # updating_password while the call lasts: nova answers when compute has
        (),
        ("active",),
        verb="changePassword",
    ),
}
STAYS_AT_IT = ("delete",)  # whose task a failure does not end
ERROR_AFTER = ("create", "rebuild", "delete")  # a failure of these leaves the server in ERROR
# How a client asks for a machine, where that isn't its `action`.
ASKED = {
    "create": "POST /servers",
    "delete": "DELETE",
    "stop": "os-stop",
    "start": "os-start",
    "reboot_soft": "reboot SOFT",
    "reboot_hard": "reboot HARD",
    "shelve_offload": "shelveOffload (admin)",
    "migrate": "migrate (admin)",
    "live_migrate": "os-migrateLive (admin)",
    "evacuate": "evacuate (admin)",
}

_REBUILD = {
    "rebuilding": "REBUILD",
    "rebuild_block_device_mapping": "REBUILD",
    "rebuild_spawning": "REBUILD",
}
_RESIZE = {
    "resize_prep": "RESIZE",
    "resize_migrating": "RESIZE",
    "resize_migrated": "RESIZE",
    "resize_finish": "RESIZE",
}
# vm_state → (the status, and the status while certain tasks run)
STATUS: dict[str, tuple[str, dict[str, str]]] = {
    "building": ("BUILD", {}),
    "active": (
        "ACTIVE",
        {
            "rebooting": "REBOOT",
            "reboot_pending": "REBOOT",
            "reboot_started": "REBOOT",
            "rebooting_hard": "HARD_REBOOT",
            "reboot_pending_hard": "HARD_REBOOT",
            "reboot_started_hard": "HARD_REBOOT",
            "updating_password": "PASSWORD",
            **_REBUILD,
            **_RESIZE,
        },
    ),
    "stopped": ("SHUTOFF", {**_REBUILD, **_RESIZE}),
    "paused": ("PAUSED", {}),
    "suspended": ("SUSPENDED", {}),
    "rescued": ("RESCUE", {}),
    "resized": ("VERIFY_RESIZE", {"resize_reverting": "REVERT_RESIZE", "resize_finish": "RESIZE"}),
    "error": ("ERROR", dict(_REBUILD)),
    "deleted": ("DELETED", {}),
    "soft-delete": ("SOFT_DELETED", {}),
    "shelved": ("SHELVED", {}),
    "shelved_offloaded": ("SHELVED_OFFLOADED", {}),
}


def after_failure(machine: str, pair: tuple[str, str | None]) -> tuple[str, str | None]:
    """The vm_state and task_state that a failing step leaves of those before it.

    Recorded for a server that can't be built, and for one that can't be deleted.
    """
    vm_state, task_state = pair
    return "error" if machine in ERROR_AFTER else vm_state, task_state if machine in STAYS_AT_IT else None


def server_status(vm_state: str, task_state: str | None) -> str:
    """The status that the API shows, such as ACTIVE or HARD_REBOOT."""
    usual, by_task = STATUS[vm_state]
    return by_task.get(task_state or "", usual)


def states_of_status(status: str) -> tuple[list[str], list[tuple[str, str]]]:
    """The vm_states whose usual status this is, and the (vm_state, task_state) pairs that show it."""
    usual = [vm for vm, (name, _) in STATUS.items() if name == status]
    pairs = [
        (vm, task) for vm, (_, tasks) in STATUS.items() for task, name in tasks.items() if name == status
    ]
    return usual, pairs
