"""Lesson 06, make: a backup by snapshot, restored into a larger volume, `restored`. Judged by wire and state."""

from collections.abc import Iterator
from typing import Any

from cloudlab.client.exchange import Exchange
from cloudlab.language import _
from cloudlab.lessons.checks import (
    Evidence,
    Finding,
    body_of,
    inside,
    sent_body,
    tried,
    unwrapped,
    wrap,
)
from cloudlab.show.message import message_of

NAME = "restored"


def make(evidence: Evidence) -> Iterator[Finding]:
    posts = tried(evidence.sent("POST", "/volumes"), "volume", NAME)
    sizes = _snapshots(evidence, {_source(e) for e in posts if e.ok})
    yield Finding(bool(sizes), _("A snapshot of a volume was taken (202)"), *_not_taken(evidence))
    restored = [e for e in posts if e.ok and _source(e) in sizes]
    message = _("A volume {name} was made from that snapshot", name=NAME)
    yield Finding(bool(restored), message, *_not_restored(posts))
    if restored:
        grown = _larger(evidence, restored, sizes)
        as_large = _("It has the snapshot's size."), "size-comes-from-the-source"
        told = as_large if posts[-1] in restored else _not_restored(posts)  # a later try says why it failed
        yield Finding(bool(grown), _("It is larger than the snapshot"), *told)
        if grown:
            yield _available(grown)


def _snapshots(evidence: Evidence, used: set[str]) -> dict[str, int]:
    """Id → size of those that are there, or that were used: the lesson has taken one, and deleted it again."""
    taken = [inside(body_of(e), "snapshot") for e in evidence.sent("POST", "/snapshots") if e.ok]
    sizes = {str(snapshot.get("id")): int(snapshot.get("size") or 0) for snapshot in taken}
    return {
        id: size
        for id, size in sizes.items()
        if id in used or evidence.find("block-storage", f"/snapshots/{id}", "snapshot")
    }


def _not_taken(evidence: Evidence) -> tuple[str, str]:
    posts, volumes = evidence.sent("POST", "/snapshots"), evidence.sent("POST", "/volumes")
    if volumes and unwrapped(volumes[-1], "volume"):
        return wrap("volume")
    if not posts or posts[-1].ok:
        told = _('POST /snapshots with {"snapshot": {"volume_id": …}}.')
        return f"{told} {_needs_force()}", ""
    if unwrapped(posts[-1], "snapshot"):
        return wrap("snapshot")
    return _refused(posts[-1], "/snapshots")


def _needs_force() -> str:
    return _('A volume that is in use needs "force": true.')


def _larger(evidence: Evidence, restored: list[Exchange], sizes: dict[str, int]) -> list[dict[str, Any]]:
    """Those that were asked for larger, or extended since, as they are now; {} for one that is gone."""
    grown = []
    for exchange in restored:
        made = inside(body_of(exchange), "volume")
        now = evidence.find("block-storage", f"/volumes/{made.get('id')}", "volume")
        if int((now or made).get("size") or 0) > sizes[_source(exchange)]:
            grown.append(now)
    return grown


def _source(exchange: Exchange) -> str:
    return str(inside(sent_body(exchange), "volume").get("snapshot_id"))


def _usable(volume: dict[str, Any]) -> bool:
    return volume.get("status") in ("available", "in-use")


def _available(grown: list[dict[str, Any]]) -> Finding:
    """Of several the best one counts: another try may be there still, or gone."""
    volume = max(reversed(grown), key=lambda one: (_usable(one), bool(one)))
    behind = "accepted-is-not-done" if volume.get("status") == "creating" else ""
    return Finding(_usable(volume), *_as_it_is(volume.get("status")), behind)


def _as_it_is(status: str | None) -> tuple[str, str]:
    """In which state the volume is, and what to do; no state for one that is gone."""
    if status is None:
        seen = _("GET says that the volume is gone. Make it again.")
        return _("Volume {name} is gone", name=NAME), seen
    seen = _("GET says that the volume is {status}. Wait until it is available.", status=status)
    return _("Volume {name} is {status}", name=NAME, status=status), seen


def _not_restored(posts: list[Exchange]) -> tuple[str, str]:
    if not posts:
        return _("POST /volumes with name, snapshot_id and size makes a volume from the snapshot."), ""
    last = posts[-1]
    if unwrapped(last, "volume"):
        return wrap("volume")
    if inside(sent_body(last), "volume").get("source_volid"):
        return _("Your POST /volumes says source_volid."), "copy-is-not-a-restore"
    if last.status_code == 400 and "size" in last.text.lower():
        behind = "size-comes-from-the-source" if inside(sent_body(last), "volume").get("size") else ""
        return _("Your POST /volumes got 400: {message}", message=message_of(last)), behind
    if not last.ok:
        return _refused(last, "/volumes")
    return _("Your POST /volumes names no snapshot: the new volume is empty."), "snapshot-is-not-a-volume"


def _refused(post: Exchange, path: str) -> tuple[str, str]:
    """With what Cinder says. What isn't ready yet has the wrong status, or no host; all else is the body's fault."""
    message, status = message_of(post), post.status_code
    said = _("Your POST {path} got {status}: {message}", path=path, status=status, message=message)
    if status != 400:
        return said, ""
    if "status is: in-use" in message:
        return f"{said} {_needs_force()}", ""
    unready = "status must be" in message or "not assigned to a host" in message
    return said, "accepted-is-not-done" if unready else "wrong-inside-the-body"


CHECKS = {"make": make}
