"""The same request as curl and as Python: both do again what was done."""

import json
import os
import shlex
import subprocess
import sys

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from cloudlab.client.exchange import Exchange, Headers, Request, Response
from cloudlab.show.curl import as_curl
from cloudlab.show.python import as_requests
from tests.unit.tiny_cloud import KEYSTONE, NOVA, TOKEN, log_in, tiny_lab

NASTY = 'it\'s "$HOME" `id` \\ $(id) !x\n;é'


def exchange(method="GET", url=f"{NOVA}/x", headers=None, body=b"", status=200) -> Exchange:
    return Exchange(Request(method, url, Headers(headers or {}), body), Response(status, "OK"))


def run_in_shell(command: str, **variables: str) -> list[str]:
    """The words that a real shell would give to curl."""
    script = f"curl() {{ printf '%s\\0' \"$@\"; }}\n{command}"
    env = {"PATH": os.environ["PATH"], **variables}
    done = subprocess.run(["sh", "-eu", "-c", script], env=env, capture_output=True, check=True)
    return done.stdout.decode().split("\0")[:-1]


def run_python(code: str, monkeypatch, **variables: str) -> dict:
    """What the program would ask requests for, made into a prepared request."""
    caught: dict = {}

    def request(self, method, url, **kwargs):
        caught.update(kwargs, prepared=requests.Request(method, url, **_preparable(kwargs)).prepare())
        return requests.Response()

    monkeypatch.setattr(requests.Session, "request", request)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    exec(compile(code.rsplit("print(", 1)[0], "cell", "exec"), {})
    return caught


def _preparable(kwargs: dict) -> dict:
    return {key: kwargs[key] for key in ("headers", "json", "data", "params") if key in kwargs}


def test_curl_says_what_was_sent_with_the_token_as_a_variable():
    lab, app = tiny_lab()
    log_in(lab)
    body = {"server": {"name": NASTY}}
    words = run_in_shell(lab.post(f"{NOVA}/servers", json=body).as_curl(), OS_TOKEN=TOKEN)
    assert words[:4] == ["-i", "-X", "POST", f"{NOVA}/servers"]
    assert f"X-Auth-Token: {TOKEN}" in words and "Content-Type: application/json" in words
    assert words[words.index("--data-raw") + 1] == app.bodies[-1].decode()


def test_curl_of_a_plain_get_is_short():
    lab, _ = tiny_lab()
    assert lab.get(f"{NOVA}/servers?limit=1&x=y").as_curl() == f"curl -i '{NOVA}/servers?limit=1&x=y'"
    assert lab.head(f"{NOVA}/x").as_curl() == f"curl -I {NOVA}/x"


def test_passwords_and_other_tokens_are_variables_too():
    lab, _ = tiny_lab()
    log_in(lab)
    body = {"user": {"password": "hunter2"}, "auth": {"identity": {"token": {"id": "other-token-abcdef"}}}}
    r = lab.post(f"{NOVA}/x", json=body, headers={"X-Subject-Token": "other-token-abcdef"})
    words = run_in_shell(r.as_curl(), OS_TOKEN=TOKEN, OS_TOKEN_2="other-token-abcdef", OS_PASSWORD="hunter2")
    assert json.loads(words[words.index("--data-raw") + 1]) == body
    assert "X-Subject-Token: other-token-abcdef" in words
    v2 = lab.get(f"{KEYSTONE}/v2.0/tokens/{TOKEN}")
    assert f"{KEYSTONE}/v2.0/tokens/{TOKEN}" in run_in_shell(v2.as_curl(), OS_TOKEN=TOKEN)


def test_another_users_token_is_not_copied_as_your_own():
    lab, _ = tiny_lab()
    log_in(lab)
    theirs = lab.get(f"{NOVA}/x", headers={"X-Auth-Token": "other-token-abcdef"})
    assert "X-Auth-Token: other-token-abcdef" in run_in_shell(
        theirs.as_curl(), OS_TOKEN=TOKEN, OS_TOKEN_2="other-token-abcdef"
    )
    assert theirs.as_curl().startswith("# set OS_TOKEN_2 first: it stands for ‹token 2›\n")
    assert "# set OS_TOKEN_2" in theirs.as_requests()
    assert "#" not in lab.get(f"{NOVA}/x").as_curl()


def test_a_services_token_is_called_by_its_owner():
    lab, _ = tiny_lab()
    log_in(lab)
    lab._session.redactor.name("services-token-abcdef", "nova")
    asked = lab.get(f"{NOVA}/x", headers={"X-Service-Token": "services-token-abcdef"})
    assert asked.as_curl().startswith("# set OS_TOKEN_NOVA first: it stands for nova's token\n")
    assert 'os.environ["OS_TOKEN_NOVA"]' in asked.as_requests()


def test_a_hidden_password_is_said_to_be_hidden():
    lab, _ = tiny_lab()
    command = lab.post(f"{NOVA}/x", json={"user": {"password": "wrong"}}).as_curl()
    assert command.startswith("# set OS_PASSWORD first: what was sent is not shown\n")


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1),
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1).map(str.strip).filter(bool),
)
def test_curl_quotes_whatever_comes(body, header):
    if "�" in body:
        return
    command = as_curl(exchange("POST", headers={"X-A": header}, body=body.encode()))
    words = shlex.split(command.replace(" \\\n  ", " "), posix=True) if "\\\n" not in body + header else None
    if words and "‹" not in body:
        assert f"X-A: {header}" in words and words[-1] == body and "Content-Type:" in words


def test_nasty_words_in_a_real_shell():
    e = exchange("POST", f"{NOVA}/x?a=[1]&b='", {"X-A": "it's $HOME `id`", "X-Empty": ""}, NASTY.encode())
    words = run_in_shell(as_curl(e))
    assert f"{NOVA}/x?a=[1]&b='" in words and "-g" in words and "X-Empty;" in words
    assert "X-A: it's $HOME `id`" in words and words[-1] == NASTY


def test_bytes_go_by_a_file():
    command = as_curl(exchange("PUT", headers={"Content-Type": "application/octet-stream"}, body=b"\xff\x00"))
    assert "--data-binary @body.bin" in command and "2 bytes" in command
    assert run_in_shell(command)[-1] == "@body.bin"
    assert 'open("body.bin", "rb")' in as_requests(exchange("PUT", body=b"\xff\x00"))


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "PURGE"])
def test_the_python_program_does_the_same(method, monkeypatch):
    body = {"server": {"name": NASTY, "n": [1, None, True, {"a": 1.5}], "long": list(range(60))}}
    sent = json.dumps(body).encode() if method == "POST" else b""
    headers = {"X-Auth-Token": "‹token 1›", **({"Content-Type": "application/json"} if sent else {})}
    caught = run_python(
        as_requests(exchange(method, headers=headers, body=sent)), monkeypatch, OS_TOKEN=TOKEN
    )
    prepared = caught["prepared"]
    assert (prepared.method, prepared.url, prepared.headers["X-Auth-Token"]) == (method, f"{NOVA}/x", TOKEN)
    assert (prepared.body or b"") == sent


def test_a_broken_body_stays_broken(monkeypatch):
    broken = exchange("POST", headers={"Content-Type": "application/json"}, body=b'{"a": ')
    prepared = run_python(as_requests(broken), monkeypatch)["prepared"]
    assert prepared.body == '{"a": ' and prepared.headers["Content-Type"] == "application/json"


def test_redirects_stay_visible_in_python_too(monkeypatch):
    assert run_python(as_requests(exchange(status=302)), monkeypatch)["allow_redirects"] is False


def test_the_program_is_python():
    code = as_requests(exchange("POST", body='{"name": "‹redacted›-ü"}'.encode()))
    compile(code, "cell", "exec")
    assert 'os.environ["OS_PASSWORD"]' in code and "\nimport os\n" in code


def test_raw_http_is_the_wire():
    lab, app = tiny_lab()
    app.on("POST", "/v2.1/x", (202, {}, {"a": 1}))
    lines = lab.post(f"{NOVA}/x?q=1", json={"b": 2}).as_raw().splitlines()
    assert lines[0] == "POST /v2.1/x?q=1 HTTP/1.1" and "Host: 127.0.0.1:8774" in lines
    assert (
        lines[lines.index('{"b": 2}') - 1] == ""
        and "HTTP/1.1 202 Reason" in lines
        and lines[-1] == '{"a": 1}'
    )


def test_showing_is_not_paid_for_by_who_only_sends():
    code = (
        "import sys, cloudlab; from tests.unit.tiny_cloud import *; lab, _ = tiny_lab(); lab.get(NOVA);"
        "print([m for m in ('jinja2', 'pandas', 'IPython', 'cloudlab.show.html') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
