"""Lesson 05, make: two servers, `web-1` and `web-2`, from one loop, both ACTIVE. Judged by wire and state."""

from collections.abc import Iterator
from typing import Any

from cloudlab.lessons.checks import Evidence, Finding, body_of, inside, sent_body

NAMES = ("web-1", "web-2")


def check(evidence: Evidence) -> Iterator[Finding]:
    posts = evidence.sent("POST", "/servers")
    made: dict[str, str] = {}
    for exchange in posts:
        name = inside(sent_body(exchange), "server").get("name")
        if exchange.status_code == 202:
            made[str(name)] = str(inside(body_of(exchange), "server").get("id"))
    for name in NAMES:
        yield Finding(
            name in made,
            f"{name} was asked for with a call of its own (202)",
            _hint_post(name, [inside(sent_body(e), "server") for e in posts], [e.status_code for e in posts]),
        )
    for name in NAMES:
        if name in made:
            yield _active(evidence, name, made[name])


def _active(evidence: Evidence, name: str, server_id: str) -> Finding:
    server = evidence.find("compute", f"/servers/{server_id}", "server")
    status = server.get("status", "gone")
    hint = "It is gone: make it again, and check before you delete it."
    if status == "BUILD":
        hint = "202 is not done: the cloud has accepted the work. Wait until the status is ACTIVE, then check again."
    elif status == "ERROR":
        fault = server.get("fault", {}).get("message", "none given")
        hint = f"The 202 was fine, the work failed later. The fault says: {fault}"
    elif status == "SHUTOFF":
        hint = "It has been stopped. POST os-start to its /action."
    return Finding(status == "ACTIVE", f"{name} is {status}", hint)


def _hint_post(name: str, bodies: list[dict[str, Any]], statuses: list[int]) -> str:
    ours = [body for body in bodies if str(body.get("name")).startswith("web")]
    if any(body.get("min_count") or body.get("max_count") for body in ours):
        return "min_count makes several from one request. Here, each server gets its own POST: loop over the names."
    refused = [s for body, s in zip(bodies, statuses, strict=True) if body.get("name") == name]
    if 403 in refused:
        return "403: over quota. Delete a server that you don't need."
    if 400 in refused:
        return "400: the body is wrong. Read the message: image, flavor and key must exist."
    return f'POST /servers in a loop over ["web-1", "web-2"], as for MyFirstApiVm. {name} is missing.'
