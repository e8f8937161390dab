"""Lesson 06, make: a backup by snapshot, restored into a larger volume, `restored`. Judged by wire and state."""

from collections.abc import Iterator
from typing import Any

from cloudlab.client.exchange import Exchange
from cloudlab.lessons.checks import Evidence, Finding, body_of, inside, named, sent_body

NAME = "restored"


def make(evidence: Evidence) -> Iterator[Finding]:
    snapshots = [inside(body_of(e), "snapshot") for e in evidence.sent("POST", "/snapshots") if e.ok]
    sizes = {str(s.get("id")): int(s.get("size") or 0) for s in snapshots}
    yield Finding(
        bool(sizes),
        "A snapshot of a volume was taken (202)",
        'POST /snapshots with {"snapshot": {"volume_id": …}}. A volume that is in use needs "force": true.',
    )
    posts = named(evidence.sent("POST", "/volumes"), "volume", NAME)
    restored = [e for e in posts if e.ok and _source(e) in sizes]
    yield Finding(bool(restored), f"A volume {NAME} was made from that snapshot", *_not_restored(posts))
    larger = [e for e in restored if _size(body_of(e)) > sizes[_source(e)]]
    if restored:
        yield Finding(
            bool(larger),
            "It is larger than the snapshot",
            "It has the snapshot's size.",
            "size-comes-from-the-source",
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
    behind = "accepted-is-not-done" if status == "creating" else ""
    seen = f"GET says that the volume is {status}. Wait until it is available."
    return Finding(status in ("available", "in-use"), f"Volume {NAME} is {status}", seen, behind)


def _not_restored(posts: list[Exchange]) -> tuple[str, str]:
    if any(inside(sent_body(e), "volume").get("source_volid") for e in posts):
        return "Your POST /volumes says source_volid.", "copy-is-not-a-restore"
    refused = [e for e in posts if e.status_code == 400]
    if refused and "size" in refused[-1].text.lower():
        return f"Your POST /volumes got 400: {_message(refused[-1])}", "size-comes-from-the-source"
    if refused:
        return f"Your POST /volumes got 400: {_message(refused[-1])}", "accepted-is-not-done"
    if posts:
        return "Your POST /volumes names no snapshot: the new volume is empty.", "snapshot-is-not-a-volume"
    return "POST /volumes with name, snapshot_id and size makes a volume from the snapshot.", ""


def _message(exchange: Exchange) -> str:
    return str(inside(body_of(exchange), "badRequest").get("message", ""))


CHECKS = {"make": make}
