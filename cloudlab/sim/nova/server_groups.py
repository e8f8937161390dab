"""os-server-groups over HTTP (API reference; recordings nova_*/057; the rest seen on 2025.2)."""

from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import BadRequest, Forbidden
from cloudlab.sim.nova import groups_model as model
from cloudlab.sim.nova import policy, quota
from cloudlab.sim.nova.bodies import (
    ANY_TEXT,
    NAME,
    NON_NEGATIVE,
    Schema,
    checked,
    checked_query,
    query_schema,
)
from cloudlab.sim.nova.negotiation import of_version
from cloudlab.sim.nova.paging import limit_of, offset_of
from cloudlab.sim.nova.schemas import closed
from cloudlab.sim.nova.servers_schemas import COUNT
from cloudlab.sim.web import Call, Reply

Json = dict[str, Any]
POLICIES = ["anti-affinity", "affinity", "soft-anti-affinity", "soft-affinity"]


def _old(policies: list[str]) -> Schema:
    """The body before 2.64: a list of one policy."""
    listed: Schema = {
        "type": "array",
        "items": [{"type": "string", "enum": policies}],
        "uniqueItems": True,
        "minItems": 1,
        "maxItems": 1,
    }
    return closed(["server_group"], server_group=closed(["name", "policies"], name=NAME, policies=listed))


CREATE: dict[int, Schema] = {
    1: _old(POLICIES[:2]),
    15: _old(POLICIES),
    64: closed(
        ["server_group"],
        server_group=closed(
            ["name", "policy"],
            name=NAME,
            policy={"type": "string", "enum": POLICIES},
            rules=closed(None, max_server_per_host=COUNT),
        ),
    ),
}
_QUERY: dict[str, Any] = {"all_projects": ANY_TEXT, "limit": NON_NEGATIVE, "offset": NON_NEGATIVE}
LIST, LIST_275 = query_schema(**_QUERY), query_schema(strict=True, **_QUERY)


def shown(call: Call, group: model.ServerGroup, members: list[str]) -> Json:
    """A group: with whose it is from 2.13, with one policy and its rules from 2.64."""
    body: Json = {"id": group.id, "name": group.name}
    if call.at_least(64):
        body |= {"policy": group.policy, "rules": group.rules}
    else:
        body |= {"policies": [group.policy], "metadata": {}}
    body["members"] = members
    if call.at_least(13):
        body |= {"project_id": group.project_id, "user_id": group.user_id}
    return body


class ServerGroups:
    """`/os-server-groups`: the project's, in the order in which they were made; admins may ask for everybody's."""

    def get(self, call: Call) -> Json:
        query = checked_query(call, LIST_275 if call.at_least(75) else LIST)
        policy.enforce(call.scope, "os-server-groups:index")
        found = select(model.ServerGroup).order_by(model.ServerGroup.number)
        if not ("all_projects" in query and policy.allows(call.scope, "os-server-groups:index:all_projects")):
            found = found.where(model.ServerGroup.project_id == call.who.project_id)
        groups = list(call.scope.session.scalars(found.offset(offset_of(query)).limit(limit_of(query))))
        held = model.members(call.scope, [group.id for group in groups])
        return {"server_groups": [shown(call, group, held[group.id]) for group in groups]}

    def post(self, call: Call) -> Json:
        asked = checked(call, of_version(call, CREATE))["server_group"]
        policy.enforce(call.scope, "os-server-groups:create")
        limit = quota.limits_of(call.scope, call.who.project_id)["server_groups"]
        if 0 <= limit <= model.count_of(call.scope, call.who.project_id):
            raise Forbidden("Quota exceeded, too many server groups.")
        wanted = asked["policy"] if call.at_least(64) else asked["policies"][0]
        rules = {name: int(value) for name, value in asked.get("rules", {}).items()}
        if rules and wanted != "anti-affinity":
            raise BadRequest("Only anti-affinity policy supports rules.")
        group = model.ServerGroup(
            id=call.scope.uuid("server_group", asked["name"]),
            name=asked["name"],
            policy=wanted,
            rules=rules,
            project_id=call.who.project_id,
            user_id=call.who.user_id,
        )
        call.scope.session.add(group)
        return {"server_group": shown(call, group, [])}


class OneServerGroup:
    """`/os-server-groups/{group_id}`."""

    def get(self, call: Call, group_id: str) -> Json:
        group = model.find(call.scope, group_id)
        policy.enforce(call.scope, "os-server-groups:show", group.project_id)
        return {"server_group": shown(call, group, model.members(call.scope, [group.id])[group.id])}

    def delete(self, call: Call, group_id: str) -> Reply:
        group = model.find(call.scope, group_id)
        policy.enforce(call.scope, "os-server-groups:delete", group.project_id)
        model.remove(call.scope, group)
        return Reply(204)
