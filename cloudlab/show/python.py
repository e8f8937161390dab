"""A request as a Python program with plain `requests`."""

import json
from typing import Any

from cloudlab.client.exchange import Exchange
from cloudlab.client.redact import LABEL
from cloudlab.language import _
from cloudlab.show.curl import FILE, OWN, notes, variable

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
REDIRECTS = frozenset({301, 302, 303, 307, 308})


def as_requests(exchange: Exchange) -> str:
    """A program that runs as it is; secrets come from the environment (`OS_TOKEN`), and a note says which."""
    request = exchange.request
    body, is_json = _body(exchange)
    call = (
        f"requests.{request.method.lower()}("
        if request.method in METHODS
        else f"requests.request(\n    {_quoted(request.method)},"
    )
    arguments = [_source(request.url, exchange)]
    headers = {n: v for n, v in request.headers.items() if n.lower() not in OWN}
    if is_json:
        headers.pop("Content-Type", None)
    if headers:
        arguments.append(f"headers={_dict(headers, exchange)}")
    if body:
        arguments.append(body)
    if exchange.status_code in REDIRECTS:
        arguments.append("allow_redirects=False")
    lines = "".join(f"\n    {argument}," for argument in arguments)
    text = f"import requests\n\nr = {call}{lines}\n)\nprint(r.status_code, r.headers, r.text)"
    return f"{notes(text)}import os\n\n{text}" if "os.environ[" in text else text


def _body(exchange: Exchange) -> tuple[str, bool]:
    """The argument that carries the body, and whether it is `json=`."""
    request = exchange.request
    if not request.size:
        return "", False
    text = request.content.decode("utf-8", "replace")
    if not request.content or "�" in text:
        size = _("{size:,} bytes", size=request.size)
        return f'data=open("{FILE}", "rb")  # {size}', False
    if request.headers.get("Content-Type") == "application/json":
        try:
            return f"json={_literal(json.loads(text), exchange, 1)}", True
        except ValueError:
            pass  # a learner's broken JSON goes out as it is
    return f"data={_source(text, exchange)}" + ("" if text.isascii() else ".encode()"), False


def _dict(headers: dict[str, str], exchange: Exchange) -> str:
    return (
        "{"
        + ", ".join(f"{_quoted(name)}: {_source(value, exchange, name)}" for name, value in headers.items())
        + "}"
    )


def _source(text: str, exchange: Exchange, header: str = "") -> str:
    """Source text of a string; what was redacted is read from the environment."""
    pieces, end = [], 0
    for found in LABEL.finditer(text):
        name = variable(found[0], exchange, header)
        pieces += [_quoted(text[end : found.start()]), f'os.environ["{name}"]']
        end = found.end()
    pieces.append(_quoted(text[end:]))
    return " + ".join(piece for piece in pieces if piece != '""') or '""'


def _quoted(text: str) -> str:
    """A Python string in double quotes, as in the lessons' cells, where it can be."""
    source = repr(text)
    return f'"{source[1:-1]}"' if source[0] == "'" and '"' not in source else source


def _literal(data: Any, exchange: Exchange, depth: int) -> str:
    """JSON as a Python literal; a container that is short stays on one line."""
    if isinstance(data, str):
        return _source(data, exchange)
    if not isinstance(data, (dict, list)) or not data:
        return repr(data)
    pad, end = "    " * (depth + 1), "    " * depth
    if isinstance(data, dict):
        items = [f"{_quoted(key)}: {_literal(value, exchange, depth + 1)}" for key, value in data.items()]
        left, right = "{", "}"
    else:
        items = [_literal(value, exchange, depth + 1) for value in data]
        left, right = "[", "]"
    flat = left + ", ".join(items) + right
    if len(flat) + len(end) <= 80 and "\n" not in flat:
        return flat
    return f"{left}\n" + "".join(f"{pad}{item},\n" for item in items) + f"{end}{right}"
