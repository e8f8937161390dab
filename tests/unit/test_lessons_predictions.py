"""`lab.predict`: noted before the call, judged by the exchange that comes, and explained by the register."""

import re

import pytest

from cloudlab import LabError, connect
from cloudlab.client.exchange import Exchange, Headers, Request, Response
from cloudlab.lessons.predictions import CHOICES, judge
from cloudlab.lessons.register import register
from tests.unit.learner import Learner


@pytest.fixture
def lab():
    return connect()


def answer(status=200, body=b"", method="GET", path="/v2.1/servers", marks=(), sent=b"", **headers):
    named = Headers({name.replace("_", "-"): value for name, value in headers.items()})
    request = Request(method, f"http://127.0.0.1:8774{path}", content=sent)
    return Exchange(request, Response(status, "", named, body), marks=tuple(marks))


def test_nothing_is_said_before_the_call_and_the_call_decides(lab, capsys):
    shown = lab.predict(status=200)
    assert repr(shown) == "Noted: status 200. Make the call: the wire decides."
    assert capsys.readouterr().out == ""
    lab.get(lab.urls["keystone"] + "/")
    assert capsys.readouterr().out.startswith("✗ status: you said 200. The wire says: 300. 300 is a menu.")


def test_a_right_one_is_told_so_and_only_the_next_call_counts(lab, capsys):
    lab.predict(status="300", header="location")
    lab.get(lab.urls["keystone"] + "/")
    lab.get(lab.urls["keystone"] + "/")
    assert capsys.readouterr().out.splitlines() == [
        "✓ status: you said 300, and so it is.",
        "✓ header: you said location, and so it is.",
    ]


def test_an_open_question_is_asked_and_not_judged(lab, capsys):
    shown = lab.predict(status=..., state=...)
    assert "Which status will the answer have?" in repr(shown) and "lab.predict(status=…" in repr(shown)
    assert "300" not in str(shown._repr_mimebundle_()), "the choices would give it away, if they were few"
    lab.get(lab.urls["keystone"] + "/")
    assert capsys.readouterr().out == ""


def test_a_call_that_got_no_answer_leaves_the_prediction(lab, capsys):
    lab.predict(status=300)
    with pytest.raises(LabError):
        lab.get("http://127.0.0.1:1/")
    lab.get(lab.urls["keystone"] + "/")
    assert "✓ status" in capsys.readouterr().out


def test_a_state_is_judged_at_the_end_of_a_wait(capsys):
    learner = Learner()
    lab = learner.lab
    image = learner.ask("GET", "image", "/v2/images").json()["images"][0]["id"]
    lab.predict(status=202, state="ACTIVE")
    body = {"server": {"name": "x", "imageRef": image, "flavorRef": "1"}}
    made = lab.post(lab.endpoint("compute") + "/servers", json=body)
    said = capsys.readouterr().out
    assert "✓ status" in said and "you said ACTIVE. The wire says: none. 202 is not done." in said
    lab.predict(state="active")
    lab.wait(made)
    assert "✓ state: you said active" in capsys.readouterr().out


def test_a_marked_header_or_field_is_the_one_that_was_asked_for():
    login = answer(
        201, b'{"token": {}}', "POST", "/v3/auth/tokens", ["X-Subject-Token"], X_Subject_Token="t", Vary="x"
    )
    assert judge("header", "x-subject-token", login).right
    wrong = judge("header", "Vary", login)
    assert not wrong.right and wrong.misconception.id == "token-belongs-in-a-header"
    assert judge("header", "Vary", answer(Vary="x")).right
    volume = answer(200, b'{"volume": {"attachments": [], "size": 1}}', marks=["volume.attachments"])
    assert judge("field", "attachments", volume).right and not judge("field", "size", volume).right
    assert judge("field", "volume.size", answer(200, b'{"volume": {"size": 1}}')).right


def test_of_several_that_would_do_each_is_named():
    volume = answer(200, b'{"volume": {"a": [], "b": 1}}', marks=["volume.a", "volume.b"])
    assert "The wire says: volume.a or volume.b." in str(judge("field", "c", volume))
    both = answer(202, marks=["Location", "X-Request"], Location="x", X_Request="y")
    told = str(judge("header", "Vary", both))
    assert "Location or X-Request." in told and "Location says where a thing is" in told


def test_a_token_that_was_predicted_is_not_shown(lab, capsys):
    body = {"auth": {"identity": {"methods": [], "password": {}}}}
    lab.predict(header="X-Subject-Token")
    lab.post(lab.urls["keystone"] + "/v3/auth/tokens", json=body)
    assert "The wire says:" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "Say what you expect"),
        ({"color": 1}, "Say what you expect"),
        ({"status": "ok"}, "three digits"),
        ({"status": True}, "takes a text"),
        ({"header": ""}, "takes a text"),
        ({"state": 3.5}, "takes a text"),
    ],
)
def test_what_cannot_be_predicted_is_said_at_once(lab, given, said):
    with pytest.raises(LabError, match=said):
        lab.predict(**given)


def test_what_no_misconception_explains_is_explained_by_the_statuses():
    point = judge("status", "204", answer(200))
    assert "200 says: it worked" in str(point) and "204 would say" in str(point)
    assert "no such status" in str(judge("status", "299", answer(200)))


@pytest.mark.parametrize(
    ("of", "said", "exchange", "why"),
    [
        ("header", "Location", answer(WWW_Authenticate="x"), "Www-Authenticate says who can tell"),
        ("header", "Location", answer(WWW_Authenticate="x"), "Location says where a thing is."),
        ("state", "creating", answer(200, b'{"status": "queued"}'), "waits for its bytes"),
        ("state", "BUILD", answer(202, b'{"server": {"id": "x"}}'), "names no state"),
        ("state", "gone", answer(200, b'{"volume": {"status": "available"}}'), "attached to nothing"),
    ],
)
def test_headers_and_states_say_what_they_mean(of, said, exchange, why):
    assert why.lower() in str(judge(of, said, exchange)).lower()


@pytest.mark.parametrize(
    "mark", ["keypair.private_key", "keypair.public_key.x", "keypair.list.1", "public_key"]
)
def test_a_mark_that_leads_nowhere_asks_for_nothing(mark):
    kept = answer(body=b'{"keypair": {"public_key": "k", "name": "n", "list": [1]}}', marks=[mark])
    assert judge("field", "name", kept).right
    marks = [mark, "keypair.public_key", "keypair.list.0"]
    kept = answer(body=b'{"keypair": {"public_key": "k", "name": "n", "list": [1]}}', marks=marks)
    assert judge("field", "public_key", kept).right and not judge("field", "name", kept).right


SPECIMENS = [
    ("status", "200", answer(401), "who-comes-first"),
    ("status", "403", answer(404, path="/v2.1/servers/abc"), "other-projects-stay-hidden"),
    ("status", "401", answer(403, path="/v3/users"), "known-is-not-allowed"),
    ("status", "404", answer(403, path="/v3/users"), "known-is-not-allowed"),
    ("status", "403", answer(401), "known-is-not-allowed"),
    ("status", "200", answer(401, sent=b'{\n"token": "x"}'), "token-belongs-in-a-header"),
    (
        "field",
        "list",
        answer(body=b'{"flavors": []}', path="/v2.1/flavors"),
        "lists-are-named-like-their-path",
    ),
    (
        "field",
        "private_key",
        answer(
            body=b'{"keypair": {"public_key": "k"}}', path="/v2.1/os-keypairs/x", marks=["keypair.public_key"]
        ),
        "nova-keeps-the-public-half",
    ),
    ("status", "404", answer(401, method="POST", path="/v3/auth/tokens"), "wrong-login-tells-nothing"),
    ("status", "200", answer(300), "versions-are-a-menu"),
    ("status", "404", answer(400, method="POST"), "wrong-inside-the-body"),
    ("status", "201", answer(202), "accepted-is-not-done"),
    ("status", "201", answer(200, method="POST", path="/v2.1/os-keypairs"), "microversion-default"),
    ("status", "200", answer(404, path="/v2.1/images"), "microversions-take-away-too"),
    ("status", "200", answer(404, path="/v2.1/keypairs"), "os-in-the-path"),
    ("status", "200", answer(404, path="/v2.1/flavors/m1.tiny"), "name-is-not-id"),
    ("status", "200", answer(404, path="/v2.1/server"), "resources-are-plural"),
    ("status", "200", answer(415), "content-type-decides"),
    ("status", "201", answer(409, method="POST", path="/v2.1/os-keypairs"), "names-are-taken"),
    ("status", "403", answer(413), "quota-differs"),
    ("status", "202", answer(400, path="/v3/x/volumes/1/action"), "volumes-only-grow"),
    ("status", "202", answer(400, method="DELETE", path="/v3/x/volumes/1"), "busy-things-stay"),
    ("status", "409", answer(400, method="DELETE", path="/v3/x/volumes/1"), "busy-things-stay"),
    ("status", "202", answer(400, path="/v2.1/servers/1/os-volume_attachments"), "one-server-at-a-time"),
    (
        "status",
        "202",
        answer(200, method="POST", path="/v2.1/servers/1/os-volume_attachments"),
        "attach-answers-early",
    ),
    ("status", "200", answer(204, method="DELETE"), "deleting-is-work-too"),
    ("state", "active", answer(200, b'{"status": "queued"}'), "registered-is-not-uploaded"),
    ("state", "ACTIVE", answer(200, b'{"server": {"status": "ERROR"}}'), "error-is-an-answer"),
    ("state", "gone", answer(200, b'{"server": {"status": "SHUTOFF"}}'), "stopped-is-not-deleted"),
    ("state", "available", answer(200, b'{"volume": {"status": "creating"}}'), "accepted-is-not-done"),
    (
        "field",
        "catalog",
        answer(201, b'{"token": {"user": {}}}', "POST", "/v3/auth/tokens"),
        "unscoped-token",
    ),
    ("header", "Vary", answer(201, X_Subject_Token="t", path="/v3/auth/tokens"), "token-belongs-in-a-header"),
    (
        "status",
        "202",
        answer(404, method="POST", path="/v2.1/servers/1/os-volume_attachments"),
        "snapshot-is-not-a-volume",
    ),
]


@pytest.mark.parametrize(("of", "said", "exchange", "expected"), SPECIMENS, ids=lambda value: str(value)[:30])
def test_the_misconception_behind_a_wrong_prediction(of, said, exchange, expected):
    point = judge(of, said, exchange)
    assert not point.right and point.misconception is not None
    assert point.misconception.id == expected


def test_every_misconception_can_be_met():
    met = {expected for *_, expected in SPECIMENS}
    assert {entry.id for entry in register().values() if entry.cases} <= met
    assert all(entry.cases or entry.checks for entry in register().values())


def test_the_register_is_in_good_order():
    for entry in register().values():
        assert re.fullmatch(r"[a-z-]+", entry.id)
        assert len(entry.name) < 70 and not entry.name.endswith("."), entry.name
        assert 1 <= len(re.findall(r"[.!?](?: |$)", entry.says)) <= 4, entry.says
        for case in entry.cases:
            assert case.of in CHOICES
