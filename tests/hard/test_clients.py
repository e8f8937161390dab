"""Clients that are slow, idle, many, or want something that takes long: nobody else waits for them."""

import json
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from cloudlab.sim.clock import ManualClock, WallClock
from cloudlab.sim.cloud import DEFAULT_PORTS, Cloud, create_cloud
from cloudlab.sim.server import HOST, THREADS, Server
from tests.hard.runner import Inside
from tests.hard.stream import a_public_key
from tests.hard.wire import GLANCE, NOVA, Wire

SOON = 2.0  # seconds that a short call may take on a busy machine while others hold things up for longer


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    def make_cloud(ports: dict[str, int]) -> Cloud:
        path = tmp_path_factory.mktemp("cloud") / "cloud.db"
        return create_cloud(WallClock(), path, profile="instant", ports=ports, random_tokens=True)

    with Server(make_cloud, dict.fromkeys(DEFAULT_PORTS, 0)).in_thread() as running:
        yield running


@pytest.fixture
def demo(server: Server) -> Iterator[Wire]:
    wire = Wire(server.ports, timeout=30).log_in("demo", "demo")
    yield wire
    wire.close()


def connect(server: Server, service: str = "nova") -> socket.socket:
    return socket.create_connection((HOST, server.ports[service]), timeout=30)


def head(demo: Wire, method: str, path: str, length: int = 0) -> bytes:
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: x",
        f"X-Auth-Token: {demo.token}",
        f"Content-Length: {length}",
    ]
    return "\r\n".join([*lines, "Content-Type: application/octet-stream", "", ""]).encode()


def test_more_idle_connections_than_threads(server: Server, demo: Wire) -> None:
    idle = [connect(server) for _ in range(THREADS + 60)]
    assert demo.ask("GET", "nova", f"{NOVA}/flavors").ok
    for sock in idle:
        sock.close()


def test_senders_of_a_byte_now_and_then(server: Server, demo: Wire) -> None:
    """Each has sent half a request, and sends a byte more between the others' calls."""
    request = head(demo, "GET", f"{NOVA}/flavors")
    slow = [connect(server) for _ in range(THREADS + 10)]
    for sock in slow:
        sock.sendall(request[:20])
    for place in range(20, 40):
        for sock in slow:
            sock.sendall(request[place : place + 1])
        assert demo.ask("GET", "nova", f"{NOVA}/flavors").ok
    slow[0].sendall(request[40:])
    assert slow[0].recv(100).startswith(b"HTTP/1.1 200")
    for sock in slow:
        sock.close()


def test_a_slow_upload_and_a_reader_that_does_not_read(server: Server, demo: Wire) -> None:
    image = {"name": "big", "disk_format": "raw", "container_format": "bare"}
    made = [demo.ask("POST", "glance", f"{GLANCE}/images", image).json["id"] for _ in range(2)]
    data = bytes(range(256)) * 80_000  # 20 MB
    assert demo.ask("PUT", "glance", f"{GLANCE}/images/{made[0]}/file", raw=data).status == 204
    lazy, slow = connect(server, "glance"), connect(server, "glance")
    lazy.sendall(head(demo, "GET", f"{GLANCE}/images/{made[0]}/file"))
    slow.sendall(head(demo, "PUT", f"{GLANCE}/images/{made[1]}/file", 1_000_000) + bytes(400_000))
    assert demo.ask("GET", "glance", f"{GLANCE}/images/{made[1]}").json["status"] == "queued"
    assert demo.ask("POST", "nova", f"{NOVA}/os-keypairs", imported("beside")).ok
    slow.sendall(bytes(600_000))
    assert slow.recv(100).startswith(b"HTTP/1.1 204")
    assert demo.ask("GET", "glance", f"{GLANCE}/images/{made[1]}").json["size"] == 1_000_000
    assert demo.ask("GET", "glance", f"{GLANCE}/images/{made[0]}/file").content == data
    received = b""
    while len(received) < len(data):
        received += lazy.recv(1_000_000)
    assert received.endswith(data[-1000:])
    for sock in (lazy, slow):
        sock.close()


def test_a_download_and_an_upload_that_are_cut(server: Server, demo: Wire) -> None:
    image = {"name": "cut", "disk_format": "raw", "container_format": "bare"}
    made = demo.ask("POST", "glance", f"{GLANCE}/images", image).json["id"]
    cut = connect(server, "glance")
    cut.sendall(head(demo, "PUT", f"{GLANCE}/images/{made}/file", 1_000_000) + bytes(10_000))
    cut.close()
    assert demo.ask("GET", "glance", f"{GLANCE}/images/{made}").json["status"] == "queued"
    assert demo.ask("PUT", "glance", f"{GLANCE}/images/{made}/file", raw=bytes(5_000_000)).status == 204
    cut = connect(server, "glance")
    cut.sendall(head(demo, "GET", f"{GLANCE}/images/{made}/file"))
    assert cut.recv(1000)
    cut.close()
    assert len(demo.ask("GET", "glance", f"{GLANCE}/images/{made}/file").content) == 5_000_000


def test_a_thousand_connections(server: Server, demo: Wire) -> None:
    """Each asks once and stays; then all ask again."""
    request = head(demo, "GET", "/")
    many = [connect(server, "keystone") for _ in range(1000)]
    for _ in range(2):
        for sock in many:
            sock.sendall(request)
        assert all(sock.recv(100).startswith(b"HTTP/1.1 300") for sock in many)
        for sock in many:
            drain(sock)
    assert demo.ask("GET", "nova", f"{NOVA}/flavors").ok
    for sock in many:
        sock.close()


def drain(sock: socket.socket) -> None:
    """Read what is there."""
    sock.setblocking(False)
    try:
        while sock.recv(65536):
            pass
    except BlockingIOError:
        sock.settimeout(30)


def imported(name: str) -> dict:
    return {"keypair": {"name": name, "public_key": a_public_key(name)}}


def test_keys_that_are_made_hold_up_nobody(server: Server, demo: Wire) -> None:
    """Eight learners have nova make a key (each 0.2 to 1.3 s of processor); short calls beside them stay short."""

    def make(number: int) -> tuple[int, float]:
        wire = Wire(server.ports).log_in("demo", "demo")
        got = wire.ask("POST", "nova", f"{NOVA}/os-keypairs", {"keypair": {"name": f"made-{number}"}})
        wire.close()
        assert "BEGIN RSA PRIVATE KEY" in got.json["keypair"]["private_key"]
        return got.status, time.perf_counter()

    with ThreadPoolExecutor(8) as pool:
        making = [pool.submit(make, number) for number in range(8)]
        beside = []
        while not all(one.done() for one in making):
            began = time.perf_counter()
            assert demo.ask("GET", "nova", f"{NOVA}/flavors").ok
            beside.append(time.perf_counter() - began)
        ends = sorted(one.result()[1] for one in making)
        assert {one.result()[0] for one in making} == {200}
    assert len(beside) > 8 and max(beside) < min(SOON, ends[-1] - ends[0])
    found = demo.ask("GET", "nova", f"{NOVA}/os-keypairs").json["keypairs"]
    names = [one["keypair"]["name"] for one in found]
    assert sorted(name for name in names if name.startswith("made-")) == [f"made-{n}" for n in range(8)]
    assert len({one["keypair"]["fingerprint"] for one in found}) == len(found)


def test_a_name_in_use_is_refused_also_when_two_keys_are_made_at_once(server: Server) -> None:
    def make(number: int) -> int:
        wire = Wire(server.ports).log_in("demo", "demo")
        got = wire.ask("POST", "nova", f"{NOVA}/os-keypairs", {"keypair": {"name": "the same"}})
        wire.close()
        return got.status

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(make, range(3))) == [200, 409, 409]


def test_with_seeded_chance_a_key_is_the_same_every_time() -> None:
    keys = []
    for _ in range(2):
        cloud = create_cloud(ManualClock())
        demo = Inside(cloud).log_in("demo", "demo")
        got = demo.ask("POST", "nova", f"{NOVA}/os-keypairs", {"keypair": {"name": "k"}})
        keys.append(json.dumps(got.json))
        cloud.close()
    assert keys[0] == keys[1]
