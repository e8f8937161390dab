"""Lesson 10: the whole procedure by one's own calls, judged end to end, and the drills. Judged by wire and state."""

from collections.abc import Callable, Iterator
from typing import Any

from cloudlab.client.exchange import Exchange
from cloudlab.lessons.checks import (
    Check,
    Evidence,
    Finding,
    body_of,
    inside,
    minor_of,
    named,
    path_of,
    sent_body,
)
from cloudlab.lessons.drills import WHICH, XLARGE
from cloudlab.lessons.lesson_05 import wrong_body

SERVER, VOLUME, KEY = "Capstone", "CapstoneData", "CapstoneKey"
ATTACH = "/servers/[^/]+/os-volume_attachments"
FREE = {"os-reset_status", "os-force_delete"}  # actions of an administrator
TOLD = tuple[str, str]  # what the wire shows, and the misconception behind it


# -- the whole procedure


def make(evidence: Evidence) -> Iterator[Finding]:
    """Ten calls to a server with a volume, and back to nothing."""
    server, volume = (_made(evidence, kind, name) for kind, name in (("server", SERVER), ("volume", VOLUME)))
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
    yield from _torn_down(evidence, server, volume)


def _logged_in(evidence: Evidence) -> Finding:
    tokens = [inside(body_of(e), "token") for e in evidence.sent("POST", "/v3/auth/tokens") if e.ok]
    told = "POST /v3/auth/tokens.", ""
    if tokens:
        told = "You have a token, and it is for no project.", "unscoped-token"
    return Finding(any(t.get("project") for t in tokens), "You logged in, for a project", *told)


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


def _made(evidence: Evidence, kind: str, name: str) -> str:
    """The id of the last one that was accepted under that name; "" if there is none."""
    ours = [e for e in named(evidence.sent("POST", f"/{kind}s"), kind, name) if e.status_code == 202]
    return str(inside(body_of(ours[-1]), kind).get("id")) if ours else ""


def _accepted(evidence: Evidence) -> Finding:
    tried = named(evidence.sent("POST", "/servers"), "server", SERVER)
    wish = inside(sent_body(tried[-1]), "server") if tried else {}
    with_key = bool(tried) and tried[-1].status_code == 202 and wish.get("key_name") == KEY
    return Finding(with_key, f"Server {SERVER} was accepted, with that key", *_not_accepted(tried[-1:], wish))


def _not_accepted(last: list[Exchange], wish: dict[str, Any]) -> TOLD:
    if last and last[0].status_code == 400:
        return f"Exchange {last[0].ordinal}: your POST /servers got 400.", wrong_body(wish)
    if last and last[0].status_code == 202:
        return f"Your POST named no key_name {KEY}: a key comes in when a server is made, not later.", ""
    return f"POST /servers with the name {SERVER}, imageRef, flavorRef, and key_name {KEY}.", ""


def _reached(evidence: Evidence, kind: str, id: str, state: str) -> Finding:
    """You have seen it in a state, by a GET of yours or by lab.wait."""
    seen = [inside(body_of(e), kind).get("status") for e in _looks(evidence, kind, id)]
    last = f"You last saw the {kind} {seen[-1]}." if seen else f"You haven't asked for the {kind} yet."
    behind = "accepted-is-not-done" if id else ""
    return Finding(
        state in seen, f"You saw the {kind} {state}", f"{last} GET it until it is {state}.", behind
    )


def _looks(evidence: Evidence, kind: str, id: str) -> list[Exchange]:
    asked = sorted([*evidence.sent("GET", f"/{kind}s/{id}"), *evidence.polls], key=lambda e: e.ordinal)
    return [e for e in asked if id and path_of(e).endswith(f"/{kind}s/{id}")]


def _not_attached(attach: list[Exchange]) -> TOLD:
    if attach and attach[-1].status_code == 400:
        return f"Exchange {attach[-1].ordinal}: your attach got 400.", "one-server-at-a-time"
    return "POST /servers/{id}/os-volume_attachments with the volume's id.", ""


def _torn_down(evidence: Evidence, server: str, volume: str) -> Iterator[Finding]:
    detached = any(e.ok for e in evidence.sent("DELETE", f"{ATTACH}/{volume or '-'}"))
    yield Finding(
        detached, "Down again: the volume was detached", "DELETE …/os-volume_attachments/{volume id}."
    )
    for service, kind, id in (("block-storage", "volume", volume), ("compute", "server", server)):
        asked = evidence.sent("DELETE", f"/{kind}s/{id or '-'}")
        gone = any(e.ok for e in asked) and evidence.gone(service, f"/{kind}s/{id}")
        yield Finding(gone, f"Down again: the {kind} is gone", *_still_there(kind, asked))


def _still_there(kind: str, asked: list[Exchange]) -> TOLD:
    if any(e.ok for e in asked):
        behind = "deleting-is-work-too" if kind == "server" else "accepted-is-not-done"
        return "Your DELETE was taken, and it is still there.", behind
    if asked:
        return f"Your DELETE got {asked[-1].status_code}: the {kind} is still in use.", "busy-things-stay"
    return "DELETE it.", ""


# -- the drills. Each looks only at what came after it began.


def of_drill(look: Callable[[Evidence, dict[str, str]], Iterator[Finding]], name: str) -> Check:
    """A drill's check: first that the drill was begun, then what it looks at."""

    def check(evidence: Evidence) -> Iterator[Finding]:
        drill = evidence.drill
        yield Finding(
            drill is not None, "The drill has begun", f"Run lab.drill({name.removeprefix('drill-')}) first."
        )
        if drill is not None:
            evidence.wire = [e for e in evidence.wire if e.ordinal > drill.since]
            yield from look(evidence, drill.facts)

    return check


def expired_token(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    logins = [e for e in evidence.sent("POST", "/v3/auth/tokens") if e.ok]
    scoped = [e for e in logins if inside(body_of(e), "token").get("project")]
    lists = evidence.sent("GET", "/servers(/detail)?")
    yield Finding(
        any(e.status_code == 401 for e in lists),
        "You saw how it fails",
        "GET the list of servers, and read the status.",
    )
    told = ("You logged in, and for no project.", "unscoped-token") if logins else _still_the_old(lists)
    yield Finding(bool(scoped), "You have a new token, for your project", *told)
    yield Finding(any(e.ok for e in lists), "The list of servers came", *_no_list(lists))


def _still_the_old(lists: list[Exchange]) -> TOLD:
    if len(lists) > 1:
        return "You asked again, and got 401 again: the same token.", "who-comes-first"
    return "Which token was sent? What does Keystone say to it?", ""


def _no_list(lists: list[Exchange]) -> TOLD:
    if any("token" in sent_body(e) for e in lists):
        return "You sent the new token in a body.", "token-belongs-in-a-header"
    return "Send the new token: lab.token = …, and ask again.", ""


def quota(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    asked = named(evidence.sent("POST", "/servers"), "server", "Needed")
    got = _active(evidence, "Needed", _not_needed(asked))
    yield Finding(
        got.ok or any(e.status_code == 403 for e in asked),
        "You saw the refusal, or did without it",
        "POST /servers, and read the message.",
    )
    deleted = [id for id in facts.values() if any(e.ok for e in evidence.sent("DELETE", f"/servers/{id}"))]
    stopped = [id for id in facts.values() if evidence.sent("POST", f"/servers/{id}/action")]
    behind = "quota-differs" if asked else ""
    told = "The message counts cores: asked, used, allowed. Sent again, it is refused again.", behind
    if stopped:
        told = "You stopped one. Its cores still count.", "stopped-is-not-deleted"
    yield Finding(bool(deleted), "You made room", *told)
    yield got


def _not_needed(asked: list[Exchange]) -> TOLD | None:
    """What is wrong with the last request for it, if something is."""
    if asked and asked[-1].status_code == 403:
        return (
            "It was refused again: a server that you delete counts until it is gone.",
            "deleting-is-work-too",
        )
    if asked and str(inside(sent_body(asked[-1]), "server").get("flavorRef")) != XLARGE:
        return "It was to be of flavor m1.xlarge. Delete this one, and take the id of that flavor.", ""
    return None


def _active(evidence: Evidence, name: str, why: TOLD | None = None) -> Finding:
    """A server of that name, made since the drill began, is ACTIVE now."""
    id = _made(evidence, "server", name)
    server = evidence.find("compute", f"/servers/{id}", "server") if id else {}
    status = server.get("status", "not there")
    told: TOLD = f"POST /servers with the name {name}.", ""
    if why:
        told = why
    elif status == "BUILD":
        told = "Your POST was answered with 202, and the server says BUILD.", "accepted-is-not-done"
    elif status == "ERROR":
        told = f"Its fault says: {inside(server, 'fault').get('message')}", "error-is-an-answer"
    return Finding(status == "ACTIVE" and not why, f"{name} is {status}", *told)


def no_valid_host(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    old = facts["Unlucky"]
    looked = any(e.ok for e in evidence.sent("GET", f"/servers/({old}|detail)"))
    yield Finding(looked, "You read what the server says of itself", "GET the server, and read its fault.")
    gone = evidence.gone("compute", f"/servers/{old}")
    yield Finding(
        gone, "The failed one is gone", "It still counts against your quota: DELETE it.", "error-is-an-answer"
    )
    tried = evidence.sent("POST", "/servers")
    refused: TOLD | None = None
    if tried and tried[-1].status_code == 400 and not _made(evidence, "server", "Unlucky"):
        refused = "Your POST got 400: it takes a flavor's id.", "name-is-not-id"
    yield _active(evidence, "Unlucky", refused)


def stuck_volume(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    old = facts["Stuck"]
    freed = [e for e in evidence.sent("POST", f"/volumes/{old}/action") if FREE & sent_body(e).keys()]
    yield Finding(
        any(e.ok for e in freed), "An administrator has freed it", *_not_freed(evidence, old, freed)
    )
    gone = evidence.gone("block-storage", f"/volumes/{old}")
    yield Finding(gone, "The stuck one is gone", "DELETE it, now that its state allows that.")
    id = _made(evidence, "volume", "Stuck")
    status = evidence.find("block-storage", f"/volumes/{id}", "volume").get("status") if id else "not there"
    behind = "accepted-is-not-done" if status == "creating" else ""
    yield Finding(status == "available", f"The new one is {status}", "POST /volumes, and wait.", behind)


def _not_freed(evidence: Evidence, old: str, tried: list[Exchange]) -> TOLD:
    if tried and tried[-1].status_code == 403:
        return "Your action got 403: it takes an administrator's token.", "known-is-not-allowed"
    if any(e.status_code == 400 for e in evidence.sent("DELETE", f"/volumes/{old}")):
        return "Your DELETE got 400: the volume is creating.", "busy-things-stay"
    return "Try to delete the volume. Which states would allow that, and who may change a state?", ""


def false_success(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    said = str(evidence.answers.get("server") or "")
    looked = _looked_at(evidence, facts)
    behind = "accepted-is-not-done" if said else ""
    yield Finding(looked, "You asked for both servers", "GET each of them, or /servers/detail.", behind)
    yield Finding(said == facts["Night-2"], f"You say: {said or '?'}", *_wrong_server(said, facts))


def _looked_at(evidence: Evidence, facts: dict[str, str]) -> bool:
    each = all(evidence.sent("GET", f"/servers/{id}") for id in facts.values())
    return each or bool(evidence.sent("GET", "/servers/detail"))


def _wrong_server(said: str, facts: dict[str, str]) -> TOLD:
    if not said:
        return 'Say which by its id: lab.check("10-capstone.drill-5", server="…").', ""
    if said in facts:
        return f"{said} is a name.", "name-is-not-id"
    return f"GET /servers/{said}: that one is ACTIVE. Look at the other one.", "error-is-an-answer"


def foreign_id(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    said = str(evidence.answers.get("server") or "")
    asked = all(evidence.sent("GET", f"/servers/{id}") for id in facts.values())
    behind = "ids-are-not-guessed" if said else ""
    yield Finding(asked, "You asked Nova for all three", "GET /servers/{id} for each of them.", behind)
    told: TOLD = 'Say which: lab.check("10-capstone.drill-6", server="…").', ""
    if said in (facts["theirs"], facts["gone"]):
        told = "Nova answers 404 to that one. It is another project's, or gone.", "other-projects-stay-hidden"
    elif said:
        told = f"{said} is none of the three ids.", "name-is-not-id"
    yield Finding(said == facts["mine"], f"You say: {said or '?'}", *told)


def microversion(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    posts = evidence.sent("POST", "/servers")
    asked = [e for e in posts if minor_of(e) >= 37]
    told: TOLD = "POST /servers with OpenStack-API-Version: compute 2.37.", ""
    if posts and not asked:
        told = (
            f"Nova answered as 2.{minor_of(posts[-1])}. The header names service and number.",
            "microversion-default",
        )
    yield Finding(bool(asked), "You asked at that microversion", *told)
    refused = [e for e in asked if e.status_code == 400]
    told = "Its answer is 202.", ""
    if refused:
        told = f"Exchange {refused[-1].ordinal}: 400. What does the message miss?", "wrong-inside-the-body"
    yield Finding(any(e.status_code == 202 for e in asked), "Nova took it", *told)
    yield _active(evidence, "Versioned")


DRILLS: dict[str, Any] = {
    "drill-1": expired_token,
    "drill-2": quota,
    "drill-3": no_valid_host,
    "drill-4": stuck_volume,
    "drill-5": false_success,
    "drill-6": foreign_id,
    "drill-7": microversion,
}
ANSWERS = dict.fromkeys(WHICH, ("server",))
CHECKS: dict[str, Check] = {"make": make, **{name: of_drill(look, name) for name, look in DRILLS.items()}}
