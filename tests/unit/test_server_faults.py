"""A service that is down, over sockets: its port refuses, the others and the control port work on."""

import socket
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest

from cloudlab.sim import home
from cloudlab.sim.control import obey
from cloudlab.sim.server import Server, build
from tests.steered import ANY

pytestmark = pytest.mark.unjudged("breaks the cloud on purpose")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with build(home.make_folder(tmp_path / "state"), {"ports": ANY}).in_thread() as running:
        yield running


def status(server: Server, service: str) -> int:
    connection = HTTPConnection("127.0.0.1", server.ports[service], timeout=5)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status
    finally:
        connection.close()


def connects(server: Server, service: str) -> bool:
    with socket.socket() as caller:
        return caller.connect_ex(("127.0.0.1", server.ports[service])) == 0


def becomes(server: Server, service: str, wanted: bool) -> bool:
    """The server's loop follows a moment later: it is asked until it has."""
    return any(connects(server, service) is wanted for _ in range(2000))


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the port stays open, and hangs up")
def test_a_service_that_is_down_refuses_until_it_is_up(server: Server) -> None:
    obey(server.cloud, "POST", "/faults", {"kind": "down", "service": "glance"})
    assert becomes(server, "glance", False)
    with pytest.raises(ConnectionRefusedError):
        status(server, "glance")
    assert status(server, "nova") == 200
    obey(server.cloud, "POST", "/faults/clear", {})
    assert becomes(server, "glance", True) and status(server, "glance") == 300


def test_a_reset_cloud_is_whole(server: Server) -> None:
    obey(server.cloud, "POST", "/faults", {"kind": "down", "service": "glance"})
    server.reset()
    assert becomes(server, "glance", True) and status(server, "glance") == 300
    assert obey(server.cloud, "GET", "/faults", {}) == {"faults": []}
