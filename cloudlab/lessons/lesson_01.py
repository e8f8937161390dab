"""Lesson 01, make: a new user, `blue`, with a role in a new project, `team-blue`, who logs in. Judged by the wire."""

import re
from collections.abc import Iterator

from cloudlab.client.exchange import Exchange
from cloudlab.lessons.checks import (
    Evidence,
    Finding,
    asked,
    body_of,
    inside,
    path_of,
    sent_body,
    tried,
    unwrapped,
    wrap,
)
from cloudlab.show.message import message_of

NAMES = {"project": "team-blue", "user": "blue"}
ROLE = "member"
GRANT = r"/v3/projects/[^/]+/users/[^/]+/roles/[^/]+"


def make(evidence: Evidence) -> Iterator[Finding]:
    projects = _made(evidence, "project")
    users = _made(evidence, "user")
    yield Finding(bool(projects), f"A project {NAMES['project']} was made", *_unmade(evidence, "project"))
    yield Finding(bool(users), f"A user {NAMES['user']} was made", *_unmade(evidence, "user"))
    puts, roles = evidence.sent("PUT", GRANT), _roles(evidence)
    ours = [e for e in puts if _ids(e)[0] in projects and _ids(e)[1] in users]
    granted = {_ids(e)[:2] for e in ours if e.ok and roles.get(_ids(e)[2], ROLE) == ROLE}
    told = _wrong_role(ours, roles) or _not_granted(puts, projects, users)
    yield Finding(bool(granted), f"That user has the role {ROLE} in that project", *told)
    logins = [e for e in evidence.sent("POST", "/v3/auth/tokens") if _who(e) & {NAMES["user"], *users}]
    yield Finding(
        any(_place(e) in granted for e in logins),
        "The new user has logged in, for the new project",
        *_unseen_login(logins, _without_password(evidence)),
    )


def _made(evidence: Evidence, kind: str) -> set[str]:
    """The ids of those that were made and not deleted again."""
    made = [inside(body_of(e), kind) for e in evidence.sent("POST", f"/v3/{kind}s") if e.status_code == 201]
    gone = {path_of(e).rpartition("/")[2] for e in evidence.sent("DELETE", f"/v3/{kind}s/[^/]+") if e.ok}
    return {str(resource.get("id")) for resource in made if resource.get("name") == NAMES[kind]} - gone


def _roles(evidence: Evidence) -> dict[str, str]:
    """Id → name of the roles that the wire has shown: in tokens, and in the list of roles."""
    tokens = [inside(body_of(e), "token").get("roles") for e in evidence.sent("POST", "/v3/auth/tokens")]
    lists = [body_of(e).get("roles") for e in evidence.sent("GET", "/v3/roles")]
    return {str(role["id"]): str(role["name"]) for roles in [*tokens, *lists] for role in roles or []}


def _without_password(evidence: Evidence) -> bool:
    posts = tried(evidence.sent("POST", "/v3/users"), "user", NAMES["user"])
    return bool(posts) and "password" not in asked(posts[-1], "user")


def _ids(put: Exchange) -> tuple[str, str, str]:
    """What stands in a grant's path for project, user and role."""
    parts = path_of(put).rstrip("/").split("/")
    return parts[-5], parts[-3], parts[-1]


def _who(login: Exchange) -> set[str]:
    """The user that a login names, by name or id, and whose its token is: the lesson's own logins are others'."""
    user = sent_body(login)
    for key in ("auth", "identity", "password", "user"):
        user = inside(user, key)
    return {str(user.get("name")), str(user.get("id")), _place(login)[1]}


def _place(login: Exchange) -> tuple[str, str]:
    """The ids of a token's project and user."""
    token = inside(body_of(login), "token")
    return str(inside(token, "project").get("id")), str(inside(token, "user").get("id"))


def _unmade(evidence: Evidence, kind: str) -> tuple[str, str]:
    """What the wire shows of a resource that wasn't made, and the misconception behind it."""
    name = NAMES[kind]
    posts = tried(evidence.sent("POST", f"/v3/{kind}s"), kind, name)
    if not posts:
        return f"POST /v3/{kind}s with the name {name} makes it; the answer is 201 and holds its id.", ""
    last, status = posts[-1], posts[-1].status_code
    said = f"Your POST /v3/{kind}s got {status}"
    if status in (400, 401) and "token" in str(sent_body(last)).lower():
        return f"{said}, with a token in its body.", "token-belongs-in-a-header"
    if unwrapped(last, kind):
        return wrap(kind)
    if last.ok:
        return f"{name} was deleted since. Make it again.", ""
    told = {
        400: (f"{said}: {message_of(last)}", "wrong-inside-the-body"),
        401: (f"{said}: no valid token was sent.", "who-comes-first"),
        403: (f"{said}: a member may not make a {kind}. Send admin's token.", "known-is-not-allowed"),
        409: (f"{said}: {name} exists already. DELETE it, and make it again.", "names-are-taken"),
    }
    return told.get(status, (f"{said}. Read its message.", ""))


def _wrong_role(ours: list[Exchange], roles: dict[str, str]) -> tuple[str, str] | None:
    given = roles.get(_ids(ours[-1])[2], ROLE) if ours and ours[-1].ok else ROLE
    return None if given == ROLE else (f"Your PUT gave the role {given}. Asked for is {ROLE}.", "")


def _not_granted(puts: list[Exchange], projects: set[str], users: set[str]) -> tuple[str, str]:
    status = puts[-1].status_code if puts else 0
    if puts and (_ids(puts[-1])[0] in users or _ids(puts[-1])[1] in projects):
        return f"Your PUT got {status}: in its path, project and user are swapped.", ""
    if status == 404:
        return _not_found(puts[-1])
    if status == 403:
        return "Your PUT got 403: send admin's token.", "known-is-not-allowed"
    if status == 401:
        return "Your PUT got 401: no valid token was sent.", "who-comes-first"
    behind = "role-ties-user-to-project" if projects and users else ""
    return "No PUT has tied the new user to the new project yet; its answer is 204.", behind


def _not_found(put: Exchange) -> tuple[str, str]:
    """Keystone's ids are of hexadecimal digits: anything else in the path was meant as a name."""
    parts = zip(("project", "user", "role"), _ids(put), strict=True)
    named = next((kind for kind, part in parts if not re.fullmatch("[0-9a-f]{32,64}", part)), "")
    if named:
        return f"Your PUT got 404: the {named} is given by its id, not by its name.", "name-is-not-id"
    return f"Your PUT got 404: {message_of(put)}", ""


def _unseen_login(logins: list[Exchange], without_password: bool) -> tuple[str, str]:
    if not logins:
        return f"Log in as {NAMES['user']}, with {NAMES['project']} as the scope.", ""
    last = logins[-1]
    if last.ok:
        return "The new user got a token, but not for the new project.", "unscoped-token"
    if last.status_code == 401 and without_password:
        return "Your POST /v3/users set no password: DELETE the user, and make it with one.", ""
    if last.status_code == 401:
        return f"Exchange {last.ordinal}: a login got 401.", "wrong-login-tells-nothing"
    return f"Exchange {last.ordinal}: your login got {last.status_code}. Read its message.", ""


CHECKS = {"make": make}
