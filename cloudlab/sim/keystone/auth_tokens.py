"""/v3/auth/… (API reference: Identity v3, Authentication and token management)."""

from typing import Any

from cloudlab.sim.errors import Forbidden, NotFound, PolicyDenied
from cloudlab.sim.keystone import login, model, tokens, views
from cloudlab.sim.keystone.policy import authenticate, expecting
from cloudlab.sim.web import Call, Reply

ACCESS_RULES = "openstack-identity-access-rules"  # a header of those who know what access rules are


class Tokens:
    """One resource for the whole life of a token."""

    def post(self, call: Call) -> Reply:
        auth = (call.json or {}).get("auth")
        if auth is None:
            raise expecting("auth", "request body")
        login.check_auth(auth)
        who = login.identify(call.scope, auth)
        place = login.place(call.scope, who, auth.get("scope"))
        token = tokens.issue(call.scope, who.user, place, who.methods, who.parent, who.credential)
        return Reply(201, {"token": _body(call, token)}, {"X-Subject-Token": token.id})

    def get(self, call: Call) -> Reply:
        token = _subject(call, "identity:validate_token", ("admin", "service"))
        if token.credential and token.credential.rules is not None and ACCESS_RULES not in call.headers:
            raise NotFound(tokens.ENDED)  # who asks could not hold it to its access rules
        return Reply(200, {"token": _body(call, token)}, {"X-Subject-Token": token.id})

    def head(self, call: Call) -> Reply:
        return self.get(call)

    def delete(self, call: Call) -> Reply:
        token = _subject(call, "identity:revoke_token", ("admin",))
        tokens.revoke(call.scope, token)
        return Reply(204)


def _body(call: Call, token: tokens.Token) -> dict[str, Any]:
    return views.token_body(call.scope, token, catalog="nocatalog" not in dict(call.query))


def _subject(call: Call, rule: str, roles: tuple[str, ...]) -> tokens.Token:
    """The token that the call is about: one's own, or anybody's for those who have one of the roles."""
    own = authenticate(call)
    asked = call.headers.get("x-subject-token")
    if not asked:
        raise PolicyDenied(rule)
    token = own if asked == own.id else tokens.read(call.scope, asked)
    call.who.require(token.user.id == call.who.user_id or bool(set(roles) & set(call.who.roles)), rule)
    return token


class Catalog:
    """GET /v3/auth/catalog: what the token's own catalog says."""

    def get(self, call: Call) -> dict[str, Any]:
        token = authenticate(call)
        if token.place.project is None:
            raise Forbidden("You are not authorized to perform the requested action.")
        links = {"self": f"{call.root}/v3/auth/catalog"}
        return {"catalog": views.catalog_body(call.scope, token.place.project.id), "links": links}

    head = get


class Projects:
    """GET /v3/auth/projects: where the user could go with a new token."""

    def get(self, call: Call) -> dict[str, Any]:
        token = authenticate(call)
        return views.collection(call, "projects", projects_of(call, token.user.id))

    head = get


def projects_of(call: Call, user_id: str) -> list[dict[str, Any]]:
    """The enabled projects in which the user has a role."""
    return [views.project(call, row) for row in model.open_to(call.scope, model.Project, user_id)]


class Domains:
    """GET /v3/auth/domains: those in which the user has a role."""

    def get(self, call: Call) -> dict[str, Any]:
        token = authenticate(call)
        rows = model.open_to(call.scope, model.Domain, token.user.id)
        return views.collection(call, "domains", [views.domain(call, row) for row in rows])

    head = get


class System:
    """GET /v3/auth/system: [{"all": true}] for who has a role on the whole system."""

    def get(self, call: Call) -> dict[str, Any]:
        token = authenticate(call)
        everything = [{"all": True}] if model.roles_of(call.scope, token.user.id, model.SYSTEM) else []
        return {"system": everything, "links": {"self": f"{call.root}/v3/auth/system"}}

    head = get
