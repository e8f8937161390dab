"""Everybody who judges an exchange."""

from __future__ import annotations

from . import bodies, responses
from .tap import Exchange


def complaints(exchange: Exchange) -> list[str]:
    """What the judges say against one exchange; nothing if it is as it should be."""
    return responses.complaints(exchange) + bodies.complaints(exchange)
