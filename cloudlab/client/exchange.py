"""Request, Response and Exchange: what crossed the wire, frozen. No I/O here, and no HTML.

The names are those of requests, so that a cell can be rewritten with plain `requests`.
"""

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import requests
from requests.structures import CaseInsensitiveDict

from cloudlab.client.errors import NotJSONError
from cloudlab.client.redact import Redactor
from cloudlab.language import _

KEPT_BYTES = 262_144  # the longest body that the recorder keeps; an image's bytes are only counted


class Headers(CaseInsensitiveDict):
    """Headers in the order they were sent; names without regard to case. Printing them shows no secret."""

    def __repr__(self) -> str:
        hide = Redactor()
        return "{" + ", ".join(f"{n!r}: {hide.header(n, str(v))!r}" for n, v in self.items()) + "}"

    __str__ = __repr__


class _Message:
    """What a request and a response have in common: headers and a body."""

    headers: Headers
    content: bytes

    @property
    def content_type(self) -> str:
        """The media type, without parameters; "" if there is none."""
        return str(self.headers.get("Content-Type") or "").split(";")[0].strip().lower()

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self, **kwargs: Any) -> Any:
        """The body as Python values. Raises NotJSONError (a ValueError) if it isn't JSON."""
        try:
            return json.loads(self.content, **kwargs)
        except ValueError:
            size, kind = len(self.content), self.content_type
            told = (
                _("This body is not JSON ({size} bytes of {type}): look at .text", size=size, type=kind)
                if kind
                else _("This body is not JSON ({size} bytes of no stated type): look at .text", size=size)
            )
            raise NotJSONError(told) from None


@dataclass(frozen=True)
class Request(_Message):
    """One request as it was sent: method, whole URL, headers in order, body bytes."""

    method: str
    url: str = field(repr=False)  # a v2.0 URL can hold a token
    headers: Headers = field(repr=False, default_factory=Headers)
    content: bytes = field(repr=False, default=b"")
    size: int = -1  # bytes of the body; more than len(content) where the recorder left a long body out

    def __post_init__(self) -> None:
        if self.size < 0:
            object.__setattr__(self, "size", len(self.content))

    @property
    def body(self) -> bytes | None:
        """requests' name for the bytes that were sent."""
        return self.content or None


@dataclass(frozen=True)
class Response(_Message):
    """One response as it arrived: status code, reason phrase, headers in order, body bytes."""

    status_code: int
    reason: str
    headers: Headers = field(repr=False, default_factory=Headers)
    content: bytes = field(repr=False, default=b"")
    size: int = -1

    def __post_init__(self) -> None:
        if self.size < 0:
            object.__setattr__(self, "size", len(self.content))


@dataclass(frozen=True, repr=False, eq=False)
class Exchange:
    """A request and its response. `elapsed` is read from the lab's clock; `purpose` says who asked: the learner, or the
    lab while it waits, prepares or checks. `marks` are header names and JSON paths that a lesson points at."""

    request: Request
    response: Response
    elapsed: timedelta = timedelta(0)
    ordinal: int = 0
    purpose: str = "learner"
    marks: tuple[str, ...] = ()
    own_token: str = ""  # the label of the lab's token, "" when none is set
    safe: "Exchange | None" = None  # the same without secrets: what is shown and recorded

    @property
    def status_code(self) -> int:
        return self.response.status_code

    @property
    def ok(self) -> bool:
        """False for 4xx and 5xx, as in requests."""
        return self.status_code < 400

    def __bool__(self) -> bool:
        return self.ok

    @property
    def reason(self) -> str:
        return self.response.reason

    @property
    def url(self) -> str:
        return self.request.url

    @property
    def headers(self) -> Headers:
        return self.response.headers

    @property
    def content(self) -> bytes:
        return self.response.content

    @property
    def text(self) -> str:
        return self.response.text

    def json(self, **kwargs: Any) -> Any:
        return self.response.json(**kwargs)

    def raise_for_status(self) -> None:
        """Raise requests.HTTPError for 4xx and 5xx, as requests does."""
        if not self.ok:
            url = self.redacted().url
            side = "Client" if self.status_code < 500 else "Server"
            raise requests.HTTPError(f"{self.status_code} {side} Error: {self.reason} for url: {url}")

    def redacted(self, redactor: Redactor | None = None) -> "Exchange":
        """The same exchange without secrets, made once by the session."""
        if self.safe is not None:
            return self.safe
        return _redact(self, redactor or Redactor())

    # How it looks. show/ is imported when something is shown, not when something is sent.

    def as_curl(self) -> str:
        """The request as a curl command line, quoted for a POSIX shell; your token is `$OS_TOKEN`."""
        from cloudlab.show.curl import as_curl

        return as_curl(self.redacted())

    def as_requests(self) -> str:
        """The request as a Python program with plain `requests`."""
        from cloudlab.show.python import as_requests

        return as_requests(self.redacted())

    def as_raw(self) -> str:
        """Request and response as the bytes of HTTP/1.1, secrets aside."""
        from cloudlab.show.raw import as_raw

        return as_raw(self.redacted())

    def as_text(self, full: bool = False) -> str:
        """What a notebook shows, in plain text; `full=True` unfolds everything."""
        from cloudlab.show.text import as_text

        return as_text(self.redacted(), full=full)

    def __repr__(self) -> str:
        safe = self.redacted()
        return (
            f"<Exchange {self.ordinal}: {safe.request.method} {safe.url} → {self.status_code} {self.reason}>"
        )

    def __str__(self) -> str:
        return self.as_text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        from cloudlab.show.html import as_html

        return {"text/plain": self.as_text(), "text/html": as_html(self.redacted())}


def _redact(exchange: Exchange, redactor: Redactor) -> Exchange:
    # The headers first: a token learned there is then found in a URL or a body, too.
    asked = _safe_headers(exchange.request.headers, redactor)
    answered = _safe_headers(exchange.response.headers, redactor)
    sent, received = exchange.request, exchange.response
    sent_body = redactor.body(_kept(sent.content))
    received_body = redactor.body(_kept(received.content))
    return replace(
        exchange,
        request=replace(sent, url=redactor.text(sent.url), headers=asked, content=sent_body, size=sent.size),
        response=replace(received, headers=answered, content=received_body, size=received.size),
    )


def _safe_headers(headers: Headers, redactor: Redactor) -> Headers:
    return Headers((name, redactor.header(name, value)) for name, value in headers.items())


def _kept(content: bytes) -> bytes:
    return content if len(content) <= KEPT_BYTES else b""
