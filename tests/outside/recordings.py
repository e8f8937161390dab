"""The recorded exchanges of tests/gold, as the judges hear them: what a real OpenStack 2025.2 was asked and said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

from cloudlab.sim.cloud import DEFAULT_PORTS
from tests.gold.story import STORIES, Step, load

from .tap import Exchange

SERVICES = {port: name for name, port in DEFAULT_PORTS.items()}


def recorded(*services: str) -> Iterator[tuple[str, Exchange]]:
    """(story/step, exchange) of these services."""
    for story in STORIES:
        for step in load(story):
            service = SERVICES.get(urlsplit(step.url).port or 0)
            if service in services and step.states is None:
                yield step.key, as_exchange(service, step)


def as_exchange(service: str, step: Step) -> Exchange:
    url = urlsplit(step.url)
    return Exchange(
        service,
        step.method,
        unquote(url.path),
        url.query,
        {name.lower(): value for name, value in step.headers.items()},
        step.body or "",
        step.status,
        step.answer_headers,
        as_text(step.answer),
    )


def as_text(answer: Any) -> str:
    """A recorded body is kept parsed where it is JSON."""
    return answer if isinstance(answer, str) else "" if answer is None else json.dumps(answer)
