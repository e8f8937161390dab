"""Who asks for a token, and for what: the `auth` object of v3, read in keystone's own order."""

from typing import Any

from cloudlab.sim.errors import BadRequest, Unauthorized
from cloudlab.sim.keystone import model, schemas, tokens
from cloudlab.sim.keystone.model import Place
from cloudlab.sim.keystone.policy import expecting
from cloudlab.sim.keystone.tokens import NEEDS_TOKEN, Token
from cloudlab.sim.scope import Scope
from cloudlab.sim.validation import whole_error

SUPPORTED = ["external", "password", "token", "oauth1", "mapped", "application_credential"]
SCOPES = ("project", "domain", "unscoped", "system", "OS-TRUST:trust")


def check_auth(auth: Any) -> None:
    """The form of the `auth` object. Raises BadRequest, and Unauthorized for a method that nobody supports."""
    found = whole_error(schemas.TOKEN_ISSUE, auth)
    if found:
        path, text = found
        where = "/".join(str(part) for part in path)
        raise BadRequest(f"Invalid input for field '{where}': {text}" if path else text)
    identity, scope = auth["identity"], auth.get("scope")
    if "password" in identity and "user" in identity["password"]:
        _check_named(identity["password"]["user"], "user")
    if isinstance(scope, dict):
        _check_scope(scope)
    for method in identity["methods"]:
        if method not in identity:
            raise expecting(method, "identity")
    if not set(identity["methods"]) <= set(tokens.METHODS):
        raise Unauthorized(
            "Attempted to authenticate with an unsupported method.", identity={"methods": SUPPORTED}
        )


def _check_named(thing: dict[str, Any], target: str) -> None:
    """A user or project is named by id, or by name within a domain."""
    if "id" not in thing and "name" not in thing:
        raise expecting("id or name", target)
    if "id" not in thing and "domain" not in thing:
        raise expecting("domain", target)
    if "id" not in thing and not {"id", "name"} & set(thing["domain"]):
        raise expecting("id or name", "domain")


def _check_scope(scope: dict[str, Any]) -> None:
    if "project" in scope:
        _check_named(scope["project"], "project")
    if "domain" in scope and not {"id", "name"} & set(scope["domain"]):
        raise expecting("id or name", "domain")
    if scope and len(set(scope) & set(SCOPES)) != 1:
        raise expecting("project, domain, OS-TRUST:trust or unscoped", "scope")


def identify(scope: Scope, identity: dict[str, Any]) -> tuple[model.User, list[str], Token | None]:
    """The user, by every method that was named. Raises Unauthorized, and NotFound for a token that is none."""
    user, parent, methods = None, None, list(dict.fromkeys(identity["methods"]))
    if "token" in methods:
        parent = tokens.read(scope, identity["token"]["id"])
        user = parent.user
        methods = list(dict.fromkeys([*parent.methods, *methods]))
    if "password" in methods and "password" in identity:
        by_password = _by_password(scope, identity["password"].get("user") or {})
        if user is not None and user is not by_password:
            raise Unauthorized(NEEDS_TOKEN)
        user = by_password
    if user is None:
        raise Unauthorized(NEEDS_TOKEN)
    return user, methods, parent


def _by_password(scope: Scope, asked: dict[str, Any]) -> model.User:
    if not isinstance(asked.get("password"), str):
        raise expecting("password", "user")
    found = _one(scope, model.User, asked)
    if found is None or not found.enabled or not model.password_matches(found, asked["password"]):
        raise Unauthorized(NEEDS_TOKEN)
    return found


def place(scope: Scope, user: model.User, asked: Any) -> Place:
    """What the token will be for. Raises Unauthorized without a role there."""
    if not asked:
        default = model.place_of(scope, user.id, user.default_project_id)
        return default or Place()  # as real clouds: a default project without a role is no project
    if "unscoped" in asked:
        return Place()
    target = None
    if "system" in asked:
        target = model.SYSTEM if asked["system"].get("all") else None
    elif "project" in asked:
        project = _one(scope, model.Project, asked["project"])
        target = project.id if project else None
    found = model.place_of(scope, user.id, target) if target else None
    if found is None:
        raise Unauthorized(NEEDS_TOKEN)  # domains too: nobody has a role on one
    return found


def _one(scope: Scope, kind: type[Any], asked: dict[str, Any]) -> Any:
    """The user or project that a request names, None when there is none."""
    if "id" in asked:
        return scope.session.get(kind, asked["id"])
    domain_id = domain_of(asked["domain"])
    return model.by_name(scope, kind, asked["name"], domain_id) if domain_id else None


def domain_of(asked: dict[str, str]) -> str | None:
    """The id of the domain that is named by id or by name; None for one that isn't there."""
    key = "id" if "id" in asked else "name"
    return model.DOMAIN["id"] if asked[key] == model.DOMAIN[key] else None
