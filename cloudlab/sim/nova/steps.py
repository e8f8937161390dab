"""The engine that walks a server through states.MACHINES, one task a step.

A step runs only while its action is still the server's current one (`Server.run`): a server that was deleted meanwhile
stays deleted. What a step does beyond changing states is a function in WORK, by the name in the table.
"""

from collections.abc import Callable
from typing import Any

from cloudlab.sim import processes, tasks
from cloudlab.sim.clock import iso_z
from cloudlab.sim.nova.servers_model import InstanceAction, Server
from cloudlab.sim.nova.servers_rules import by_id, check_state, finish_event, record, start_event
from cloudlab.sim.nova.states import ERROR_AFTER, MACHINES, STATUS, Machine, Step
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope

Extra = dict[str, Any]
Work = Callable[[Scope, Server, Extra], None]
WORK: dict[str, Work] = {}
ON_FAILURE: dict[str, Work] = {}
WAITS = 60  # as nova's block_device_allocate_retries


class Failed(Exception):
    """A step could not do its work. The message becomes the server's fault."""

    def __init__(self, message: str, code: int = 500) -> None:
        super().__init__(message)
        self.message, self.code = message, code


class NotYet(Exception):
    """A step waits for something: it is tried again in so many seconds, WAITS times at most."""

    def __init__(self, seconds: float, failure: str) -> None:
        super().__init__(seconds)
        self.seconds, self.failure = seconds, failure


def work(name: str) -> Callable[[Work], Work]:
    """Register what the steps with this `work` do."""

    def register(function: Work) -> Work:
        WORK[name] = function
        return function

    return register


def on_failure(name: str) -> Callable[[Work], Work]:
    """Register what tidies up when the machine of this name fails."""

    def register(function: Work) -> Work:
        ON_FAILURE[name] = function
        return function

    return register


def begin(scope: Scope, server: Server, name: str, extra: Extra | None = None) -> InstanceAction:
    """Start an action. Raises Conflict when the server's state forbids it."""
    machine = MACHINES[name]
    check_state(server, machine)
    action = record(scope, server, machine.action)
    server.run, server.task_state, server.updated_at = action.number, machine.first, scope.now
    if machine.receiver != processes.CONDUCTOR:
        start_event(scope, action.number, machine.event, server.host or HOST)
    scope.message("cast", machine.receiver, machine.cast, server.id)
    if machine.steps:
        _schedule(scope, server, name, 0, extra or {})
    else:
        finish_event(scope, action.number)
    return action


def _schedule(scope: Scope, server: Server, name: str, index: int, extra: Extra) -> None:
    steps = MACHINES[name].steps
    if index < len(steps):
        arguments = {"server_id": server.id, "machine": name, "index": index, "run": server.run}
        scope.later(steps[index].after, "nova.step", **arguments, extra=extra)


def _process(machine: Machine, index: int) -> str:
    """Who takes a step: conductor the first of what was cast to it, compute all others."""
    return (
        processes.CONDUCTOR if index == 0 and machine.receiver == processes.CONDUCTOR else processes.COMPUTE
    )


@tasks.handler("nova.step")
def step(
    scope: Scope, server_id: str, machine: str, index: int, run: int, extra: Extra, waited: int = 0
) -> None:
    """One step of an action, unless the server is gone or does something else by now."""
    server = by_id(scope, server_id)
    if server is None or server.deleted or server.run != run:
        return
    scope.process = _process(MACHINES[machine], index)
    try:
        _take(scope, server, MACHINES[machine], index, extra)
    except NotYet as wait:
        if waited >= WAITS:
            _fail(scope, server, machine, Failed(wait.failure), extra)
            return
        again = {"server_id": server_id, "machine": machine, "index": index, "run": run, "extra": extra}
        scope.later(wait.seconds, "nova.step", **again, waited=waited + 1)
    except Failed as error:
        _fail(scope, server, machine, error, extra)
    else:
        if index + 1 == len(MACHINES[machine].steps):
            finish_event(scope, run)
        _schedule(scope, server, machine, index + 1, extra)


def _take(scope: Scope, server: Server, machine: Machine, index: int, extra: Extra) -> None:
    step: Step = machine.steps[index]
    if index == 0 and machine.receiver == processes.CONDUCTOR:
        start_event(scope, server.run, machine.event, HOST)
    if step.work:
        WORK[step.work](scope, server, extra)
    server.task_state, server.updated_at = step.task, scope.now
    if step.vm in STATUS:
        server.vm_state = step.vm
    if step.power is not None:
        server.power_state = step.power


def _fail(scope: Scope, server: Server, machine: str, error: Failed, extra: Extra) -> None:
    """The server keeps a fault; when it could not be built it is in ERROR, and what it held is given back."""
    set_fault(scope, server, error.message, error.code)
    if machine in ON_FAILURE:
        ON_FAILURE[machine](scope, server, extra)
    if machine in ERROR_AFTER:
        server.vm_state = "error"
    server.task_state, server.updated_at = None, scope.now
    finish_event(scope, server.run, "Error", error.message)


def set_fault(scope: Scope, server: Server, message: str, code: int) -> None:
    """What went wrong last, as `GET` shows it in ERROR (API reference, 'Server fault')."""
    server.fault = {"code": code, "created": iso_z(scope.now), "message": message}
