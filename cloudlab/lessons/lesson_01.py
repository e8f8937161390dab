"""Lesson 01, make: a new user, `blue`, with a role in a new project, `team-blue`, who logs in. Judged by the wire."""

from collections.abc import Iterator

from cloudlab.client.exchange import Exchange
from cloudlab.lessons.checks import Evidence, Finding, body_of, inside, path_of, sent_body

NAMES = {"project": "team-blue", "user": "blue"}


def check(evidence: Evidence) -> Iterator[Finding]:
    projects = _made(evidence, "project")
    users = _made(evidence, "user")
    yield Finding(bool(projects), f"A project {NAMES['project']} was made", _hint_make(evidence, "project"))
    yield Finding(bool(users), f"A user {NAMES['user']} was made", _hint_make(evidence, "user"))
    grants = [_grant(e) for e in evidence.sent("PUT", r"/v3/projects/[^/]+/users/[^/]+/roles/[^/]+") if e.ok]
    granted = {(project, user) for project, user in grants if project in projects and user in users}
    yield Finding(
        bool(granted),
        "That user has a role in that project",
        "A user in no project can do nothing: a role ties the two. "
        "PUT /v3/projects/{project}/users/{user}/roles/{role}; the answer is 204.",
    )
    logins = [inside(body_of(e), "token") for e in evidence.sent("POST", "/v3/auth/tokens") if e.ok]
    tokens = [(inside(t, "project").get("id"), inside(t, "user").get("id")) for t in logins]
    yield Finding(
        any(token in granted for token in tokens),
        "The new user has logged in, for the new project",
        _hint_login(evidence, users, any(user in users for _, user in tokens)),
    )


def _made(evidence: Evidence, kind: str) -> set[str]:
    made = [inside(body_of(e), kind) for e in evidence.sent("POST", f"/v3/{kind}s") if e.status_code == 201]
    return {str(resource.get("id")) for resource in made if resource.get("name") == NAMES[kind]}


def _grant(exchange: Exchange) -> tuple[str, str]:
    parts = path_of(exchange).rstrip("/").split("/")
    return parts[-5], parts[-3]


def _hint_make(evidence: Evidence, kind: str) -> str:
    name = NAMES[kind]
    tried = [
        e for e in evidence.sent("POST", f"/v3/{kind}s") if inside(sent_body(e), kind).get("name") == name
    ]
    if any(e.status_code == 403 for e in tried):
        return f"403: a member may not make a {kind}. Log in as admin first, and set lab.token to that token."
    if any(e.status_code == 401 for e in tried):
        return "401: no valid token was sent. Set lab.token, and look at the line that says which token was sent."
    if any(e.status_code == 409 for e in tried):
        return f"409: a {kind} {name} exists already. DELETE it and make it again in this notebook."
    return f"POST /v3/{kind}s with the name {name} makes it; the answer is 201 and holds its id."


def _hint_login(evidence: Evidence, users: set[str], unscoped: bool) -> str:
    if unscoped:
        return (
            "The token is not for the new project. Without a scope, a token knows who you are and has no project: "
            "add scope."
        )
    for exchange in evidence.sent("POST", "/v3/auth/tokens"):
        if exchange.status_code == 401 and users:
            methods = inside(inside(sent_body(exchange), "auth"), "identity")
            if methods:
                return (
                    "401 is the same for a wrong password, an unknown user and a missing role: nobody shall guess. "
                    "Look at name, domain and password, and whether the role was granted before."
                )
    return "POST /v3/auth/tokens with the new user's name, domain and password, and the new project as scope."
