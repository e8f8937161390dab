"""Lesson 01, make: a new user, `blue`, with a role in a new project, `team-blue`, who logs in. Judged by the wire."""

import re
from collections.abc import Iterator

from cloudlab.client.exchange import Exchange
from cloudlab.language import N_, _
from cloudlab.lessons.checks import (
    KINDS,
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
# What the status of a refused POST says, and the misconception behind it.
REFUSED = {
    400: (N_("Your POST {path} got 400: {message}"), "wrong-inside-the-body"),
    401: (N_("Your POST {path} got 401: no valid token was sent."), "who-comes-first"),
    403: (
        # Translators: {kind} is a project or a user
        N_("Your POST {path} got 403: a member may not make a {kind}. Send admin's token."),
        "known-is-not-allowed",
    ),
    409: (
        N_("Your POST {path} got 409: {name} exists already. DELETE it, and make it again."),
        "names-are-taken",
    ),
}


def make(evidence: Evidence) -> Iterator[Finding]:
    projects = _made(evidence, "project")
    users = _made(evidence, "user")
    project_made = _("A project {name} was made", name=NAMES["project"])
    yield Finding(bool(projects), project_made, *_unmade(evidence, "project"))
    user_made = _("A user {name} was made", name=NAMES["user"])
    yield Finding(bool(users), user_made, *_unmade(evidence, "user"))
    yield from _tied(evidence, projects, users)


def _tied(evidence: Evidence, projects: set[str], users: set[str]) -> Iterator[Finding]:
    """The user has the role, and has used it."""
    puts, roles = evidence.sent("PUT", GRANT), _roles(evidence)
    ours = [e for e in puts if _ids(e)[0] in projects and _ids(e)[1] in users]
    granted = {_ids(e)[:2] for e in ours if e.ok and roles.get(_ids(e)[2], ROLE) == ROLE}
    told = _wrong_role(ours, roles) or _not_granted(puts, projects, users)
    yield Finding(bool(granted), _("That user has the role {role} in that project", role=ROLE), *told)
    logins = [e for e in evidence.sent("POST", "/v3/auth/tokens") if _who(e) & {NAMES["user"], *users}]
    yield Finding(
        any(_place(e) in granted for e in logins),
        _("The new user has logged in, for the new project"),
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
    name, path = NAMES[kind], f"/v3/{kind}s"
    posts = tried(evidence.sent("POST", path), kind, name)
    if not posts:
        told = _(
            "POST {path} with the name {name} makes it; the answer is 201 and holds its id.",
            path=path,
            name=name,
        )
        return told, ""
    last, status = posts[-1], posts[-1].status_code
    if status in (400, 401) and "token" in str(sent_body(last)).lower():
        told = _("Your POST {path} got {status}, with a token in its body.", path=path, status=status)
        return told, "token-belongs-in-a-header"
    if unwrapped(last, kind):
        return wrap(kind)
    if last.ok:
        return _("{name} was deleted since. Make it again.", name=name), ""
    return _refused(last, path, kind)


def _refused(post: Exchange, path: str, kind: str) -> tuple[str, str]:
    status = post.status_code
    if status not in REFUSED:
        return _("Your POST {path} got {status}. Read its message.", path=path, status=status), ""
    about = {"path": path, "name": NAMES[kind], "kind": _(KINDS[kind]), "message": message_of(post)}
    return _(REFUSED[status][0], **about), REFUSED[status][1]


def _wrong_role(ours: list[Exchange], roles: dict[str, str]) -> tuple[str, str] | None:
    given = roles.get(_ids(ours[-1])[2], ROLE) if ours and ours[-1].ok else ROLE
    if given == ROLE:
        return None
    return _("Your PUT gave the role {given}. Asked for is {role}.", given=given, role=ROLE), ""


def _not_granted(puts: list[Exchange], projects: set[str], users: set[str]) -> tuple[str, str]:
    status = puts[-1].status_code if puts else 0
    if puts and (_ids(puts[-1])[0] in users or _ids(puts[-1])[1] in projects):
        return _("Your PUT got {status}: in its path, project and user are swapped.", status=status), ""
    if status == 404:
        return _not_found(puts[-1])
    if status == 403:
        return _("Your PUT got 403: send admin's token."), "known-is-not-allowed"
    if status == 401:
        return _("Your PUT got 401: no valid token was sent."), "who-comes-first"
    behind = "role-ties-user-to-project" if projects and users else ""
    return _("No PUT has tied the new user to the new project yet; its answer is 204."), behind


def _not_found(put: Exchange) -> tuple[str, str]:
    """Keystone's ids are of hexadecimal digits: anything else in the path was meant as a name."""
    parts = zip(("project", "user", "role"), _ids(put), strict=True)
    named = next((kind for kind, part in parts if not re.fullmatch("[0-9a-f]{32,64}", part)), "")
    if named:
        # Translators: {kind} is a project, a user or a role
        told = _("Your PUT got 404: the {kind} is given by its id, not by its name.", kind=_(KINDS[named]))
        return told, "name-is-not-id"
    return _("Your PUT got 404: {message}", message=message_of(put)), ""


def _unseen_login(logins: list[Exchange], without_password: bool) -> tuple[str, str]:
    if not logins:
        return _("Log in as {user}, with {project} as the scope.", **NAMES), ""
    last = logins[-1]
    if last.ok:
        return _("The new user got a token, but not for the new project."), "unscoped-token"
    if last.status_code == 401 and without_password:
        return _("Your POST /v3/users set no password: DELETE the user, and make it with one."), ""
    number, status = last.ordinal, last.status_code
    if status == 401:
        # Translators: {number} is an exchange's in the history
        return _("Exchange {number}: a login got 401.", number=number), "wrong-login-tells-nothing"
    told = _("Exchange {number}: your login got {status}. Read its message.", number=number, status=status)
    return told, ""


CHECKS = {"make": make}
NEEDS = {"make": "admin"}
