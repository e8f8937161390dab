"""The only door between services: real paths, real methods, real HTTP semantics, inside the process.

A call joins the caller's transaction as a savepoint that an unsuccessful answer rolls back. Each call is journaled.
"""

import io
import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from cloudlab.sim import patience, processes
from cloudlab.sim.clock import parse_iso
from cloudlab.sim.errors import ApiError, PeerFailed, Unauthorized
from cloudlab.sim.note import Note
from cloudlab.sim.scope import Scope

if TYPE_CHECKING:
    from cloudlab.sim.cloud import Cloud

AGENTS = {  # by the service that is asked: each has its own client library
    "nova": "python-novaclient",
    "neutron": "python-neutronclient",
    "cinder": "python-cinderclient",
    "glance": "python-glanceclient",
    "keystone": "python-keystoneclient",
}
BARE = "keystoneauth1/5.12.0 python-requests/2.32.4 CPython/3.11.7"  # where no such library is used
LOGINS = {("neutron", "nova"): "nova"}  # who a service logs in as at another, if not as itself
READING = ("GET", "HEAD")
# What urllib3 says of a port at which nobody listens, as keystoneauth quotes it (recorded on 2025.2).
NO_CONNECTION = (
    "Unable to establish connection to {url}: HTTPConnectionPool(host='127.0.0.1', port={port}): Max retries exceeded "
    "with url: {path} (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f0000000000>: "
    "Failed to establish a new connection: [Errno 111] Connection refused'))"
)
ROOT = "/"
UNCONNECTED = ("keystone",)  # is asked without the request id that connects calls
# Send their own token beside the user's: cinder frees a server's volume only for nova.
VOUCHING = ("nova", "cinder")


class PeerFault(ApiError):
    """A peer's answer that the caller did not expect; what the client gets is a 500 of the caller's."""


@dataclass(frozen=True)
class Answer:
    """A peer's answer. `json` is None for an empty body."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        return self.status < 400

    @property
    def json(self) -> Any:
        return json.loads(self.content) if self.content else None

    def expect(self) -> "Answer":
        """Itself, or PeerFault when it is no success; Unauthorized when the caller's token ended on the way."""
        if self.status == 401:
            raise Unauthorized("The request you have made requires authentication.")
        if not self.ok:
            raise PeerFault(f"unexpected answer {self.status}: {self.content[:200].decode(errors='replace')}")
        return self


class Peers:
    """Calls between services, and each service's own token (issued like anybody's, kept until it expires)."""

    def __init__(self, cloud: "Cloud") -> None:
        self.cloud = cloud
        self._tokens: dict[str, tuple[str, datetime]] = {}
        self._unsaved: set[str] = set()

    def call(
        self,
        scope: Scope,
        service: str,
        method: str,
        path: str,
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
        as_service: bool = False,
        token: str | None = None,
        content: bytes | None = None,
        patient: bool = True,
    ) -> Answer:
        """One exchange with another service, as the caller or (`as_service`) with the calling service's own token.

        `body` is sent as JSON, `content` as it is. Any status but 500 and 503 comes back as an Answer. Raises
        PeerFailed for those and where nobody listens, after as many tries as the caller's library makes (one if not
        `patient`).
        """
        sent = {"User-Agent": _agent(scope, service, path), "Accept": "application/json"}
        if service not in UNCONNECTED and path != ROOT:
            sent["X-OpenStack-Request-ID"] = scope.global_request_id
        if token is None and as_service:
            token = self.service_token(scope, LOGINS.get((scope.service, service)))
        elif token is None and scope.context:
            token = scope.context.token
        if token:
            sent["X-Auth-Token"] = token
        if token and scope.service in VOUCHING and (not as_service or service == "neutron"):
            sent["X-Service-Token"] = self.service_token(scope)
        if body is not None:
            content, sent["Content-Type"] = json.dumps(body).encode(), "application/json"
        tries, headers = 0, {**sent, **(headers or {})}
        while True:
            answer = self._exchange(scope, service, method, path, headers, content or b"")
            if answer is not None and answer.status not in patience.FAILURES:
                return answer
            failure = patience.REFUSED if answer is None else answer.status
            pauses = patience.pauses(service, failure, method, path) if patient else ()
            if tries >= len(pauses):
                raise PeerFailed(service, failure, self._complaint(service, path, answer))
            scope.pause.seconds += pauses[tries]
            tries += 1

    def _complaint(self, service: str, path: str, answer: Answer | None) -> str:
        """What the caller's library says in the end."""
        if answer is not None:
            return answer.content.decode(errors="replace")
        port = self.cloud.ports[service]
        return NO_CONNECTION.format(url=self.cloud.url(service) + path, port=port, path=path)

    def _exchange(
        self, scope: Scope, service: str, method: str, path: str, headers: dict[str, str], content: bytes
    ) -> Answer | None:
        """One try; None when nobody listens there."""
        environ = self._environ(service, method, path, headers, content)
        request_id = self.cloud.ids.request_id()
        inner = Scope(self.cloud, service, scope.session, scope.now, None, request_id)
        inner.caller, inner.pause = scope, scope.pause
        if self.cloud.faults.is_down(service):
            Note(self.cloud, inner, environ, content)
            return None
        # What only reads has nothing to undo, and a savepoint costs as much as the reading.
        savepoint = None if method in READING else scope.session.begin_nested()
        status, pairs, got = self.cloud.dispatch(inner, environ, content)
        if savepoint is not None and (status < 400 or inner.kept):
            savepoint.commit()
        elif savepoint is not None:
            savepoint.rollback()
        return Answer(status, {name.lower(): value for name, value in pairs}, got)

    def _environ(
        self, service: str, method: str, path: str, headers: dict[str, str], content: bytes
    ) -> dict[str, Any]:
        plain, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(plain).decode("latin-1"),  # as a socket server has it, PEP 3333
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.cloud.ports[service]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(content),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "CONTENT_LENGTH": str(len(content)) if content else "",
        }
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        return environ

    def service_token(self, scope: Scope, name: str | None = None) -> str:
        """The calling service's own token, from keystone like anybody's; a new one when the old is about to end.

        `name`: another service's user, as which it logs in.
        """
        name = name or scope.service
        known = self._tokens.get(name)
        if known and (known[1] - scope.now).total_seconds() > 60:
            return known[0]
        auth = {
            "identity": {
                "methods": ["password"],
                "password": {"user": {"name": name, "domain": {"id": "default"}, "password": "secret"}},
            },
            "scope": {"project": {"name": "service", "domain": {"id": "default"}}},
        }
        asked = replace(scope, context=None)
        answer = self.call(asked, "keystone", "POST", "/v3/auth/tokens", body={"auth": auth}).expect()
        token = answer.headers["x-subject-token"]
        self._tokens[name] = (token, parse_iso(answer.json["token"]["expires_at"]))
        self._unsaved.add(name)
        return token

    def as_dict(self) -> dict[str, list[str]]:
        """The services' own tokens and when they end, for JSON; `resume` reads it."""
        return {name: [token, ends.isoformat()] for name, (token, ends) in self._tokens.items()}

    def resume(self, tokens: dict[str, list[str]]) -> None:
        """Have these tokens, and no others."""
        self._tokens = {name: (token, parse_iso(ends)) for name, (token, ends) in tokens.items()}

    def keep_unsaved(self) -> None:
        """The transaction was committed: the tokens issued in it are real."""
        self._unsaved.clear()

    def forget_unsaved(self) -> None:
        """The transaction was rolled back, and with it the tokens issued in it."""
        for name in self._unsaved:
            self._tokens.pop(name, None)
        self._unsaved.clear()


def _agent(scope: Scope, service: str, path: str) -> str:
    """What the calling process calls itself (recordings east_west_*)."""
    if service in AGENTS and path != ROOT:
        return AGENTS[service]
    program = "uwsgi" if scope.process == processes.api(scope.service) else scope.process
    return f"{program} {BARE}"
