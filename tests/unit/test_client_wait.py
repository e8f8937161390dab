"""Waiting: what is polled, what is printed, and when it ends."""

import pytest

from cloudlab import LabError
from cloudlab.client.realcloud import RealCloud
from cloudlab.client.wait import resource_url
from tests.unit.tiny_cloud import CINDER, NOVA, log_in, tiny_lab

SELF = f"{NOVA}/servers/s1"
MADE = (202, {"Location": SELF}, {"server": {"id": "s1", "links": [{"rel": "self", "href": SELF}]}})


def server(status, task=None, **more):
    return (200, {}, {"server": {"id": "s1", "status": status, "OS-EXT-STS:task_state": task, **more}})


def created():
    lab, app = tiny_lab()
    log_in(lab)
    app.on("POST", "/v2.1/servers", MADE)
    return lab, app, lab.post(f"{NOVA}/servers", json={"server": {}})


def test_each_poll_is_one_line_and_the_last_exchange_comes_back(capsys):
    lab, app, made = created()
    steps = [("BUILD", "scheduling"), ("BUILD", "scheduling"), ("BUILD", "networking"), ("ACTIVE", None)]
    app.on("GET", "/v2.1/servers/s1", *[server(*step) for step in steps])
    last = lab.wait(made)
    assert last.json()["server"]["status"] == "ACTIVE"
    assert [line.split("s  ")[1].split("  ")[0] for line in capsys.readouterr().out.splitlines()] == [
        "BUILD / scheduling",
        "BUILD / scheduling",
        "BUILD / networking",
        "ACTIVE",
    ]
    assert len(lab.history.by("wait")) == 4


def test_the_same_wait_prints_the_same_bytes(capsys):
    outputs = []
    for _ in range(2):
        lab, app, made = created()
        app.on("GET", "/v2.1/servers/s1", server("BUILD", "spawning"), server("ACTIVE"))
        lab.wait(made)
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1]
    assert outputs[0] == (
        "   0.1 s  BUILD / spawning              ▓▓▓▓▓░\n"
        "   1.1 s  ACTIVE                        ▓▓▓▓▓▓\n"
    )  # fmt: skip


def test_an_active_server_that_is_still_busy_is_not_there_yet():
    lab, app, made = created()
    app.on("GET", "/v2.1/servers/s1", server("ACTIVE", "powering-off"), server("SHUTOFF"))
    assert lab.wait(made, until="SHUTOFF").json()["server"]["status"] == "SHUTOFF"
    app.on("GET", "/v2.1/servers/s1", server("ACTIVE", "rebooting"), server("ACTIVE"))
    lab.wait(made)
    assert len(lab.history.by("wait")) == 4


def test_an_error_ends_it_with_the_fault(capsys):
    lab, app, made = created()
    fault = {"code": 500, "message": "No valid host was found."}
    app.on("GET", "/v2.1/servers/s1", server("BUILD"), server("ERROR", fault=fault))
    last = lab.wait(made)
    assert last.json()["server"]["status"] == "ERROR"
    assert "500: No valid host was found." in capsys.readouterr().out


def test_waiting_for_an_error_is_waiting(capsys):
    lab, app, made = created()
    app.on("GET", "/v2.1/servers/s1", server("ERROR"))
    lab.wait(made, until="ERROR")
    assert "It ended" not in capsys.readouterr().out


def test_time_is_bounded(capsys):
    lab, app, made = created()
    app.on("GET", "/v2.1/servers/s1", server("BUILD"))
    lab.wait(made, timeout=10, every=2)
    assert "Still BUILD after 10 s" in capsys.readouterr().out
    assert 4 <= len(lab.history.by("wait")) <= 7


def test_gone(capsys):
    lab, app, made = created()
    gone = (404, {}, {"itemNotFound": {}})
    app.on("GET", "/v2.1/servers/s1", server("ACTIVE", "deleting"), gone)
    assert lab.wait(made, until="gone").status_code == 404
    assert "gone" in capsys.readouterr().out
    assert lab.wait(made).status_code == 404
    assert "will not become ACTIVE" in capsys.readouterr().out


def test_a_refused_question_ends_it(capsys):
    lab, app, made = created()
    app.on("GET", "/v2.1/servers/s1", (401, {}, {}))
    lab.wait(made)
    assert "refused: 401" in capsys.readouterr().out


def test_a_volume_in_error_and_one_without_status(capsys):
    lab, app = tiny_lab()
    app.on("GET", "/v3/p1/volumes/v1", (200, {}, {"volume": {"status": "error_deleting"}}))
    lab.wait(f"{CINDER}/volumes/v1", until="available")
    assert "It ended in error_deleting." in capsys.readouterr().out
    app.on("GET", "/v2.1/os-keypairs/k", (200, {}, {"keypair": {"name": "k"}}))
    with pytest.raises(LabError, match="no status"):
        lab.wait(f"{NOVA}/os-keypairs/k")


def test_what_has_no_status_can_still_be_waited_for_until_it_is_gone(capsys):
    lab, app = tiny_lab()
    attachment = (200, {}, {"volumeAttachment": {"id": "v1"}})
    app.on("GET", "/v2.1/servers/s1/os-volume_attachments/v1", attachment, (404, {}, {}))
    assert lab.wait(f"{NOVA}/servers/s1/os-volume_attachments/v1", until="gone").status_code == 404
    assert [line.split()[2] for line in capsys.readouterr().out.splitlines()] == ["there", "gone"]


def answer(method, path, status=202, headers=None, body=None, root=NOVA):
    lab, app = tiny_lab()
    app.on(method, path, (status, headers or {}, body if body is not None else b""))
    return getattr(lab, method.lower())(root.split("/v")[0] + path)


@pytest.mark.parametrize(
    ("target", "url"),
    [
        (SELF, SELF),
        (lambda: answer("POST", "/v2.1/servers", *MADE), SELF),
        (lambda: answer("POST", "/v2.1/servers/s1/action"), SELF),
        (lambda: answer("DELETE", "/v2.1/servers/s1", 204), SELF),
        (lambda: answer("GET", "/v2.1/servers/s1", body={"server": {"id": "s1"}}), SELF),
        (lambda: answer("POST", "/v2.1/snapshots", body={"snapshot": {"id": "n1"}}), f"{NOVA}/snapshots/n1"),
        (
            lambda: answer(
                "POST", "/v2/images", 201, {}, {"id": "i1", "self": "/v2/images/i1"}, "http://127.0.0.1:9292"
            ),
            "http://127.0.0.1:9292/v2/images/i1",
        ),
        ({"server": {"links": [{"rel": "bookmark", "href": "x"}, {"rel": "self", "href": SELF}]}}, SELF),
        ({"id": "s1", "links": [{"rel": "self", "href": SELF}]}, SELF),
    ],
)
def test_where_a_resource_is(target, url):
    assert resource_url(target() if callable(target) else target) == url


@pytest.mark.parametrize("target", [5, None, {}, {"server": {"id": "s1"}}, []])
def test_what_does_not_say_where_it_is(target):
    with pytest.raises(LabError, match=r"lab\.wait"):
        resource_url(target)


def test_an_attachment_has_no_state_of_its_own():
    attached = answer(
        "POST", "/v2.1/servers/s1/os-volume_attachments", 200, {}, {"volumeAttachment": {"id": "v1"}}
    )
    with pytest.raises(LabError, match="the volume's"):
        resource_url(attached)


@pytest.mark.parametrize("path", ["servers", "servers/s1/action"])
def test_what_was_refused_cannot_be_waited_for(path):
    lab, app = tiny_lab()
    log_in(lab)
    app.on("POST", f"/v2.1/{path}", (403, {}, {"forbidden": {"code": 403, "message": "Quota exceeded"}}))
    refused = lab.post(f"{NOVA}/{path}", json={})
    with pytest.raises(LabError, match=r"403.*nothing to wait for"):
        lab.wait(refused)


def on_a_real_cloud(*steps):
    lab, app, made = created()
    lab._session.transport.real = RealCloud("tiny", NOVA, {})
    app.on("GET", "/v2.1/servers/s1", *steps)
    return lab, made


def test_on_a_real_cloud_minutes_are_a_few_lines(capsys):
    lab, made = on_a_real_cloud(*[server("BUILD", "spawning")] * 200)
    lab.wait(made, every=0.2, timeout=240)
    lines = capsys.readouterr().out.splitlines()
    times = [float(line.split(" s ")[0]) for line in lines[:-1]]
    assert times == pytest.approx([0, 5, 15, 35, 75, 135, 195], abs=5)
    assert lines[-1].startswith("Still BUILD / spawning after 240 s")
    assert len(lab.history.by("wait")) < 150


def test_on_a_real_cloud_each_change_is_a_line_with_novas_count(capsys):
    steps = [server("BUILD", "scheduling")] * 3 + [server("BUILD", "spawning", progress=40)] * 3
    lab, made = on_a_real_cloud(*steps, server("ACTIVE", progress=100))
    lab.wait(made, every=0.2)
    assert [line.split(" s  ")[1].split() for line in capsys.readouterr().out.splitlines()] == [
        ["BUILD", "/", "scheduling", "▓░░░░░"],
        ["BUILD", "/", "spawning", "▓▓▓▓▓░", "40", "%"],
        ["ACTIVE", "▓▓▓▓▓▓"],
    ]
    assert len(lab.history.by("wait")) == 7
