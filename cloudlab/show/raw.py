"""An exchange as HTTP/1.1 writes it: start line, headers, empty line, body. Secrets aside, the bytes of the wire."""

from urllib.parse import urlsplit

from cloudlab.client.exchange import Exchange, Headers
from cloudlab.show.text import printable
from cloudlab.show.words import byte_count, status_line

LIMIT = 20_000  # characters of one body


def as_raw(exchange: Exchange) -> str:
    request, response = exchange.request, exchange.response
    url = urlsplit(request.url)
    target = (url.path or "/") + (f"?{url.query}" if url.query else "")
    asked = _message(f"{request.method} {target} HTTP/1.1", request.headers, request.content, request.size)
    answered = _message(
        f"HTTP/1.1 {status_line(exchange)}", response.headers, response.content, response.size
    )
    return f"{asked}\n\n{answered}"


def _message(start: str, headers: Headers, content: bytes, size: int) -> str:
    lines = [printable(start), *(printable(f"{name}: {value}") for name, value in headers.items()), ""]
    return "\n".join([*lines, _body(content, size)]).rstrip("\n")


def _body(content: bytes, size: int) -> str:
    if not size:
        return ""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = ""
    if not text or "\0" in text:
        return f"({byte_count(size)} that aren't text)"
    text = "\n".join(printable(line) for line in text.splitlines())
    return text if len(text) <= LIMIT else f"{text[:LIMIT]}\n(and {len(text) - LIMIT:,} more characters)"
