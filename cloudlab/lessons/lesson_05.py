"""Lesson 05, make: two servers, `web-1` and `web-2`, from one loop, both ACTIVE. Judged by wire and state."""

from collections.abc import Iterator
from typing import Any

from cloudlab.client.exchange import Exchange
from cloudlab.lessons.checks import Evidence, Finding, body_of, inside, sent_body

NAMES = ("web-1", "web-2")


def make(evidence: Evidence) -> Iterator[Finding]:
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
            *_not_asked(name, posts),
        )
    for name in NAMES:
        if name in made:
            yield _active(evidence, name, made[name])


def _active(evidence: Evidence, name: str, server_id: str) -> Finding:
    server = evidence.find("compute", f"/servers/{server_id}", "server")
    status = server.get("status", "gone")
    return Finding(status == "ACTIVE", f"{name} is {status}", *_not_active(server, status))


def _not_active(server: dict[str, Any], status: str) -> tuple[str, str]:
    if status == "BUILD":
        return (
            "Its POST was answered with 202, and the server says BUILD. Wait, then check again.",
            "accepted-is-not-done",
        )
    if status == "ERROR":
        fault = server.get("fault", {}).get("message", "none given")
        return f"The 202 was fine, the work failed later. The fault says: {fault}", "error-is-an-answer"
    if status == "SHUTOFF":
        return "It has been stopped. POST os-start to its /action.", "stopped-is-not-deleted"
    return "Wait until it is ACTIVE, and check before you delete it.", ""


def _not_asked(name: str, posts: list[Exchange]) -> tuple[str, str]:
    bodies = [(inside(sent_body(e), "server"), e.status_code) for e in posts]
    ours = [body for body, _ in bodies if str(body.get("name")).startswith("web")]
    if any(body.get("min_count") or body.get("max_count") for body in ours):
        return (
            "Your POST says min_count or max_count. Here, each server gets a POST of its own.",
            "one-call-makes-many",
        )
    refused = {status: body for body, status in bodies if body.get("name") == name}
    if 403 in refused:
        return "Your POST got 403: over quota. Delete a server that you don't need.", "quota-differs"
    if 400 in refused:
        return f"Your POST for {name} got 400. Read the message.", wrong_body(refused[400])
    return f'POST /servers in a loop over ["web-1", "web-2"], as for MyFirstApiVm. {name} is missing.', ""


def wrong_body(body: dict[str, Any]) -> str:
    """An image is given by its UUID; a name there is the usual mistake."""
    image = str(body.get("imageRef", ""))
    return "name-is-not-id" if image and image.count("-") != 4 else "wrong-inside-the-body"


CHECKS = {"make": make}
