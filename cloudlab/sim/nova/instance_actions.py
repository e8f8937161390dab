"""What was done to a server: os-instance-actions (API reference; recordings nova_v21/211 to 213 and 273)."""

from typing import Any

from sqlalchemy import Select, select

from cloudlab.sim.clock import iso_micro, parse_iso
from cloudlab.sim.errors import BadRequest, NotFound
from cloudlab.sim.nova import policy, servers_schemas
from cloudlab.sim.nova.bodies import checked_query
from cloudlab.sim.nova.paging import limit_of, next_links
from cloudlab.sim.nova.servers_model import InstanceAction, InstanceActionEvent, Server
from cloudlab.sim.nova.servers_rules import find
from cloudlab.sim.nova.servers_views import host_id, whole_second
from cloudlab.sim.web import Call

Json = dict[str, Any]


def _time(moment: Any) -> str | None:
    return iso_micro(whole_second(moment))


def shown(call: Call, action: InstanceAction) -> Json:
    """An action; with the time of its last change from 2.58."""
    body: Json = {
        "action": action.action,
        "instance_uuid": action.server_id,
        "request_id": action.request_id,
        "user_id": action.user_id,
        "project_id": action.project_id,
        "start_time": _time(action.start_time),
        "message": action.message,
    }
    return body | ({"updated_at": _time(action.updated_at)} if call.at_least(58) else {})


def event(call: Call, server: Server, row: InstanceActionEvent) -> Json:
    """A step of an action; tracebacks, hosts and details are for administrators."""
    body: Json = {
        "event": row.event,
        "start_time": _time(row.start_time),
        "finish_time": _time(row.finish_time),
        "result": row.result,
    }
    if call.who.is_admin:
        body["traceback"] = None
        if call.at_least(62):
            body["host"] = row.host
    if call.at_least(62):
        body["hostId"] = host_id(server.project_id, row.host)
    if call.who.is_admin and call.at_least(84):
        body["details"] = row.details
    return body


def _server(call: Call, server_id: str, rule: str) -> Server:
    """A server whose actions are asked for: from 2.21 also one that is gone."""
    server = find(call.scope, server_id, deleted=call.at_least(21))
    policy.enforce(call.scope, rule, server.project_id)
    return server


class Actions:
    """`/servers/{server_id}/os-instance-actions`: the latest first."""

    def get(self, call: Call, server_id: str) -> Json:
        query = checked_query(call, servers_schemas.ACTIONS_PAGE) if call.at_least(58) else {}
        server = _server(call, server_id, "os-instance-actions:list")
        found = _chosen(call, server, query)
        limit = limit_of(query)
        actions = list(call.scope.session.scalars(found.order_by(InstanceAction.number.desc()).limit(limit)))
        last = actions[-1].request_id if actions else None
        path = f"servers/{server_id}/os-instance-actions"
        more = next_links(call, path, actions, limit, last) if call.at_least(58) else []
        body: Json = {"instanceActions": [shown(call, action) for action in actions]}
        return {**body, "links": more} if more else body


def _chosen(call: Call, server: Server, query: dict[str, str]) -> Select[Any]:
    found = select(InstanceAction).where(InstanceAction.server_id == server.id)
    if "changes-since" in query:
        found = found.where(InstanceAction.updated_at >= parse_iso(query["changes-since"]))
    if "changes-before" in query and call.at_least(66):
        found = found.where(InstanceAction.updated_at <= parse_iso(query["changes-before"]))
    if "marker" in query:
        of_marker = select(InstanceAction.number).where(
            InstanceAction.server_id == server.id, InstanceAction.request_id == query["marker"]
        )
        number = call.scope.session.scalars(of_marker).first()
        if number is None:
            raise BadRequest(f"marker [{query['marker']}] not found")
        found = found.where(InstanceAction.number < number)
    return found


class Action:
    """`/servers/{server_id}/os-instance-actions/{request_id}`: one, with its events (for members from 2.51)."""

    def get(self, call: Call, server_id: str, request_id: str) -> Json:
        server = _server(call, server_id, "os-instance-actions:show")
        found = select(InstanceAction).where(
            InstanceAction.server_id == server.id, InstanceAction.request_id == request_id
        )
        action = call.scope.session.scalars(found).first()
        if action is None:
            raise NotFound(f"Action for request_id {request_id} on instance {server.id} not found")
        body = shown(call, action)
        if call.who.is_admin or call.at_least(51):
            events = select(InstanceActionEvent).where(InstanceActionEvent.action_number == action.number)
            rows = call.scope.session.scalars(events.order_by(InstanceActionEvent.number.desc()))
            body["events"] = [event(call, server, row) for row in rows]
        return {"instanceAction": body}
