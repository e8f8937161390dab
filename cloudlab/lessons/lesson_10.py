"""Lesson 10, make: the whole procedure by one's own calls, and back to nothing. Judged by wire and state."""

from collections.abc import Iterator

from cloudlab.client.exchange import Exchange
from cloudlab.lessons.checks import (
    Check,
    Evidence,
    Finding,
    body_of,
    inside,
    named,
    path_of,
    sent_body,
)
from cloudlab.lessons.drill_checks import DRILLS, PROJECT, TOLD
from cloudlab.lessons.drills import WHICH
from cloudlab.lessons.lesson_05 import wrong_body

SERVER, VOLUME, KEY = "Capstone", "CapstoneData", "CapstoneKey"
ATTACH = "/servers/[^/]+/os-volume_attachments"


def make(evidence: Evidence) -> Iterator[Finding]:
    """Ten calls to a server with a volume, and back to nothing."""
    servers, volumes = evidence.accepted("server", SERVER), evidence.accepted("volume", VOLUME)
    server, volume = (ids[-1] if ids else "" for ids in (servers, volumes))
    yield _logged_in(evidence)
    yield from _read(evidence)
    yield _kept_key(evidence)
    yield _accepted(evidence)
    yield _reached(evidence, "server", server, "ACTIVE")
    yield Finding(bool(volume), f"Volume {VOLUME} was accepted", "POST /volumes with that name and a size.")
    yield _reached(evidence, "volume", volume, "available")
    attach = [e for e in evidence.sent("POST", ATTACH) if server and f"/{server}/" in path_of(e)]
    accepted = any(e.ok for e in attach)
    yield Finding(accepted, "The volume was attached to the server", *_not_attached(attach))
    yield _reached(evidence, "volume", volume, "in-use")
    yield from _torn_down(evidence, servers, volumes)


def _logged_in(evidence: Evidence) -> Finding:
    tokens = [inside(body_of(e), "token") for e in evidence.sent("POST", "/v3/auth/tokens") if e.ok]
    projects = [inside(token, "project").get("name") for token in tokens]
    told = "POST /v3/auth/tokens.", ""
    if projects and projects[-1]:
        told = f"Your token is for the project {projects[-1]}. The task is in {PROJECT}.", ""
    elif projects:
        told = "You have a token, and it is for no project.", "unscoped-token"
    return Finding(PROJECT in projects, f"You logged in, for the project {PROJECT}", *told)


def _read(evidence: Evidence) -> Iterator[Finding]:
    for what, path in (("flavors", "/flavors(/detail)?"), ("images", "/images(/detail)?")):
        read = any(e.ok for e in evidence.sent("GET", path))
        yield Finding(read, f"You read the list of {what}", f"GET …/{what}: the server needs an id from it.")


def _kept_key(evidence: Evidence) -> Finding:
    tried = named(evidence.sent("POST", "/os-keypairs"), "keypair", KEY)
    there = any(e.ok and inside(sent_body(e), "keypair").get("public_key") for e in tried)
    told: TOLD = "POST /os-keypairs with name and public_key.", ""
    if tried and tried[-1].status_code == 409:
        told = (
            f"Your POST got 409: {KEY} is there from before. DELETE it, and import it again.",
            "names-are-taken",
        )
    return Finding(there, f"Your public key was imported as {KEY}", *told)


def _accepted(evidence: Evidence) -> Finding:
    tried = named(evidence.sent("POST", "/servers"), "server", SERVER)
    keys = [inside(sent_body(e), "server").get("key_name") for e in tried if e.status_code == 202]
    return Finding(KEY in keys, f"Server {SERVER} was accepted, with that key", *_not_accepted(tried))


def _not_accepted(tried: list[Exchange]) -> TOLD:
    if tried and tried[-1].status_code == 400:
        behind = wrong_body(inside(sent_body(tried[-1]), "server"))
        return f"Exchange {tried[-1].ordinal}: your POST /servers got 400.", behind
    if tried and tried[-1].status_code == 202:
        return f"Your POST named no key_name {KEY}: a key comes in when a server is made, not later.", ""
    return f"POST /servers with the name {SERVER}, imageRef, flavorRef, and key_name {KEY}.", ""


def _reached(evidence: Evidence, kind: str, id: str, state: str) -> Finding:
    """You have seen it in a state, by a GET of yours or by lab.wait."""
    seen = [inside(body_of(e), kind).get("status") for e in _looks(evidence, kind, id)]
    told = f"You haven't asked for the {kind} yet. GET it until it is {state}."
    if seen:
        told = f"You last saw the {kind} {seen[-1]}. GET it until it is {state}."
    if state == "available" and seen and seen[-1] in ("reserved", "attaching", "in-use"):
        told = "You attached it before you saw it available. It will be so again after the detach: look then."
    behind = "accepted-is-not-done" if id else ""
    return Finding(state in seen, f"You saw the {kind} {state}", told, behind)


def _looks(evidence: Evidence, kind: str, id: str) -> list[Exchange]:
    asked = sorted([*evidence.sent("GET", f"/{kind}s/{id}"), *evidence.polls], key=lambda e: e.ordinal)
    return [e for e in asked if id and path_of(e).endswith(f"/{kind}s/{id}")]


def _not_attached(attach: list[Exchange]) -> TOLD:
    if attach and attach[-1].status_code == 400:
        return f"Exchange {attach[-1].ordinal}: your attach got 400.", "one-server-at-a-time"
    return "POST /servers/{id}/os-volume_attachments with the volume's id.", ""


def _torn_down(evidence: Evidence, servers: list[str], volumes: list[str]) -> Iterator[Finding]:
    """All that had the names, an earlier try, too. A server that goes first lets go of its volume by itself."""
    detached = any(e.ok for id in volumes for e in evidence.sent("DELETE", f"{ATTACH}/{id}"))
    freed = detached or any(e.ok for id in servers for e in evidence.sent("DELETE", f"/servers/{id}"))
    yield Finding(freed, "Down again: the volume was detached", "DELETE …/os-volume_attachments/{volume id}.")
    for service, kind, ids in (("block-storage", "volume", volumes), ("compute", "server", servers)):
        there = [id for id in ids if not evidence.gone(service, f"/{kind}s/{id}")]
        told = _still_there(evidence, service, kind, there[-1]) if there else ("First make it.", "")
        yield Finding(bool(ids) and not there, f"Down again: the {kind} is gone", *told)


def _still_there(evidence: Evidence, service: str, kind: str, id: str) -> TOLD:
    asked = evidence.sent("DELETE", f"/{kind}s/{id}")
    if any(e.ok for e in asked):
        behind = "deleting-is-work-too" if kind == "server" else "accepted-is-not-done"
        return "Your DELETE was taken, and it is still there.", behind
    status = evidence.find(service, f"/{kind}s/{id}", kind).get("status")
    if asked and status in ("available", "error"):
        return (
            f"Your DELETE got {asked[-1].status_code}, and the {kind} is {status} now: DELETE it again.",
            "",
        )
    if asked:
        return f"Your DELETE got {asked[-1].status_code}: the {kind} is {status}.", "busy-things-stay"
    return f"DELETE the {kind} {id}.", ""


ANSWERS = dict.fromkeys(WHICH, ("server",))
CHECKS: dict[str, Check] = {"make": make, **DRILLS}
