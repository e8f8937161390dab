"""lab.diff: what differs between two states, in a readable order and without secrets."""

import json
import sqlite3
from contextlib import closing

import pytest

from cloudlab.show.difference import Difference
from tests.steered import lab_in_process, lab_over_sockets, new_server


@pytest.fixture(params=[lab_in_process, lab_over_sockets])
def lab(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with request.param() as lab:
        lab.start("02-flavors")
        yield lab


def test_what_came_what_changed_and_what_went(lab):
    made = new_server(lab)
    lab.wait(made)
    volume = lab.post(lab.endpoint("block-storage") + "/volumes", json={"volume": {"name": "v", "size": 1}})
    lab.wait(volume)
    lab.save("a")
    server = lab.endpoint("compute") + "/servers/" + made.json()["server"]["id"]
    lab.wait(server, "ACTIVE")
    lab.post(server + "/action", json={"os-stop": None})
    lab.wait(server, "SHUTOFF")
    lab.delete(lab.endpoint("block-storage") + "/volumes/" + volume.json()["volume"]["id"])
    lab.post(lab.endpoint("network") + "/v2.0/networks", json={"network": {"name": "n"}})
    lab.clock.step()
    found = lab.diff("a")
    lines = repr(found).splitlines()
    assert lines[0].startswith("a → now: 3 resources differ; by the cloud's clock ")
    assert "~ server MyFirstApiVm" in lines[1]
    fields = [line.strip() for line in lines[2:] if line.startswith("      ")]
    assert "vm_state: active → stopped" in fields
    assert not any(field.startswith(("updated_at", "run:")) for field in fields)
    rest = [line[:9] for line in lines if line.startswith(("+", "-"))]
    assert rest == ["- volume ", "+ network"]
    assert "nova_instance_action +1" in lines[-1]
    assert bool(found)
    assert len(found) == 3


def test_two_files_and_both_ways(lab):
    lab.save("a")
    new_server(lab)
    lab.save("b")
    assert [c["sign"] + c["kind"] for c in lab.diff("a", "b").changes] == ["+server"]
    assert [c["sign"] + c["kind"] for c in lab.diff("b", "a").changes] == ["-server"]
    same = lab.diff("b")
    assert not same
    assert repr(same) == "b → now: no resource differs."


def test_a_server_that_is_deleted_is_gone(lab):
    made = new_server(lab)
    lab.save("a")
    lab.delete(lab.endpoint("compute") + "/servers/" + made.json()["server"]["id"])
    for _ in range(3):
        lab.clock.step()
    assert "- server MyFirstApiVm" in repr(lab.diff("a"))


def test_secrets_are_not_shown(lab):
    """Passwords' hashes, user data, tokens, a learner's own secrets in a free field."""
    lab.save("a")
    keystone = lab.urls["keystone"] + "/v3"
    user = lab.get(keystone + "/auth/tokens", headers={"X-Subject-Token": lab.token}).json()["token"]["user"][
        "id"
    ]
    change = {"user": {"original_password": "secret", "password": "correct horse"}}
    assert lab.post(f"{keystone}/users/{user}/password", json=change).status_code == 204
    token = lab.token
    found = lab.diff("a")
    looks = repr(found) + found._repr_html_()
    assert "password_hash: ‹hidden› → ‹hidden›" in repr(found)
    with closing(sqlite3.connect("a.cloud")) as saved:
        hashes = [found for (found,) in saved.execute("SELECT password_hash FROM keystone_user")]
    assert len(hashes) > 4
    assert not [found for found in hashes if found and found in looks]
    assert "correct horse" not in looks
    assert token not in looks


def test_a_learners_own_words_are_redacted_as_in_any_body(lab):
    made = new_server(lab)
    lab.save("a")
    server = lab.endpoint("compute") + "/servers/" + made.json()["server"]["id"]
    words = {"metadata": {"password": "correct horse", "note": lab.token[:200], "color": "red"}}
    assert lab.post(server + "/metadata", json=words).status_code == 200
    looks = repr(lab.diff("a"))
    assert "metadata: {} → " in looks
    assert "correct horse" not in looks
    assert lab.token[:40] not in looks


def test_names_are_text_on_the_page(lab):
    lab.save("a")
    new_server(lab, "<script>alert(1)</script>")
    assert "&lt;script&gt;" in lab.diff("a")._repr_html_()
    assert "<script>" not in lab.diff("a")._repr_html_()


def test_long_values_are_cut_and_control_characters_shown():
    change = {
        "sign": "~",
        "kind": "server",
        "name": "a",
        "id": "1",
        "fields": [["x", None, "\x1b[2J" + "y" * 100]],
    }
    time = "2026-01-01T00:00:00+00:00"
    found = Difference("a", "b", {"a": time, "b": time, "changes": [change], "others": {"t": [0, 1, 2]}})
    lines = repr(found).splitlines()
    assert lines[0] == "a → b: 1 resource differs."
    assert lines[1] == "~ server a (1)"
    assert lines[2].startswith("      x: null → \\x1b[2Jyyy")
    assert lines[2].endswith("…")
    assert lines[3] == "Behind them, in rows: t -1 ~2."
    json.dumps(found._repr_html_())
