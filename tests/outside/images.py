"""Judges new images by the schema that glance publishes at /v2/schemas/image, as a real 2025.2 answered it.

The only JSON that lessons send to glance, but for a patch, for which there is no schema.
"""

from __future__ import annotations

from functools import cache
from html import unescape
from typing import Any

from jsonschema import Draft4Validator

from .bodies import BREAKS_THEM, SHOWN, first_line, message
from .paths import parsed
from .recordings import recorded
from .tap import Exchange

PUBLISHED = "glance/013_schema_image"
# Who you are, what nobody may set, what is no JSON, how much: all that is said earlier.
EARLIER = {401, 403, 413, 415}
WORDS = "Provided object does not match schema 'image'"


@cache
def schema() -> Any:
    """Glance's own, from the recording."""
    return Draft4Validator(parsed(dict(recorded("glance"))[PUBLISHED].answer))


def complaints(exchange: Exchange) -> list[str]:
    """What there is to say about POST /v2/images and the answer to it."""
    if (exchange.service, exchange.method, exchange.path) != ("glance", "POST", "/v2/images"):
        return []
    body = parsed(exchange.body)
    if exchange.status in EARLIER or not isinstance(body, dict) or BREAKS_THEM.search(exchange.body):
        return []
    error = next(schema().iter_errors(body), None)
    said, what = unescape(message(exchange.answer)), f"{exchange} to {exchange.body[:SHOWN]}"
    if error is None:
        return [f"{what} refuses what the published schema takes: {said[:SHOWN]}"] if WORDS in said else []
    if exchange.status != 400:
        return [f"{what}, but the published schema refuses it: {error.message[:SHOWN]}"]
    expected = f"{WORDS}: {first_line(error.message)}"
    return [] if expected in said else [f"{what} says {said[:SHOWN]!r}; glance would: {expected[:SHOWN]!r}"]
