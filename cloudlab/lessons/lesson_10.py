"""Lesson 10, make: the whole procedure by one's own calls, and back to nothing. Judged by wire and state."""

from collections.abc import Iterator
from typing import Any

from cloudlab.client.exchange import Exchange
from cloudlab.language import _
from cloudlab.lessons.checks import (
    KINDS,
    Check,
    Evidence,
    Finding,
    body_of,
    inside,
    named,
    path_of,
    sent_body,
)
from cloudlab.lessons.drill_checks import DRILLS, TOLD
from cloudlab.lessons.drills import DRILLS as INCIDENTS
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
    message = _("Volume {name} was accepted", name=VOLUME)
    yield Finding(bool(volume), message, _("POST /volumes with that name and a size."))
    yield _reached(evidence, "volume", volume, "available")
    yield _attached(evidence, server)
    yield _reached(evidence, "volume", volume, "in-use")
    yield from _torn_down(evidence, servers, volumes)


def _logged_in(evidence: Evidence) -> Finding:
    tokens = [inside(body_of(e), "token") for e in evidence.sent("POST", "/v3/auth/tokens") if e.ok]
    projects = [inside(token, "project") for token in tokens]
    told = _("Log in: POST /v3/auth/tokens."), ""
    if projects and projects[-1]:
        token = _("Your token is for the project {project}.", project=projects[-1].get("name"))
        task = _("The task is in {project}.", project=evidence.project)
        told = f"{token} {task}", ""
    elif projects:
        told = _("You have a token, and it is for no project."), "unscoped-token"
    done = any(evidence.is_mine(project) for project in projects)
    # Translators: {project} is a project's name
    message = _("You logged in, for the project {project}", project=evidence.project)
    return Finding(done, message, *told)


def _read(evidence: Evidence) -> Iterator[Finding]:
    lists = {"flavors": _("You read the list of flavors"), "images": _("You read the list of images")}
    for what, message in lists.items():
        read = any(e.ok for e in evidence.sent("GET", f"/{what}(/detail)?"))
        # Translators: {what} is a path's end: flavors, images
        yield Finding(read, message, _("GET …/{what}: the server needs an id from it.", what=what))


def _kept_key(evidence: Evidence) -> Finding:
    tried = named(evidence.sent("POST", "/os-keypairs"), "keypair", KEY)
    there = any(e.ok and inside(sent_body(e), "keypair").get("public_key") for e in tried)
    told: TOLD = _("POST /os-keypairs with name and public_key."), ""
    if tried and tried[-1].status_code == 409:
        told = (
            _("Your POST got 409: {name} is there from before. DELETE it, and import it again.", name=KEY),
            "names-are-taken",
        )
    return Finding(there, _("Your public key was imported as {name}", name=KEY), *told)


def _accepted(evidence: Evidence) -> Finding:
    tried = named(evidence.sent("POST", "/servers"), "server", SERVER)
    keys = [inside(sent_body(e), "server").get("key_name") for e in tried if e.status_code == 202]
    message = _("Server {name} was accepted, with that key", name=SERVER)
    return Finding(KEY in keys, message, *_not_accepted(tried))


def _not_accepted(tried: list[Exchange]) -> TOLD:
    if tried and tried[-1].status_code == 400:
        behind = wrong_body(inside(sent_body(tried[-1]), "server"))
        # Translators: {number} is an exchange's in the history
        return _("Exchange {number}: your POST /servers got 400.", number=tried[-1].ordinal), behind
    if tried and tried[-1].status_code == 202:
        told = _(
            "Your POST named no key_name {key}: a key comes in when a server is made, not later.", key=KEY
        )
        return told, ""
    how = _(
        "POST /servers with the name {name}, imageRef, flavorRef, and key_name {key}.", name=SERVER, key=KEY
    )
    return how, ""


def _reached(evidence: Evidence, kind: str, id: str, state: str) -> Finding:
    """You have seen it in a state, by a GET of yours or by lab.wait."""
    seen = [inside(body_of(e), kind).get("status") for e in _looks(evidence, kind, id)]
    behind = "accepted-is-not-done" if id else ""
    # Translators: {kind} is a server or a volume, {state} a state of its: ACTIVE, in-use
    message = _("You saw the {kind} {state}", kind=_(KINDS[kind]), state=state)
    return Finding(state in seen, message, _not_reached(kind, seen, state), behind)


def _not_reached(kind: str, seen: list[Any], state: str) -> str:
    if state == "available" and seen and seen[-1] in ("reserved", "attaching", "in-use"):
        return _(
            "You attached it before you saw it available. It will be so again after the detach: look then."
        )
    so_far = _("You haven't asked for the {kind} yet.", kind=_(KINDS[kind]))
    if seen:
        so_far = _("You last saw the {kind} {state}.", kind=_(KINDS[kind]), state=seen[-1])
    until = _("GET it until it is {state}.", state=state)
    return f"{so_far} {until}"


def _looks(evidence: Evidence, kind: str, id: str) -> list[Exchange]:
    asked = sorted([*evidence.sent("GET", f"/{kind}s/{id}"), *evidence.polls], key=lambda e: e.ordinal)
    return [e for e in asked if id and path_of(e).endswith(f"/{kind}s/{id}")]


def _attached(evidence: Evidence, server: str) -> Finding:
    attach = [e for e in evidence.sent("POST", ATTACH) if server and f"/{server}/" in path_of(e)]
    told: TOLD = _("POST /servers/{id}/os-volume_attachments with the volume's id."), ""
    if attach and attach[-1].status_code == 400:
        told = (
            _("Exchange {number}: your attach got 400.", number=attach[-1].ordinal),
            "one-server-at-a-time",
        )
    return Finding(any(e.ok for e in attach), _("The volume was attached to the server"), *told)


def _torn_down(evidence: Evidence, servers: list[str], volumes: list[str]) -> Iterator[Finding]:
    """All that had the names, an earlier try, too. A server that goes first lets go of its volume by itself."""
    detached = any(e.ok for id in volumes for e in evidence.sent("DELETE", f"{ATTACH}/{id}"))
    freed = detached or any(e.ok for id in servers for e in evidence.sent("DELETE", f"/servers/{id}"))
    detach = _("DELETE …/os-volume_attachments/{volume id}.")
    yield Finding(freed, _("Down again: the volume was detached"), detach)
    for service, kind, ids in (("block-storage", "volume", volumes), ("compute", "server", servers)):
        there = [id for id in ids if not evidence.gone(service, f"/{kind}s/{id}")]
        told = _still_there(evidence, service, kind, there[-1]) if there else (_("First make it."), "")
        # Translators: {kind} is a server or a volume
        message = _("Down again: the {kind} is gone", kind=_(KINDS[kind]))
        yield Finding(bool(ids) and not there, message, *told)


def _still_there(evidence: Evidence, service: str, kind: str, id: str) -> TOLD:
    asked = evidence.sent("DELETE", f"/{kind}s/{id}")
    if any(e.ok for e in asked):
        behind = "deleting-is-work-too" if kind == "server" else "accepted-is-not-done"
        return _("Your DELETE was taken, and it is still there."), behind
    state = evidence.find(service, f"/{kind}s/{id}", kind).get("status")
    if asked:
        return _refused(asked[-1], kind, state)
    return _("DELETE the {kind} {id}.", kind=_(KINDS[kind]), id=id), ""


def _refused(delete: Exchange, kind: str, state: str | None) -> TOLD:
    """What to say to a DELETE, by its status and the state that the thing is in now."""
    now = {"status": delete.status_code, "kind": _(KINDS[kind]), "state": state}
    if state is None:
        return _("Your DELETE got {status}, and GET doesn't show the {kind}.", **now), ""
    if state in ("available", "error"):
        return _("Your DELETE got {status}, and the {kind} is {state} now: DELETE it again.", **now), ""
    return _("Your DELETE got {status}: the {kind} is {state}.", **now), "busy-things-stay"


ANSWERS = dict.fromkeys(WHICH, ("server",))
NEEDS = {name: needs for name, (_act, _report, needs) in INCIDENTS.items()}
CHECKS: dict[str, Check] = {"make": make, **DRILLS}
