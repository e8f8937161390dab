"""Lesson 06, make: a backup by snapshot, restored into a larger volume, `restored`. Judged by wire and state."""

from collections.abc import Iterator
from typing import Any

from cloudlab.client.exchange import Exchange
from cloudlab.lessons.checks import Evidence, Finding, body_of, inside, sent_body

NAME = "restored"


def check(evidence: Evidence) -> Iterator[Finding]:
    snapshots = [inside(body_of(e), "snapshot") for e in evidence.sent("POST", "/snapshots") if e.ok]
    sizes = {str(s.get("id")): int(s.get("size") or 0) for s in snapshots}
    yield Finding(
        bool(sizes),
        "A snapshot of a volume was taken (202)",
        'POST /snapshots with {"snapshot": {"volume_id": …}}. A volume that is in use needs "force": true.',
    )
    posts = [
        e for e in evidence.sent("POST", "/volumes") if inside(sent_body(e), "volume").get("name") == NAME
    ]
    restored = [e for e in posts if e.ok and _source(e) in sizes]
    yield Finding(bool(restored), f"A volume {NAME} was made from that snapshot", _hint_restore(posts))
    larger = [e for e in restored if _size(body_of(e)) > sizes[_source(e)]]
    if restored:
        yield Finding(
            bool(larger),
            "It is larger than the snapshot",
            "It has the snapshot's size. Without size a restored volume is as large as its source: say a larger one.",
        )
    if larger:
        volume_id = inside(body_of(larger[-1]), "volume").get("id")
        yield _available(evidence.find("block-storage", f"/volumes/{volume_id}", "volume"))


def _source(exchange: Exchange) -> str:
    return str(inside(sent_body(exchange), "volume").get("snapshot_id"))


def _size(body: dict[str, Any]) -> int:
    return int(inside(body, "volume").get("size") or 0)


def _available(volume: dict[str, Any]) -> Finding:
    status = volume.get("status", "gone")
    hint = (
        "202 is not done: wait until the status is available."
        if status == "creating"
        else "Read its status by GET."
    )
    return Finding(status in ("available", "in-use"), f"Volume {NAME} is {status}", hint)


def _hint_restore(posts: list[Exchange]) -> str:
    bodies = [inside(sent_body(e), "volume") for e in posts]
    if any(body.get("source_volid") for body in bodies):
        return "source_volid copies a volume as it is now. A restore takes the snapshot: snapshot_id."
    if any(body.get("snapshot_id") and e.status_code == 400 for body, e in zip(bodies, posts, strict=True)):
        return (
            "400: the snapshot must be available, and the new volume not smaller than it. Read the message."
        )
    return "A snapshot can't be attached or read: make a volume from it. POST /volumes with name, snapshot_id and size."
