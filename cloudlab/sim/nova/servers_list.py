"""Which servers a list holds: filters, order and pages, all in SQL, so that a page costs the same among 10,000.

API reference, 'List servers'; recordings nova_v21/084 to 091 and 274.
"""

from typing import Any

from sqlalchemy import Select, and_, false, func, or_, select

from cloudlab.sim.clock import parse_iso
from cloudlab.sim.errors import BadRequest, PolicyDenied
from cloudlab.sim.nova.servers_filters import FALSE_WORDS, TRUE_WORDS, Condition, filtered, words
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_plain import first_page
from cloudlab.sim.nova.states import STATUS, states_of_status
from cloudlab.sim.web import Call

SORT_COLUMNS: dict[str, Any] = {
    "access_ip_v4": Server.access_ip_v4,
    "access_ip_v6": Server.access_ip_v6,
    "auto_disk_config": Server.disk_config,
    "availability_zone": Server.zone,
    "config_drive": Server.config_drive,
    "created_at": Server.created_at,
    "display_description": Server.description,
    "display_name": Server.name,
    "host": Server.host,
    "hostname": Server.hostname,
    "image_ref": Server.image_id,
    "key_name": Server.key_name,
    "launch_index": Server.launch_index,
    "launched_at": Server.launched_at,
    "node": Server.host,
    "power_state": Server.power_state,
    "progress": Server.progress,
    "project_id": Server.project_id,
    "task_state": Server.task_state,
    "terminated_at": Server.terminated_at,
    "updated_at": Server.updated_at,
    "user_id": Server.user_id,
    "uuid": Server.id,
    "vm_state": Server.vm_state,
}


def chosen(call: Call, query: dict[str, str], statuses: list[str]) -> list[Condition]:
    """Which servers the query asks for. PolicyDenied for all projects as a member."""
    wanted = _visible(call, query)
    if statuses:
        wanted.append(_by_status(statuses))
    return wanted + filtered(call, query)


def _visible(call: Call, query: dict[str, str]) -> list[Condition]:
    """Whose servers, and whether those that are gone count."""
    wanted: list[Condition] = []
    if all_tenants(call, query):
        project = query.get("tenant_id") or query.get("project_id")
        if project:
            wanted.append(Server.project_id == project)
    else:
        wanted.append(Server.project_id == call.who.project_id)
    deleted, changed = _deleted(call, query), _changed(call, query)
    if deleted is not None or not query.get("changes-since"):
        wanted.append(Server.deleted.is_(bool(deleted)))
    return wanted + changed


def _changed(call: Call, query: dict[str, str]) -> list[Condition]:
    """When they last changed; `changes-before` counts from 2.66. Raises BadRequest when no time is between the two."""
    since, before = query.get("changes-since"), query.get("changes-before") if call.at_least(66) else None
    if since and before and parse_iso(since) > parse_iso(before):
        raise BadRequest("The value of changes-since must be less than or equal to changes-before.")
    found: list[Condition] = [Server.updated_at >= parse_iso(since)] if since else []
    return [*found, Server.updated_at <= parse_iso(before)] if before else found


def all_tenants(call: Call, query: dict[str, str]) -> bool:
    """Whether all projects are asked for. Raises PolicyDenied (nova_v21/089_servers_all_tenants_member)."""
    if "all_tenants" not in query:
        return call.who.is_admin and query.get("tenant_id", call.who.project_id) != call.who.project_id
    word = query["all_tenants"].lower() or "true"
    if word not in TRUE_WORDS + FALSE_WORDS:
        raise BadRequest(f"Unrecognized value '{query['all_tenants']}', acceptable values are: {words()}")
    if word in FALSE_WORDS:
        return False
    if not call.who.is_admin:
        raise PolicyDenied(
            f"servers:{'detail' if call.path.endswith('/detail') else 'index'}:get_all_tenants"
        )
    return True


def _deleted(call: Call, query: dict[str, str]) -> bool | None:
    """Admins may ask for the deleted ones; from members the question is ignored (nova_v21/274)."""
    if "deleted" not in query or not call.who.is_admin:
        return None
    return query["deleted"].lower() in TRUE_WORDS


def _by_status(statuses: list[str]) -> Condition:
    """Servers that show one of these; words that are no status are none."""
    parts: list[Condition] = []
    for status in statuses:
        usual, pairs = states_of_status(status.upper())
        for vm_state in usual:
            busy = list(STATUS[vm_state][1])
            idle = or_(Server.task_state.is_(None), Server.task_state.not_in(busy)) if busy else None
            parts.append(
                Server.vm_state == vm_state if idle is None else and_(Server.vm_state == vm_state, idle)
            )
        parts += [and_(Server.vm_state == vm, Server.task_state == task) for vm, task in pairs]
    return or_(*parts) if parts else false()


PLAIN = {"limit", "all_tenants"}  # parameters that choose no servers


def page(call: Call, query: dict[str, str], limit: int, columns: tuple[Any, ...]) -> list[Any]:
    """One page: newest first unless sorted otherwise; rows of these columns. Raises BadRequest, PolicyDenied."""
    everyone = all_tenants(call, query)
    if not set(query) - PLAIN:
        return first_page(call.scope, columns, None if everyone else call.who.project_id or "", limit)
    statuses = [value for name, value in call.query if name == "status"]
    found = _ordered(call, select(*columns).where(*chosen(call, query, statuses)), query)
    return list(call.scope.session.execute(found.limit(limit)))


def _ordered(call: Call, found: Select[Any], query: dict[str, str]) -> Select[Any]:
    """In the order that was asked for, behind the marker."""
    column = SORT_COLUMNS.get(query.get("sort_key", "created_at"), Server.created_at)
    direction = query.get("sort_dir") or "desc"
    if direction not in ("asc", "desc"):
        raise BadRequest("Invalid sort direction, must be one of: asc, desc")
    key = func.coalesce(column, "") if column.property.columns[0].nullable else column
    marker, descending = query.get("marker"), direction == "desc"
    if marker is not None:
        found = found.where(_after(call, key, marker, descending))
    return found.order_by(key.desc() if descending else key.asc(), Server.id.asc())


def _after(call: Call, key: Any, marker: str, descending: bool) -> Condition:
    """Behind the marker, in the page's order: by the key, then by id (nova sorts ids upwards either way)."""
    place = select(key).where(Server.id == marker)
    if not call.who.is_admin:
        place = place.where(Server.project_id == call.who.project_id)
    if call.scope.session.execute(place).first() is None:
        raise BadRequest(f"marker [{marker}] not found")
    there = place.scalar_subquery()
    bound, beyond = (key <= there, key < there) if descending else (key >= there, key > there)
    return and_(bound, or_(beyond, Server.id > marker))  # the bound lets the index begin at the marker
