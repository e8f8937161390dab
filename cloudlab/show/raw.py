"""An exchange as HTTP/1.1 writes it: start line, headers, empty line, body. Secrets aside, the bytes of the wire."""

import json
from urllib.parse import urlsplit

from cloudlab.client.exchange import Exchange, Headers
from cloudlab.language import _
from cloudlab.show.text import printable
from cloudlab.show.words import byte_count, status_line

LIMIT = 20_000  # characters of one body


def as_raw(exchange: Exchange, limit: int = LIMIT, indent: int | None = None) -> str:
    """At most `limit` characters of each body; JSON laid out when there is an `indent`."""
    request, response = exchange.request, exchange.response
    url = urlsplit(request.url)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    asked = _head(f"{request.method} {target} HTTP/1.1", request.headers)
    answered = _head(f"HTTP/1.1 {status_line(exchange)}", response.headers)
    sent = _body(request.content, request.size, limit, indent)
    received = _body(response.content, response.size, limit, indent)
    return "\n\n".join(part for part in (asked, sent, answered, received) if part)


def _head(start: str, headers: Headers) -> str:
    return "\n".join([printable(start), *(printable(f"{name}: {value}") for name, value in headers.items())])


def _body(content: bytes, size: int, limit: int, indent: int | None) -> str:
    if not size:
        return ""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or "\0" in text:
        # Translators: {size} is such as "512 bytes"
        return _("({size} that aren't text)", size=byte_count(size))
    if indent is not None:
        text = _laid_out(text, indent, limit)
    text = "\n".join(printable(line) for line in text.splitlines()).rstrip("\n")
    if len(text) <= limit:
        return text
    return text[:limit] + "\n" + _("(cut here: {size} in all)", size=byte_count(size))


def _laid_out(text: str, indent: int, limit: int) -> str:
    """JSON with line breaks, as far as it will be shown: laying out all of a long list takes its time."""
    laid_out, length = [], 0
    try:
        for piece in json.JSONEncoder(indent=indent, ensure_ascii=False).iterencode(json.loads(text)):
            laid_out.append(piece)
            length += len(piece)
            if length > limit:
                break
    except (ValueError, RecursionError):
        return text
    return "".join(laid_out)
