"""A server's life as its status shows it: states.MACHINES walked from its making to its end, for the trail."""

from collections.abc import Iterator
from functools import cache

from cloudlab.sim.nova.moves import ELSEWHERE
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.states import (
    ANY,
    ASKED,
    BEFORE,
    GONE,
    MACHINES,
    STATUS,
    Machine,
    after_failure,
    server_status,
)
from cloudlab.sim.trail import FAILURE, Kind, Move, watch
from cloudlab.sim.trail import GONE as NO_MORE

Pair = tuple[str, str | None]  # vm_state, task_state
BY_ITSELF = ""
EVERY = {**MACHINES, **ELSEWHERE}


def shown(vm_state: str, task_state: str | None) -> str:
    """`BUILD / networking`, `ACTIVE`; `gone` for what is 404."""
    if vm_state == GONE:
        return NO_MORE
    status = server_status(vm_state, task_state)
    return f"{status} / {task_state}" if task_state else status


def state(server: Server) -> str:
    return NO_MORE if server.deleted else shown(server.vm_state, server.task_state)


@cache
def moves(launched: bool = True) -> tuple[Move, ...]:
    """All that a server can go through. One that was never `launched` can't be asked for everything."""
    found: dict[Move, None] = {}
    first: Pair = ("", None)
    known, coming = {first}, [first]
    while coming:
        pair = coming.pop(0)
        for name, machine in EVERY.items():
            if not _may(name, machine, pair) or (machine.launched and not launched):
                continue
            way = f"{_call(name)} from {pair}"  # of the pair itself: two pairs may look alike
            for start, to, by, seconds in _walk(name, machine, pair):
                move = Move(start[0] and shown(*start), shown(*to), by, seconds, way)
                if move.start != move.to:
                    found[move] = None
                if to not in known and to[0] != GONE:
                    known.add(to)
                    coming.append(to)
    return tuple(found)


def _call(name: str) -> str:
    """The call as a client writes it."""
    return ASKED.get(name, EVERY[name].action)


def _may(name: str, machine: Machine, pair: Pair) -> bool:
    """As servers_rules.check_state; what a server does already shows nothing new."""
    vm, task = pair
    if task and task == machine.first:
        return False
    if not vm or name == "create" or vm == "deleted":
        return not vm and name == "create"
    return (not machine.vm_states or vm in machine.vm_states) and (
        machine.task_states == ANY or task in machine.task_states
    )


def _walk(name: str, machine: Machine, pair: Pair) -> Iterator[tuple[Pair, Pair, str, float]]:
    """The moves of one action from one state: what the call itself does, then each step; and where it can fail."""
    by, starts = _call(name), machine.vm_states
    at = pair
    if machine.first and machine.first != pair[1]:
        at = (pair[0] or "building", machine.first)
        yield pair, at, by, 0.0
        by = BY_ITSELF
    for step in machine.steps:
        for vm in _becomes(step.vm, at[0], starts):
            yield at, (vm, step.task), by, step.after
        if step.work:
            yield at, after_failure(name, at), FAILURE, step.after
        at, by = (vm, step.task), BY_ITSELF


def _becomes(wanted: str, now: str, starts: tuple[str, ...]) -> tuple[str, ...]:
    """The vm_states that a step can lead to; several where it goes back to what was before a resize."""
    if wanted != BEFORE:
        return (wanted if wanted in STATUS or wanted == GONE else now,)
    if starts == ("resized",):
        return MACHINES["resize"].vm_states
    return ("stopped",) if now == "stopped" else ("active",)


watch(
    Kind(
        "server",
        Server,
        state,
        lambda server: moves(server is None or server.launched_at is not None),
    ),
    ("vm_state", "task_state", "deleted"),
)
