"""os-migrations and servers/{id}/migrations over HTTP (API reference; seen on 2025.2)."""

from typing import Any

from sqlalchemy import Select, or_, select

from cloudlab.sim.clock import iso_micro, parse_iso
from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.nova import migrations_model as model
from cloudlab.sim.nova import policy
from cloudlab.sim.nova.bodies import ANY_TEXT, NON_NEGATIVE, Schema, checked, checked_query, query_schema
from cloudlab.sim.nova.migrations_model import Migration
from cloudlab.sim.nova.negotiation import of_version, since
from cloudlab.sim.nova.paging import MAX_LIMIT, limit_of, next_links, whole
from cloudlab.sim.nova.schemas import closed
from cloudlab.sim.nova.server_parts import of_server
from cloudlab.sim.nova.servers_schemas import MOMENT
from cloudlab.sim.nova.servers_views import whole_second
from cloudlab.sim.web import Call, Reply

Json = dict[str, Any]
_NAMES = ("hidden", "host", "instance_uuid", "source_compute", "status", "migration_type")
_OLD: dict[str, Any] = dict.fromkeys(_NAMES, ANY_TEXT)
_PAGED: dict[str, Any] = {
    **_OLD,
    "limit": NON_NEGATIVE,
    "marker": {"type": "string"},
    "changes-since": MOMENT,
}
_BEFORE: dict[str, Any] = {**_PAGED, "changes-before": MOMENT}
_OWNERS: dict[str, Any] = {"user_id": {"type": "string"}, "project_id": {"type": "string"}}
LIST: dict[int, Schema] = {
    1: query_schema(**_OLD),
    59: query_schema(strict=True, **_PAGED),
    66: query_schema(strict=True, **_BEFORE),
    80: query_schema(strict=True, **_BEFORE, **_OWNERS),
}
FORCE_COMPLETE = closed(["force_complete"], force_complete={"type": "null"})


def shown(call: Call, row: Migration) -> Json:
    """One migration: its kind from 2.23, its UUID from 2.59, whose it is from 2.80."""
    body: Json = {"id": row.number}
    if call.at_least(59):
        body["uuid"] = row.id
    body |= {
        "source_compute": row.source_compute,
        "dest_compute": row.dest_compute,
        "source_node": row.source_node,
        "dest_node": row.dest_node,
        "dest_host": row.dest_host,
        "old_instance_type_id": row.old_flavor,
        "new_instance_type_id": row.new_flavor,
        "instance_uuid": row.server_id,
        "status": row.status,
    }
    if call.at_least(23):
        body["migration_type"] = row.kind
    if call.at_least(80):
        body |= {"user_id": row.user_id, "project_id": row.project_id}
    return body | {
        "created_at": iso_micro(whole_second(row.created_at)),
        "updated_at": iso_micro(whole_second(row.updated_at)),
    }


class Migrations:
    """`/os-migrations`: the oldest first, from 2.59 the newest."""

    def get(self, call: Call) -> Json:
        query = checked_query(call, of_version(call, LIST))
        policy.enforce(call.scope, "os-migrations:index")
        paged = call.at_least(59)
        found = _chosen(call, query)
        limit = limit_of(query) if paged else MAX_LIMIT
        order = Migration.number.desc() if paged else Migration.number.asc()
        rows = list(call.scope.session.scalars(found.order_by(order).limit(limit)))
        more = next_links(call, "os-migrations", rows, limit, rows[-1].id if rows else None) if paged else []
        return {
            "migrations": [shown(call, row) for row in rows],
            **({"migrations_links": more} if more else {}),
        }


def _chosen(call: Call, query: dict[str, str]) -> Select[Any]:
    found = select(Migration)
    columns = {
        "instance_uuid": Migration.server_id,
        "source_compute": Migration.source_compute,
        "status": Migration.status,
        "migration_type": Migration.kind,
        **({"user_id": Migration.user_id, "project_id": Migration.project_id} if call.at_least(80) else {}),
    }
    for name, column in columns.items():
        if name in query:
            found = found.where(column == query[name])
    if "host" in query:
        host = query["host"]
        found = found.where(or_(Migration.source_compute == host, Migration.dest_compute == host))
    if not call.at_least(59):
        return found
    if "changes-since" in query:
        found = found.where(Migration.updated_at >= parse_iso(query["changes-since"]))
    if "changes-before" in query:
        found = found.where(Migration.updated_at <= parse_iso(query["changes-before"]))
    if "marker" in query:
        place = select(Migration.number).where(Migration.id == query["marker"])
        number = call.scope.session.scalar(place)
        if number is None:
            raise BadRequest(f"Marker {query['marker']} could not be found.")
        found = found.where(Migration.number < number)
    return found


class ServerMigrations:
    """`/servers/{server_id}/migrations`, from 2.23: live migrations under way. One host: there is never one."""

    def get(self, call: Call, server_id: str) -> Json:
        since(call, 23)
        of_server(call, server_id, "servers:migrations:index")
        return {"migrations": []}


class ServerMigration:
    """`/servers/{server_id}/migrations/{number}`: only a live migration under way can be seen, or ended (2.24)."""

    def get(self, call: Call, server_id: str, number: str) -> Json:
        since(call, 23)
        server = of_server(call, server_id, "servers:migrations:show")
        row = _find(call, server.id, number)
        if row is None:
            raise NotFound(f"In-progress live migration {number} is not found for server {server.id}.")
        if row.kind != model.LIVE:
            raise NotFound(f"Migration {number} for server {server.id} is not live-migration.")
        raise NotFound(f"Live migration {number} for server {server.id} is not in progress.")

    def delete(self, call: Call, server_id: str, number: str) -> Reply:
        since(call, 24)
        server = of_server(call, server_id, "servers:migrations:delete")
        raise Conflict(f"Instance {server.id} is in an invalid state for 'abort live migration'")


def _find(call: Call, server_id: str, number: str) -> Migration | None:
    found = select(Migration).where(
        Migration.server_id == server_id, Migration.number == (whole(number) or 0)
    )
    return call.scope.session.scalars(found).first()


class ServerMigrationAction:
    """`/servers/{server_id}/migrations/{number}/action`, from 2.22: force_complete, which nothing here waits for."""

    def post(self, call: Call, server_id: str, number: str) -> Reply:
        since(call, 22)
        checked(call, FORCE_COMPLETE)
        server = of_server(call, server_id, "servers:migrations:force_complete")
        start = f"Cannot 'force_complete' instance {server.id} while it is in"
        if server.vm_state != "active":
            raise Conflict(f"{start} vm_state {server.vm_state}")
        raise Conflict(f"{start} task_state {server.task_state}")
