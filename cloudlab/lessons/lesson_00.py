"""Lesson 00, make: read a URL into its four parts, `https://{component}/{version}/{tenant_id}/{resource}`."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from cloudlab.language import N_, _
from cloudlab.lessons.checks import Evidence, Finding

PROJECT = "4601230eb33f45e0a1855839649f8afc"
PARTS = ("component", "version", "project", "resource")
ORDER = "parts-have-an-order"
HINTS = {
    "component": N_(
        "The component is who answers: host and port, or the service there. http:// is only how."
    ),
    "version": N_("The version comes right after host and port, and begins with v."),
    "project": N_("The project (the talk's tenant) is the long id: whose things you ask for."),
    "resource": N_("The resource is the kind of thing that you ask for: the last part, in the plural."),
}


def make(evidence: Evidence) -> Iterator[Finding]:
    """Answers by name: component, version, project, resource."""
    root = evidence.urls["cinder"]
    right = {
        "component": {
            urlsplit(root).netloc,
            "cinder",
            "block storage",
            "block-storage",
            "volume",
            str(urlsplit(root).port),
        },
        "version": {"v3"},
        "project": {PROJECT},
        "resource": {"volumes"},
    }
    for part in PARTS:
        answer = _plain(evidence.answers.get(part))
        message = f"{part}: {evidence.answers[part] if answer else '?'}"
        yield Finding(answer in right[part], message, *_seen(part, answer, right))


def _plain(answer: Any) -> str:
    return str(answer or "").strip().removeprefix("http://").removeprefix("https://").strip("/").lower()


def _seen(part: str, answer: str, right: dict[str, set[str]]) -> tuple[str, str]:
    """What is wrong with an answer, and the misconception behind it."""
    if not answer:
        # Translators: {part} is an answer's name: component, version, project, resource
        return _('Say it with lab.check("00-start.make", {part}="…").', part=part), ""
    known = _behind(part, answer)
    if known:
        return _(HINTS[part]), known
    for other, values in right.items():
        if other != part and answer in values:
            # Translators: {answer} is what was said; {other} is a part's name: component, version, project, resource
            told = _(
                "{answer} is the {other}. The order is component, version, project, resource.",
                answer=answer,
                other=other,
            )
            return told, ORDER
    return _(HINTS[part]), ""


def _behind(part: str, answer: str) -> str:
    if part == "project" and answer in ("admin", "demo", "alt_demo"):
        return "name-is-not-id"
    if answer in ("http", "http:", "https", "https:"):
        return "scheme-is-not-a-part"
    return "resources-are-plural" if part == "resource" and answer == "volume" else ""


CHECKS = {"make": make}
ANSWERS = {"make": PARTS}
