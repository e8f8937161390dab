"""POST/GET/HEAD/DELETE /v3/auth/tokens (API reference: Identity v3, Authentication and token management)."""

from typing import Any

from sqlalchemy import select

from cloudlab.sim.auth import context_of
from cloudlab.sim.errors import BadRequest, NotFound, Unauthorized
from cloudlab.sim.keystone import model, views
from cloudlab.sim.keystone.faults import MALFORMED
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply


class Tokens:
    """One resource for the whole life of a token."""

    def post(self, call: Call) -> Reply:
        auth = (call.json or {}).get("auth")
        if not isinstance(auth, dict):
            raise BadRequest("Expecting to find auth in request body." + MALFORMED)
        user, methods, parent = _identify(call.scope, auth["identity"])
        target = _target(call.scope, user, auth.get("scope"))
        token = model.issue(call.scope, user, target, methods, parent)
        call.scope.session.flush()
        body = views.token_body(call.scope, token, catalog="nocatalog" not in dict(call.query))
        return Reply(201, {"token": body}, {"X-Subject-Token": token.id})

    def get(self, call: Call) -> Reply:
        authenticate(call)
        subject = call.headers.get("x-subject-token", "")
        try:
            token = model.valid_token(call.scope, subject)
        except Unauthorized:
            raise NotFound("Could not recognize Fernet token") from None
        body = views.token_body(call.scope, token, catalog="nocatalog" not in dict(call.query))
        return Reply(200, {"token": body}, {"X-Subject-Token": token.id})


def _identify(scope: Scope, identity: dict[str, Any]) -> tuple[model.User, list[str], model.Token | None]:
    """Who it is: by password or by an earlier token."""
    if "password" in identity["methods"]:
        asked = identity["password"]["user"]
        by = {"id": asked["id"]} if "id" in asked else {"name": asked["name"]}
        user = scope.session.scalars(select(model.User).filter_by(**by)).first()
        if not user or not model.password_matches(user, asked["password"]):
            raise Unauthorized(model.NEEDS_TOKEN)
        return user, ["password"], None
    parent = model.valid_token(scope, identity["token"]["id"])
    return scope.session.get_one(model.User, parent.user_id), [*parent.methods, "token"], parent


def _target(scope: Scope, user: model.User, asked: Any) -> str | None:
    if not asked or asked == "unscoped":
        return None
    project = asked["project"]
    by = {"id": project["id"]} if "id" in project else {"name": project["name"]}
    found = scope.session.scalars(select(model.Project).filter_by(**by)).first()
    if not found or not model.role_names(scope, user.id, found.id):
        raise Unauthorized(model.NEEDS_TOKEN)
    return found.id


def authenticate(call: Call) -> None:
    """Keystone knows its tokens itself. Puts the caller's Context on the scope."""
    token = model.valid_token(call.scope, call.headers.get("x-auth-token", ""))
    data = views.token_body(call.scope, token, catalog=False)
    call.scope.context = context_of(token.id, data, call.scope.request_id)
