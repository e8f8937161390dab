"""Lesson 07, make: move a volume from one server to another. Judged by wire and state."""

from collections.abc import Iterator

from cloudlab.client.exchange import Exchange
from cloudlab.lessons.checks import Evidence, Finding, inside, path_of, sent_body

ATTACH = "/servers/[^/]+/os-volume_attachments"


def make(evidence: Evidence) -> Iterator[Finding]:
    posts = evidence.sent("POST", ATTACH)
    attached = [(_volume(e), _server(e), e.ordinal) for e in posts if e.ok]
    moves = [(v, a, b, i, j) for v, a, i in attached for w, b, j in attached if v == w and a != b and i < j]
    yield Finding(
        bool(attached),
        "A volume was attached to a server",
        "POST /servers/{id}/os-volume_attachments, as above.",
    )
    yield Finding(
        bool(moves),
        "The same volume was attached to another server later",
        *_not_moved(evidence, posts, attached),
    )
    if not moves:
        return
    volume_id, old, new, first, second = moves[-1]
    detached = [
        e.ordinal
        for e in evidence.sent("DELETE", f"{ATTACH}/{volume_id}")
        if e.ok and path_of(e).split("/")[-3] == old and first < e.ordinal < second
    ]
    yield Finding(
        bool(detached),
        "It was detached from the first in between",
        "DELETE /servers/{id}/os-volume_attachments/{volume id} on the first server comes before the second attach.",
        "one-server-at-a-time",
    )
    volume = evidence.find("block-storage", f"/volumes/{volume_id}", "volume")
    there = [a.get("server_id") for a in volume.get("attachments", [])]
    yield Finding(
        volume.get("status") == "in-use" and there == [new],
        f"The volume is {volume.get('status', 'gone')}" + (" at the second server" if there == [new] else ""),
        "Leave it attached, and wait until the volume is in-use.",
        "attach-answers-early" if volume.get("status") in ("reserved", "attaching") else "",
    )


def _volume(exchange: Exchange) -> str:
    return str(inside(sent_body(exchange), "volumeAttachment").get("volumeId"))


def _server(exchange: Exchange) -> str:
    return path_of(exchange).rstrip("/").split("/")[-2]


def _not_moved(
    evidence: Evidence, posts: list[Exchange], attached: list[tuple[str, str, int]]
) -> tuple[str, str]:
    for post in reversed([e for e in posts if e.status_code == 400]):
        before = [
            (server, number) for v, server, number in attached if v == _volume(post) and number < post.ordinal
        ]
        if not before or before[-1][0] == _server(post):
            continue  # never attached, or to the same server once more: that is no move
        let_go = evidence.sent("DELETE", f"{ATTACH}/{_volume(post)}")
        if any(e.ok and before[-1][1] < e.ordinal < post.ordinal for e in let_go):
            return (
                "Your DELETE got 202, and the attach after it 400: the volume wasn't free yet.",
                "accepted-is-not-done",
            )
        return "Your second attach got 400: another server has the volume.", "one-server-at-a-time"
    if len({volume for volume, _, _ in attached}) > 1:
        return "You attached two volumes, with two ids.", "another-volume-is-no-move"
    return (
        "Detach the volume, wait until it is available, and attach it to a second server (make one first).",
        "",
    )


CHECKS = {"make": make}
