"""os-simple-tenant-usage: what servers held for how long (API reference; nova_*/058; figures as seen on 2025.2)."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Select, or_, select

from cloudlab.sim.clock import iso_micro
from cloudlab.sim.errors import BadRequest
from cloudlab.sim.nova import policy
from cloudlab.sim.nova.bodies import NON_NEGATIVE, Schema, checked_query, query_schema
from cloudlab.sim.nova.negotiation import of_version
from cloudlab.sim.nova.paging import MAX_LIMIT, limit_of, next_links
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_views import whole_second
from cloudlab.sim.web import Call

Json = dict[str, Any]
FORMATS = ("%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d %H:%M:%S.%f")
# Without start and end the report is of the moment that the question takes.
MOMENT = timedelta(microseconds=10)
_TEXT: dict[str, Any] = {name: {"type": "string"} for name in ("start", "end", "detailed")}
_PAGED: dict[str, Any] = {**_TEXT, "limit": NON_NEGATIVE, "marker": {"type": "string"}}
LIST: dict[int, Schema] = {
    1: query_schema(**_TEXT),
    40: query_schema(**_PAGED),
    75: query_schema(strict=True, **_PAGED),
}
_ONE = {name: schema for name, schema in _PAGED.items() if name != "detailed"}
SHOW: dict[int, Schema] = {**LIST, 75: query_schema(strict=True, **_ONE)}


def _moment(text: str | None, default: datetime) -> datetime:
    if not text:
        return default
    for form in FORMATS:
        try:
            return datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise BadRequest("Invalid datetime string: Datetime is in invalid format")


def _period(call: Call, query: dict[str, str]) -> tuple[datetime, datetime]:
    """From when to when: never beyond now."""
    now = call.scope.now
    start, stop = _moment(query.get("start"), now - MOMENT), _moment(query.get("end"), now)
    if not start < stop:
        raise BadRequest("Invalid start time. The start time cannot occur after the end time.")
    return start, min(stop, now)


def _servers(call: Call, query: dict[str, str], found: Select[Any]) -> list[Server]:
    """One page of them, by project and id; a marker counts from 2.40."""
    limit = limit_of(query) if call.at_least(40) else MAX_LIMIT
    marker = query.get("marker") if call.at_least(40) else None
    if marker is not None:
        place = call.scope.session.scalars(select(Server).where(Server.id == marker)).first()
        if place is None:
            raise BadRequest(f"Marker {marker} could not be found.")
        beyond = (Server.project_id == place.project_id) & (Server.id > place.id)
        found = found.where(or_(Server.project_id > place.project_id, beyond))
    return list(call.scope.session.scalars(found.order_by(Server.project_id, Server.id).limit(limit)))


def _active(start: datetime, stop: datetime) -> Select[Any]:
    """Servers that ran at some time of the period, gone or not."""
    not_before = or_(Server.terminated_at.is_(None), Server.terminated_at > start)
    return select(Server).where(Server.launched_at < stop, not_before)


def _usage(server: Server, start: datetime, stop: datetime, now: datetime) -> Json:
    """One server's share. Hours count within the period, `uptime` (seconds) its whole life."""
    began, ended = whole_second(server.launched_at), whole_second(server.terminated_at)
    assert began is not None
    until = min(stop, ended) if ended else stop
    return {
        "hours": max((until - max(began, start)).total_seconds(), 0) / 3600.0,
        "flavor": server.flavor["name"],
        "instance_id": server.id,
        "name": server.name,
        "tenant_id": server.project_id,
        "memory_mb": server.flavor["ram"],
        "local_gb": server.flavor["disk"] + server.flavor["ephemeral"],
        "vcpus": server.flavor["vcpus"],
        "started_at": iso_micro(began),
        "ended_at": iso_micro(ended),
        "state": "terminated" if ended else server.vm_state,
        "uptime": int(((ended or now) - began).total_seconds()),
    }


def _by_project(usages: list[Json], start: datetime, stop: datetime, detailed: bool) -> list[Json]:
    """Each project's sums: of GiB, VCPUs and MiB times hours."""
    held: dict[str, list[Json]] = {}
    for usage in usages:
        held.setdefault(usage["tenant_id"], []).append(usage)
    found = []
    for project, mine in held.items():
        summary: Json = {"tenant_id": project, **({"server_usages": mine} if detailed else {})}
        for name in ("local_gb", "vcpus", "memory_mb"):
            summary[f"total_{name}_usage"] = sum(usage[name] * usage["hours"] for usage in mine)
        summary["total_hours"] = sum(usage["hours"] for usage in mine)
        found.append(summary | {"start": iso_micro(start), "stop": iso_micro(stop)})
    return found


def _report(
    call: Call, query: dict[str, str], project_id: str | None, path: str
) -> tuple[list[Json], list[Json]]:
    """The projects' usages, and the link to the next page."""
    start, stop = _period(call, query)
    found = _active(start, stop)
    if project_id is not None:
        found = found.where(Server.project_id == project_id)
    servers = _servers(call, query, found)
    usages = [_usage(server, start, stop, call.scope.now) for server in servers]
    last = servers[-1].id if servers else None
    more = next_links(call, path, servers, limit_of(query), last) if call.at_least(40) else []
    return _by_project(usages, start, stop, project_id is not None or query.get("detailed") == "1"), more


class Usages:
    """`/os-simple-tenant-usage`: every project's, for administrators."""

    def get(self, call: Call) -> Json:
        query = checked_query(call, of_version(call, LIST))
        policy.enforce(call.scope, "os-simple-tenant-usage:list")
        projects, more = _report(call, query, None, "os-simple-tenant-usage")
        return {"tenant_usages": projects, **({"tenant_usages_links": more} if more else {})}


class ProjectUsage:
    """`/os-simple-tenant-usage/{project_id}`."""

    def get(self, call: Call, project_id: str) -> Json:
        query = checked_query(call, of_version(call, SHOW))
        policy.enforce(call.scope, "os-simple-tenant-usage:show", project_id)
        projects, more = _report(call, query, project_id, f"os-simple-tenant-usage/{project_id}")
        usage = projects[0] if projects else {}
        return {"tenant_usage": usage, **({"tenant_usage_links": more} if more else {})}
