"""The sockets: who answers on which port, what never leaks, and how the cloud behind them is replaced."""

import json
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from types import SimpleNamespace

import pytest

from cloudlab.sim import home
from cloudlab.sim.clock import ManualClock
from cloudlab.sim.cloud import DEFAULT_PORTS, Cloud, create_cloud
from cloudlab.sim.faults import Faults
from cloudlab.sim.home import SECRET_HEADER
from cloudlab.sim.server import HOST, Gate, Server

ANY = dict.fromkeys(DEFAULT_PORTS, 0)
PASSWORD = {"user": {"name": "demo", "domain": {"id": "default"}, "password": "secret"}}
LOGIN = {
    "auth": {
        "identity": {"methods": ["password"], "password": PASSWORD},
        "scope": {"project": {"name": "demo", "domain": {"id": "default"}}},
    }
}


def make_cloud(ports: dict[str, int]) -> Cloud:
    return create_cloud(clock=ManualClock(), ports=ports, profile="instant")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(make_cloud, ANY).in_thread() as running:
        yield running


class Echo:
    """Stands in for a cloud: says which port was asked, how often it was ticked, and whether it was closed."""

    def __init__(self, ports: dict[str, int]) -> None:
        self.ticked, self.closed = threading.Event(), False
        self.faults = Faults(threading.RLock())

    def __call__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [f"{environ['SERVER_PORT']} {len(environ['wsgi.input'].read())}".encode()]

    def run_due(self) -> None:
        self.ticked.set()

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def echo() -> Iterator[Server]:
    with Server(Echo, {"keystone": 0, "nova": 0}).in_thread() as running:
        yield running


def ask(port: int, method: str = "GET", path: str = "/", body: bytes | None = None, **headers: str):
    connection = HTTPConnection(HOST, port, timeout=10)
    connection.request(method, path, body, {k.replace("_", "-"): v for k, v in headers.items()})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer, content


def wire(port: int, request: bytes) -> bytes:
    """Send bytes as they are; read until the server closes."""
    with socket.create_connection((HOST, port), timeout=10) as sock:
        sock.sendall(request)
        return b"".join(iter(lambda: sock.recv(65536), b""))


def login(server: Server) -> dict:
    _, content = ask(server.ports["keystone"], "POST", "/v3/auth/tokens", json.dumps(LOGIN).encode())
    return json.loads(content)["token"]


def test_the_listening_port_chooses_the_service_and_host_does_not(echo):
    nova = echo.ports["nova"]
    _, content = ask(nova, Host=f"127.0.0.1:{echo.ports['keystone']}")
    assert content == f"{nova} 0".encode()


def test_only_the_loopback_is_listened_on(echo):
    ends = [d.socket.getsockname() for d in echo._server.map.values() if getattr(d, "accepting", False)]
    assert len(ends) == 3  # two services and control
    assert {host for host, _ in ends} == {"127.0.0.1"}


def test_no_program_names_itself(server):
    answer, _ = ask(server.ports["keystone"], path="/v3")
    assert answer.getheader("Server") is None
    assert answer.getheader("Via") is None


def test_a_taken_port_moves_alone_and_the_catalog_follows():
    with socket.create_server((HOST, 0)) as stranger, socket.create_server((HOST, 0)) as free:
        taken, kept = stranger.getsockname()[1], free.getsockname()[1]
        free.close()
        with Server(make_cloud, {**ANY, "nova": taken, "glance": kept}).in_thread() as server:
            assert server.moved == {"nova": taken}
            assert server.ports["glance"] == kept
            urls = {s["name"]: s["endpoints"][0]["url"] for s in login(server)["catalog"]}
            assert f":{server.ports['nova']}/" in urls["nova"]
            assert f":{kept}" in urls["glance"]


def test_the_catalog_over_sockets_names_the_real_ports(server):
    urls = json.dumps(login(server)["catalog"])
    assert all(
        f"http://127.0.0.1:{server.ports[s]}" in urls for s in ("keystone", "nova", "cinder", "neutron")
    )


def test_head_has_headers_and_no_body(server):
    answer, content = ask(server.ports["keystone"], "HEAD", "/v3")
    assert answer.status == 200
    assert content == b""


@pytest.mark.parametrize(
    "request_line",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
    ],
)
def test_what_is_no_http_gets_a_400_and_the_server_lives(server, request_line):
    assert b" 400 " in wire(server.ports["nova"], request_line).split(b"\r\n")[0]
    assert ask(server.ports["keystone"], path="/v3")[0].status == 200


def test_expect_100_continue(echo):
    head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    with socket.create_connection((HOST, echo.ports["nova"]), timeout=10) as sock:
        sock.sendall(head)
        assert sock.recv(100).startswith(b"HTTP/1.1 100 Continue")
        sock.sendall(b"abc")
        assert b" 3" in b"".join(iter(lambda: sock.recv(65536), b""))


def test_a_body_over_openstacks_limit_is_413(server):
    body = json.dumps({"auth": {"padding": "x" * 114_688}}).encode()
    assert ask(server.ports["keystone"], "POST", "/v3/auth/tokens", body)[0].status == 413


def test_a_large_upload_gets_through_to_the_cloud(echo):
    _, content = ask(echo.ports["nova"], "PUT", "/", b"x" * 3_000_000)
    assert content.endswith(b" 3000000")


def test_a_chunked_upload_gets_through_whole(echo):
    connection = HTTPConnection(HOST, echo.ports["nova"], timeout=10)
    connection.request("PUT", "/", iter([b"abc", b"defg"]), encode_chunked=True)
    assert connection.getresponse().read().endswith(b" 7")
    connection.close()


def test_the_ticker_brings_the_cloud_up_to_the_clock_without_a_request(echo):
    assert echo.cloud.ticked.wait(5)


def test_control_says_who_it_is_to_anybody_and_nothing_else_without_the_secret(server):
    _, content = ask(server.control_port)
    assert json.loads(content) == {"instance_id": server.instance_id}
    for method, path in (("GET", "/info"), ("POST", "/stop"), ("POST", "/reset"), ("GET", "/nowhere")):
        assert ask(server.control_port, method, path)[0].status == 403
        assert ask(server.control_port, method, path, **{SECRET_HEADER: "wrong"})[0].status == 403


def test_control_with_the_secret(server):
    answer, content = ask(server.control_port, path="/info", **{SECRET_HEADER: server.secret})
    assert json.loads(content)["ports"] == server.ports
    answer, content = ask(server.control_port, path="/nowhere", **{SECRET_HEADER: server.secret})
    assert answer.status == 404
    answer, _ = ask(server.control_port, "POST", "/reset", b"[1", **{SECRET_HEADER: server.secret})
    assert answer.status == 400


def test_reset_replaces_the_cloud_and_keeps_the_ports(echo):
    old, between = echo.cloud, []
    echo._before_reset = lambda: between.append(old.closed)
    echo.reset()
    assert between == [True]
    assert echo.cloud is not old
    assert ask(echo.ports["nova"])[0].status == 200


def test_reset_forgets_what_was_made():
    def unpredictable(ports: dict[str, int]) -> Cloud:
        return create_cloud(clock=ManualClock(), ports=ports, random_tokens=True)

    with Server(unpredictable, ANY).in_thread() as server:
        port = server.ports["keystone"]
        first = login(server)
        answer, _ = ask(port, "POST", "/v3/auth/tokens", json.dumps(LOGIN).encode())
        token = answer.getheader("X-Subject-Token")
        assert ask(port, path="/v3/auth/catalog", X_Auth_Token=token)[0].status == 200
        server.reset()
        assert ask(port, path="/v3/auth/catalog", X_Auth_Token=token)[0].status == 401
        assert login(server)["user"] == first["user"]


def test_the_gate_waits_for_those_inside():
    gate, order = Gate(), []
    inside, leave = threading.Event(), threading.Event()

    def visitor() -> None:
        with gate.shared():
            inside.set()
            leave.wait(5)
            order.append("visitor left")

    def worker() -> None:
        with gate.exclusive():
            order.append("work")

    threads = [threading.Thread(target=visitor), threading.Thread(target=worker)]
    threads[0].start()
    inside.wait(5)
    threads[1].start()
    leave.set()
    for thread in threads:
        thread.join()
    assert order == ["visitor left", "work"]


def test_a_cloud_that_cannot_be_made_leaves_no_socket_open():
    bound: dict[str, int] = {}

    def fails(ports: dict[str, int]) -> Cloud:
        bound.update(ports)
        raise RuntimeError("no cloud today")

    with pytest.raises(RuntimeError):
        Server(fails, ANY)
    with socket.create_server((HOST, bound["nova"])):
        pass


class OlderCloud:
    """A connection to a cloud that was started by an earlier kit: its refusals are English, and nothing more."""

    def __init__(self, *where, **options): ...

    def request(self, *asked): ...

    def getresponse(self):
        return SimpleNamespace(status=400, read=lambda: b'{"error": "there is no file x"}')

    def close(self): ...


def test_an_older_clouds_refusal_is_told_as_it_is(monkeypatch):
    monkeypatch.setattr("http.client.HTTPConnection", OlderCloud)
    with pytest.raises(home.HomeError, match="there is no file x"):
        home.control({"control": {"port": 1, "secret": "s"}}, "POST", "/restore")
