"""What it costs to see the inside: the journal, as a part of a request; a diagram of sixty arrows."""

import argparse
import json
from collections.abc import Callable, Iterator
from typing import Any

import requests

from cloudlab.show.sequence import Sequence
from cloudlab.sim import cloud as rooms
from cloudlab.sim.bootstrap import IMAGE_ID
from cloudlab.sim.clock import ManualClock
from cloudlab.sim.note import Note
from cloudlab.sim.server import Server
from tests.arrows import creation
from tests.asking import ask_app
from tests.bench.line import Line
from tests.bench.ours import LOGIN
from tests.bench.timing import Wire, median_ms, side_by_side
from tests.steered import ANY


class NoNote:
    """Instead of a Note: nothing is noted."""

    def __init__(self, *about: Any) -> None:
        pass

    def complete(self, *answer: Any) -> None:
        pass


class Caller:
    """A cloud in this process, asked directly."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.cloud = rooms.create_cloud(clock=self.clock, profile="instant")
        self.token = ""
        self.token = self.ask("keystone", "POST", "/v3/auth/tokens", LOGIN)["X-Subject-Token"]

    def ask(self, service: str, method: str, path: str, body: Any = None) -> dict[str, str]:
        """The answer's headers."""
        headers = {"Content-Type": "application/json", "X-Auth-Token": self.token, "Accept": "*/*"}
        raw = b"" if body is None else json.dumps(body).encode()
        port = self.cloud.ports[service]
        return dict(ask_app(self.cloud, method, port, path, headers=headers.items(), body=raw)[1])


def inside(args: argparse.Namespace) -> Iterator[Line]:
    """What the journal costs, of the quickest call and of a long one; and a picture of sixty arrows."""
    caller = Caller()

    def read() -> None:
        caller.ask("nova", "GET", "/v2.1/flavors")

    def build() -> None:
        made = {"server": {"name": "x", "flavorRef": "1", "imageRef": IMAGE_ID}}
        place = caller.ask("nova", "POST", "/v2.1/servers", made)["location"]
        caller.clock.advance(1)
        caller.ask("nova", "DELETE", "/v2.1/servers/" + place.rpartition("/")[2])
        caller.clock.advance(1)

    yield _cost("/flavors, in process", read, times=2000)
    yield _cost("a server made and deleted", build, times=200)
    yield from _over_sockets()
    arrows = creation(60)
    took = median_ms(lambda: Sequence(arrows).html(), 30)
    yield Line("a diagram of 60 arrows", f"{took:.0f} ms", "", "≤ 100 ms", took <= 100)


def _over_sockets() -> Iterator[Line]:
    """The quickest call as the cloud's clients make it: they and it share this process."""
    with Server(lambda ports: rooms.create_cloud(ports=ports), ANY).in_thread() as server:
        keystone = f"http://127.0.0.1:{server.ports['keystone']}"
        login = requests.post(keystone + "/v3/auth/tokens", json=LOGIN, timeout=60)
        wire = Wire(server.ports["nova"], {"X-Auth-Token": login.headers["X-Subject-Token"]})
        yield _cost("/flavors, over a socket", lambda: wire.ask("GET", "/v2.1/flavors"), times=2000)
        wire.close()


def _cost(what: str, act: Callable[[], Any], times: int) -> Line:
    """With the journal and without, by turns."""
    mine, bare = side_by_side(act, _unnoted(act), times=times)
    cost = mine / bare - 1
    return Line(f"journal: {what}", f"{cost:+.0%}", f"{mine:.2f} ms for {bare:.2f}", "≤ 10 %", cost <= 0.1)


def _unnoted(act: Callable[[], None]) -> Callable[[], None]:
    def without() -> None:
        rooms.Note = NoNote  # type: ignore
        try:
            act()
        finally:
            rooms.Note = Note  # type: ignore

    return without
