"""Labs on a cloud whose clock is in the test's hand: in this process, and over sockets through the control port.

As for the stories in api/, a store is made once for each of the two, and its rows are put back for each test.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from requests.adapters import HTTPAdapter

from cloudlab.client.transport import Transport, around, control_in_process, control_over_sockets
from cloudlab.lab import Lab
from cloudlab.sim.clock import ManualClock, SteeredClock
from cloudlab.sim.cloud import DEFAULT_PORTS, Cloud
from cloudlab.sim.server import Server
from tests.clouds import FreshClouds

ANY = dict.fromkeys(DEFAULT_PORTS, 0)


@cache
def clouds(whose: str) -> FreshClouds:
    return FreshClouds()


@contextmanager
def lab_in_process(whose: str = "process", ports: dict[str, int] = DEFAULT_PORTS) -> Iterator[Lab]:
    """Two labs at a time need two names."""
    watch = ManualClock()
    cloud = clouds(whose).make(ports, SteeredClock(watch))
    yield Lab(lab_transport(cloud, watch))


def lab_transport(cloud: Cloud, watch: ManualClock) -> Transport:
    return around(cloud, cloud.ports, watch, control=control_in_process(cloud))


@contextmanager
def lab_over_sockets() -> Iterator[Lab]:
    watch = ManualClock()
    with Server(lambda ports: clouds("sockets").make(ports, SteeredClock(watch)), ANY).in_thread() as server:
        server.cloud.close = lambda: None  # the store is the next test's, too
        state = {"control": {"port": server.control_port, "secret": server.secret}}
        urls = {name: f"http://127.0.0.1:{port}" for name, port in server.ports.items()}
        control = control_over_sockets(state)
        lab = Lab(Transport("a cloud", "in a thread", HTTPAdapter(), watch, urls, control=control))
        yield lab
        lab._session._wire.close()


def new_server(lab: Lab, name: str = "MyFirstApiVm") -> Any:
    """The answer to the POST that makes a server; the image is looked up first."""
    image = lab.get(lab.urls["glance"] + "/v2/images?name=cirros").json()["images"][0]["id"]
    return post_server(lab, image, name)


def post_server(lab: Lab, image: str, name: str) -> Any:
    server = {"name": name, "imageRef": image, "flavorRef": "1"}
    return lab.post(lab.endpoint("compute") + "/servers", json={"server": server})


def status_of(lab: Lab, made: Any) -> str:
    url = lab.endpoint("compute") + "/servers/" + made.json()["server"]["id"]
    return lab.get(url).json()["server"]["status"]
