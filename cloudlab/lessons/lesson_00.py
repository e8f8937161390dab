"""Lesson 00, make: read a URL into its four parts, `https://{component}/{version}/{tenant_id}/{resource}`."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from cloudlab.lessons.checks import Evidence, Finding

PROJECT = "4601230eb33f45e0a1855839649f8afc"
PARTS = ("component", "version", "project", "resource")


def check(evidence: Evidence) -> Iterator[Finding]:
    """Answers by name: component, version, project, resource."""
    root = evidence.urls["cinder"]
    url = f"{root}/v3/{PROJECT}/volumes"
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
    given = {part: _plain(evidence.answers.get(part)) for part in PARTS}
    yield Finding(
        all(given.values()),
        f"You have read {url} into four parts",
        "Run lab.check(component=…, version=…, project=…, resource=…) with one text for each part.",
    )
    for part in PARTS:
        if given[part]:
            yield Finding(
                given[part] in right[part],
                f"{part}: {evidence.answers[part]}",
                _hint(part, given[part], right),
            )


def _plain(answer: Any) -> str:
    return str(answer or "").strip().removeprefix("http://").removeprefix("https://").strip("/").lower()


def _hint(part: str, answer: str, right: dict[str, set[str]]) -> str:
    for other, values in right.items():
        if other != part and answer in values:
            return f"{answer} is the {other}. The order is component, version, project, resource."
    return {
        "component": "The component is who answers: host and port, or the service there. http:// is only how.",
        "version": "The version comes right after host and port, and begins with v.",
        "project": "The project (the talk's tenant) is the long id: whose things you ask for.",
        "resource": "The resource is the kind of thing that you ask for: the last part, in the plural.",
    }[part]
