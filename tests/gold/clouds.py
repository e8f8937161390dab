"""Fresh clouds for the replay: to call directly, or behind real sockets on free ports."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cloudlab.sim.clock import ManualClock
from cloudlab.sim.cloud import DEFAULT_PORTS, create_cloud
from tests.clouds import SocketServer

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
    server = SocketServer(threads=1)
    cloud = server.cloud = new_cloud(seed, server.ports)
    try:
        yield cloud, socket_caller({DEFAULT_PORTS[name]: port for name, port in server.ports.items()})
    finally:
        server.close()
        cloud.close()
