"""Fresh clouds for the replay: to call directly, or behind real sockets on free ports."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import waitress

from cloudlab.sim.clock import ManualClock
from cloudlab.sim.cloud import DEFAULT_PORTS, create_cloud

from .wire import Caller, socket_caller, wsgi_caller


def new_cloud(seed: int, ports: dict[str, int] | None = None) -> Any:
    """A fresh cloud on a clock that only the replay moves; without the talk's v2.0, as the recorded one was."""
    return create_cloud(
        clock=ManualClock(), database=":memory:", seed=seed, profile="classroom", ports=ports, legacy_v2=False
    )


@contextmanager
def in_process(seed: int) -> Iterator[tuple[Any, Caller]]:
    """The cloud, and a caller straight into it."""
    cloud = new_cloud(seed)
    try:
        yield cloud, wsgi_caller(cloud)
    finally:
        cloud.close()


@contextmanager
def served(seed: int) -> Iterator[tuple[Any, Caller]]:
    """The cloud, and a caller that reaches it under the ports that stories name."""
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a queue of one isn't news
    held: list[Any] = []
    listen = " ".join("127.0.0.1:0" for _ in DEFAULT_PORTS)
    server = waitress.create_server(lambda environ, start: held[0](environ, start), listen=listen, threads=1)
    bound = dict(zip(DEFAULT_PORTS, (int(port) for _, port in server.effective_listen), strict=True))
    cloud = new_cloud(seed, bound)
    held.append(cloud)
    thread = threading.Thread(target=_serve, args=(server,), daemon=True)
    thread.start()
    try:
        yield cloud, socket_caller({DEFAULT_PORTS[name]: port for name, port in bound.items()})
    finally:
        server.close()
        thread.join(timeout=5)
        cloud.close()


def _serve(server: Any) -> None:
    with suppress(OSError):  # closing the sockets is how the loop is told to end
        server.run()
