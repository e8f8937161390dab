"""`%%http` and `%%curl` in a real IPython shell, on the embedded cloud."""

import sys
from pathlib import Path

import pytest

from cloudlab.client.errors import LabError
from cloudlab.lab import connect
from cloudlab.show.curl import OWN
from tests.asking import login_body
from tests.unit.a_shell import a_shell
from tests.unit.learner import Learner

LINES = Path(__file__).parents[1] / "talk" / "lines"


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    with a_shell(tmp_path_factory.mktemp("ipython")) as shell:
        yield shell


@pytest.fixture
def learner(shell):
    return Learner("admin")


@pytest.fixture(scope="module")
def refused(shell):
    """A lab whose calls are never sent. Tests with a lab of their own come first."""
    return Learner("admin").lab


def run(shell, magic, text, name=""):
    """What a cell with the magic gives. Raises what the cell raises."""
    result = shell.run_cell(f"%%{magic} {name}\n{text}")
    if result.error_in_exec:
        raise result.error_in_exec
    return result.result


def talk(name: str) -> str:
    return (LINES / f"{name}.sh").read_text()


def test_the_talk_as_it_stands(shell, learner, capsys):
    lab = learner.lab
    assert run(shell, "curl", talk("1-flavors")).status_code == 200
    assert run(shell, "curl", talk("3-keypair")).json()["keypair"]["public_key"] == lab.public_key
    assert run(shell, "curl", talk("4-server"), "made").status_code == 202
    server = shell.user_ns["made"].json()["server"]["id"]
    volume = run(shell, "curl", talk("5-volume")).json()["volume"]["id"]
    learner.until("compute", f"/servers/{server}", "ACTIVE")
    learner.until("block-storage", f"/volumes/{volume}", "available")
    ids = talk("6-attach").replace("[YOUR_SERVER_ID]", server).replace("[YOUR_VOLUME_ID]", volume)
    assert run(shell, "curl", ids).json()["volumeAttachment"]["device"] == "/dev/vdd"
    said = capsys.readouterr().out
    assert "[YOUR_AUTH_TOKEN] stands for lab.token here." in said
    assert "$1 stands for lab.token here." in said
    assert "[YOUR_PUBLIC_KEY] stands for lab.public_key here." in said
    assert said.count("[YOUR_TENANT_ID] stands for the project of lab.token here.") == 5
    assert lab.token not in said


def test_a_pasted_request_is_sent_as_it_is_and_recorded(shell, learner, capsys):
    lab = learner.lab
    refused = run(shell, "http", f"GET {lab.endpoint('compute')}/flavors")
    assert refused.status_code == 401 and "X-Auth-Token" not in refused.request.headers
    assert "No X-Auth-Token in what you pasted, so none was sent." in capsys.readouterr().out
    text = "GET /v2.1/flavors HTTP/1.1\nHost: 127.0.0.1:8774\nX-Auth-Token: ${OS_TOKEN}\n"
    answer = run(shell, "http", text, "kept")
    assert answer is shell.user_ns["kept"] and answer.status_code == 200
    assert lab.history[-1].url == answer.url and lab.history[-1].purpose == "learner"
    assert "No X-Auth-Token" not in capsys.readouterr().out


def test_what_was_predicted_is_decided_by_a_pasted_request(shell, learner, capsys):
    learner.lab.predict(status=200)
    run(shell, "http", f"GET {learner.lab.urls['nova']}/v2.1/servers")
    assert "✗ status: you said 200. The wire says: 401." in capsys.readouterr().out


def test_the_project_is_that_of_the_token_in_hand(shell, learner):
    lab = learner.lab
    mine = lab.token
    text = f"GET {lab.urls['keystone']}/v3/projects/$OS_PROJECT_ID\nX-Auth-Token: $OS_TOKEN"
    logged_in = run(shell, "curl", talk("0-token"))
    lab.token = logged_in.json()["access"]["token"]["id"]
    assert run(shell, "http", text).json()["project"]["name"] == "admin"
    Learner("demo", lab)
    assert lab.token != mine
    lab.token, demo = mine, lab.token
    assert run(shell, "http", text).json()["project"]["name"] == "admin"
    lab.token = demo
    url = run(
        shell, "http", f"GET {lab.urls['nova']}/v2.1/[YOUR_TENANT_ID]/flavors\nX-Auth-Token: $TOKEN"
    ).url
    assert lab.endpoint("block-storage").rsplit("/", 1)[1] in url


def test_a_token_without_a_project_has_none_to_give(shell, learner):
    lab = learner.lab
    unscoped = lab.post(f"{lab.urls['keystone']}/v3/auth/tokens", json=login_body("demo"))
    lab.token = unscoped.headers["X-Subject-Token"]
    with pytest.raises(LabError, match="for no project"):
        run(shell, "curl", talk("1-flavors"))
    lab.token = "a-token-from-elsewhere"
    with pytest.raises(LabError, match="hasn't seen which project"):
        run(shell, "curl", talk("1-flavors"))
    lab.token = None
    with pytest.raises(LabError, match="no token to put there yet"):
        run(shell, "curl", talk("1-flavors"))


def test_the_newest_lab_is_asked(shell, learner):
    newest = connect()
    assert run(shell, "http", f"GET {newest.urls['keystone']}/v3").status_code == 200
    assert (len(newest.history), len(learner.lab.history)) == (1, 1)


def test_a_redirect_is_followed_only_where_curl_would(shell, learner, monkeypatch):
    asked = []
    request = learner.lab._session.request
    monkeypatch.setattr(learner.lab._session, "request", lambda *a, **k: asked.append(k) or request(*a, **k))
    for option in ("-s", "-L"):
        run(shell, "curl", f"curl {option} {learner.lab.urls['keystone']}")
    assert [kwargs["allow_redirects"] for kwargs in asked] == [False, True]


def test_without_ipython_nothing_is_registered_or_imported(monkeypatch):
    monkeypatch.delitem(sys.modules, "IPython")
    monkeypatch.delitem(sys.modules, "cloudlab.widgets.magics", raising=False)
    connect()
    assert "IPython" not in sys.modules and "cloudlab.widgets.magics" not in sys.modules


def what_was_asked(exchange):
    """Method, URL, body, and the headers that curl doesn't say by itself."""
    request = exchange.redacted().request
    headers = sorted((n.lower(), v) for n, v in request.headers.items() if n.lower() not in OWN)
    return request.method, request.url, request.content, headers


def story(learner):
    """Calls of many kinds, some of them refused: nasty texts, no body, an empty header, brackets, HEAD."""
    lab = learner.lab
    server = learner.server('it\'s "$HOME" `id` \\ $(id) !x; é“”')
    nova, nasty = lab.endpoint("compute"), "a'b\"c\\d\n|&;<>*?#~ $x %20 {y} [z]\t’"
    lab.head(f"{nova}/flavors")
    lab.get(f"{nova}/servers/detail", params={"name": "a b&c=d", "limit": "[1]{2}"})
    lab.get(f"{nova}/flavors", headers={"X-Empty": "", "X-Auth-Token": None})
    lab.post(f"{nova}/servers/{server}/action", data=nasty, headers={"Content-Type": "text/plain"})
    lab.post(f"{nova}/servers/{server}/action", json={"os-stop": None})
    lab.post(f"{nova}/os-keypairs", json={"keypair": {"name": "@file", "public_key": lab.public_key}})
    lab.post(f"{nova}/servers", data="@file")
    lab.post(f"{nova}/servers")
    lab.put(f"{nova}/servers/{server}", json={"server": {"name": nasty}})
    lab.patch(f"{nova}/servers", data=b"x")
    lab.delete(f"{nova}/servers/{server}")


def test_every_call_copied_as_curl_and_pasted_is_the_same_call(shell, learner, capsys):
    story(learner)
    calls = list(learner.lab.history)[1:]  # a login from the history hides its password, a published one too
    assert len(calls) > 12
    for call in calls:
        pasted = run(shell, "curl", call.as_curl())
        assert what_was_asked(pasted) == what_was_asked(call)
    capsys.readouterr()


def test_a_call_copied_as_raw_http_and_pasted_is_the_same_call(shell, learner):
    lab = learner.lab
    lab.post(f"{lab.endpoint('compute')}/servers", json={"server": {"name": "é"}})
    lab.get(lab.endpoint("image"))
    lab.get(f"{lab.endpoint('compute')}/servers", params={"name": "a b"}, headers={"X-Empty": ""})
    for call in list(learner.lab.history)[1:]:
        request = call.as_raw().split("\n\nHTTP/1.1 ")[0].replace(call.own_token, "$OS_TOKEN")
        assert what_was_asked(run(shell, "http", request)) == what_was_asked(call)


@pytest.mark.parametrize(
    ("magic", "text", "says"),
    [
        ("curl", " \n", "One looks like this:\ncurl -s"),
        ("http", " \n", "One looks like this:\nGET http"),
        ("curl", talk("6-attach"), r"can't know \[YOUR_SERVER_ID\], \[YOUR_VOLUME_ID\]: put what each"),
        ("curl", "curl http://a/$ID -d '$schema'", r"can't know \$ID: put what it"),
        ("curl", "curl http://a -d '$OS_PASSWORD'", r"can't know \$OS_PASSWORD"),
        ("curl", "curl http://a -H 'X-Auth-Token: $OS_TOKEN_2'", r"can't know \$OS_TOKEN_2"),
        ("http", "GET http://a\nX-Auth-Token: ‹token 1›", "holds '‹', which HTTP"),
        ("http", "POST http://a\n\n‹token 1›", "‹token 1› only says where"),
        ("curl", "curl http://‹host 1›:8774/v2.1", r"‹host 1› only says where a value was.*lab\.show_ids"),
        ("http", "GET http://a/‹id 12›", "‹id 12› only says where a value was"),
        ("curl", "curl -H 'X-Auth-Token: $1' http://127.0.0.1:5001", "this cloud's own services alone"),
    ],
)
def test_what_cannot_be_sent_is_said_and_not_sent(shell, refused, magic, text, says, capsys):
    count = refused.history.count
    with pytest.raises(LabError, match=says):
        run(shell, magic, text)
    assert refused.history.count == count
    shown = capsys.readouterr().out
    assert "LabError: " in shown and "Traceback" not in shown and refused.token not in shown


@pytest.mark.parametrize("name", ["-s http://a", "two words", "class"])
def test_a_magics_own_line_takes_a_name(shell, refused, name):
    with pytest.raises(LabError, match="After %%curl comes a name"):
        run(shell, "curl", talk("1-flavors"), name)
