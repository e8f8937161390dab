"""Calls: what is sent, what comes back, when a token goes along, and what a learner reads when nothing answers."""

import io

import pytest
import requests

from cloudlab import LabError
from cloudlab.client.transport import WsgiAdapter
from cloudlab.lab import Lab
from tests.unit.tiny_cloud import KEYSTONE, NOVA, PORTS, TOKEN, TinyCloud, log_in, tiny_lab, tiny_transport


def test_an_exchange_has_the_names_of_requests():
    lab, app = tiny_lab()
    app.on("GET", "/v2.1/servers", (200, {"X-Thing": "1"}, {"servers": []}))
    r = lab.get(f"{NOVA}/servers", params={"limit": 2})
    assert (r.status_code, r.ok, r.reason) == (200, True, "Reason")
    assert r.json() == {"servers": []} and r.text == '{"servers": []}' and r.content == b'{"servers": []}'
    assert r.headers["x-thing"] == "1"
    assert r.url == f"{NOVA}/servers?limit=2" == r.request.url
    assert app.seen[-1]["QUERY_STRING"] == "limit=2" and app.seen[-1]["SERVER_PORT"] == "8774"
    r.raise_for_status()


def test_an_error_answer_is_an_answer():
    lab, _ = tiny_lab()
    r = lab.get(f"{NOVA}/nothing")
    assert r.status_code == 404 and not r.ok and not r
    with pytest.raises(requests.HTTPError, match="404 Client Error"):
        r.raise_for_status()


def test_a_body_that_is_no_json_says_so():
    lab, app = tiny_lab()
    app.on("GET", "/v2.1/file", (200, {}, b"\x00\x01"))
    with pytest.raises(ValueError, match="not JSON"):
        lab.get(f"{NOVA}/file").json()


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "head", "options"])
def test_every_method_is_there(method):
    lab, app = tiny_lab()
    app.on(method.upper(), "/v2.1/x", (204, {}, b""))
    assert getattr(lab, method)(f"{NOVA}/x").status_code == 204


def test_json_and_bytes_arrive_as_sent():
    lab, app = tiny_lab()
    lab.post(f"{NOVA}/x", json={"a": 1})
    assert app.bodies[-1] == b'{"a": 1}' and app.seen[-1]["CONTENT_TYPE"] == "application/json"
    r = lab.put(f"{NOVA}/x", data=io.BytesIO(b"\x00\xff"))
    assert app.bodies[-1] == b"\x00\xff" == r.request.content and app.seen[-1]["CONTENT_LENGTH"] == "2"
    lab.put(f"{NOVA}/x", data=(part for part in (b"a", b"b")))
    assert app.bodies[-1] == b"ab"
    lab.post(f"{NOVA}/x", data="schlüssel")
    assert app.bodies[-1] == "schlüssel".encode()


def test_no_token_before_it_is_set_and_none_after_it_is_taken_away():
    lab, app = tiny_lab()
    lab.get(f"{NOVA}/x")
    assert "HTTP_X_AUTH_TOKEN" not in app.seen[-1]
    log_in(lab)
    assert "sent with ‹token 1›" in str(lab.get(f"{NOVA}/x"))
    assert app.seen[-1]["HTTP_X_AUTH_TOKEN"] == TOKEN
    lab.token = None
    assert "sent without a token" in str(lab.get(f"{NOVA}/x"))
    assert "HTTP_X_AUTH_TOKEN" not in app.seen[-1]


def test_a_calls_own_header_goes_first_whatever_its_case():
    lab, app = tiny_lab()
    log_in(lab)
    lab.get(f"{NOVA}/x", headers={"x-auth-token": "mine"})
    assert app.seen[-1]["HTTP_X_AUTH_TOKEN"] == "mine"
    lab.get(f"{NOVA}/x", headers={"X-Auth-Token": None})
    assert "HTTP_X_AUTH_TOKEN" not in app.seen[-1]


@pytest.mark.parametrize("value", ["", " a", "a\n", 5, {"X-Subject-Token": "a"}])
def test_what_is_no_token_is_refused(value):
    lab, _ = tiny_lab()
    with pytest.raises(LabError, match="X-Subject-Token"):
        lab.token = value


class Anywhere(WsgiAdapter):
    """Answers for every host, to see what a stranger would be sent."""

    def send(self, request, *args, **kwargs):
        request.url = request.url.replace("http://stranger.example", KEYSTONE)
        return super().send(request)


def test_the_token_goes_to_this_cloud_only_even_by_redirect():
    app = TinyCloud()
    transport = tiny_transport(app)
    transport.adapter = Anywhere(app, set(PORTS.values()))
    lab = Lab(transport)
    log_in(lab)
    lab.get("http://stranger.example/x")
    assert "HTTP_X_AUTH_TOKEN" not in app.seen[-1]
    app.on("GET", "/v2.1/moved", (302, {"Location": "http://stranger.example/x"}, {}))
    lab.get(f"{NOVA}/moved", allow_redirects=True)
    assert app.seen[-1]["PATH_INFO"] == "/x" and "HTTP_X_AUTH_TOKEN" not in app.seen[-1]


def test_a_redirect_is_seen_and_followed_only_when_asked():
    lab, app = tiny_lab()
    app.on("GET", "/v2.1", (302, {"Location": f"{NOVA}/"}, {}))
    app.on("GET", "/v2.1/", (200, {}, {"version": {}}))
    assert lab.get(NOVA).status_code == 302
    assert lab.get(NOVA, allow_redirects=True).status_code == 200
    assert [e.status_code for e in lab.history] == [302, 302, 200]


def test_how_long_it_took_comes_from_the_labs_clock():
    lab, _ = tiny_lab()
    assert [lab.get(f"{NOVA}/x").elapsed.total_seconds() for _ in range(3)] == [0.05] * 3


def broken(environ, start_response):
    raise ZeroDivisionError("deep inside")


def test_a_bug_of_the_cloud_is_one_sentence_without_its_insides():
    lab = Lab(tiny_transport(broken))
    with pytest.raises(LabError) as caught:
        lab.get(f"{NOVA}/x")
    assert "bug of the kit" in str(caught.value) and "deep inside" not in str(caught.value)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:5001/v3", "Nothing listens"),
        ("https://127.0.0.1:5000/v3", "Nothing listens|does not answer"),
        ("127.0.0.1:5000/v3", "not a whole URL"),
        ("/v3", "not a whole URL"),
        ("http://", "not a whole URL"),
        ("http://127.0.0.1:port/", "not a whole URL"),
    ],
)
def test_a_url_that_leads_nowhere_says_what_to_do(url, words):
    lab, app = tiny_lab()
    with pytest.raises(LabError, match=words):
        lab.get(url)
    assert not app.seen and len(lab.history) == 0


class Failing(WsgiAdapter):
    def __init__(self, error: Exception) -> None:
        super().__init__(broken, set())
        self.error = error

    def send(self, request, *args, **kwargs):
        raise self.error


@pytest.mark.parametrize(
    ("error", "url", "words"),
    [
        (requests.ConnectionError("refused"), f"{NOVA}/x", "python -m cloudlab up"),
        (
            requests.ConnectionError("Failed to resolve 'nowhere'"),
            "http://nowhere/x",
            "no host named nowhere",
        ),
        (requests.ReadTimeout("slow"), f"{NOVA}/x", "within 60 s"),
    ],
)
def test_a_cloud_that_cannot_be_reached_says_what_to_do(error, url, words):
    transport = tiny_transport(broken)
    transport.adapter = Failing(error)
    with pytest.raises(LabError, match=words):
        Lab(transport).get(url)


def test_wrong_arguments_are_explained():
    lab, _ = tiny_lab()
    with pytest.raises(LabError, match="header has a value"):
        lab.get(f"{NOVA}/x", headers={"X-A": "a\nb"})
    with pytest.raises(LabError, match="json="):
        lab.post(f"{NOVA}/x", json=float("nan"))


def test_a_lab_error_in_a_notebook_is_its_sentence_only():
    assert LabError("Do this.")._render_traceback_() == ["LabError: Do this."]


def test_nothing_of_the_machine_is_sent_along(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password mine\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    lab, app = tiny_lab()
    assert lab.get(f"{NOVA}/x").status_code == 404
    assert "HTTP_AUTHORIZATION" not in app.seen[-1]


def test_history_keeps_order_and_purpose_and_looks_like_a_table():
    lab, _ = tiny_lab()
    lab.get(f"{NOVA}/a")
    lab.get(f"{NOVA}/b")
    assert [e.ordinal for e in lab.history] == [1, 2] and len(lab.history.by("learner")) == 2
    assert ":8774/v2.1/a" in repr(lab.history) and "<table>" in lab.history._repr_mimebundle_()["text/html"]
