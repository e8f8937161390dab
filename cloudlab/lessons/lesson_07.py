"""Lesson 07, make: move a volume from one server to another. Judged by wire and state."""

from collections.abc import Iterator

from cloudlab.client.exchange import Exchange
from cloudlab.language import _
from cloudlab.lessons.checks import (
    Evidence,
    Finding,
    body_of,
    inside,
    path_of,
    sent_body,
    unwrapped,
    wrap,
)
from cloudlab.show.message import message_of

ATTACH = "/servers/[^/]+/os-volume_attachments"
# A volume, from which server, to which one, and the two attaches' ordinals.
Move = tuple[str, str, str, int, int]


def make(evidence: Evidence) -> Iterator[Finding]:
    posts = _ours(evidence)
    attached = [(_volume(e), _server(e), e.ordinal) for e in posts if e.ok]
    moves = [(v, a, b, i, j) for v, a, i in attached for w, b, j in attached if v == w and a != b and i < j]
    yield Finding(bool(attached), _("A volume was attached to a server"), *_not_attached(posts))
    told = _not_moved(evidence, posts, attached)
    yield Finding(bool(moves), _("The same volume was attached to another server later"), *told)
    if moves:
        yield _let_go(evidence, moves[-1])
        yield _there(evidence, moves[-1])


def _let_go(evidence: Evidence, move: Move) -> Finding:
    volume_id, old, _new, first, second = move
    detached = [
        e.ordinal
        for e in evidence.sent("DELETE", f"{ATTACH}/{volume_id}")
        if e.ok and path_of(e).split("/")[-3] == old and first < e.ordinal < second
    ]
    return Finding(
        bool(detached),
        _("It was detached from the first in between"),
        _(
            "DELETE /servers/{id}/os-volume_attachments/{volume id} on the first server comes before the second attach."
        ),
        "one-server-at-a-time",
    )


def _there(evidence: Evidence, move: Move) -> Finding:
    volume_id, new = move[0], move[2]
    volume = evidence.find("block-storage", f"/volumes/{volume_id}", "volume")
    there = [a.get("server_id") for a in volume.get("attachments", [])]
    return Finding(
        volume.get("status") == "in-use" and there == [new],
        _as_it_is(volume.get("status"), there == [new]),
        _("Leave it attached, and wait until the volume is in-use."),
        "attach-answers-early" if volume.get("status") in ("reserved", "attaching") else "",
    )


def _as_it_is(status: str | None, moved: bool) -> str:
    """In which state the volume is; no state for one that is gone."""
    if status is None:
        return _("The volume is gone")
    if moved:
        return _("The volume is {status} at the second server", status=status)
    return _("The volume is {status}", status=status)


def _ours(evidence: Evidence) -> list[Exchange]:
    """Attaches to servers that are there, or that the learner made: the lesson's own have gone with its server."""
    posts = evidence.sent("POST", ATTACH)
    answers = [inside(body_of(e), "server") for e in evidence.sent("POST", "/servers") if e.ok]
    made = {str(server.get("id")) for server in answers}
    others = {_server(e) for e in posts} - made
    there = {id for id in others if evidence.find("compute", f"/servers/{id}", "server")}
    return [e for e in posts if _server(e) in made | there]


def _volume(exchange: Exchange) -> str:
    return str(inside(sent_body(exchange), "volumeAttachment").get("volumeId"))


def _server(exchange: Exchange) -> str:
    return path_of(exchange).rstrip("/").split("/")[-2]


def _not_attached(posts: list[Exchange]) -> tuple[str, str]:
    if posts:
        return _refused(posts[-1])
    return _("POST /servers/{id}/os-volume_attachments, as above."), ""


def _refused(post: Exchange) -> tuple[str, str]:
    message = message_of(post)
    if post.status_code == 409 and "building" in message:
        told = _("Your attach got 409: the server is still being built. Wait until it is ACTIVE.")
        return told, "accepted-is-not-done"
    if unwrapped(post, "volumeAttachment"):
        return wrap("volumeAttachment")
    return _("Your attach got {status}: {message}", status=post.status_code, message=message), ""


def _not_moved(
    evidence: Evidence, posts: list[Exchange], attached: list[tuple[str, str, int]]
) -> tuple[str, str]:
    last = posts[-1] if posts else None
    if last is not None and not last.ok:
        return _held(evidence, last, attached) or _refused(last)
    let_go = evidence.sent("DELETE", f"{ATTACH}/[^/]+")
    if let_go and let_go[-1].status_code == 400:
        return _("Your DELETE got 400: the attach isn't done. Wait for in-use first."), "attach-answers-early"
    if len({volume for volume, _, _ in attached}) > 1:
        return _("You attached two volumes, with two ids."), "another-volume-is-no-move"
    return (
        _(
            "Detach the volume, wait until it is available, and attach it to a second server (make one first)."
        ),
        "",
    )


def _held(evidence: Evidence, post: Exchange, attached: list[tuple[str, str, int]]) -> tuple[str, str] | None:
    """An attach that was refused because another server has the volume still; None where it wasn't for that."""
    before = [
        (server, number) for v, server, number in attached if v == _volume(post) and number < post.ordinal
    ]
    if post.status_code != 400 or not before or before[-1][0] == _server(post):
        return None
    let_go = evidence.sent("DELETE", f"{ATTACH}/{_volume(post)}")
    if any(e.ok and before[-1][1] < e.ordinal < post.ordinal for e in let_go):
        return (
            _("Your DELETE got 202, and the attach after it 400: the volume wasn't free yet."),
            "accepted-is-not-done",
        )
    return _("Your second attach got 400: another server has the volume."), "one-server-at-a-time"


CHECKS = {"make": make}
