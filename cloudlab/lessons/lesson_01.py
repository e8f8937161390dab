"""Lesson 01, make: a new user, `blue`, with a role in a new project, `team-blue`, who logs in. Judged by the wire."""

from collections.abc import Iterator

from cloudlab.client.exchange import Exchange
from cloudlab.lessons.checks import Evidence, Finding, body_of, inside, named, path_of, sent_body

NAMES = {"project": "team-blue", "user": "blue"}


def make(evidence: Evidence) -> Iterator[Finding]:
    projects = _made(evidence, "project")
    users = _made(evidence, "user")
    yield Finding(bool(projects), f"A project {NAMES['project']} was made", *_unmade(evidence, "project"))
    yield Finding(bool(users), f"A user {NAMES['user']} was made", *_unmade(evidence, "user"))
    grants = [_grant(e) for e in evidence.sent("PUT", r"/v3/projects/[^/]+/users/[^/]+/roles/[^/]+") if e.ok]
    granted = {(project, user) for project, user in grants if project in projects and user in users}
    yield Finding(
        bool(granted),
        "That user has a role in that project",
        "No PUT has tied the new user to the new project yet; its answer is 204.",
        "role-ties-user-to-project" if projects and users else "",
    )
    logins = [inside(body_of(e), "token") for e in evidence.sent("POST", "/v3/auth/tokens") if e.ok]
    tokens = [(inside(t, "project").get("id"), inside(t, "user").get("id")) for t in logins]
    yield Finding(
        any(token in granted for token in tokens),
        "The new user has logged in, for the new project",
        *_unseen_login(evidence, users, any(user in users for _, user in tokens)),
    )


def _made(evidence: Evidence, kind: str) -> set[str]:
    made = [inside(body_of(e), kind) for e in evidence.sent("POST", f"/v3/{kind}s") if e.status_code == 201]
    return {str(resource.get("id")) for resource in made if resource.get("name") == NAMES[kind]}


def _grant(exchange: Exchange) -> tuple[str, str]:
    parts = path_of(exchange).rstrip("/").split("/")
    return parts[-5], parts[-3]


def _unmade(evidence: Evidence, kind: str) -> tuple[str, str]:
    """What the wire shows of a resource that wasn't made, and the misconception behind it."""
    name = NAMES[kind]
    tried = named(evidence.sent("POST", f"/v3/{kind}s"), kind, name)
    last = tried[-1].status_code if tried else 0
    if last == 403:
        return (
            f"Your POST /v3/{kind}s got 403: a member may not make a {kind}. Send admin's token.",
            "known-is-not-allowed",
        )
    if last in (400, 401) and "token" in str(sent_body(tried[-1])).lower():
        return f"Your POST /v3/{kind}s got {last}, with a token in its body.", "token-belongs-in-a-header"
    if last == 401:
        return f"Your POST /v3/{kind}s got 401: no valid token was sent.", "who-comes-first"
    if last == 409:
        return (
            f"Your POST /v3/{kind}s got 409: {name} exists already. DELETE it, and make it again.",
            "names-are-taken",
        )
    return f"POST /v3/{kind}s with the name {name} makes it; the answer is 201 and holds its id.", ""


def _unseen_login(evidence: Evidence, users: set[str], without_project: bool) -> tuple[str, str]:
    if without_project:
        return "The new user got a token, but not for the new project.", "unscoped-token"
    refused = [e for e in evidence.sent("POST", "/v3/auth/tokens") if e.status_code == 401]
    if users and refused:
        return f"Exchange {refused[-1].ordinal}: a login got 401.", "wrong-login-tells-nothing"
    return (
        "POST /v3/auth/tokens with the new user's name, domain and password, and the new project as scope.",
        "",
    )


CHECKS = {"make": make}
