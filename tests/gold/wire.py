"""A very small HTTP caller, into a WSGI app in this process or over a socket. Nothing is followed or retried."""

from __future__ import annotations

import http.client
import json
import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from tests.asking import ask_app

Caller = Callable[[str, str, dict[str, str], bytes | None], "Answer"]


@dataclass(frozen=True)
class Answer:
    """An answer as it came. Header names are lower-case; repeated headers are joined with a comma, as HTTP says."""

    status: int
    headers: dict[str, str]
    content: bytes
    at: float = 0.0  # when it came; only a recording tells it

    @property
    def body(self) -> Any:
        """The body as the recorder kept it: parsed where it is JSON, text otherwise."""
        text = self.content.decode("utf-8", "replace")
        try:
            return json.loads(text)
        except ValueError:
            return text


def join(pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Header pairs as a dictionary."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        key = name.lower()
        headers[key] = f"{headers[key]}, {value}" if key in headers else value
    return headers


def wsgi_caller(app: Callable[..., Any]) -> Caller:
    """Call ``app`` directly. An exception that leaves the app becomes status 599, with the traceback as its body."""

    def call(method: str, url: str, headers: dict[str, str], content: bytes | None) -> Answer:
        place = urlsplit(url)
        sent = {"host": place.netloc, **headers}.items()
        try:
            answer = ask_app(app, method, place.port or 80, place.path, place.query, sent, content or b"")
        except Exception:
            return Answer(599, {}, traceback.format_exc().encode())
        status, pairs, body = answer
        return Answer(status, join(pairs), body)

    return call


def socket_caller(ports: dict[int, int], patience: float = 30) -> Caller:
    """Call over real sockets, one connection a request. ``ports``: port in a story → port that was bound for it."""

    def swap(text: bytes, pairs: Iterable[tuple[int, int]]) -> bytes:
        for old, new in pairs:
            text = text.replace(b"127.0.0.1:%d" % old, b"127.0.0.1:%d" % new)
        return text

    def call(method: str, url: str, headers: dict[str, str], content: bytes | None) -> Answer:
        parts = urlsplit(url)
        bound = ports[parts.port or 80]
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        body = None if content is None else swap(content, ports.items())
        connection = http.client.HTTPConnection("127.0.0.1", bound, timeout=patience)
        try:
            connection.request(method, target, body=body, headers=headers)
            response = connection.getresponse()
            back = [(new, old) for old, new in ports.items()]
            pairs = [(name, swap(value.encode(), back).decode()) for name, value in response.getheaders()]
            return Answer(response.status, join(pairs), swap(response.read(), back), time.time())
        finally:
            connection.close()

    return call
