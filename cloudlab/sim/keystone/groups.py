"""/v3/groups and their members (API reference: Identity v3, Groups; seen on 2025.2)."""

from typing import Any

from sqlalchemy import delete, select

from cloudlab.sim.errors import Conflict, NotFound
from cloudlab.sim.keystone import model, schemas, tokens, users, views
from cloudlab.sim.keystone.bodies import (
    change,
    chosen,
    read_body,
    require_matching_domain,
    require_matching_id,
    the_rest,
)
from cloudlab.sim.keystone.policy import domain_for, domain_manager, domain_reader, in_reach, only_domain
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

COLUMNS = ("id", "name", "domain_id", "description", "links")
TWIN = "Conflict occurred attempting to store group - Duplicate entry found with name"


class Groups:
    """List and create."""

    def get(self, call: Call) -> dict[str, Any]:
        rows = call.scope.session.scalars(select(model.Group))
        items = [views.group(call, row) for row in in_reach(call, "identity:list_groups", rows)]
        return views.paged(call, "groups", chosen(call, items, "domain_id", "name"))

    head = get

    def post(self, call: Call) -> Reply:
        asked = read_body(call, schemas.GROUP_CREATE, "group")
        token = domain_manager(call, "identity:create_group", asked.get("domain_id"))
        domain_id = domain_for(call.scope, token, asked)
        if model.taken(call.scope, model.Group, asked["name"], domain_id):
            raise Conflict(f"{TWIN} {asked['name']} at domain ID {domain_id}.")
        row = model.Group(
            id=call.cloud.ids.hex(call.scope.session, "group", None, asked["name"]),
            name=asked["name"],
            domain_id=domain_id,
            description=asked.get("description") or "",
            extra=the_rest(asked, *COLUMNS),
        )
        call.scope.session.add(row)
        call.scope.session.flush()
        return Reply(201, {"group": views.group(call, row)})


class Group:
    """One group."""

    def get(self, call: Call, group_id: str) -> dict[str, Any]:
        domain_reader(call, "identity:get_group", _domain_of(call.scope, group_id))
        return {"group": views.group(call, model.find(call.scope, model.Group, group_id))}

    head = get

    def patch(self, call: Call, group_id: str) -> dict[str, Any]:
        asked = read_body(call, schemas.GROUP_UPDATE, "group")
        domain_manager(call, "identity:update_group", _domain_of(call.scope, group_id))
        require_matching_id(asked, group_id)
        row = model.find(call.scope, model.Group, group_id)
        require_matching_domain(asked, row.domain_id)
        if "name" in asked and model.taken(call.scope, model.Group, asked["name"], row.domain_id, group_id):
            raise Conflict(f"{TWIN} {asked['name']}.")
        change(row, asked, "name", "description")
        row.extra = {**row.extra, **the_rest(asked, *COLUMNS)}
        return {"group": views.group(call, row)}

    def delete(self, call: Call, group_id: str) -> Reply:
        domain_manager(call, "identity:delete_group", _domain_of(call.scope, group_id))
        forget(call.scope, model.find(call.scope, model.Group, group_id))
        return Reply(204)


def forget(scope: Scope, row: model.Group) -> None:
    """The group, its members' tokens, and its roles."""
    for user in _members(scope, row.id):
        tokens.revoke_all(user)
    scope.session.execute(delete(model.Membership).filter_by(group_id=row.id))
    scope.session.execute(delete(model.Grant).filter_by(actor_id=row.id))
    scope.session.delete(row)


def _domain_of(scope: Scope, group_id: str) -> str | None:
    return model.home_of(scope, model.Group, group_id)


def _members(scope: Scope, group_id: str) -> list[model.User]:
    member = select(model.Membership.user_id).filter_by(group_id=group_id)
    return list(scope.session.scalars(select(model.User).where(model.User.id.in_(member))))


class Members:
    """GET /v3/groups/{group_id}/users."""

    def get(self, call: Call, group_id: str) -> dict[str, Any]:
        token = domain_reader(call, "identity:list_users_in_group", _domain_of(call.scope, group_id))
        model.find(call.scope, model.Group, group_id)
        return users.listed(call, only_domain(token, _members(call.scope, group_id)))

    head = get


class Member:
    """One user's membership: PUT makes it, HEAD and GET check it, DELETE ends it (and the user's tokens)."""

    def get(self, call: Call, group_id: str, user_id: str) -> Reply:
        domain_reader(call, "identity:check_user_in_group", *_domains(call.scope, group_id, user_id))
        _membership(call.scope, group_id, user_id)
        return Reply(204)

    head = get

    def put(self, call: Call, group_id: str, user_id: str) -> Reply:
        domain_manager(call, "identity:add_user_to_group", *_domains(call.scope, group_id, user_id))
        _both(call.scope, group_id, user_id)
        call.scope.session.merge(model.Membership(group_id=group_id, user_id=user_id))
        return Reply(204)

    def delete(self, call: Call, group_id: str, user_id: str) -> Reply:
        domain_manager(call, "identity:remove_user_from_group", *_domains(call.scope, group_id, user_id))
        call.scope.session.delete(_membership(call.scope, group_id, user_id))
        tokens.revoke_all(model.find(call.scope, model.User, user_id))
        return Reply(204)


def _domains(scope: Scope, group_id: str, user_id: str) -> tuple[str | None, str | None]:
    return _domain_of(scope, group_id), model.home_of(scope, model.User, user_id)


def _both(scope: Scope, group_id: str, user_id: str) -> None:
    model.find(scope, model.User, user_id)
    model.find(scope, model.Group, group_id)


def _membership(scope: Scope, group_id: str, user_id: str) -> model.Membership:
    """Raises NotFound."""
    _both(scope, group_id, user_id)
    found = scope.session.get(model.Membership, (user_id, group_id))
    if found is None:
        raise NotFound(f"User '{user_id}' not found in group '{group_id}'")
    return found
