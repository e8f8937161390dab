"""An exchange in plain text: what a terminal, a screen reader and a stored notebook read."""

import re
from collections.abc import Iterator

from cloudlab.client.exchange import Exchange, Headers
from cloudlab.show.body import Fold, Part, body_parts, spliced
from cloudlab.show.marks import header_marked, path_marks, status_marked
from cloudlab.show.words import meaning, status_line, token_note, took

ARROW = "  ◀"


def as_text(exchange: Exchange, full: bool = False) -> str:
    """Request line, headers, body; status with its meaning, headers, body. `◀` is what the lesson points at."""
    request, response = exchange.request, exchange.response
    requested = body_parts(
        request.content, request.size, request.content_type, path_marks(exchange, "request")
    )
    answered = body_parts(
        response.content, response.size, response.content_type, path_marks(exchange, "response")
    )
    lines = [
        f"[{exchange.ordinal}] {request.method} {request.url}  ({token_note(exchange)})",
        *_headers(request.headers, exchange),
        *_body(requested, full),
        "",
        f"{status_line(exchange)}: {meaning(exchange.status_code, bool(response.size))} ({took(exchange.elapsed)})"
        + (ARROW if status_marked(exchange) else ""),
        *_headers(response.headers, exchange),
        *_body(answered, full),
    ]
    return "\n".join(lines)


def _headers(headers: Headers, exchange: Exchange) -> Iterator[str]:
    for name, value in headers.items():
        yield f"    {printable(f'{name}: {value}')}" + (ARROW if header_marked(exchange, name) else "")


def _body(parts: list[Part], full: bool) -> Iterator[str]:
    if parts:
        yield ""
    yield from (f"    {line}" for line in _lines(parts, full))


def _lines(parts: list[Part], full: bool) -> Iterator[str]:
    for part in spliced(parts):
        if not isinstance(part, Fold):
            yield printable(part.text) + (ARROW if part.marked else "")
        elif full:
            yield from _lines(part.lines, full)
        else:
            yield printable(part.head.text) + (ARROW if part.head.marked else "")


_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Control characters of a header, a name or a console text reach neither the terminal nor the page."""
    if text.isprintable():
        return text
    return _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", text)
