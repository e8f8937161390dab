"""/v2.0 as the talk prints it. Real clouds dropped it in 2018 (release Queens); `legacy_v2=False` drops it here too.

Tokens from here work everywhere: the short id stands for a signed token.
"""

from typing import Any

from sqlalchemy import select

from cloudlab.sim.auth import NEEDS_TOKEN
from cloudlab.sim.clock import iso_z
from cloudlab.sim.errors import Forbidden, PathNotFound, Unauthorized
from cloudlab.sim.keystone import model, tokens, versions, views
from cloudlab.sim.keystone.login import NO_DELEGATION, may_enter
from cloudlab.sim.keystone.model import Place
from cloudlab.sim.keystone.policy import authenticate, expecting
from cloudlab.sim.keystone.tokens import Token
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call

# v2.0's catalog had one entry a type; 'compute' was the API that is 'compute_legacy' today.
RENAMED = {"compute_legacy": ("compute", "nova")}
LEFT_OUT = ("compute", "block-storage")


def switched_on(call: Call) -> None:
    """Raises PathNotFound on a cloud without v2.0."""
    if not call.cloud.legacy_v2:
        raise PathNotFound()


class Root:
    """GET /v2.0."""

    def get(self, call: Call) -> dict[str, Any]:
        switched_on(call)
        return {"version": versions.v2(call)}

    head = get


class Tokens:
    """POST /v2.0/tokens: by passwordCredentials or by an earlier token, for a tenant or for none."""

    def post(self, call: Call) -> dict[str, Any]:
        switched_on(call)
        auth = (call.json or {}).get("auth")
        if not isinstance(auth, dict):
            raise expecting("auth", "request body")
        user, methods, parent = _identify(call.scope, auth)
        token = tokens.issue(call.scope, user, _tenant(call.scope, user, auth), methods, parent)
        return {"access": _access(call, token, tokens.issue_legacy(call.scope, token))}


class OneToken:
    """GET /v2.0/tokens/{token_id}: an administrator looks at anybody's token."""

    def get(self, call: Call, token_id: str) -> dict[str, Any]:
        switched_on(call)
        authenticate(call)
        call.who.require(call.who.is_admin, "admin_required")
        return {"access": _access(call, tokens.read(call.scope, token_id), token_id)}


class Tenants:
    """GET /v2.0/tenants: where the user could go."""

    def get(self, call: Call) -> dict[str, Any]:
        switched_on(call)
        token = authenticate(call)
        rows = model.open_to(call.scope, model.Project, token.user.id)
        return {"tenants": [_tenant_view(row) for row in rows], "tenants_links": []}


def _identify(scope: Scope, auth: dict[str, Any]) -> tuple[model.User, list[str], Token | None]:
    given = auth.get("token")
    if isinstance(given, dict):
        if not isinstance(given.get("id"), str):
            raise expecting("id", "token")
        parent = tokens.read_own(scope, given["id"])
        if parent.credential:
            raise Forbidden(NO_DELEGATION)
        return parent.user, list(dict.fromkeys([*parent.methods, "token"])), parent
    return _by_password(scope, auth.get("passwordCredentials")), ["password"], None


def _by_password(scope: Scope, given: Any) -> model.User:
    if not isinstance(given, dict):
        raise expecting("passwordCredentials", "auth")
    if not isinstance(given.get("password"), str):
        raise expecting("password", "passwordCredentials")
    names = {"id": given.get("userId"), "name": given.get("username")}
    by = {key: value for key, value in names.items() if isinstance(value, str)}
    if not by:
        raise expecting("username or userId", "passwordCredentials")
    user = scope.session.scalars(select(model.User).filter_by(domain_id=model.DEFAULT, **by)).first()
    if user is None or not may_enter(scope, user) or not model.password_matches(user, given["password"]):
        raise Unauthorized(NEEDS_TOKEN)
    return user


def _tenant(scope: Scope, user: model.User, auth: dict[str, Any]) -> Place:
    """The tenant by name or id; no place when none is named. Raises Unauthorized without a role there."""
    names = {"id": auth.get("tenantId"), "name": auth.get("tenantName")}
    by = {key: value for key, value in names.items() if value}
    if not by:
        return Place()
    found = None
    if all(isinstance(value, str) for value in by.values()):
        tenants = select(model.Project).filter_by(domain_id=model.DEFAULT, **by)
        found = scope.session.scalars(tenants).first()
    place = model.place_of(scope, user.id, found.id) if found else None
    if place is None:
        raise Unauthorized(NEEDS_TOKEN)
    return place


def _access(call: Call, token: Token, token_id: str) -> dict[str, Any]:
    """The `access` object, field by field as the talk prints it (slide 'keystone API example')."""
    scope, user, project = call.scope, token.user, token.place.project
    roles = _granted(scope, user.id, project.id) if project else []
    body: dict[str, Any] = {
        "issued_at": scope.now.strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "expires": iso_z(token.expires_at),
        "id": token_id,
        "audit_ids": token.audit_ids,
    }
    if project:
        body["tenant"] = _tenant_view(project)
    return {
        "token": body,
        "serviceCatalog": _catalog(scope, project.id) if project else [],
        "user": {
            "username": user.name,
            "roles_links": [],
            "id": user.id,
            "roles": [{"name": role.name} for role in roles],
            "name": user.name,
        },
        "metadata": {"is_admin": 0, "roles": [role.id for role in roles]},
    }


def _granted(scope: Scope, user_id: str, project_id: str) -> list[Any]:
    """The roles that were granted, without what they imply today: v2.0 knew no implied roles."""
    query = select(model.Role.id, model.Role.name).join(model.Grant, model.Grant.role_id == model.Role.id)
    where = query.where(model.Grant.actor_id == user_id, model.Grant.target == project_id)
    return sorted(scope.session.execute(where), key=lambda role: (role.name == "_member_", role.name))


def _tenant_view(row: model.Project) -> dict[str, Any]:
    return {
        "description": row.description or None,
        "enabled": row.enabled,
        "id": row.id,
        "name": row.name,
        "parent_id": None,
    }


def _catalog(scope: Scope, project_id: str) -> list[dict[str, Any]]:
    """An entry for each service type; one region's three URLs in one endpoint."""
    found: list[dict[str, Any]] = []
    for entry in views.catalog_body(scope, project_id):
        if entry["type"] in LEFT_OUT or not entry["endpoints"]:
            continue
        type_, name = RENAMED.get(entry["type"], (entry["type"], entry["name"]))
        regions: dict[str, dict[str, str]] = {}
        for endpoint in entry["endpoints"]:
            regions.setdefault(endpoint["region"], {})[endpoint["interface"]] = endpoint
        endpoints = [_endpoint(region, interfaces) for region, interfaces in regions.items()]
        found.append({"endpoints": endpoints, "endpoints_links": [], "type": type_, "name": name})
    return found


def _endpoint(region: str, interfaces: dict[str, Any]) -> dict[str, str]:
    """The talk's cloud had an endpoint for each interface; where there is only the public one, it stands for all."""
    public = interfaces.get("public") or next(iter(interfaces.values()))
    urls = {name: interfaces.get(name, public)["url"] for name in ("admin", "internal", "public")}
    return {
        "adminURL": urls["admin"],
        "region": region,
        "internalURL": urls["internal"],
        "id": public["id"],
        "publicURL": urls["public"],
    }
