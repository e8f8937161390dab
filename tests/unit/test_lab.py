"""Lab: connecting, preparing a lesson, tables, and the frame of a check."""

import builtins
import importlib

import pytest

import cloudlab
from cloudlab import Lab, LabError, connect
from cloudlab.lessons import prepare
from cloudlab.lessons.checks import Evidence, Finding, Report
from tests.unit.tiny_cloud import CINDER, KEYSTONE, NOVA, TOKEN, log_in, tiny_lab


def test_the_package_offers_what_it_names_and_nothing_loads_before_use():
    assert {name for name in cloudlab.__all__ if not hasattr(cloudlab, name)} == set()
    assert cloudlab.connect is connect and dir(cloudlab) == cloudlab.__all__
    with pytest.raises(AttributeError):
        _ = cloudlab.nothing


def test_connect_gives_a_fresh_cloud_in_this_process_that_says_so():
    first, second = connect(), connect()
    assert isinstance(first, Lab)
    assert "in this process" in repr(first) and "no token" in repr(first)
    assert first.cloud_name == "the embedded cloud"
    url = first.urls["keystone"] + "/v3"
    assert first.get(url)._repr_mimebundle_() == second.get(url)._repr_mimebundle_()
    first.close()
    second.close()


def test_an_unknown_mode_is_explained(monkeypatch):
    monkeypatch.setenv("CLOUDLAB_MODE", "cluster")
    with pytest.raises(LabError, match="process"):
        connect()


def test_a_cloud_that_was_started_is_mentioned(monkeypatch, capsys):
    _, app = tiny_lab()
    from cloudlab.client import transport
    from tests.unit.tiny_cloud import tiny_transport

    there = tiny_transport(app)
    there.notes.append("one was started")
    monkeypatch.setattr(transport, "find", lambda: there)
    connect()
    assert capsys.readouterr().out == "one was started\n"


def test_the_shipped_key_is_public_only():
    lab, _ = tiny_lab()
    kind, key, comment = lab.public_key.split()
    assert (kind, comment) == ("ssh-rsa", "cloudlab") and len(key) > 300
    assert [path.name for path in prepare.KEY_FILE.parent.iterdir()] == ["cloud.key.pub"]


def test_urls_cannot_be_changed_by_accident():
    lab, _ = tiny_lab()
    lab.urls["keystone"] = "http://elsewhere"
    assert lab.urls["keystone"] == KEYSTONE


# --- start ---


def test_the_first_lesson_starts_without_a_token_and_without_a_call():
    lab, app = tiny_lab()
    said = lab.start("00-start")
    assert lab.token is None and not app.seen and "No token is set" in repr(said)


def test_the_lesson_on_tokens_starts_without_token_and_catalog():
    lab, app = tiny_lab()
    app.on("GET", "/v2.1/servers", (200, {}, {"servers": [{"name": "theirs"}]}))
    lab.start("01-token")
    assert lab.token is None and lab.history.by("learner") == []
    assert [e["QUERY_STRING"] for e in app.seen if e["REQUEST_METHOD"] == "POST"] == ["nocatalog"]


def test_later_lessons_log_in_and_say_so():
    lab, _ = tiny_lab()
    said = lab.start("02")
    assert lab.token == TOKEN and lab.endpoint("compute") == NOVA
    assert "You are logged in" in repr(said) and "1 call made for this" in repr(said)
    assert f"POST {KEYSTONE}/v3/auth/tokens → 201" in said._repr_html_() and "<details>" in said._repr_html_()
    assert lab.history.by("learner") == [] and len(lab.history.by("prepare")) == 1
    assert TOKEN not in said._repr_html_()


def test_what_is_there_is_left_alone():
    lab, app = tiny_lab()
    app.on("GET", "/v2.1/os-keypairs/MyFirstKeyPair", (200, {}, {"keypair": {}}))
    assert "Key pair MyFirstKeyPair was there already." in repr(lab.start("05-server"))
    assert [e["REQUEST_METHOD"] for e in app.seen] == ["POST", "GET"]


def test_a_server_that_was_stopped_is_started():
    lab, app = tiny_lab()
    app.on("GET", "/v2.1/os-keypairs/MyFirstKeyPair", (200, {}, {"keypair": {}}))
    stopped = {"id": "s1", "name": "MyFirstApiVm", "status": "SHUTOFF"}
    app.on("GET", "/v2.1/servers/detail", (200, {}, {"servers": [{"name": "MyFirstApiVm-2"}, stopped]}))
    app.on("GET", "/v2.1/servers/s1", (200, {}, {"server": stopped | {"status": "ACTIVE"}}))
    assert "has been started" in repr(lab.start("06-volume"))
    assert b'{"os-start": null}' in app.bodies


def test_a_step_that_fails_says_which():
    lab, app = tiny_lab()
    app.on("POST", "/v3/auth/tokens", (401, {}, {"error": {}}))
    with pytest.raises(LabError, match="log in as demo: 401"):
        lab.start("02-flavors")
    with pytest.raises(LabError, match="00-start, 01-token"):
        lab.start("99")


def test_every_lesson_has_a_check():
    for lesson in prepare.LESSONS:
        assert callable(importlib.import_module(f"cloudlab.lessons.lesson_{lesson[:2]}").CHECKS["make"])


# --- table ---


def test_a_table_of_the_list_in_a_body():
    lab, app = tiny_lab()
    servers = [{"id": 1, "flavor": {"id": "7"}, "name": "a"}, {"id": 2, "flavor": {"id": "8"}, "extra": None}]
    app.on("GET", "/v2.1/servers", (200, {}, {"servers": servers, "servers_links": [{"rel": "next"}]}))
    r = lab.get(f"{NOVA}/servers")
    assert list(lab.table(r).columns) == ["id", "name", "extra"]
    assert lab.table(r, ["flavor.id", "id"]).values.tolist() == [["7", 1], ["8", 2]]


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        ({"server": {"id": 1, "addresses": {}, "security_groups": [{"name": "d"}]}}, [[1]]),
        ({"versions": {"values": [{"id": "v3"}]}}, [["v3"]]),
        ({"servers": []}, []),
        ([{"id": 1}], [[1]]),
        ({"id": 1}, [[1]]),
    ],
)
def test_tables_of_other_shapes(body, rows):
    lab, _ = tiny_lab()
    assert lab.table(body).values.tolist() == rows


def test_without_pandas_it_is_a_plain_table_and_escaped(monkeypatch):
    real = builtins.__import__

    def no_pandas(name, *args, **kwargs):
        if name == "pandas":
            raise ImportError
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", no_pandas)
    lab, _ = tiny_lab()
    table = lab.table({"servers": [{"name": "<script>"}]})
    assert "&lt;script&gt;" in table._repr_html_() and "<script>" not in table._repr_html_()
    assert repr(table).splitlines() == ["name", "--------", "<script>"] and len(table) == 1


# --- check ---


def test_a_report_shows_the_first_hint_only_and_is_true_when_done():
    report = Report(
        "05-server", (Finding(True, "one"), Finding(False, "two", "do two"), Finding(False, "three", "x"))
    )
    assert not report and "not yet" in repr(report) and "do two" in repr(report) and "  x" not in repr(report)
    done = Report("05-server", (Finding(True, "<b>", "unused"),))
    assert done and "done" in repr(done) and "unused" not in repr(done)
    assert "&lt;b&gt;" in done._repr_html_() and "done" in done._repr_html_()


def test_a_check_looks_at_the_learners_calls_only_and_leaves_token_and_catalog_alone():
    lab, app = tiny_lab()
    lab._session.transport.control = lambda *order: {}  # on a real cloud nobody logs in for the learner
    lab.start("00-start")
    evidence = Evidence(lab._session, {})
    app.on("GET", "/v3/p1/volumes/v1", (200, {}, {"volume": {"id": "v1"}}))
    assert evidence.find("block-storage", "/volumes/v1", "volume") == {"id": "v1"}
    assert evidence.find("block-storage", "/volumes/v2", "volume") == {}
    assert app.seen[-1]["HTTP_X_AUTH_TOKEN"] == TOKEN
    assert lab.token is None and lab.catalog is None and lab.history.by("learner") == []
    assert len([e for e in app.seen if e["REQUEST_METHOD"] == "POST"]) == 1, "one login for all"
    log_in(lab)
    lab.post(f"{CINDER}/volumes/", json=[])
    assert len(Evidence(lab._session, {}).sent("POST", "/volumes")) == 1
