"""The talk's own lines on a real cloud: they go to its services, and a note says so."""

from cloudlab.client.curl_line import read_curl
from cloudlab.client.http_text import read_http
from cloudlab.client.placeholders import TALKS_PORTS, fill
from cloudlab.sim.cloud import DEFAULT_PORTS
from tests.realish import real_lab
from tests.steered import lab_in_process

HTTP = "GET /v3 HTTP/1.1\nHost: 127.0.0.1:5000\nAccept: application/json\n"
CURL = 'curl -s "http://localhost:8774/v2/p/flavors?limit=1"'


def elsewhere():
    session = real_lab()._session
    session.transport.urls |= {
        "keystone": "https://cloud.example/identity",
        "nova": "https://cloud.example/compute",
    }
    return session


def test_the_talks_address_becomes_the_clouds_own():
    asked = fill(read_http(HTTP), elsewhere(), "")
    assert asked.url == "https://cloud.example/identity/v3"
    assert asked.headers == {"Accept": "application/json"}
    assert asked.notes == (
        "127.0.0.1:5000 is the talk's keystone. On this cloud it is https://cloud.example/identity.",
    )
    assert fill(read_curl(CURL), elsewhere(), "").url == "https://cloud.example/compute/v2/p/flavors?limit=1"


def test_the_talks_ports_are_the_embedded_clouds():
    assert {int(port): name for port, name in TALKS_PORTS.items()} == {v: k for k, v in DEFAULT_PORTS.items()}


def test_other_addresses_stay_as_they_are():
    for url in ("http://127.0.0.1:8888/v3", "http://192.0.2.1:5000/v3", "https://cloud.example/identity/v3"):
        assert fill(read_curl(f"curl {url}"), elsewhere(), "").url == url
    with lab_in_process("placeholders") as lab:
        assert fill(read_http(HTTP), lab._session, "").url == "http://127.0.0.1:5000/v3"
