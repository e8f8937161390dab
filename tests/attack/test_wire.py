"""Broken HTTP on the sockets: half requests, wrong lengths, chunks, NULs, huge headers, many requests in one packet.

Whatever comes, the answer (if there is one) is HTTP of a 4xx or of the service, the server's log has no traceback, and
the next well-formed request on a new connection is answered.
"""

import json
import logging
import re
import socket
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudlab.sim.clock import ManualClock
from cloudlab.sim.cloud import create_cloud
from cloudlab.sim.server import Server
from tests.asking import login_body
from tests.attack.conftest import examples
from tests.attack.target import Bugs

SERVICES = ("keystone", "nova", "cinder", "placement", "glance", "neutron")
PATHS = (
    b"/",
    b"/v3",
    b"/v3/auth/tokens",
    b"/v2.1/servers",
    b"/v2.0/networks",
    b"/v2/images",
    b"/%00",
    b"//",
    b"*",
)
TOKEN = b'{"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "demo"}}}}}'


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A cloud behind its real server, on free ports; nothing may be logged as an error."""

    def make_cloud(ports: dict[str, int]):  # type: ignore[no-untyped-def]
        return create_cloud(clock=ManualClock(), ports=ports)

    bugs = Bugs()
    logs = [logging.getLogger(name) for name in ("cloudlab.sim", "waitress")]
    for log in logs:
        log.addHandler(bugs)
    logging.getLogger("waitress.queue").setLevel(logging.CRITICAL)
    one = Server(make_cloud, wanted=dict.fromkeys(SERVICES, 0))
    one.bugs = bugs  # type: ignore[attr-defined]
    with one.in_thread():
        yield one
    for log in logs:
        log.removeHandler(bugs)


def shout(server: Server, service: str, said: list[bytes], patience: float = 0.5) -> bytes:
    """Send the pieces on one connection, say that there will be no more, and read all that comes back."""
    with socket.create_connection(("127.0.0.1", server.ports[service]), timeout=patience) as sock:
        heard = b""
        try:
            for piece in said:
                sock.sendall(piece)
            sock.shutdown(socket.SHUT_WR)
            while got := sock.recv(65536):
                heard += got
        except OSError:
            pass  # it closed, or says nothing
        return heard


def proper(heard: bytes) -> list[int]:
    """The statuses of the answers on one connection. AssertionError when it is no HTTP."""
    statuses, left = [], heard
    while left:
        head, found, rest = left.partition(b"\r\n\r\n")
        line = re.match(rb"HTTP/1\.[01] (\d{3}) ", head)
        assert found and line, left[:200]
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", head)
        statuses.append(int(line[1]))
        size = int(length[1]) if length and line[1] != b"100" else 0
        assert len(rest) >= size or line[1] == b"200"
        left = rest[size:]
    return statuses


def check(server: Server, service: str, said: list[bytes]) -> list[int]:
    heard = shout(server, service, said)
    statuses = proper(heard)
    assert not [status for status in statuses if status >= 500 and status not in (501, 505)], heard[:500]
    assert b"Traceback" not in heard
    assert server.bugs.found == [], server.bugs.found  # type: ignore[attr-defined]
    return statuses


methods = st.sampled_from([b"GET", b"POST", b"PUT", b"get", b"", b"G\x00T", b"X" * 300, b"\xff", b"PRI"])
targets = (
    st.sampled_from(PATHS) | st.binary(max_size=6) | st.just(b"/" + b"a" * 2000) | st.just(b"http://evil/v3")
)
protocols = st.sampled_from(
    [b" HTTP/1.1", b" HTTP/1.0", b"", b" HTTP/9.9", b" HTTP/1.1 x", b" http/1.1", b" HTTP/2.0"]
)
names = st.sampled_from(
    [b"Content-Length", b"Transfer-Encoding", b"Expect", b"Connection", b"Host", b"X-Auth-Token", b"X_Auth_Token",
     b"Content-Type", b"Upgrade", b"Accept", b"X-Subject-Token", b"", b"A b", b"X\x00Y", b"OpenStack-API-Version"]
)  # fmt: skip
values = st.sampled_from(
    [b"0", b"5", b"-1", b"+5", b"5, 5", b"0x5", b"99999999999999999999", b"\xd9\xa3", b"5 5", b"chunked",
     b"gzip, chunked", b"identity", b"chunked, chunked", b"100-continue", b"close", b"keep-alive, Upgrade", b"h2c",
     b"a\x00b", b"\xff\xfe", b"x" * 5000, b"x" * 300_000, b"", b"application/json", b"compute latest", b"a\r\n folded",
     b"a\rb", b"\x7f", b"1\n2"]
)  # fmt: skip
bodies = st.sampled_from(
    [b"", b"{}", TOKEN, b"5\r\nhello\r\n0\r\n\r\n", b"5\r\nhel", b"zz\r\n", b"-5\r\n", b"ffffffffffffffff\r\n",
     b"5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n", b"\x00" * 40, b"0\r\n\r\nGET / HTTP/1.1\r\n\r\n", b"x" * 200_000]
)  # fmt: skip


@st.composite
def messages(draw: st.DrawFn) -> bytes:
    """Something like a request."""
    line = draw(methods) + b" " + draw(targets) + draw(protocols)
    end = draw(st.sampled_from([b"\r\n"] * 6 + [b"\n", b"\r", b"\r\n\r\n"]))
    headers = draw(st.lists(st.tuples(names, values), max_size=4))
    lines = [line, *(name + b": " + value for name, value in headers)]
    return end.join(lines) + draw(st.sampled_from([end * 2] * 6 + [b"", end])) + draw(bodies)


def test_broken_requests_break_nothing(server: Server) -> None:
    @examples(220)
    @given(st.sampled_from(SERVICES), st.lists(messages(), min_size=1, max_size=3))
    def property_(service: str, said: list[bytes]) -> None:
        check(server, service, said)

    property_()
    assert check(server, "keystone", [b"GET /v3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"]) == [200]


def test_any_bytes_break_nothing(server: Server) -> None:
    @examples(60)
    @given(st.sampled_from(SERVICES), st.binary(max_size=80))
    def property_(service: str, said: bytes) -> None:
        check(server, service, [said, b"\r\n\r\n"])

    property_()
    assert check(server, "nova", [b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"]) == [200]


def request(length: bytes, body: bytes = TOKEN) -> bytes:
    head = (
        b"POST /v3/auth/tokens HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nConnection: close\r\n"
    )
    return head + length + b"\r\n\r\n" + body + b"\r\n"


@pytest.mark.parametrize(
    "length",
    [b"Content-Length: abc", b"Content-Length: -1", b"Content-Length: +5", b"Content-Length: 0x5",
     b"Content-Length: 5\r\nContent-Length: 6", b"Content-Length: 5, 5", b"Content-Length: 9999999999999999999999",
     b"Transfer-Encoding: gzip", b"Content-Length: 4\r\nTransfer-Encoding: chunked"],
)  # fmt: skip
def test_a_length_that_is_none_is_refused(server: Server, length: bytes) -> None:
    statuses = check(server, "keystone", [request(length)])
    assert statuses and all(status in (400, 413, 501) for status in statuses), statuses


def test_chunks_are_a_body(server: Server) -> None:
    parts = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (TOKEN[:7], TOKEN[7:]))
    heard = shout(server, "keystone", [request(b"Transfer-Encoding: chunked", parts + b"0\r\n\r\n")])
    whole = shout(server, "keystone", [request(b"Content-Length: %d" % len(TOKEN))])
    assert proper(heard) == proper(whole) == [400]
    assert heard.endswith(whole.partition(b"\r\n\r\n")[2]) and b"Expecting to find" in whole


def test_half_a_request_holds_up_nobody(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.ports["nova"])) as waiting:
        waiting.sendall(b"POST /v2.1/servers HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{")
        assert check(server, "nova", [b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"]) == [200]


def test_many_in_one_packet_are_answered_in_order(server: Server) -> None:
    pipeline = [
        b"GET %s HTTP/1.1\r\nHost: a\r\n\r\n" % path for path in (b"/", b"/v2.1", b"/nothing", b"/v2.1")
    ]
    last = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert check(server, "nova", [b"".join([*pipeline, last])]) == [200, 200, 401, 200, 200]


def test_no_header_is_another_for_a_dash(server: Server) -> None:
    """X_Auth_Token is no X-Auth-Token: proxies drop or keep it, so it must not count."""
    body = json.dumps(login_body("demo", "demo")).encode()
    heard = shout(server, "keystone", [request(b"Content-Length: %d" % len(body), body)])
    found = re.search(rb"(?i)x-subject-token: (\S+)", heard)
    assert found
    ask = b"GET /v2.1/flavors HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s: " + found[1] + b"\r\n\r\n"
    assert check(server, "nova", [ask % b"X_Auth_Token"]) == [401]
    assert check(server, "nova", [ask % b"X-Auth-Token"]) == [200]
