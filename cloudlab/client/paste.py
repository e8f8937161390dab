"""Paste: the request that a learner pasted as text, and what is refused or left out of every kind of text. No I/O."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from cloudlab.client.errors import LabError
from cloudlab.language import _

HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# What slides and web pages make of a keyboard's characters.
LOOKALIKES = {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "--", "\u00a0": " "}


@dataclass(frozen=True)
class Paste:
    """One request, as somebody wrote it. A header whose value is None isn't sent; `follow` goes where redirects lead.
    `notes` are sentences for the learner, and hold no secret."""

    method: str
    url: str
    headers: dict[str, str | None]
    body: bytes = b""
    follow: bool = False
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Z]+", self.method):
            raise LabError(_("HTTP's methods are written in capital letters: GET, POST, PUT, PATCH, DELETE."))
        if not re.match(r"https?://[^\s/]", self.url) or re.search(r"\s", self.url):
            raise LabError(
                _("This URL can't be asked. One looks like http://127.0.0.1:5000/v3, without spaces.")
            )
        refuse_slides_quotes(self.body)


def has(headers: Mapping[str, str | None], name: str) -> bool:
    """Whether a header is among them, if only to say that it isn't sent."""
    return name.lower() in map(str.lower, headers)


def add(headers: dict[str, str | None], name: str, value: str | None, where: str) -> None:
    """One more header. `where` begins a sentence ("Line 2"), in the learner's language. Raises LabError."""
    if not HEADER_NAME.fullmatch(name):
        # Translators: {where} is "Line 2 of what you pasted", or "What follows -H"
        raise LabError(_("{where} is not a header. One looks like X-Auth-Token: $OS_TOKEN", where=where))
    if has(headers, name):
        raise LabError(
            _("The header {name} is there twice. Leave one out, or join the values with a comma.", name=name)
        )
    if name.lower() == "transfer-encoding":
        raise LabError(_("The lab sends a body in one piece: leave Transfer-Encoding out."))
    wrong = [character for character in value or "" if ord(character) > 255 or character in "\r\n"]
    if wrong:
        holds = _(
            "The header {name} holds {character!r}, which HTTP does not allow there.",
            name=name,
            character=wrong[0],
        )
        raise LabError(holds + _type(wrong[0]))
    headers[name] = value


def without_length(headers: dict[str, str | None]) -> list[str]:
    """Takes Content-Length out, and says so: a body that was changed by hand would be cut, or waited for."""
    given = [name for name in headers if name.lower() == "content-length"]
    for name in given:
        del headers[name]
    note = _("Content-Length is left out of what you pasted: the lab counts the body itself.")
    return [note] if given else []


def refuse_lookalikes(text: str) -> None:
    """Raises LabError for the first character that only looks like one of the keyboard's."""
    found = next((character for character in text if character in LOOKALIKES), None)
    if found == "\u00a0":
        raise LabError(_("There is a space from a web page in it (U+00A0). Type a plain space instead."))
    if found:
        strange = _("{character} comes from a slide, and a shell does not know it.", character=found)
        raise LabError(strange + _type(found))


def refuse_slides_quotes(body: bytes) -> None:
    """Raises LabError for a body that would be JSON but for its quotes; inside its texts they are welcome."""
    text = body.decode("utf-8", "replace").strip()
    if not text.startswith(("{", "[")) or not re.search("[‘’“”]", text):
        return
    try:
        json.loads(text)
    except ValueError:
        raise LabError(
            _('The body has quotes from a slide (“ ” or ‘ ’). JSON wants " in their place.')
        ) from None


def _type(character: str) -> str:
    """One more sentence, where the keyboard has something in its place."""
    if character not in LOOKALIKES:
        return ""
    return " " + _("Type {character} instead.", character=LOOKALIKES[character])
