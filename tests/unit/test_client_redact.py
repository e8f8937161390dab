"""No secret reaches anything that is shown, copied or recorded; the learner's own values stay true."""

import json

import pytest

from cloudlab.client.exchange import Exchange, Headers, Request, Response
from cloudlab.client.redact import HIDDEN, Redactor
from cloudlab.lab import Lab
from tests.unit.tiny_cloud import KEYSTONE, NOVA, TOKEN, TinyCloud, log_in, tiny_lab, tiny_transport

SECRET = "hunter2-and-more"
BODY = {
    "auth": {
        "identity": {"methods": ["password"], "password": {"user": {"name": "demo", "password": SECRET}}},
        "passwordCredentials": {"username": "demo", "password": SECRET},
    },
    "server": {"adminPass": SECRET, "name": "vm"},
    "changePassword": {"adminPass": SECRET},
    "user": {"original_password": SECRET, "password": SECRET},
    "keypair": {"private_key": SECRET, "public_key": "ssh-rsa AAAA"},
    "list": [{"secret": SECRET}],
}


def looks(exchange: Exchange) -> str:
    """Everything that an exchange shows of itself, in one text."""
    bundle = exchange._repr_mimebundle_()
    parts = [repr(exchange), str(exchange), exchange.as_text(full=True), *bundle.values()]
    parts += [exchange.as_curl(), exchange.as_requests(), exchange.as_raw()]
    parts += [
        repr(p) for p in (exchange.request, exchange.response, exchange.headers, exchange.request.headers)
    ]
    return "\n".join(parts)


def test_nothing_that_is_shown_holds_a_secret_and_the_values_stay_true():
    lab, app = tiny_lab()
    log_in(lab)
    app.on("POST", "/v2.1/echo", (200, {"Set-Cookie": SECRET, "X-Subject-Token": TOKEN}, BODY))
    r = lab.post(
        f"{NOVA}/echo", json=BODY, headers={"Authorization": SECRET, "X-Service-Token": "service-" + SECRET}
    )
    for text in (looks(r), looks(lab.history[-1]), repr(lab.history), repr(lab)):
        assert SECRET not in text and TOKEN not in text and TOKEN[:8] not in text
    assert "public_key" in str(r) and "ssh-rsa AAAA" in str(r)
    assert r.json() == BODY and r.headers["X-Subject-Token"] == TOKEN
    assert json.loads(app.bodies[-1]) == BODY and app.seen[-1]["HTTP_AUTHORIZATION"] == SECRET


def test_an_exchange_without_a_session_hides_too():
    sent = Request("POST", f"{NOVA}/x", Headers({"X-Auth-Token": TOKEN}), json.dumps(BODY).encode())
    exchange = Exchange(
        sent, Response(200, "OK", Headers({"X-Subject-Token": TOKEN}), json.dumps(BODY).encode())
    )
    assert SECRET not in looks(exchange) and TOKEN not in looks(exchange)


def test_the_same_token_has_the_same_number():
    hide = Redactor()
    assert hide.header("X-Subject-Token", "aaaaaaaaaaaaaaaa") == "‹token 1›"
    assert hide.header("X-Auth-Token", "bbbbbbbbbbbbbbbb") == "‹token 2›"
    assert hide.header("x-auth-token", "aaaaaaaaaaaaaaaa") == "‹token 1›"
    assert hide.token("‹token 1›") == "‹token 1›"


def test_the_published_password_is_shown_only_where_it_is_published():
    body = json.dumps({"password": "secret"}).encode()
    assert Redactor({"secret"}).body(body) == body
    assert json.loads(Redactor().body(body)) == {"password": HIDDEN}
    transport = tiny_transport(TinyCloud())
    transport.published = frozenset()
    lab = Lab(transport)
    assert '"secret"' not in str(lab.post(f"{NOVA}/x", json={"password": "secret"}))


def test_a_token_in_v2_bodies_and_urls():
    lab, app = tiny_lab()
    token = "c5eb66493c0445e2aef0b2d65c79333f"
    app.on(
        "POST",
        "/v2.0/tokens",
        (200, {}, {"access": {"token": {"id": token, "expires": "x"}, "user": {"id": "u"}}}),
    )
    r = lab.post(f"{KEYSTONE}/v2.0/tokens", json={"auth": {"token": {"id": token}}})
    assert r.json()["access"]["token"]["id"] == token
    again = lab.get(f"{KEYSTONE}/v2.0/tokens/{token}")
    for text in (looks(r), looks(again), repr(lab.history)):
        assert token not in text
    assert '"id": "u"' in str(r)
    assert again.url.endswith(token)


@pytest.mark.parametrize(
    "text",
    [
        '{"auth": {"password": "hunter2-and-more", }',
        "password=hunter2-and-more&user=demo",
        "{'password': 'hunter2-and-more'}",
        '{"adminPass": "hunter2-and-more',
        "see http://127.0.0.1:6080/vnc?token=hunter2-and-more",
    ],
)
def test_a_body_that_is_no_json_hides_too(text):
    hidden = Redactor().body(text.encode()).decode()
    assert SECRET not in hidden and HIDDEN in hidden


def test_an_escaped_key_is_still_the_key():
    hidden = Redactor().body(b'{"\\u0070assword": "hunter2-and-more"}').decode()
    assert json.loads(hidden) == {"password": HIDDEN}


def test_json_without_a_secret_keeps_its_own_spelling():
    for body in (b'{"a":1,\n "b" : "\xc3\xa9"}', b'"text"', b"[]", b"", b"\xff\x00"):
        assert Redactor().body(body) == body


def test_a_short_nonsense_token_does_not_hide_ordinary_words():
    lab, _ = tiny_lab()
    lab.token = "o"
    assert "no such thing" in str(lab.get(f"{NOVA}/x"))
    assert "‹token 1›" in str(lab.history[-1])


def test_long_bodies_are_counted_not_kept():
    lab, _ = tiny_lab()
    r = lab.put(f"{NOVA}/file", data=b"\x00" * 300_000)
    assert len(r.request.content) == 300_000
    assert lab.history[-1].request.content == b"" and lab.history[-1].request.size == 300_000
    assert "300,000 bytes" in str(r) and "300,000 bytes" in r.as_raw()
