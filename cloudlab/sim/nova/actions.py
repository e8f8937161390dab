"""`/servers/{server_id}/action`: one row for each action of nova.

API reference, 'Servers - run an action'; recordings nova_v21/135 to 204.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.nova import addresses, admin_actions, group_actions, moves, policy, quota, snapshots
from cloudlab.sim.nova import migrations_model as migrations
from cloudlab.sim.nova import servers_schemas as schemas
from cloudlab.sim.nova.bodies import Schema, action_named, checked
from cloudlab.sim.nova.console import console_text, last_lines
from cloudlab.sim.nova.flavors_model import get_flavor
from cloudlab.sim.nova.negotiation import since
from cloudlab.sim.nova.rebuild import rebuild
from cloudlab.sim.nova.schemas import closed
from cloudlab.sim.nova.servers_create import flavor_copy
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_rules import (
    check_unlocked,
    find,
    finish_event,
    record,
    start_event,
    volumes_of,
)
from cloudlab.sim.nova.states import MACHINES
from cloudlab.sim.nova.steps import begin, set_fault
from cloudlab.sim.processes import HOST
from cloudlab.sim.web import Call, Reply

Do = Callable[[Call, Server, Any], Any]


@dataclass(frozen=True)
class Row:
    """One action: its policy, its body's schema (by the least minor version that has it), what it does.

    `since`, `until`: there from that microversion on, gone from that one on. `free`: not held up by a lock.
    """

    rule: str
    do: Do
    schemas: dict[int, Schema] = field(default_factory=dict)
    since: int = 1
    until: int = 1000
    free: bool = False


def starts(machine: str, status: int = 202) -> Do:
    """An action that only starts a machine of states."""

    def do(call: Call, server: Server, wanted: Any) -> Reply:
        begin(call.scope, server, machine)
        return Reply(status)

    return do


def reboot(call: Call, server: Server, wanted: Any) -> Reply:
    begin(call.scope, server, f"reboot_{wanted['type'].lower()}")
    return Reply(202)


def create_image(call: Call, server: Server, wanted: Any) -> Reply:
    """Before 2.45 the image's address is in Location, afterwards its id is in the body."""
    image_id = snapshots.snapshot(call.scope, server, wanted["name"], wanted.get("metadata", {}))
    if call.at_least(45):
        return Reply(202, {"image_id": image_id})
    location = f"{call.cloud.url('glance')}//images/{image_id}"
    return Reply(202, None, {"Location": location}, content_type="text/html; charset=UTF-8")


def create_backup(call: Call, server: Server, wanted: Any) -> Reply:
    """As create_image; without a Location when none is to be kept."""
    keep = int(wanted["rotation"])
    metadata, kind = wanted.get("metadata", {}), wanted["backup_type"]
    image_id = snapshots.backup(call.scope, server, wanted["name"].strip(), metadata, kind, keep)
    if call.at_least(45):
        return Reply(202, {"image_id": image_id})
    headers = {"Location": f"{call.base}/images/{image_id}"} if keep else {}
    return Reply(202, None, headers, content_type="text/html; charset=UTF-8")


def console_output(call: Call, server: Server, wanted: Any) -> Any:
    if server.host is None:
        raise Conflict(f"Instance {server.id} is not ready")
    volumes = volumes_of(call.scope, [server.id])[server.id]
    length = wanted.get("length")
    return {
        "output": last_lines(console_text(server, volumes), None if length in (None, "") else int(length))
    }


def vnc_console(call: Call, server: Server, wanted: Any) -> Any:
    """There is no screen to look at; compute's refusal stays as the server's fault (nova_v2/180 and 304)."""
    raise unavailable(call, server, wanted["type"])


def unavailable(call: Call, server: Server, kind: str) -> BadRequest:
    """The refusal of a console; what it leaves with the server is written in spite of it."""
    message = f"Unavailable console type {kind}."
    set_fault(call.scope, server, message, 400)
    call.scope.kept = True
    return BadRequest(message)


def lock(call: Call, server: Server, wanted: Any) -> Reply:
    reason = wanted.get("locked_reason") if call.at_least(73) and wanted else None
    server.locked, server.locked_reason = True, reason
    _noted(call, server, "lock")
    return Reply(202)


def unlock(call: Call, server: Server, wanted: Any) -> Reply:
    server.locked, server.locked_reason = False, None
    _noted(call, server, "unlock")
    return Reply(202)


def _noted(call: Call, server: Server, name: str) -> None:
    """What the API does by itself leaves an event of its own."""
    action = record(call.scope, server, name)
    start_event(call.scope, action.number, f"api_{name}", HOST)
    finish_event(call.scope, action.number)


def rescue(call: Call, server: Server, wanted: Any) -> Any:
    begin(call.scope, server, "rescue")
    return {"adminPass": (wanted or {}).get("adminPass") or call.cloud.ids.password()}


def resize(call: Call, server: Server, wanted: Any) -> Reply:
    """Raises BadRequest for an unknown or the same flavor (nova_v21/184_act_resize_same), Forbidden over quota."""
    flavor_id = str(wanted["flavorRef"]).rstrip("/").rsplit("/", 1)[-1]
    try:
        flavor = get_flavor(call.scope, flavor_id)
    except NotFound as error:
        raise BadRequest(error.message) from error
    if MACHINES["resize"].vm_states.count(server.vm_state) and flavor.id == server.flavor["id"]:
        raise BadRequest("When resizing, instances must change flavor!")
    more = max(flavor.vcpus - server.vcpus, 0), max(flavor.ram - server.ram, 0)
    if any(more):
        quota.check(call.scope, 0, *more)
    if flavor.disk < server.flavor["disk"] and not flavor.disk and server.image_id:
        raise BadRequest("Resize to zero disk flavor is not allowed.")
    action = begin(call.scope, server, "resize", {"flavor": flavor_copy(flavor)})
    for event in ("conductor_migrate_server", "cold_migrate"):
        start_event(call.scope, action.number, event, HOST)
    migrations.start(call.scope, server, migrations.RESIZE, flavor.id)
    return Reply(202)


REBUILD = {minor: schemas.rebuild(minor) for minor in (1, 19, 54, 90)}
ROWS: dict[str, Row] = {
    "os-start": Row("servers:start", starts("start")),
    "os-stop": Row("servers:stop", starts("stop")),
    "reboot": Row("servers:reboot", reboot, {1: schemas.REBOOT}),
    "createImage": Row("servers:create_image", create_image, {1: schemas.CREATE_IMAGE}, free=True),
    "os-getConsoleOutput": Row("os-console-output", console_output, {1: schemas.CONSOLE}, free=True),
    "os-getVNCConsole": Row("os-remote-consoles", vnc_console, {1: schemas.VNC}, until=6, free=True),
    "lock": Row("os-lock-server:lock", lock, {1: schemas.NOTHING, 73: schemas.LOCK_REASON}, free=True),
    "unlock": Row("os-lock-server:unlock", unlock, free=True),
    "pause": Row("os-pause-server:pause", starts("pause")),
    "unpause": Row("os-pause-server:unpause", starts("unpause")),
    "suspend": Row("os-suspend-server:suspend", starts("suspend")),
    "resume": Row("os-suspend-server:resume", starts("resume")),
    "rescue": Row("os-rescue", rescue, {1: schemas.RESCUE}),
    "unrescue": Row("os-unrescue", starts("unrescue")),
    "shelve": Row("os-shelve:shelve", starts("shelve")),
    "unshelve": Row("os-shelve:unshelve", moves.unshelve, moves.UNSHELVE),
    "resize": Row("servers:resize", resize, {1: schemas.RESIZE}),
    "confirmResize": Row("servers:confirm_resize", starts("confirm_resize", 204)),
    "revertResize": Row("servers:revert_resize", starts("revert_resize")),
    "rebuild": Row("servers:rebuild", rebuild, REBUILD),
    "changePassword": Row("os-admin-password", starts("change_password"), {1: schemas.PASSWORD}),
    "addSecurityGroup": Row("os-security-groups:add", group_actions.add, {1: schemas.GROUP}),
    "removeSecurityGroup": Row("os-security-groups:remove", group_actions.remove, {1: schemas.GROUP}),
    "addFloatingIp": Row(
        "os-floating-ips:add", addresses.add_floating, {1: addresses.ADD_FLOATING}, until=44
    ),
    "removeFloatingIp": Row(
        "os-floating-ips:remove", addresses.remove_floating, {1: addresses.REMOVE}, until=44, free=True
    ),
    "addFixedIp": Row("os-multinic:add", addresses.add_fixed, {1: addresses.ADD_FIXED}, until=44),
    "removeFixedIp": Row("os-multinic:remove", addresses.remove_fixed, {1: addresses.REMOVE}, until=44),
    "createBackup": Row("os-create-backup", create_backup, {1: schemas.BACKUP}, free=True),
    "forceDelete": Row("os-deferred-delete:force", admin_actions.force_delete),
    "restore": Row("os-deferred-delete:restore", admin_actions.restore),
    "os-getSPICEConsole": Row("os-remote-consoles", vnc_console, {1: schemas.SPICE}, until=6, free=True),
    "os-getSerialConsole": Row("os-remote-consoles", vnc_console, {1: schemas.SERIAL}, until=6, free=True),
    "shelveOffload": Row("os-shelve:shelve_offload", starts("shelve_offload")),
    "os-resetState": Row("os-admin-actions:reset_state", admin_actions.reset_state, {1: admin_actions.RESET}),
    "injectNetworkInfo": Row("os-admin-actions:inject_network_info", admin_actions.inject_network_info),
    "migrate": Row("os-migrate-server:migrate", moves.migrate, moves.MIGRATE),
    "os-migrateLive": Row("os-migrate-server:migrate_live", moves.live, moves.LIVE),
    "evacuate": Row("os-evacuate", moves.evacuate, moves.EVACUATE, free=True),
    "trigger_crash_dump": Row(
        "servers:trigger_crash_dump", starts("crash_dump"), {1: schemas.NULL}, since=17
    ),
}


class ServerAction:
    """`/servers/{server_id}/action`."""

    def post(self, call: Call, server_id: str) -> Any:
        name, row = _named(call)
        wanted = checked(call, _schema(name, _level(row, call.version[1])))[name]
        server = find(call.scope, server_id)
        policy.enforce(call.scope, row.rule, server.project_id)
        if not row.free:
            check_unlocked(call.scope, server)
        return row.do(call, server, wanted)


class RemoteConsoles:
    """`/servers/{server_id}/remote-consoles`, from 2.6."""

    def post(self, call: Call, server_id: str) -> Any:
        since(call, 6)
        wanted = checked(call, schemas.REMOTE_CONSOLE)["remote_console"]
        server = find(call.scope, server_id)
        policy.enforce(call.scope, "os-remote-consoles", server.project_id)
        raise unavailable(call, server, wanted["type"])


def _named(call: Call) -> tuple[str, Row]:
    """The action that the body names. Raises BadRequest for none, NotFound for one that is gone."""
    name = action_named(call, ROWS)
    row = ROWS[name]
    if call.at_least(row.until) or not call.at_least(row.since):
        raise NotFound("The resource could not be found.")
    return name, row


def _level(row: Row, minor: int) -> int:
    """Which of the row's schemas holds at this microversion; 0 when it takes any body."""
    return max((first for first in row.schemas if first <= max(minor, 1)), default=0)


@cache
def _schema(name: str, level: int) -> Schema:
    """The whole body's schema: `{name: …}`."""
    return closed([name], **{name: ROWS[name].schemas.get(level, schemas.NOTHING)})
