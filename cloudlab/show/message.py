"""What a refusal says: the sentence in its body, wherever its service keeps it."""

import re

from cloudlab.client.exchange import Exchange

LONGEST = 300  # characters


def message_of(exchange: Exchange) -> str:
    """The sentence in a refusal's body, wherever its service keeps it; HTML and other text as plain text."""
    try:
        body = exchange.json()
    except ValueError:
        body = exchange.text
    places = [body, *body.values()] if isinstance(body, dict) else []
    places += body["errors"] if isinstance(body, dict) and isinstance(body.get("errors"), list) else []
    for place in places:
        if isinstance(place, dict):
            found = place.get("message") or place.get("detail")
            if isinstance(found, str) and found:
                return _plain(found)
    return _plain(body) if isinstance(body, str) else ""


def _plain(text: str) -> str:
    plain = " ".join(re.sub(r"<[^>]*>", " ", text).split())
    return plain if len(plain) <= LONGEST else plain[: LONGEST - 1] + "…"
