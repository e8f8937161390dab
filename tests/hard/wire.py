"""One learner's connections to a running cloud: a call is a line, and says what it got."""

import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from tests.asking import login_body

NOVA, CINDER, GLANCE = "/v2.1", "/v3", "/v2"
LATEST = {"OpenStack-API-Version": "volume 3.27"}  # attachments have a list from 3.27 on


@dataclass(frozen=True)
class Got:
    """An answer."""

    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        return self.status < 300

    @property
    def json(self) -> Any:
        return json.loads(self.content) if self.content else None


class Wire:
    """Calls to one cloud as one user, over kept connections."""

    def __init__(self, ports: dict[str, int], token: str = "", timeout: float = 60) -> None:
        self.ports, self.token, self._timeout = ports, token, timeout
        self.project_id = ""
        self._kept: dict[str, HTTPConnection] = {}

    def ask(self, method: str, service: str, path: str, body: Any = None, raw: bytes | None = None) -> Got:
        """One call; `raw` goes out as an image's bytes. Raises OSError or HTTPException when the cloud is gone."""
        if service not in self._kept:
            self._kept[service] = HTTPConnection("127.0.0.1", self.ports[service], timeout=self._timeout)
        headers, sent = self.request(service, body, raw)
        self._kept[service].request(method, path, sent, headers)
        answer = self._kept[service].getresponse()
        return Got(answer.status, dict(answer.headers.items()), answer.read())

    def request(self, service: str, body: Any, raw: bytes | None) -> tuple[dict[str, str], bytes | None]:
        """A call's headers and body."""
        headers = {"Content-Type": "application/octet-stream" if raw is not None else "application/json"}
        if self.token:
            headers["X-Auth-Token"] = self.token
        if service == "cinder":
            headers |= LATEST
        return headers, raw if raw is not None else json.dumps(body).encode() if body is not None else None

    def log_in(self, user: str, project: str, password: str = "secret") -> "Wire":
        """Take a token by password; itself. AssertionError when there is none."""
        got = self.ask("POST", "keystone", "/v3/auth/tokens", login_body(user, project, password))
        assert got.status == 201, got
        self.token = got.headers["X-Subject-Token"]
        self.project_id = got.json["token"]["project"]["id"]
        return self

    def close(self) -> None:
        for connection in self._kept.values():
            connection.close()
