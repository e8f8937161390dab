"""Sends a request and completes an Exchange. Adds the token once the learner has set one, and nothing else unseen."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests import exceptions

from cloudlab.client import catalog as catalogs
from cloudlab.client.catalog import Catalog, read_catalog, token_of
from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange, Headers, Request, Response
from cloudlab.client.here import Here
from cloudlab.client.recorder import Recorder
from cloudlab.client.redact import Redactor
from cloudlab.client.transport import Transport
from cloudlab.client.veil import refuse_labels
from cloudlab.language import _

T = TypeVar("T")
TIMEOUT = 60  # seconds, unless the call gives its own
# What every request says of itself. No Accept-Encoding of ours: 'identity' keeps bodies readable on the wire.
DEFAULT_HEADERS = {"User-Agent": "cloudlab", "Accept": "*/*", "Accept-Encoding": "identity"}


class _Wire(requests.Session):
    """requests' session without what it would read from the machine (proxies, .netrc), and with a careful redirect."""

    def __init__(self, transport: Transport, known: "Session") -> None:
        super().__init__()
        self.trust_env = False
        self.headers.clear()
        self.headers.update(DEFAULT_HEADERS)
        self._known = known
        for scheme in ("http://", "https://"):
            self.mount(scheme, transport.adapter)
        if transport.real is not None:
            self.verify, self.cert = transport.real.verify, transport.real.cert

    def merge_environment_settings(
        self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any
    ) -> dict[str, Any]:
        """A real cloud may be behind the machine's proxy, the one thing that is read from there."""
        if self._known.transport.real is not None:
            proxies = {**requests.utils.get_environ_proxies(url), **(proxies or {})}
        return super().merge_environment_settings(url, proxies, stream, verify, cert)

    def rebuild_auth(self, prepared_request: Any, response: Any) -> None:
        """A redirect to a stranger doesn't take the token along."""
        super().rebuild_auth(prepared_request, response)
        if not self._known.is_ours(prepared_request.url):
            prepared_request.headers.pop("X-Auth-Token", None)


class Session:
    """Token, catalog, recorder; one per Lab."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.redactor = Redactor(transport.published)
        self.recorder = Recorder()
        self.afterwards: list[Callable[[Exchange], None]] = []  # told of each call, secrets and all
        self.catalog: Catalog | None = None
        self._token: str | None = None
        self._catalogs = dict[str, Catalog]()  # each by the token that it came with
        self._wire = _Wire(transport, self)
        self.here = Here(self)

    @property
    def token(self) -> str | None:
        """Sent with every call that names none of its own."""
        return self._token

    @token.setter
    def token(self, value: str | None) -> None:
        self._token = value
        self.catalog = self._catalogs.get(value or "", self.catalog)

    def request(
        self,
        method: str,
        url: str,
        *,
        mark: str | Iterable[str] | None = None,
        purpose: str = "learner",
        **kwargs: Any,
    ) -> Exchange:
        """One request, and its Exchange (the last one, if the caller asked to follow redirects). Raises LabError."""
        kwargs.setdefault("allow_redirects", False)
        kwargs.setdefault("timeout", TIMEOUT)
        self._complete_arguments(url, kwargs)
        marks = (mark,) if isinstance(mark, str) else tuple(mark or ())
        started = self.transport.clock.now()
        answer = self._tried(url, kwargs["timeout"], lambda: self._wire.request(method, url, **kwargs))
        for hop in [*answer.history, answer]:
            exchange = self._complete(hop, started, purpose, marks)
        for listener in self.afterwards:
            listener(exchange)
        return exchange

    def unsent(self, method: str, url: str, **kwargs: Any) -> Exchange:
        """The exchange that `request` would begin, without an answer; nothing is sent or recorded. Raises LabError."""
        self._complete_arguments(url, kwargs)
        asked = requests.Request(method, url, **kwargs)
        prepared = self._tried(url, TIMEOUT, lambda: self._wire.prepare_request(asked))
        exchange = Exchange(_as_request(prepared), Response(0, ""), own_token=self._own_token())
        return replace(exchange, safe=exchange.redacted(self.redactor))

    def is_ours(self, url: str) -> bool:
        """Whether a URL leads to this cloud: a token goes nowhere else."""
        try:
            there = urlsplit(url).netloc.replace("localhost", "127.0.0.1")
        except ValueError:
            return False
        return there in {urlsplit(root).netloc for root in self.transport.urls.values()}

    def endpoint(
        self,
        service: str,
        interface: str | None = None,
        region: str | None = None,
        catalog: Catalog | None = None,
    ) -> str:
        """A service's URL from a catalog (the one in hand), in the interface and the region that this cloud wants.

        Without the version where the API's paths have it themselves (`/v2/images`, `/v2.0/networks`). Raises LabError.
        """
        real = self.transport.real
        url = catalogs.endpoint(
            catalog or self.catalog,
            service,
            interface or (real.interface if real else "public"),
            region or (real.region if real else None),
        )
        return catalogs.without_version(url, service)

    def _headers(self, url: str, given: Any) -> dict[str, Any]:
        headers = dict(given or {})
        if self.token is None or any(_name(n) == "x-auth-token" for n in headers):
            return headers
        return {"X-Auth-Token": self.token, **headers} if self.is_ours(url) else headers

    def _complete_arguments(self, url: str, kwargs: dict[str, Any]) -> None:
        typed = [kwargs.get(name) for name in ("params", "headers", "json", "data")]
        refuse_labels(f"{url} {[value for value in typed if not isinstance(value, bytes)]}")
        kwargs["headers"] = self._headers(url, kwargs.get("headers"))
        if "data" in kwargs:
            kwargs["data"] = _as_bytes(kwargs["data"])

    def _own_token(self) -> str:
        return self.redactor.token(self.token) if self.token else ""

    def _tried(self, url: str, timeout: Any, act: Callable[[], T]) -> T:
        try:
            return act()
        except (exceptions.RequestException, UnicodeError) as error:
            shown = self.redactor.text(str(url))
            embedded = self.transport.real is None and self.is_ours(str(url))
            raise LabError(_what_to_do(error, shown, embedded, timeout)) from None

    def _complete(self, hop: Any, started: datetime, purpose: str, marks: tuple[str, ...]) -> Exchange:
        exchange = Exchange(
            _as_request(hop.request),
            Response(hop.status_code, hop.reason or "", _as_headers(hop.headers), hop.content),
            elapsed=self.transport.clock.now() - started,
            ordinal=self.recorder.next_ordinal(),
            purpose=purpose,
            marks=marks,
            own_token=self._own_token(),
        )
        safe = exchange.redacted(self.redactor)
        self.recorder.add(safe)
        if purpose not in ("check", "connect", "cleanup", "quota"):  # those logins are not the learner's
            self._take_catalog(exchange)
        return replace(exchange, safe=safe)

    def _take_catalog(self, exchange: Exchange) -> None:
        """The catalog of the token in hand stays, whoever else logs in for a call or two: URLs hold its project."""
        found = read_catalog(exchange)
        if found is not None:
            self._catalogs[token_of(exchange)] = found
            self.catalog = self._catalogs.get(self._token or "", found)


def _name(header: str | bytes) -> str:
    return _text(header).lower()


def _as_request(sent: Any) -> Request:
    """What requests prepared, with the Host that its connection adds."""
    host = {} if "Host" in sent.headers else {"Host": urlsplit(sent.url).netloc.rpartition("@")[2]}
    body = sent.body.encode() if isinstance(sent.body, str) else (sent.body or b"")
    return Request(sent.method, sent.url, _as_headers({**host, **sent.headers}), body)


def _as_headers(headers: Any) -> Headers:
    return Headers((_text(name), _text(value)) for name, value in headers.items())


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _as_bytes(data: Any) -> Any:
    """A file or a generator is read first, so that what is shown is what was sent."""
    if hasattr(data, "read"):
        data = data.read()
    elif hasattr(data, "__next__"):
        data = b"".join(part.encode() if isinstance(part, str) else part for part in data)
    return data.encode() if isinstance(data, str) else data


def _what_to_do(error: Exception, url: str, embedded: bool, timeout: Any) -> str:
    """One sentence for what kept a request from being answered, and what to do."""
    if isinstance(error, exceptions.Timeout):
        return _(
            "No answer from {url} within {timeout} s. Try again, or give the call a longer timeout=.",
            url=url,
            timeout=timeout,
        )
    if isinstance(error, exceptions.ConnectionError):
        return _nobody(error, url, embedded)
    if isinstance(error, exceptions.InvalidHeader):
        return _(
            "A header has a value that HTTP does not allow. It has to be text, without line ends or spaces in front."
        )
    if isinstance(
        error, (exceptions.MissingSchema, exceptions.InvalidSchema, exceptions.InvalidURL, UnicodeError)
    ):
        return _("{url!r} is not a whole URL. One looks like http://127.0.0.1:5000/v3", url=url)
    if isinstance(error, exceptions.InvalidJSONError):
        return _("json= takes what JSON can say: text, numbers, True, False, None, lists and dicts.")
    return _("The request to {url} failed: {error}.", url=url, error=type(error).__name__)


def _nobody(error: Exception, url: str, embedded: bool) -> str:
    """For a URL at which nobody could be reached."""
    if embedded:
        return _(
            "The cloud does not answer at {url}. If you took a service down, lab.faults shows it. "
            "If not, start the cloud (`python -m cloudlab up`) and connect() again.",
            url=url,
        )
    if "resolve" in str(error) or "Name or service" in str(error):
        host = urlsplit(url).hostname
        return _("There is no host named {host}. Look at the URL's first part: {url}", host=host, url=url)
    return _("Nothing listens at {url}. Look at host and port: lab.urls names each service's.", url=url)
