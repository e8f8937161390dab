"""Clouds for tests: one with its first contents for each test, and sockets that stay while clouds come and go."""

import sqlite3
import threading
from contextlib import suppress
from typing import Any

import waitress

from cloudlab.sim.clock import Clock, ManualClock
from cloudlab.sim.cloud import DEFAULT_PORTS, PACES, Cloud, create_cloud
from cloudlab.sim.identity import Ids
from cloudlab.sim.server import answer

FREE_PORTS = [word for service in DEFAULT_PORTS for word in ("--port", f"{service}=0")]  # for `cloudlab up`


class SocketServer:
    """Waitress on a free port for each service; the cloud behind it is swapped for every test."""

    def __init__(self, threads: int = 2) -> None:
        self.cloud: Any = None
        listen = " ".join("127.0.0.1:0" for _ in DEFAULT_PORTS)
        self._server = waitress.create_server(
            lambda environ, start_response: answer(self.cloud, environ, start_response),
            listen=listen,
            threads=threads,
        )
        numbers = [int(port) for _, port in self._server.effective_listen]
        self.ports = dict(zip(DEFAULT_PORTS, numbers, strict=True))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with suppress(OSError):  # closing the sockets is how the loop is told to end
            self._server.run()

    def close(self) -> None:
        self._server.close()
        self._thread.join(timeout=5)


class FreshClouds:
    """A cloud with its first contents for each test, all on one store.

    Putting the rows back costs a millisecond; a store of its own would compile every statement anew.
    """

    def __init__(self) -> None:
        first = create_cloud(clock=ManualClock())
        self._store = first.store
        self.live: Any = first.store.engine.raw_connection().driver_connection
        self._saved = sqlite3.connect(":memory:")
        self.save()

    def save(self) -> None:
        """From now on a fresh cloud has what is there now."""
        self.live.backup(self._saved)

    def make(
        self,
        ports: dict[str, int] = DEFAULT_PORTS,
        clock: Clock | None = None,
        profile: str = "classroom",
    ) -> Cloud:
        """The next cloud; the one before it is over. Its clock stands still unless another is given."""
        self._saved.backup(self.live)
        return self.reopen(ports, clock, profile)

    def reopen(
        self,
        ports: dict[str, int] = DEFAULT_PORTS,
        clock: Clock | None = None,
        profile: str = "classroom",
    ) -> Cloud:
        """The next cloud on what the one before has committed, as after a kill."""
        return Cloud(clock or ManualClock(), self._store, Ids(1), dict(ports), PACES[profile], legacy_v2=True)
