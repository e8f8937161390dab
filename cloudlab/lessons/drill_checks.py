"""The checks of lesson 10's drills: what a colleague reported is understood and mended. Judged by wire and state.

How the incidents come about is in drills.py. Each check looks only at what came after its drill began.
"""

from collections.abc import Callable, Iterator
from typing import Any

from cloudlab.client.exchange import Exchange
from cloudlab.language import _
from cloudlab.lessons.checks import (
    Check,
    Evidence,
    Finding,
    body_of,
    inside,
    minor_of,
    named,
    sent_body,
    you_say,
)
from cloudlab.lessons.drills import XLARGE
from cloudlab.show.message import message_of

FREE = {"os-reset_status", "os-force_delete"}  # actions of an administrator
TOLD = tuple[str, str]  # what the wire shows, and the misconception behind it


def of_drill(look: Callable[[Evidence, dict[str, str]], Iterator[Finding]], name: str) -> Check:
    """A drill's check: first that the drill was begun, then what it looks at."""

    def check(evidence: Evidence) -> Iterator[Finding]:
        drill = evidence.drill
        first = _("Run lab.drill({number}) first.", number=name.removeprefix("drill-"))
        yield Finding(drill is not None, _("The drill has begun"), first)
        if drill is not None:
            evidence.wire = [e for e in evidence.wire if e.ordinal > drill.since]
            yield from look(evidence, drill.facts)

    return check


def expired_token(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    logins = [e for e in evidence.sent("POST", "/v3/auth/tokens") if e.ok]
    places = [inside(inside(body_of(e), "token"), "project") for e in logins]
    back = any(evidence.is_mine(place) for place in places)
    lists = evidence.sent("GET", "/servers(/detail)?")
    yield Finding(
        any(e.status_code == 401 for e in lists),
        _("You saw how it fails"),
        _("GET the list of servers, and read the status."),
    )
    message = _("You have a new token, for {project}", project=evidence.project)
    yield Finding(back, message, *_no_new_token(places, lists))
    yield Finding(back and any(e.ok for e in lists), _("The list of servers came"), *_no_list(lists))


def _no_new_token(places: list[Any], lists: list[Exchange]) -> TOLD:
    if places and places[-1]:
        name = places[-1].get("name")
        told = _("Your new token is for the project {project}: its list is another one.", project=name)
        return told, ""
    return (_("You logged in, and for no project."), "unscoped-token") if places else _still_the_old(lists)


def _still_the_old(lists: list[Exchange]) -> TOLD:
    if lists and not lists[-1].request.headers.get("X-Auth-Token"):
        return _("You sent no token at all."), "who-comes-first"
    if len(lists) > 1:
        return _("You asked again, and got 401 again: the same token."), "who-comes-first"
    return _("Which token was sent? What does Keystone say to it?"), ""


def _no_list(lists: list[Exchange]) -> TOLD:
    if any("token" in sent_body(e) for e in lists):
        return _("You sent the new token in a body."), "token-belongs-in-a-header"
    return _("Send the new token: lab.token = …, and ask again."), ""


def quota(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    asked = named(evidence.sent("POST", "/servers"), "server", "Needed")
    got = _active(evidence, "Needed", _not_needed(asked))
    yield Finding(
        got.ok or any(e.status_code == 403 for e in asked),
        _("You saw the refusal, or did without it"),
        _("POST /servers, and read the message."),
    )
    yield _room(evidence, facts, "quota-differs" if asked else "")
    yield got


def _room(evidence: Evidence, facts: dict[str, str], behind: str) -> Finding:
    """One of the forgotten servers was deleted; `behind`: what stands behind it when none was."""
    deleted = [id for id in facts.values() if any(e.ok for e in evidence.sent("DELETE", f"/servers/{id}"))]
    stopped = [id for id in facts.values() if evidence.sent("POST", f"/servers/{id}/action")]
    told = _("The message counts cores: asked, used, allowed. Sent again, it is refused again."), behind
    if stopped:
        told = _("You stopped one. Its cores still count."), "stopped-is-not-deleted"
    return Finding(bool(deleted), _("You made room"), *told)


def _not_needed(asked: list[Exchange]) -> TOLD | None:
    """What is wrong with the last request for it, if something is."""
    if asked and asked[-1].status_code == 403:
        return (
            _("It was refused again: a server that you delete counts until it is gone."),
            "deleting-is-work-too",
        )
    if asked and str(inside(sent_body(asked[-1]), "server").get("flavorRef")) != XLARGE:
        told = _("Yours has another flavor: m1.xlarge is wanted. Delete it, and take the id of that one.")
        return told, ""
    return None


def _active(evidence: Evidence, name: str, why: TOLD | None = None) -> Finding:
    """A server of that name, made since the drill began, is ACTIVE now."""
    ids = evidence.accepted("server", name)
    server = evidence.find("compute", f"/servers/{ids[-1]}", "server") if ids else {}
    status = server.get("status")
    message = _as_it_is(name, status, as_wanted=not why)
    return Finding(status == "ACTIVE" and not why, message, *(why or _not_active(name, server)))


def _as_it_is(name: str, status: str | None, as_wanted: bool) -> str:
    """In which state a server is; no state for one that was never there, or is gone."""
    if status is None:
        return _("{name} is not there", name=name)
    if status == "ACTIVE" and not as_wanted:
        return _("{name} is ACTIVE, and not as it was wanted", name=name)
    return _("{name} is {status}", name=name, status=status)


def _not_active(name: str, server: dict[str, Any]) -> TOLD:
    if server.get("status") == "BUILD":
        return _("Your POST was answered with 202, and the server says BUILD."), "accepted-is-not-done"
    if server.get("status") == "ERROR":
        fault = inside(server, "fault").get("message")
        return _("Its fault says: {fault}", fault=fault), "error-is-an-answer"
    return _("POST /servers with the name {name}.", name=name), ""


def no_valid_host(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    old = facts["Unlucky"]
    looked = any(e.ok for e in evidence.sent("GET", f"/servers/({old}|detail)"))
    how = _("GET the server, and read its fault.")
    yield Finding(looked, _("You read what the server says of itself"), how)
    gone = evidence.gone("compute", f"/servers/{old}")
    yield Finding(
        gone,
        _("The failed one is gone"),
        _("It still counts against your quota: DELETE it."),
        "error-is-an-answer",
    )
    tried = evidence.sent("POST", "/servers")
    refused: TOLD | None = None
    if tried and tried[-1].status_code == 400 and not evidence.accepted("server", "Unlucky"):
        refused = _("Your POST got 400: it takes a flavor's id."), "name-is-not-id"
    yield _active(evidence, "Unlucky", refused)


def stuck_volume(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    old = facts["Stuck"]
    freed = [e for e in evidence.sent("POST", f"/volumes/{old}/action") if FREE & sent_body(e).keys()]
    yield Finding(
        any(e.ok for e in freed), _("An administrator has freed it"), *_not_freed(evidence, old, freed)
    )
    gone = evidence.gone("block-storage", f"/volumes/{old}")
    asked = any(e.ok for e in evidence.sent("DELETE", f"/volumes/{old}"))
    told = (
        _("Your DELETE was taken: wait until it is gone.")
        if asked
        else _("DELETE it, now that its state allows that.")
    )
    yield Finding(gone, _("The stuck one is gone"), told)
    yield _new_volume(evidence)


def _new_volume(evidence: Evidence) -> Finding:
    ids = evidence.accepted("volume", "Stuck")
    new = evidence.find("block-storage", f"/volumes/{ids[-1]}", "volume") if ids else {}
    status = new.get("status")
    behind = "accepted-is-not-done" if status == "creating" else ""
    message = _("The new one is {status}", status=status) if status else _("The new one is not there")
    return Finding(status == "available", message, _("POST /volumes, and wait."), behind)


def _not_freed(evidence: Evidence, old: str, tried: list[Exchange]) -> TOLD:
    if tried and tried[-1].status_code == 403:
        return _("Your action got 403: it takes an administrator's token."), "known-is-not-allowed"
    if tried and tried[-1].status_code == 400:
        said = _("Your action got 400: {message}", message=message_of(tried[-1]))
        told = _("The project in Cinder's path has to be that of the token: use admin's own endpoint.")
        return f"{said} {told}", ""
    if any(e.status_code == 400 for e in evidence.sent("DELETE", f"/volumes/{old}")):
        return _("Your DELETE got 400: the volume is creating."), "busy-things-stay"
    return _("Try to delete the volume. Which states would allow that, and who may change a state?"), ""


def false_success(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    said = str(evidence.answers.get("server") or "")
    looked = _looked_at(evidence, facts)
    behind = "accepted-is-not-done" if said else ""
    how = _("GET each of them, or /servers/detail.")
    yield Finding(looked, _("You asked for both servers"), how, behind)
    yield Finding(said == facts["Night-2"], you_say(said), *_wrong_server(said, facts))


def _looked_at(evidence: Evidence, facts: dict[str, str]) -> bool:
    each = all(evidence.sent("GET", f"/servers/{id}") for id in facts.values())
    return each or bool(evidence.sent("GET", "/servers/detail"))


def _wrong_server(said: str, facts: dict[str, str]) -> TOLD:
    if not said:
        return _('Say which by its id: lab.check("10-capstone.drill-5", server="…").'), ""
    if said in facts:
        return _("{answer} is a name.", answer=said), "name-is-not-id"
    told = _("GET /servers/{id}: that one is ACTIVE. Look at the other one.", id=said)
    return told, "error-is-an-answer"


def foreign_id(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    said = str(evidence.answers.get("server") or "")
    each = all(evidence.sent("GET", f"/servers/{id}") for id in facts.values())
    asked = each or any(e.ok for e in evidence.sent("GET", "/servers(/detail)?"))
    behind = "ids-are-not-guessed" if said else ""
    how = _("GET /servers/{id} for each of the three, or the list of yours.")
    yield Finding(asked, _("You asked Nova"), how, behind)
    yield Finding(asked and said == facts["mine"], you_say(said), *_not_mine(said, facts))


def _not_mine(said: str, facts: dict[str, str]) -> TOLD:
    if not said:
        return _('Say which: lab.check("10-capstone.drill-6", server="…").'), ""
    if said in (facts["theirs"], facts["gone"]):
        told = _("Nova answers 404 to that one. It is another project's, or gone.")
        return told, "other-projects-stay-hidden"
    return _("{answer} is none of the three ids.", answer=said), "name-is-not-id"


def microversion(evidence: Evidence, facts: dict[str, str]) -> Iterator[Finding]:
    posts = evidence.sent("POST", "/servers")
    asked = [e for e in posts if minor_of(e) >= 37]
    yield Finding(bool(asked), _("You asked at that microversion"), *_at_another([] if asked else posts))
    refused = [e for e in asked if e.status_code == 400]
    told: TOLD = _("Its answer is 202."), ""
    if refused:
        # Translators: {number} is an exchange's in the history
        missed = _("Exchange {number}: 400. What does the message miss?", number=refused[-1].ordinal)
        told = missed, "wrong-inside-the-body"
    yield Finding(any(e.status_code == 202 for e in asked), _("Nova took it"), *told)
    yield _active(evidence, "Versioned")


def _at_another(posts: list[Exchange]) -> TOLD:
    """What to say when none of them was at the microversion that is asked for."""
    if not posts:
        return _("POST /servers with OpenStack-API-Version: compute 2.37."), ""
    told = _("Nova answered as 2.{minor}. The header names service and number.", minor=minor_of(posts[-1]))
    return told, "microversion-default"


LOOKS: dict[str, Any] = {
    "drill-1": expired_token,
    "drill-2": quota,
    "drill-3": no_valid_host,
    "drill-4": stuck_volume,
    "drill-5": false_success,
    "drill-6": foreign_id,
    "drill-7": microversion,
}
DRILLS: dict[str, Check] = {name: of_drill(look, name) for name, look in LOOKS.items()}
