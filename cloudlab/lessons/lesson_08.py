"""Lesson 08, make: find the service that fails, from a request id. Judged by wire, journal, and the cloud itself."""

from collections.abc import Iterator

from cloudlab.lessons.checks import Evidence, Finding

REAL = "Here nothing can be broken on purpose, and the inside can't be seen. Do this exercise on the embedded cloud."
TELL = 'Look inside your POST, find the ✗, and say which service it ends at: lab.check("08-inside.make", service="…").'
ASKER = "asked, and got no good answer. The ✗ is at the arrow's head: which service does it point to?"


def make(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.inside.is_open:
        yield Finding(False, "This is a real cloud", REAL)
        return
    service = str(evidence.answers.get("service", "")).lower().removesuffix("-api")
    verdict = evidence.inside.order("POST", "/faults/guess", service=service)
    yield Finding(
        verdict["broken"],
        "A service was broken, and you weren't told which",
        "Run lab.faults.surprise(): it breaks one.",
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
        "You asked Nova for a server meanwhile, and something failed inside",
        "POST /servers, and wait until you know that it went wrong: a 202 isn't done.",
        "asked-before-it-broke" if evidence.sent("POST", "/servers") else "",
    )
    # Nothing is said to a guess before there is a failure to look at.
    yield Finding(verdict["right"] and bool(asked), f"You say: {service or '?'}", *_not_it(service))


def _not_it(service: str) -> tuple[str, str]:
    if service == "nova":
        return f"Nova {ASKER}", "the-asker-is-not-the-failed"
    return (f"It isn't {service}. {TELL}", "the-symptom-is-not-the-cause") if service else (TELL, "")


CHECKS = {"make": make}
ANSWERS = {"make": ("service",)}
