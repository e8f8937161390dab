"""What is broken on purpose: the faults of one cloud, set and cleared by its owner (control.py).

In memory: a new process begins whole. With none set, a request pays for one look at `active`. What a broken part
looks like from outside and from inside was recorded on 2026-11-28 from OpenStack 2025.2; who gives up how is in
`patience.py` and in the callers.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from typing import Any

from cloudlab.language import said
from cloudlab.sim.surprise import Secret

SERVICES = ("keystone", "nova", "cinder", "placement", "glance", "neutron")
STATUSES = (500, 503)
OPERATIONS = ("create", "delete", "attach", "detach", "snapshot", "extend")
MESSAGES = (  # those whose loss changes something; by who sends them
    *("schedule_and_build_instances", "select_destinations", "build_and_run_instance", "migrate_server"),
    *("live_migrate_instance", "unshelve_instance", "rebuild_instance", "terminate_instance"),
    *("stop_instance", "start_instance", "reboot_instance", "pause_instance", "unpause_instance"),
    *("suspend_instance", "resume_instance", "shelve_instance", "shelve_offload_instance", "rescue_instance"),
    *("unrescue_instance", "confirm_resize", "revert_resize", "snapshot_instance", "backup_instance"),
    *("reserve_block_device_name", "attach_volume", "detach_volume", "attach_interface", "detach_interface"),
    *("add_fixed_ip_to_instance", "remove_fixed_ip_from_instance", "external_instance_event"),
    *("create_volume", "delete_volume", "extend_volume", "retype", "migrate_volume", "revert_to_snapshot"),
    *("create_snapshot", "delete_snapshot", "copy_volume_to_image", "reimage"),
    *("attachment_update", "attachment_delete", "initialize_connection", "terminate_connection"),
)
LONGEST = 3600  # seconds that a service may be slow by
UNAVAILABLE = (
    503,
    [("Cache-Control", "no-cache"), ("Content-Type", "text/html")],
    b"<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n"
    b"</body></html>\n",
)  # a load balancer's, when the service behind it is away


class WrongFault(Exception):
    """There is no such fault; the message says what there is."""


@dataclass
class Fault:
    """One thing that is broken. `what`: a service, an operation of the volume driver, or a message; "" for no_room.

    `status` is that of the kind "answers", `seconds` that of "slow"; `left`: for how many more calls, None: until it
    is cleared.
    """

    kind: str
    what: str = ""
    status: int | None = None
    seconds: float | None = None
    left: int | None = None


# By kind: the name of what it concerns in an order, and what that can be.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "down": ("service", SERVICES),
    "answers": ("service", SERVICES),
    "slow": ("service", SERVICES),
    "no_room": ("", ("",)),
    "driver_fails": ("operation", OPERATIONS),
    "lose": ("message", MESSAGES),
}
COUNTED = ("answers", "driver_fails", "lose")


class Faults:
    """What is set. Changed under the cloud's lock; read by whoever holds it, `is_down` and `refused` by anybody."""

    def __init__(self, lock: AbstractContextManager[Any]) -> None:
        self._lock = lock
        self._set: dict[tuple[str, str], Fault] = {}
        self.secret = Secret()  # a surprise's: `told` doesn't give it away
        self.changed: Callable[[], None] = lambda: None  # the server's: its sockets follow

    @property
    def active(self) -> bool:
        """Whether anything is broken."""
        return bool(self._set)

    def is_down(self, service: str) -> bool:
        return ("down", service) in self._set

    def refused(self) -> frozenset[str]:
        """The services to which nobody gets through."""
        return frozenset(service for service in SERVICES if self.is_down(service))

    def status(self, service: str) -> int | None:
        """What the service answers to this call instead of doing it."""
        fault = self._take("answers", service)
        return fault.status if fault else None

    def seconds(self, service: str) -> float:
        """By how much this call lasts longer."""
        fault = self._set.get(("slow", service))
        return fault.seconds or 0.0 if fault else 0.0

    @property
    def no_room(self) -> bool:
        """Whether no host has room for a server."""
        return ("no_room", "") in self._set

    def driver_fails(self, operation: str) -> bool:
        """Whether the volume driver fails in this operation, this time."""
        return self._take("driver_fails", operation) is not None

    def loses(self, message: str) -> bool:
        """Whether this message gets lost."""
        return self._take("lose", message) is not None

    def _take(self, kind: str, what: str) -> Fault | None:
        """The fault, which has one call less to go by now."""
        fault = self._set.get((kind, what))
        if fault is not None and fault.left is not None:
            fault.left -= 1
            if not fault.left:
                del self._set[kind, what]
        return fault

    def set(self, order: dict[str, Any]) -> dict[str, Any]:
        """Break something: `kind`, and by kind service, operation or message, status, seconds, times.

        Gives the fault as `told` does. Raises WrongFault.
        """
        fault = read(order)
        with self._lock:
            self._set[fault.kind, fault.what] = fault
        self.changed()
        return asdict(fault)

    def clear(self, kind: str = "", what: str = "") -> None:
        """Mend all, or all of a kind, or one; what isn't broken may be mended, too. Raises WrongFault."""
        if kind:
            _one_of("kind", kind, tuple(KINDS))
        if kind and what:
            name, allowed = KINDS[kind]
            _one_of(name, what, allowed)
        with self._lock:
            for key in [key for key in self._set if kind in ("", key[0]) and what in ("", key[1])]:
                del self._set[key]
        self.changed()

    def told(self) -> list[dict[str, Any]]:
        """What is broken, in the order in which it was set."""
        with self._lock:
            return [self._told(fault) for fault in self._set.values()]

    def _told(self, fault: Fault) -> dict[str, Any]:
        hidden = (fault.kind, fault.what) == ("answers", self.secret.service)
        return asdict(Fault("surprise") if hidden else fault)


def read(order: dict[str, Any]) -> Fault:
    """The fault that an order describes. Raises WrongFault."""
    kind = _one_of("kind", order.get("kind"), tuple(KINDS))
    name, allowed = KINDS[kind]
    fault = Fault(kind, _one_of(name, order.get(name), allowed) if name else "")
    if kind == "answers":
        fault.status = int(_one_of("status", order.get("status"), STATUSES))
    if kind == "slow":
        fault.seconds = _number("seconds", order.get("seconds"), LONGEST)
    if kind in COUNTED and order.get("times") is not None:
        fault.left = int(_number("times", order["times"], None))
    return fault


def _one_of(name: str, given: Any, allowed: tuple[Any, ...]) -> Any:
    if given not in allowed:
        raise WrongFault(
            said(
                "{name} can't be {given}. It can be: {choices}.",
                name=name,
                given=repr(given),
                choices=", ".join(map(str, allowed)),
            )
        )
    return given


def _number(name: str, given: Any, most: int | None) -> float:
    """A number above 0; a whole one where there is no `most`."""
    kinds = int if most is None else (int, float)
    good = isinstance(given, kinds) and not isinstance(given, bool) and given > 0
    if not good or (most is not None and given > most):
        raise WrongFault(_range(most, name=name, given=repr(given)))
    return given  # type: ignore[no-any-return]


def _range(most: int | None, **values: str) -> str:
    if most is None:
        return said("{name} can't be {given}. It has to be a whole number, at least 1.", **values)
    return said(
        "{name} can't be {given}. It has to be a number above 0, {most} at most.", most=most, **values
    )
