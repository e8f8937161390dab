"""Rules about servers: who finds which, what was asked of one, and which volumes it holds. No HTTP."""

from collections.abc import Iterable

from sqlalchemy import select

from cloudlab.sim.errors import Conflict, NotFound
from cloudlab.sim.nova.servers_model import BlockDevice, InstanceAction, InstanceActionEvent, Server
from cloudlab.sim.nova.states import ANY, Machine
from cloudlab.sim.scope import Scope


def not_found(server_id: str) -> NotFound:
    return NotFound(f"Instance {server_id} could not be found.")


def find(scope: Scope, server_id: str, deleted: bool = False) -> Server:
    """The server that the caller may see: of their project, or any for admin. Raises NotFound.

    `deleted`: one that is gone counts too.
    """
    server = by_id(scope, server_id)
    if server is None or (server.deleted and not deleted):
        raise not_found(server_id)
    if server.project_id != scope.who.project_id and not scope.who.is_admin:
        raise not_found(server_id)
    return server


def by_id(scope: Scope, server_id: str) -> Server | None:
    """The row whoever asks, gone or not."""
    return scope.session.scalars(select(Server).where(Server.id == server_id)).first()


def check_unlocked(scope: Scope, server: Server) -> None:
    """Raises Conflict when somebody locked it; admins pass (nova_v21/160_act_stop_locked)."""
    if server.locked and not scope.who.is_admin:
        raise Conflict(f"Instance {server.id} is locked")


def check_state(server: Server, machine: Machine) -> None:
    """Raises Conflict in a state from which the action can't start (nova_v21/135_act_start_when_active).

    One that no host could hold has none, and never ran (limits/013_failed_start, 014_failed_reboot).
    """
    if machine.hosted and server.host is None:
        raise Conflict(f"Instance {server.id} is not ready")
    start = f"Cannot '{machine.verb}' instance {server.id} while it"
    if machine.vm_states and server.vm_state not in machine.vm_states:
        raise Conflict(f"{start} is in vm_state {server.vm_state}")
    if machine.task_states != ANY and server.task_state not in machine.task_states:
        raise Conflict(f"{start} is in task_state {server.task_state}")
    if machine.launched and server.launched_at is None:
        raise Conflict(f"Instance {server.id} is in an invalid state for '{machine.verb}'")


def record(scope: Scope, server: Server, action: str) -> InstanceAction:
    """Note what was asked of a server, for os-instance-actions."""
    row = InstanceAction(
        server_id=server.id,
        action=action,
        request_id=scope.request_id,
        user_id=scope.who.user_id,
        project_id=scope.who.project_id,
        start_time=scope.now,
        updated_at=scope.now,
    )
    scope.session.add(row)
    scope.session.flush()
    return row


def start_event(scope: Scope, action_number: int, event: str, host: str | None) -> None:
    """The compute service (or conductor) begins with an action."""
    row = InstanceActionEvent(action_number=action_number, event=event, host=host, start_time=scope.now)
    scope.session.add(row)


def finish_event(
    scope: Scope, action_number: int, result: str = "Success", details: str | None = None
) -> None:
    """Close what `start_event` opened; an action that failed says so, and why (`details`)."""
    rows = select(InstanceActionEvent).where(InstanceActionEvent.action_number == action_number)
    for row in scope.session.scalars(rows.where(InstanceActionEvent.finish_time.is_(None))):
        row.finish_time, row.result, row.details = scope.now, result, details
    action = scope.session.get_one(InstanceAction, action_number)
    action.updated_at = scope.now
    if result != "Success":
        action.message = result


def volumes_of(scope: Scope, server_ids: Iterable[str]) -> dict[str, list[BlockDevice]]:
    """The volumes of several servers, in the order in which they were attached, in one query."""
    found: dict[str, list[BlockDevice]] = {server_id: [] for server_id in server_ids}
    rows = select(BlockDevice).where(BlockDevice.server_id.in_(found)).order_by(BlockDevice.number)
    for device in scope.session.scalars(rows):
        found[device.server_id].append(device)
    return found
