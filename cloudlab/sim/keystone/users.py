"""/v3/users, a user's password and its projects (API reference: Identity v3, Users)."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import delete, select

from cloudlab.sim.auth import NEEDS_TOKEN
from cloudlab.sim.errors import Conflict, Unauthorized
from cloudlab.sim.keystone import credentials_model, model, schemas, tokens, views
from cloudlab.sim.keystone.auth_tokens import projects_of
from cloudlab.sim.keystone.bodies import (
    change,
    check_part,
    chosen,
    read_body,
    require_matching_domain,
    require_matching_id,
    the_rest,
)
from cloudlab.sim.keystone.policy import authenticate, domain_for, domain_manager, in_reach, sees_in
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

COLUMNS = (
    "id", "name", "domain_id", "enabled", "password", "default_project_id", "options", "password_expires_at", "links",
)  # fmt: skip


class Users:
    """List and create."""

    def get(self, call: Call) -> dict[str, Any]:
        rows = call.scope.session.scalars(select(model.User))
        return listed(call, in_reach(call, "identity:list_users", rows))

    head = get

    def post(self, call: Call) -> Reply:
        asked = read_body(call, schemas.USER_CREATE, "user")
        token = domain_manager(call, "identity:create_user", asked.get("domain_id"))
        domain_id = domain_for(call.scope, token, asked)
        _no_twin(call.scope, asked["name"], domain_id, None)
        row = model.User(
            id=call.cloud.ids.hex(call.scope.session, "user", None, asked["name"]),
            name=asked["name"],
            domain_id=domain_id,
            enabled=asked.get("enabled", True),
            default_project_id=asked.get("default_project_id"),
            options=asked.get("options", {}),
            extra=the_rest(asked, *COLUMNS),
        )
        _set_password(row, asked.get("password"))
        call.scope.session.add(row)
        call.scope.session.flush()
        return Reply(201, {"user": views.user(call, row)})


def listed(call: Call, rows: Iterable[model.User]) -> dict[str, Any]:
    """A list of users, filtered, sorted and paged."""
    items = chosen(call, (views.user(call, row) for row in rows), "domain_id", "enabled", "name")
    return views.paged(call, "users", items)


def _set_password(row: model.User, password: str | None) -> None:
    row.password_hash = None if password is None else model.hash_password(password, row.id)


def _no_twin(scope: Scope, name: str, domain_id: str, own_id: str | None) -> None:
    if model.taken(scope, model.User, name, domain_id, own_id):
        raise Conflict(
            "Conflict occurred attempting to store user - Duplicate entry found with name"
            f" {name} at domain ID {domain_id}."
        )


class User:
    """One user: for an administrator, and to look at for itself."""

    def get(self, call: Call, user_id: str) -> dict[str, Any]:
        return {"user": views.user(call, _seen(call, user_id, "identity:get_user"))}

    head = get

    def patch(self, call: Call, user_id: str) -> dict[str, Any]:
        asked = read_body(call, schemas.USER_UPDATE, "user")
        domain_manager(call, "identity:update_user", model.home_of(call.scope, model.User, user_id))
        row = model.find(call.scope, model.User, user_id)
        require_matching_id(asked, user_id)
        require_matching_domain(asked, row.domain_id)
        if "name" in asked:
            _no_twin(call.scope, asked["name"], row.domain_id, user_id)
        change(row, asked, "name", "enabled", "default_project_id", "options")
        row.extra = {**row.extra, **the_rest(asked, *COLUMNS)}
        if "password" in asked:
            _set_password(row, asked["password"])
        if "password" in asked or not row.enabled:
            tokens.revoke_all(row)
        return {"user": {**views.user(call, row), "extra": row.extra}}

    def delete(self, call: Call, user_id: str) -> Reply:
        domain_manager(call, "identity:delete_user", model.home_of(call.scope, model.User, user_id))
        forget(call.scope, model.find(call.scope, model.User, user_id))
        return Reply(204)


def forget(scope: Scope, row: model.User) -> None:
    """The user, and all that was the user's alone."""
    scope.session.execute(delete(model.Grant).filter_by(actor_id=row.id))
    scope.session.execute(delete(model.Membership).filter_by(user_id=row.id))
    credentials_model.forget_user(scope, row.id)
    scope.session.delete(row)


def _seen(call: Call, user_id: str, rule: str) -> model.User:
    """The user: for itself, a reader of its domain, an administrator. Raises PolicyDenied, NotFound."""
    token = authenticate(call)
    mine = call.who.user_id == user_id
    found = call.scope.session.get(model.User, user_id)
    call.who.require(mine or sees_in(call, token, found.domain_id if found else None), rule)
    return model.find(call.scope, model.User, user_id)


class Password:
    """POST /v3/users/{user_id}/password: needs the old password, no token."""

    def post(self, call: Call, user_id: str) -> Reply:
        asked = (call.json or {}).get("user", {})
        check_part(schemas.PASSWORD_CHANGE, asked)
        row = call.scope.session.get(model.User, user_id)
        if row is None or not model.password_matches(row, asked["original_password"]):
            raise Unauthorized(NEEDS_TOKEN)
        _set_password(row, asked["password"])
        tokens.revoke_all(row)
        return Reply(204)


class UserGroups:
    """GET /v3/users/{user_id}/groups."""

    def get(self, call: Call, user_id: str) -> dict[str, Any]:
        _seen(call, user_id, "identity:list_groups_for_user")
        member = select(model.Membership.group_id).filter_by(user_id=user_id)
        query = select(model.Group).where(model.Group.id.in_(member)).order_by(model.Group.id)
        rows = call.scope.session.scalars(query)
        items = [{**views.group(call, row), "membership_expires_at": None} for row in rows]
        return views.collection(call, "groups", chosen(call, items, "name"))

    head = get


class UserProjects:
    """GET /v3/users/{user_id}/projects."""

    def get(self, call: Call, user_id: str) -> dict[str, Any]:
        _seen(call, user_id, "identity:list_user_projects")
        items = chosen(call, projects_of(call, user_id), "domain_id", "enabled", "name")
        return views.collection(call, "projects", items)

    head = get
