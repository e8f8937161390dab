"""Who asks for a token, and for what: the `auth` object of v3, read in keystone's own order."""

from dataclasses import dataclass
from typing import Any

from cloudlab.sim.auth import NEEDS_TOKEN
from cloudlab.sim.errors import BadRequest, Forbidden, Unauthorized
from cloudlab.sim.keystone import credentials_model, model, schemas, tokens
from cloudlab.sim.keystone.bodies import check_part
from cloudlab.sim.keystone.credentials_model import ApplicationCredential
from cloudlab.sim.keystone.model import Place
from cloudlab.sim.keystone.policy import expecting
from cloudlab.sim.keystone.tokens import Token
from cloudlab.sim.scope import Scope

SUPPORTED = ["external", "password", "token", "oauth1", "mapped", "application_credential"]
BY_CREDENTIAL = "application_credential"
IN_CREDENTIAL = "Error authenticating with application credential"
NO_DELEGATION = (
    "You are not authorized to perform the requested action:"
    " Using a delegated token to create another token is not allowed.."
)
SCOPES = ("project", "domain", "unscoped", "system", "OS-TRUST:trust")


def check_auth(auth: Any) -> None:
    """The form of the `auth` object. Raises BadRequest, and Unauthorized for a method that nobody supports."""
    check_part(schemas.TOKEN_ISSUE, auth)
    identity, scope = auth["identity"], auth.get("scope")
    user = identity.get("password", {}).get("user")
    _check_named(user, "identity/password/user")
    if isinstance(scope, dict):
        _check_named(scope.get("project"), "scope/project")
        _check_named(scope.get("domain"), "scope/domain")
    _check_domain(user, "user")
    if isinstance(scope, dict):
        _check_domain(scope.get("project"), "project")
        _check_scope(scope)
    for method in identity["methods"]:
        if method not in identity:
            raise expecting(method, "identity")
    if not set(identity["methods"]) <= set(tokens.METHODS):
        raise Unauthorized(
            "Attempted to authenticate with an unsupported method.", identity={"methods": SUPPORTED}
        )


def _check_named(thing: dict[str, Any] | None, path: str) -> None:
    """A user, project or domain is named by id or by name, and so is its domain. Raises BadRequest."""
    if thing is None:
        return
    if "id" not in thing and "name" not in thing:
        raise BadRequest(f"Invalid input for field {path}: id or name must be present.")
    _check_named(thing.get("domain"), f"{path}/domain")


def _check_domain(thing: dict[str, Any] | None, target: str) -> None:
    """A name is a name within a domain. Raises BadRequest."""
    if thing is not None and "id" not in thing and "domain" not in thing:
        raise expecting("domain", target)


def _check_scope(scope: dict[str, Any]) -> None:
    if scope and len(set(scope) & set(SCOPES)) != 1:
        raise expecting("project, domain, OS-TRUST:trust or unscoped", "scope")


@dataclass(frozen=True)
class Identified:
    """Who logs in, and by what: an earlier token (`parent`) or an application credential among it."""

    user: model.User
    methods: list[str]
    parent: Token | None = None
    credential: ApplicationCredential | None = None


def identify(scope: Scope, auth: dict[str, Any]) -> Identified:
    """The user, by every method that was named. Raises Unauthorized; NotFound for a token or credential that isn't."""
    identity, methods = auth["identity"], list(dict.fromkeys(auth["identity"]["methods"]))
    parent = credential = None
    users = []
    if BY_CREDENTIAL in methods:
        if "scope" in auth:
            raise Unauthorized(
                f"{IN_CREDENTIAL}: Application credentials cannot request a scope.", identity={}
            )
        credential = _credential(scope, identity[BY_CREDENTIAL])
    if "token" in methods:
        parent = tokens.read(scope, identity["token"]["id"])
        if parent.credential:
            raise Forbidden(NO_DELEGATION)
        users.append(parent.user)
        methods = list(dict.fromkeys([*parent.methods, *methods]))
    if "password" in identity["methods"]:
        users.append(_by_password(scope, identity["password"].get("user") or {}))
    if credential:
        users.append(_by_credential(scope, credential, identity[BY_CREDENTIAL].get("secret")))
    if not users or any(user is not users[0] for user in users):
        raise Unauthorized(NEEDS_TOKEN)
    return Identified(users[0], methods, parent, credential)


def _by_password(scope: Scope, asked: dict[str, Any]) -> model.User:
    if not isinstance(asked.get("password"), str):
        raise expecting("password", "user")
    found = _one(scope, model.User, asked)
    if found is None or not may_enter(scope, found) or not model.password_matches(found, asked["password"]):
        raise Unauthorized(NEEDS_TOKEN)
    return found


def may_enter(scope: Scope, user: model.User) -> bool:
    """Whether the user is enabled, and the domain too."""
    domain = model.domain_of_id(scope, user.domain_id)
    return user.enabled and domain is not None and domain.enabled


def _credential(scope: Scope, asked: Any) -> ApplicationCredential:
    """The application credential by its id, or by its name and its user. Raises BadRequest, NotFound, Unauthorized."""
    if not isinstance(asked, dict):
        raise expecting("name or ID", "application credential")
    if isinstance(asked.get("id"), str) and asked["id"]:
        return credentials_model.find(scope, asked["id"])
    if not isinstance(asked.get("name"), str) or not asked["name"]:
        raise expecting("name or ID", "application credential")
    user = _one(scope, model.User, _named_user(asked.get("user")))
    if user is None:
        raise Unauthorized(NEEDS_TOKEN)
    found = credentials_model.by_name(scope, user.id, asked["name"])
    if found is None:
        raise Unauthorized(NEEDS_TOKEN)
    return found


def _named_user(asked: Any) -> dict[str, Any]:
    """The user of a credential's name, in the form that the schema would have required of a password's user."""
    if not isinstance(asked, dict) or not asked:
        raise expecting("user", "application credential")
    domain = asked.get("domain")
    if not isinstance(asked.get("id"), str) and not isinstance(asked.get("name"), str):
        raise expecting("id or name", "user")
    if "id" not in asked and (not isinstance(domain, dict) or not domain):
        raise expecting("domain", "user")
    if isinstance(domain, dict) and not any(isinstance(domain.get(key), str) for key in ("id", "name")):
        raise expecting("id or name", "domain")
    return asked


def _by_credential(scope: Scope, credential: ApplicationCredential, secret: Any) -> model.User:
    user = scope.session.get(model.User, credential.user_id)
    good = isinstance(secret, str) and credentials_model.secret_matches(credential, secret, scope.now)
    if not good or user is None or not may_enter(scope, user):
        raise Unauthorized(NEEDS_TOKEN)
    return user


def place(scope: Scope, who: Identified, asked: Any) -> Place:
    """What the token will be for. Raises Unauthorized without a role there."""
    user = who.user
    if who.credential:
        there = model.place_of(scope, user.id, who.credential.project_id)
        return _with_roles(there and tokens.limited(there, who.credential))
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
    elif "domain" in asked:
        target = _domain_of(scope, asked["domain"])
    return _with_roles(model.place_of(scope, user.id, target) if target else None)


def _with_roles(found: Place | None) -> Place:
    if found is None or not found.roles:
        raise Unauthorized(NEEDS_TOKEN)
    return found


def _one(scope: Scope, kind: type[Any], asked: dict[str, Any]) -> Any:
    """The user or project that a request names, None when there is none."""
    if "id" in asked:
        return scope.session.get(kind, asked["id"])
    domain_id = _domain_of(scope, asked["domain"])
    return model.by_name(scope, kind, asked["name"], domain_id) if domain_id else None


def _domain_of(scope: Scope, asked: dict[str, str]) -> str | None:
    """The id of the domain that is named by id or by name; None for one that isn't there."""
    by_id = "id" in asked
    found = model.domain_of_id(scope, asked["id"]) if by_id else model.domain_named(scope, asked["name"])
    return found.id if found else None
