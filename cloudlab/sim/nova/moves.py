"""Actions that would take a server to another host, where there is only one (nova_*/217; seen on 2025.2)."""

from typing import Any

from cloudlab.sim import processes, tasks
from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.nova import hosts_model, policy
from cloudlab.sim.nova import migrations_model as migrations
from cloudlab.sim.nova.bodies import NAME, Schema
from cloudlab.sim.nova.build import NOT_ENOUGH
from cloudlab.sim.nova.schemas import BOOLEAN, closed
from cloudlab.sim.nova.servers_create import NO_ZONE, truth
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_rules import by_id, check_state, finish_event, record, start_event
from cloudlab.sim.nova.servers_schemas import FQDN
from cloudlab.sim.nova.states import ANY, MACHINES, Machine, Step
from cloudlab.sim.nova.steps import begin, set_fault
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

Json = dict[str, Any]
NO_COLD_HOST = "No valid host was found. No valid host found for cold migrate"
_HOST: Schema = {**FQDN, "type": ["string", "null"]}
_BLOCK: Schema = {**BOOLEAN, "enum": [*BOOLEAN["enum"], "auto"]}
MIGRATE: dict[int, Schema] = {
    1: {},
    56: {"type": ["object", "null"], "properties": {"host": _HOST}, "additionalProperties": False},
}
_OLD_LIVE = closed(
    ["block_migration", "disk_over_commit", "host"],
    block_migration=BOOLEAN,
    disk_over_commit=BOOLEAN,
    host=_HOST,
)
_LIVE = closed(["block_migration", "host"], block_migration=_BLOCK, host=_HOST)
LIVE: dict[int, Schema] = {
    1: _OLD_LIVE,
    25: _LIVE,
    30: closed(["block_migration", "host"], block_migration=_BLOCK, host=_HOST, force=BOOLEAN),
    68: _LIVE,
}
_EVACUATE: dict[str, Any] = {"host": FQDN, "adminPass": {"type": "string"}}
EVACUATE: dict[int, Schema] = {
    1: closed(["onSharedStorage"], **_EVACUATE, onSharedStorage=BOOLEAN),
    14: closed(None, **_EVACUATE),
    29: closed(None, **_EVACUATE, force=BOOLEAN),
    68: closed(None, **_EVACUATE),
}
UNSHELVE: dict[int, Schema] = {
    1: {},
    77: {
        "type": ["object", "null"],
        "properties": {"availability_zone": NAME},
        "required": ["availability_zone"],
        "additionalProperties": False,
    },
    91: {
        "type": ["object", "null"],
        "properties": {"availability_zone": {"type": ["string", "null"]}, "host": {"type": "string"}},
        "additionalProperties": False,
    },
}
# The scheduler finds nobody: the server is what it was.
SEARCH = (Step(0.8, None),)
COLD = Machine(
    "migrate", "cold_migrate", "migrate_server", "resize_prep", SEARCH, ("active", "stopped"), verb="migrate"
)
LIVE_MOVE = Machine(
    "live-migration", "conductor_migrate_server", "live_migrate_instance", "migrating", SEARCH,
    ("active", "paused"), verb="os-migrateLive",
)  # fmt: skip

EVACUATION = Machine(
    "evacuate", "rebuild_server", "rebuild_instance", "rebuilding", SEARCH,
    ("active", "stopped", "error"), task_states=ANY, verb="evacuate",
)  # fmt: skip
ELSEWHERE = {"migrate": COLD, "live_migrate": LIVE_MOVE, "evacuate": EVACUATION}


def _known(host: str | None) -> None:
    if host is not None and host != HOST:
        raise BadRequest(f"Compute host {host} could not be found.")


def migrate(call: Call, server: Server, wanted: Any) -> Reply:
    """A cold migration: the scheduler finds nobody else, and the server stays where it is."""
    host = (wanted or {}).get("host") if call.at_least(56) else None
    _known(host)
    if host == server.host and host is not None:
        raise BadRequest("Cannot migrate to the host where the server exists.")
    check_state(server, COLD)
    action = record(call.scope, server, COLD.action)
    migrations.start(call.scope, server, migrations.COLD)
    _search(call.scope, server, COLD, action.number, ("conductor_migrate_server", COLD.event), NO_COLD_HOST)
    return Reply(202)


def _search(
    scope: Scope, server: Server, machine: Machine, action: int, events: tuple[str, ...], details: str
) -> None:
    """Conductor has the scheduler look for another host; `details` will be what the action says of it."""
    server.task_state, server.updated_at, server.run = machine.first, scope.now, action
    if not scope.message("cast", processes.CONDUCTOR, machine.cast, server.id):
        return
    for event in events:
        start_event(scope, action, event, HOST)
    scope.later(machine.steps[0].after, "nova.nowhere", server_id=server.id, run=action, details=details)


@tasks.handler("nova.nowhere", process=processes.CONDUCTOR)
def nowhere(scope: Scope, server_id: str, run: int, details: str) -> None:
    """The scheduler found no host for a move."""
    server = by_id(scope, server_id)
    if server is None or server.deleted or server.run != run:
        return
    server.task_state, server.updated_at = None, scope.now
    _failed(scope, server, run, details)


def _failed(scope: Scope, server: Server, action: int, details: str) -> None:
    """The migration and the action end in error; the server remembers why."""
    migrations.advance(scope, server, "error")
    set_fault(scope, server, NOT_ENOUGH if details == NO_COLD_HOST else details, 500)
    finish_event(scope, action, "Error", details)


def live(call: Call, server: Server, wanted: Json) -> Reply:
    """A live migration. Before 2.34 conductor's refusal is the answer, afterwards only the action tells of it."""
    host = wanted["host"]
    check_state(server, LIVE_MOVE)
    _known(host)
    scope = call.scope
    action = record(scope, server, LIVE_MOVE.action)
    row = migrations.start(scope, server, migrations.LIVE, status="accepted")
    if call.at_least(34):
        event = "conductor_live_migrate_instance"
        _search(scope, server, LIVE_MOVE, action.number, (event,), NOT_ENOUGH)
        return Reply(202)
    details = NOT_ENOUGH
    if host == server.host:
        row.dest_compute = host
        details = f"Unable to migrate instance ({server.id}) to current host ({host})."
    start_event(scope, action.number, LIVE_MOVE.event, HOST)
    scope.message("call", processes.CONDUCTOR, LIVE_MOVE.cast, server.id)
    _failed(scope, server, action.number, details)
    scope.kept = True
    raise BadRequest(details)


def evacuate(call: Call, server: Server, wanted: Json) -> Any:
    """From a host that is down to another: refused while it is up, and then there is nobody to go to."""
    host = wanted.get("host")
    if truth(wanted.get("force", False)) and host is None:
        raise BadRequest("Can't force to a non-provided destination")
    if host is not None and host != HOST:
        raise NotFound(f"Compute host {host} not found.")
    if host == server.host and host is not None:
        raise BadRequest("The target host can't be the same one.")
    check_state(server, EVACUATION)
    service = hosts_model.compute_service(call.scope)
    if service is not None and hosts_model.is_up(service):
        raise BadRequest(f"Compute service of {server.host} is still in use.")
    action = record(call.scope, server, EVACUATION.action)
    migrations.start(call.scope, server, migrations.EVACUATION, status="accepted")
    _search(call.scope, server, EVACUATION, action.number, (EVACUATION.event,), NOT_ENOUGH)
    if call.at_least(14):
        return Reply(200)
    return {"adminPass": wanted.get("adminPass") or call.cloud.ids.password()}


def unshelve(call: Call, server: Server, wanted: Any) -> Reply:
    """Out of the shelf; a zone may be named from 2.77, a host from 2.91 (by an administrator). Zone null: any zone."""
    check_state(server, MACHINES["unshelve"])
    if call.at_least(77) and wanted:
        _place(call.scope, server, wanted)
    begin(call.scope, server, "unshelve")
    return Reply(202)


def _place(scope: Scope, server: Server, wanted: Json) -> None:
    """Where a server shall wake up. Raises Conflict, BadRequest, PolicyDenied."""
    zone, host = wanted.get("availability_zone", server.asked_zone), wanted.get("host")
    if wanted.get("availability_zone") and zone not in hosts_model.available_zones(scope):
        raise BadRequest(NO_ZONE)
    if host:
        policy.enforce(scope, "os-shelve:unshelve_to_host", server.project_id)
        _known(host)
        if zone and zone != hosts_model.zone_of_host(scope, host):
            raise Conflict(f'Host "{host}" is not in the availability zone "{zone}".')
    server.asked_zone = zone
