"""/v3/users, a user's password and its projects (API reference: Identity v3, Users)."""

from typing import Any

from sqlalchemy import delete, select

from cloudlab.sim.errors import BadRequest, Conflict, Unauthorized
from cloudlab.sim.keystone import model, schemas, tokens, views
from cloudlab.sim.keystone.auth_tokens import projects_of
from cloudlab.sim.keystone.bodies import chosen, read_body, the_rest
from cloudlab.sim.keystone.policy import admin_only, admin_or_reader, authenticate
from cloudlab.sim.keystone.projects import domain_named, require_matching_id
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

COLUMNS = (
    "id", "name", "domain_id", "enabled", "password", "default_project_id", "options", "password_expires_at", "links",
)  # fmt: skip


class Users:
    """List and create."""

    def get(self, call: Call) -> dict[str, Any]:
        admin_or_reader(call, "identity:list_users")
        rows = call.scope.session.scalars(select(model.User).order_by(model.User.id))
        items = chosen(call, (views.user(call, row) for row in rows), "domain_id", "enabled", "name")
        return views.collection(call, "users", items)

    head = get

    def post(self, call: Call) -> Reply:
        admin_only(call, "identity:create_user")
        asked = read_body(call, schemas.USER_CREATE, "user")
        domain_id = domain_named(asked.get("domain_id"))
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


def _set_password(row: model.User, password: str | None) -> None:
    row.password_hash = None if password is None else model.hash_password(password, row.id)


def _no_twin(scope: Scope, name: str, domain_id: str, own_id: str | None) -> None:
    twin = scope.session.scalars(select(model.User.id).filter_by(name=name, domain_id=domain_id)).first()
    if twin not in (None, own_id):
        raise Conflict(
            "Conflict occurred attempting to store user - Duplicate entry found with name"
            f" {name} at domain ID {domain_id}."
        )


class User:
    """One user: for an administrator, and to look at for itself."""

    def get(self, call: Call, user_id: str) -> dict[str, Any]:
        _look_at(call, user_id, "identity:get_user")
        return {"user": views.user(call, model.find(call.scope, model.User, user_id))}

    head = get

    def patch(self, call: Call, user_id: str) -> dict[str, Any]:
        admin_only(call, "identity:update_user")
        row = model.find(call.scope, model.User, user_id)
        asked = read_body(call, schemas.USER_UPDATE, "user")
        require_matching_id(asked, user_id)
        if asked.get("domain_id", row.domain_id) != row.domain_id:
            raise BadRequest("Cannot change Domain ID")
        if "name" in asked:
            _no_twin(call.scope, asked["name"], row.domain_id, user_id)
        for name in ("name", "enabled", "default_project_id", "options"):
            if name in asked:
                setattr(row, name, asked[name])
        row.extra = {**row.extra, **the_rest(asked, *COLUMNS)}
        if "password" in asked:
            _set_password(row, asked["password"])
        if "password" in asked or not row.enabled:
            _end_tokens(call, row)
        return {"user": views.user(call, row)}

    def delete(self, call: Call, user_id: str) -> Reply:
        admin_only(call, "identity:delete_user")
        row = model.find(call.scope, model.User, user_id)
        call.scope.session.execute(delete(model.Grant).filter_by(user_id=user_id))
        call.scope.session.delete(row)
        return Reply(204)


def _look_at(call: Call, user_id: str, rule: str) -> None:
    authenticate(call)
    who = call.who
    who.require(who.user_id == user_id or who.is_admin or (who.system and who.is_reader), rule)


def _end_tokens(call: Call, row: model.User) -> None:
    tokens.revoke_all(row)


class Password:
    """POST /v3/users/{user_id}/password: needs the old password, no token."""

    def post(self, call: Call, user_id: str) -> Reply:
        asked = read_body(call, schemas.PASSWORD_CHANGE, "user")
        row = call.scope.session.get(model.User, user_id)
        if row is None or not model.password_matches(row, asked["original_password"]):
            raise Unauthorized(tokens.NEEDS_TOKEN)
        _set_password(row, asked["password"])
        _end_tokens(call, row)
        return Reply(204)


class UserProjects:
    """GET /v3/users/{user_id}/projects."""

    def get(self, call: Call, user_id: str) -> dict[str, Any]:
        _look_at(call, user_id, "identity:list_user_projects")
        model.find(call.scope, model.User, user_id)
        items = chosen(call, projects_of(call, user_id), "domain_id", "enabled", "name")
        return views.collection(call, "projects", items)

    head = get
