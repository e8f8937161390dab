"""Everybody who judges an exchange: each takes one and returns what there is to say against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from . import bodies, images, responses
from .tap import Exchange

ALL = (responses.complaints, bodies.complaints, images.complaints)
BUT = {"": (), "answers": (responses.complaints,)}  # who still listens to a test that is marked


def said_of(exchange: Exchange, who: Iterable[Callable[[Exchange], list[str]]] = ALL) -> list[str]:
    """What they say against it. A judge that breaks is a complaint, too, and no server error of the cloud."""
    try:
        return [text for judge in who for text in judge(exchange)]
    except Exception as error:
        return [f"{exchange}: the judge broke: {error!r}"]
