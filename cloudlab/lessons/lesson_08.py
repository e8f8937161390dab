"""Lesson 08, make: find the service that fails, from a request id. Judged by wire, journal, and the cloud itself."""

from collections.abc import Iterator

from cloudlab.language import _
from cloudlab.lessons.checks import Evidence, Finding, you_say


def make(evidence: Evidence) -> Iterator[Finding]:
    service = str(evidence.answers.get("service", "")).lower().removesuffix("-api")
    verdict = evidence.inside.order("POST", "/faults/guess", service=service)
    yield Finding(
        verdict["broken"],
        _("A service was broken, and you weren't told which"),
        _("Run lab.faults.surprise(): it breaks one."),
    )
    if not verdict["broken"]:
        return
    asked = [
        exchange
        for exchange in evidence.sent("POST", "/servers")
        if any(arrow.failed for arrow in evidence.caused_by(exchange) if arrow.number > verdict["since"])
    ]
    yield Finding(
        bool(asked),
        _("You asked Nova for a server meanwhile, and something failed inside"),
        _("POST /servers, and wait until you know that it went wrong: a 202 isn't done."),
        "asked-before-it-broke" if evidence.sent("POST", "/servers") else "",
    )
    # Nothing is said to a guess before there is a failure to look at.
    yield Finding(verdict["right"] and bool(asked), you_say(service), *_not_it(service))


def _not_it(service: str) -> tuple[str, str]:
    if service == "nova":
        told = _(
            "Nova asked, and got no good answer. "
            "The ✗ is at the arrow's head: which service does it point to?"
        )
        return told, "the-asker-is-not-the-failed"
    look = _(
        "Look inside your POST, find the ✗, and say which service it ends at: "
        'lab.check("08-inside.make", service="…").'
    )
    if not service:
        return look, ""
    # Translators: {service} is what the learner guessed: neutron
    no = _("It isn't {service}.", service=service)
    return f"{no} {look}", "the-symptom-is-not-the-cause"


CHECKS = {"make": make}
ANSWERS = {"make": ("service",)}
NEEDS = {"make": "sandbox"}
