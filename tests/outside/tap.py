"""Every exchange with an embedded cloud of this process, told to whoever listens. The cloud notices nothing.

The one place that all ways to a cloud have in common is `Cloud.dispatch`: stories, recordings, clients behind
sockets, lessons, and what the services ask each other.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Exchange:
    """A request as a service received it, and its answer. Header names are lower-case; bodies are text."""

    service: str
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: str
    status: int
    answer_headers: dict[str, str]
    answer: str

    def __str__(self) -> str:
        return (
            f"{self.method} {self.service} {self.path}{'?' if self.query else ''}{self.query} → {self.status}"
        )


Listener = Callable[[Exchange], None]


def install(listener: Listener) -> None:
    """Have every cloud of this process tell its exchanges. To be called once in a process."""
    from cloudlab.sim.cloud import Cloud

    dispatch = Cloud.dispatch

    def dispatch_and_tell(self: Any, scope: Any, environ: dict[str, Any], body: bytes) -> Any:
        answer = dispatch(self, scope, environ, body)
        listener(exchange(scope.service, environ, body, answer))
        return answer

    Cloud.dispatch = dispatch_and_tell  # type: ignore[method-assign]


def exchange(service: str, environ: dict[str, Any], body: bytes, answer: Any) -> Exchange:
    """What `Cloud.dispatch` was given and gave back, as plain data."""
    headers = {
        name.removeprefix("HTTP_").replace("_", "-").lower(): str(value)
        for name, value in environ.items()
        if name.startswith("HTTP_") or name == "CONTENT_TYPE"
    }
    status, answer_headers, content = answer
    return Exchange(
        service,
        environ["REQUEST_METHOD"],
        environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace"),
        environ.get("QUERY_STRING", ""),
        headers,
        body.decode("utf-8", "replace"),
        status,
        {name.lower(): value for name, value in answer_headers},
        content.decode("utf-8", "replace"),
    )


class File:
    """Exchanges of another process, handed over through a file: one line of JSON each."""

    def __init__(self, path: str | Path) -> None:
        self.path, self._read = Path(path), 0

    def append(self, found: Exchange) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(found)) + "\n")

    def new(self) -> list[Exchange]:
        """What was added since the last call."""
        if not self.path.exists() or self.path.stat().st_size == self._read:
            return []
        with self.path.open(encoding="utf-8") as file:
            file.seek(self._read)
            lines = file.readlines()
            self._read = file.tell()
        return [Exchange(**json.loads(line)) for line in lines]
