"""/v3/users/{user_id}/application_credentials and access_rules (API reference: Identity v3; seen on 2025.2)."""

import base64
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, NotFound
from cloudlab.sim.keystone import credentials_model, model, schemas, tokens, views
from cloudlab.sim.keystone.bodies import chosen, read_body
from cloudlab.sim.keystone.credentials_model import AccessRule, ApplicationCredential
from cloudlab.sim.keystone.policy import MALFORMED, authenticate, sees_all
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

INVALID = "Invalid application credential: Cannot create an application credential with unassigned role"
RESTRICTED = (
    "You are not authorized to perform the requested action: Using method 'application_credential' is not allowed"
    " for managing additional application credentials.."
)


class Credentials:
    """List (filter: name) and create. Only here, in the answer to its creation, the secret is shown."""

    def get(self, call: Call, user_id: str) -> dict[str, Any]:
        authenticate(call)
        call.who.require(
            call.who.user_id == user_id or sees_all(call), "identity:list_application_credentials"
        )
        items = [_view(call, row) for row in credentials_model.of_user(call.scope, user_id)]
        return views.collection(call, "application_credentials", chosen(call, items, "name"))

    head = get

    def post(self, call: Call, user_id: str) -> Reply:
        asked = read_body(call, schemas.APPLICATION_CREDENTIAL_CREATE, "application_credential")
        token = authenticate(call)
        mine = call.who.user_id == user_id and token.place.project is not None
        call.who.require(mine, "identity:create_application_credential")
        _unrestricted(token)
        row, secret = _make(call, token, asked)
        call.scope.session.add(row)
        call.scope.session.flush()
        roles = [role.id for role in token.place.roles if role.id in row.roles]
        return Reply(201, {"application_credential": {**_view(call, row, roles), "secret": secret}})


def _make(call: Call, token: tokens.Token, asked: dict[str, Any]) -> tuple[ApplicationCredential, str]:
    """The new row, not stored yet, and its secret. Raises BadRequest, NotFound, Conflict."""
    scope, name = call.scope, asked["name"]
    assert token.place.project is not None
    row = ApplicationCredential(
        id=scope.cloud.ids.hex(scope.session, "application_credential", token.user.id, name),
        user_id=token.user.id,
        project_id=token.place.project.id,
        name=name,
        description=asked.get("description"),
        roles=_roles(scope, token, asked.get("roles") or []),
        expires_at=_end(scope, asked.get("expires_at")),
        unrestricted=asked.get("unrestricted"),
        rules=_rules(scope, token.user.id, asked["access_rules"]) if asked.get("access_rules") else None,
    )
    if credentials_model.by_name(scope, token.user.id, name):
        raise Conflict(
            f"Conflict occurred attempting to store application_credential - Duplicate entry found with name {name}."
        )
    secret = asked.get("secret") or base64.urlsafe_b64encode(
        scope.cloud.ids.random_bytes(64)
    ).decode().rstrip("=")
    row.secret_hash = credentials_model.hash_secret(secret)
    return row, secret


def _roles(scope: Scope, token: tokens.Token, asked: list[dict[str, str]]) -> list[str]:
    """Ids of the roles that are asked for and of what they carry; all of the token's when none are."""
    own = [role.id for role in token.place.roles]
    wanted = [one["id"] if "id" in one else _role_named(scope, one["name"]) for one in asked]
    for role_id in wanted:  # grows while it is walked
        carried = select(model.RoleImplication.implied_id).filter_by(prior_id=role_id)
        wanted += [other for other in scope.session.scalars(carried) if other not in wanted]
    if not set(wanted) <= set(own):
        raise BadRequest(INVALID)
    return sorted(wanted or own)


def _role_named(scope: Scope, name: str) -> str:
    found = scope.session.scalars(select(model.Role.id).filter_by(name=name, domain_id=None)).first()
    if found is None:
        raise NotFound(f"Role {name} is not defined")
    return found


def _end(scope: Scope, text: str | None) -> datetime | None:
    """The time until which the credential is good. Raises BadRequest for one that has passed, or is no time."""
    if not text:
        return None
    try:
        end = datetime.fromisoformat(text.removesuffix("Z"))
        end = end.replace(tzinfo=UTC) if end.tzinfo is None else end.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadRequest(f"Timestamp not in expected format.{MALFORMED}") from None
    if end < scope.now:
        raise BadRequest(f"The 'expires_at' must not be before now.{MALFORMED}")
    return end


def _rules(scope: Scope, user_id: str, asked: list[dict[str, str]]) -> list[str]:
    """Ids of access rules: by id, of one that is the same already, or new. Raises NotFound, BadRequest."""
    found = []
    for one in asked:
        if "id" in one:
            found.append(_rule(scope, user_id, one["id"]).id)
            continue
        missing = [key for key in ("service", "path", "method") if key not in one]
        if missing:
            raise BadRequest(f"'{missing[0]}' is a required property")
        facts = {key: one[key] for key in ("service", "path", "method")}
        twin = scope.session.scalars(select(AccessRule).filter_by(user_id=user_id, **facts)).first()
        if twin is None:
            name = " ".join(facts.values())
            rule_id = scope.cloud.ids.hex(scope.session, "access_rule", user_id, name)
            twin = AccessRule(id=rule_id, user_id=user_id, **facts)
            scope.session.add(twin)
        found.append(twin.id)
    return found


def _unrestricted(token: tokens.Token) -> None:
    """A credential makes and deletes others only if it was made so. Raises Forbidden."""
    if token.credential and not token.credential.unrestricted:
        raise Forbidden(RESTRICTED)


def _view(call: Call, row: ApplicationCredential, roles: list[str] | None = None) -> dict[str, Any]:
    shown = [call.scope.session.get(model.Role, role_id) for role_id in roles or row.roles]
    rules = credentials_model.rules_of(call.scope, row)
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "user_id": row.user_id,
        "project_id": row.project_id,
        "system": None,
        "expires_at": row.expires_at.strftime("%Y-%m-%dT%H:%M:%S.%f") if row.expires_at else None,
        "unrestricted": row.unrestricted,
        "roles": [_role_view(call, role) for role in shown if role],
        **({} if rules is None else {"access_rules": rules}),
        "links": {"self": f"{call.root}/v3/application_credentials/{row.id}"},
    }


def _role_view(call: Call, role: model.Role) -> dict[str, Any]:
    body = views.role(call, role)
    del body["links"]
    return body


class Credential:
    """One: its owner's, whatever user the path names."""

    def get(self, call: Call, user_id: str, credential_id: str) -> dict[str, Any]:
        authenticate(call)
        owner = _owner(call, user_id, credential_id)
        call.who.require(owner or sees_all(call), "identity:get_application_credential")
        return {"application_credential": _view(call, credentials_model.find(call.scope, credential_id))}

    head = get

    def delete(self, call: Call, user_id: str, credential_id: str) -> Reply:
        token = authenticate(call)
        owner = _owner(call, user_id, credential_id)
        call.who.require(owner or call.who.is_admin, "identity:delete_application_credential")
        _unrestricted(token)
        call.scope.session.delete(credentials_model.find(call.scope, credential_id))
        return Reply(204)


def _owner(call: Call, user_id: str, credential_id: str) -> bool:
    found = call.scope.session.get(ApplicationCredential, credential_id)
    return call.who.user_id == (found.user_id if found else user_id)


class Rules:
    """GET /v3/users/{user_id}/access_rules (filters: service, path, method)."""

    def get(self, call: Call, user_id: str) -> dict[str, Any]:
        _owner_or_system(call, user_id, "identity:list_access_rules")
        rows = call.scope.session.scalars(
            select(AccessRule).filter_by(user_id=user_id).order_by(AccessRule.id)
        )
        items = chosen(call, (_rule_view(call, row) for row in rows), "service", "path", "method")
        return views.collection(call, "access_rules", items)

    head = get


class Rule:
    """One access rule; one that a credential holds to stays."""

    def get(self, call: Call, user_id: str, rule_id: str) -> dict[str, Any]:
        _owner_or_system(call, user_id, "identity:get_access_rule")
        return {"access_rule": _rule_view(call, _rule(call.scope, user_id, rule_id))}

    head = get

    def delete(self, call: Call, user_id: str, rule_id: str) -> Reply:
        _owner_or_system(call, user_id, "identity:delete_access_rule")
        row = _rule(call.scope, user_id, rule_id)
        if any(rule_id in (one.rules or []) for one in credentials_model.of_user(call.scope, row.user_id)):
            raise Forbidden("May not delete access rule in use")
        call.scope.session.delete(row)
        return Reply(204)


def _owner_or_system(call: Call, user_id: str, rule: str) -> None:
    """For the user, and for the whole system's administrator or reader. Raises PolicyDenied."""
    authenticate(call)
    role = call.who.is_admin if call.method == "DELETE" else call.who.is_reader
    call.who.require(call.who.user_id == user_id or (call.who.system and role), rule)


def _rule(scope: Scope, user_id: str, rule_id: str) -> AccessRule:
    """The user's rule of that id. Raises NotFound."""
    found = scope.session.get(AccessRule, rule_id)
    if found is None or found.user_id != user_id:
        raise NotFound(f"Could not find Access Rule: {rule_id}.")
    return found


def _rule_view(call: Call, row: AccessRule) -> dict[str, Any]:
    links = {"self": f"{call.root}/v3/access_rules/{row.id}"}
    return {**credentials_model.rule_view(row), "links": links}
