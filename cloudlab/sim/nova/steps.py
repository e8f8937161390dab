"""The engine that walks a server through states.MACHINES, one task a step.

A step runs only while its action is still the server's current one (`Server.run`): a server that was deleted meanwhile
stays deleted. What a step does beyond changing states is a function in WORK, by the name in the table.
"""

from collections.abc import Callable
from typing import Any

from cloudlab.sim import processes, tasks
from cloudlab.sim.clock import iso_z
from cloudlab.sim.errors import NoReply, PeerFailed
from cloudlab.sim.nova.peering import sentence, words
from cloudlab.sim.nova.servers_model import InstanceAction, Server
from cloudlab.sim.nova.servers_rules import by_id, check_state, finish_event, record, start_event
from cloudlab.sim.nova.states import MACHINES, STATUS, Machine, Step, after_failure
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope

Extra = dict[str, Any]
Work = Callable[[Scope, Server, Extra], None]
WORK: dict[str, Work] = {}
ON_FAILURE: dict[str, Work] = {}
WAITS = 60  # as nova's block_device_allocate_retries
LONGEST_FAULT = 255  # characters of a fault's message


class Failed(Exception):
    """A step could not do its work. The message becomes the server's fault."""

    result = "Error"  # what the action's event says

    def __init__(self, message: str, code: int = 500) -> None:
        super().__init__(message)
        self.message, self.code = message, code


class Aborted(Failed):
    """Compute ends a build by itself: the server is in ERROR, and the action looks like a success (recorded)."""

    result = "Success"

    def __init__(self, server: Server, reason: str) -> None:
        super().__init__(f"Build of instance {server.id} aborted: {reason}")


class Lost(Exception):
    """The message that hands the work on never arrived: nothing follows."""


class NotYet(Exception):
    """A step waits for something: it is tried again in so many seconds, WAITS times at most."""

    def __init__(self, seconds: float, failure: Failed) -> None:
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
    arrived = scope.message("cast", machine.receiver, machine.cast, server.id)
    if machine.steps and arrived:
        _schedule(scope, server, name, 0, extra or {})
    elif arrived:
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
    """The work of one step of an action, unless the server is gone or does something else by now."""
    server = _at_it(scope, server_id, run)
    if server is None:
        return
    scope.process = _process(MACHINES[machine], index)
    of = {"server_id": server_id, "machine": machine, "index": index, "run": run, "extra": extra}
    try:
        _work(scope, server, MACHINES[machine], index, extra)
    except Lost:
        return
    except NotYet as wait:
        if waited < WAITS:
            scope.later(wait.seconds, "nova.step", **of, waited=waited + 1)
        else:
            _give_up(scope, server, of, wait.failure)
    except Failed as error:
        _give_up(scope, server, of, error)
    except (PeerFailed, NoReply) as error:
        _give_up(scope, server, of, _failure(server, machine, error))
    else:
        scope.then("nova.arrived", **of)


def _at_it(scope: Scope, server_id: str, run: int) -> Server | None:
    """The server, while it is there and does what the step is of."""
    with scope.session.no_autoflush:  # the step's work and its state are one change (trail.py)
        server = by_id(scope, server_id)
    return None if server is None or server.deleted or server.run != run else server


def _failure(server: Server, machine: str, error: PeerFailed | NoReply) -> Failed:
    """A peer failed where nothing else is known of it: compute aborts a build, and says the rest by its name."""
    if machine == "create" and isinstance(error, PeerFailed):
        return Aborted(server, sentence(error))
    return Failed(words(error))


def _work(scope: Scope, server: Server, machine: Machine, index: int, extra: Extra) -> None:
    """What the step does. The event begins with conductor's work; of a search only when it has found a host."""
    step, conducted = machine.steps[index], index == 0 and machine.receiver == processes.CONDUCTOR
    if conducted and not machine.search:
        start_event(scope, server.run, machine.event, HOST)
    if step.work:
        WORK[step.work](scope, server, extra)
    if conducted and machine.search:
        start_event(scope, server.run, machine.event, HOST)


@tasks.handler("nova.arrived")
def arrived(scope: Scope, server_id: str, machine: str, index: int, run: int, extra: Extra) -> None:
    """The work is done: the server's states change, and the next step is put off."""
    server = _at_it(scope, server_id, run)
    if server is None:
        return
    step: Step = MACHINES[machine].steps[index]
    server.task_state, server.updated_at = step.task, scope.now
    if step.vm in STATUS:
        server.vm_state = step.vm
    if step.power is not None:
        server.power_state = step.power
    if index + 1 == len(MACHINES[machine].steps):
        finish_event(scope, run)
    _schedule(scope, server, machine, index + 1, extra)


def _give_up(scope: Scope, server: Server, of: Extra, error: Failed) -> None:
    """What the server held is given back; then it fails."""
    if of["machine"] in ON_FAILURE:
        ON_FAILURE[of["machine"]](scope, server, of["extra"])
    why = {"message": error.message, "code": error.code, "result": error.result}
    scope.then("nova.failed", **of, **why)


@tasks.handler("nova.failed")
def failed(
    scope: Scope,
    server_id: str,
    machine: str,
    index: int,
    run: int,
    extra: Extra,
    message: str,
    code: int,
    result: str,
) -> None:
    """The server keeps a fault; when it could not be built, rebuilt or deleted it is in ERROR."""
    server = _at_it(scope, server_id, run)
    if server is None:
        return
    set_fault(scope, server, message, code)
    server.vm_state, server.task_state = after_failure(machine, (server.vm_state, server.task_state))
    server.updated_at = scope.now
    if index == 0 and MACHINES[machine].search:
        start_event(scope, run, MACHINES[machine].search, HOST)
    finish_event(scope, run, result, message if result == "Error" else None)


def set_fault(scope: Scope, server: Server, message: str, code: int) -> None:
    """What went wrong last, as `GET` shows it in ERROR (API reference, 'Server fault')."""
    server.fault = {"code": code, "created": iso_z(scope.now), "message": message[:LONGEST_FAULT]}
