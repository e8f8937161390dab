"""Lesson 05, make: two servers, `web-1` and `web-2`, from one loop, both ACTIVE. Judged by wire and state."""

from collections.abc import Iterator
from typing import Any

from cloudlab.client.exchange import Exchange
from cloudlab.language import _
from cloudlab.lessons.checks import Evidence, Finding, asked, body_of, inside, sent_body, unwrapped, wrap

NAMES = ("web-1", "web-2")


def make(evidence: Evidence) -> Iterator[Finding]:
    posts = evidence.sent("POST", "/servers")
    made: dict[str, str] = {}
    for exchange in posts:
        name = inside(sent_body(exchange), "server").get("name")
        if exchange.status_code == 202 and not _many(exchange):
            made[str(name)] = str(inside(body_of(exchange), "server").get("id"))
    for name in NAMES:
        yield Finding(
            name in made,
            _("{name} was asked for with a call of its own (202)", name=name),
            *_not_asked(name, posts),
        )
    for name in NAMES:
        if name in made:
            yield _active(evidence, name, made[name])


def _active(evidence: Evidence, name: str, server_id: str) -> Finding:
    server = evidence.find("compute", f"/servers/{server_id}", "server")
    status = str(server.get("status", ""))
    message = _("{name} is {status}", name=name, status=status) if status else _("{name} is gone", name=name)
    return Finding(status == "ACTIVE", message, *_not_active(server, status))


def _not_active(server: dict[str, Any], status: str) -> tuple[str, str]:
    if status == "BUILD":
        told = _("Its POST was answered with 202, and the server says BUILD. Wait, then check again.")
        return told, "accepted-is-not-done"
    if status == "ERROR":
        fault = server.get("fault", {}).get("message", _("none given"))
        told = _("The 202 was fine, the work failed later. The fault says: {fault}", fault=fault)
        return told, "error-is-an-answer"
    if status == "SHUTOFF":
        return _("It has been stopped. POST os-start to its /action."), "stopped-is-not-deleted"
    return _("Wait until it is ACTIVE, and check before you delete it."), ""


def _not_asked(name: str, posts: list[Exchange]) -> tuple[str, str]:
    last = next((e for e in reversed(posts) if _meant(name, e)), None)
    if last is None:
        told = _(
            'POST /servers in a loop over ["web-1", "web-2"], as for MyFirstApiVm. {name} is missing.',
            name=name,
        )
        return told, ""
    if unwrapped(last, "server"):
        return wrap("server")
    if _many(last):
        told = _("Your POST says min_count or max_count. Here, each server gets a POST of its own.")
        return told, "one-call-makes-many"
    return _refused(name, last)


def _refused(name: str, post: Exchange) -> tuple[str, str]:
    status = post.status_code
    if status == 403:
        return _("Your POST got 403: over quota. Delete a server that you don't need."), "quota-differs"
    behind = wrong_body(inside(sent_body(post), "server")) if status == 400 else ""
    return _("Your POST for {name} got {status}. Read the message.", name=name, status=status), behind


def _meant(name: str, post: Exchange) -> bool:
    """Tried for this server: by its name, or as one of many that are called web something."""
    called = str(asked(post, "server").get("name"))
    return called == name or (called.startswith("web") and _many(post))


def _many(post: Exchange) -> bool:
    body = asked(post, "server")
    return any(body.get(count) not in (None, 1, "1") for count in ("min_count", "max_count"))


def wrong_body(body: dict[str, Any]) -> str:
    """An image is given by its UUID; a name there is the usual mistake."""
    image = str(body.get("imageRef", ""))
    return "name-is-not-id" if image and image.count("-") != 4 else "wrong-inside-the-body"


CHECKS = {"make": make}
