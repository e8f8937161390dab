"""Lesson 07, make: move a volume from one server to another. Judged by wire and state."""

from collections.abc import Iterator

from cloudlab.client.exchange import Exchange
from cloudlab.lessons.checks import Evidence, Finding, inside, path_of, sent_body

ATTACH = "/servers/[^/]+/os-volume_attachments"


def check(evidence: Evidence) -> Iterator[Finding]:
    posts = evidence.sent("POST", ATTACH)
    attached = [(_volume(e), _server(e), e.ordinal) for e in posts if e.ok]
    moves = [(v, a, b, i, j) for v, a, i in attached for w, b, j in attached if v == w and a != b and i < j]
    yield Finding(
        bool(attached),
        "A volume was attached to a server",
        "POST /servers/{id}/os-volume_attachments, as above.",
    )
    yield Finding(bool(moves), "The same volume was attached to another server later", _hint_move(posts))
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
    )
    volume = evidence.find("block-storage", f"/volumes/{volume_id}", "volume")
    there = [a.get("server_id") for a in volume.get("attachments", [])]
    yield Finding(
        volume.get("status") == "in-use" and there == [new],
        f"The volume is {volume.get('status', 'gone')}" + (" at the second server" if there == [new] else ""),
        "Attaching goes on after the answer: wait until the volume is in-use, and leave it attached.",
    )


def _volume(exchange: Exchange) -> str:
    return str(inside(sent_body(exchange), "volumeAttachment").get("volumeId"))


def _server(exchange: Exchange) -> str:
    return path_of(exchange).rstrip("/").split("/")[-2]


def _hint_move(posts: list[Exchange]) -> str:
    if any(e.status_code == 400 for e in posts):
        return (
            "400: a volume belongs to one server at a time, and detaching (202) takes a while. "
            "Detach it, wait until the volume is available, then attach it to the other one."
        )
    return "Detach the volume, wait until it is available, and attach it to a second server (make one first)."
