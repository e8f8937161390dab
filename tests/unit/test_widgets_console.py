"""The console to click, without a page: each click makes the calls that the table says, and shows them."""

import re
from dataclasses import replace

import pytest

ipywidgets = pytest.importorskip("ipywidgets", reason="ipywidgets isn't installed")

from cloudlab.client import console_calls  # noqa: E402
from cloudlab.client.exchange import Exchange, Request, Response  # noqa: E402
from cloudlab.client.roots import service_root  # noqa: E402
from cloudlab.show import calls as shown  # noqa: E402
from cloudlab.widgets import console as widget  # noqa: E402
from tests.steered import lab_in_process, new_server, status_of  # noqa: E402


class Shell:
    kernel = object()


@pytest.fixture
def lab():
    with lab_in_process() as lab:
        lab.start("02-flavors")
        yield lab


@pytest.fixture
def panel(lab):
    return widget.Panel(lab._session, lab._learning.judged, lab.public_key, ipywidgets)


def click(lab, panel, kind, name):
    """The calls of one click: (method, url, status code)."""
    before = len(lab.history)
    panel.sections[kind].buttons[name].click()
    new = list(lab.history)[before:]
    assert {exchange.purpose for exchange in new} <= {"learner"}
    return [(exchange.request.method, exchange.url, exchange.status_code) for exchange in new]


def told(lab, kind, name, **words):
    """What the table says that this button calls: (method, url)."""
    (button,) = [b for b in console_calls.BUTTONS if (b.kind, b.name) == (kind, name)]
    calls = [
        call.filled({**dict.fromkeys(button.fields, "x"), "public_key": "x", **words})
        for call in button.calls
    ]
    return [(call.method, service_root(lab._session, call.service) + call.path) for call in calls]


def pressed(lab, panel, kind, name, **words):
    """Click, and see that exactly the told calls were made and are shown; their status codes."""
    made = click(lab, panel, kind, name)
    assert [(method, url) for method, url, _ in made] == told(lab, kind, name, **words)
    lines = re.findall(r"<summary><code>(\S+) (\S+) → (\d+) ", panel.said.value)
    newest_first = [(method, url, int(code)) for method, url, code in lines]
    assert newest_first[: len(made)] == made[::-1]
    return [code for _, _, code in made]


def test_a_servers_life(lab, panel):
    servers = panel.sections["servers"]
    assert pressed(lab, panel, "servers", "Refresh") == [200, 200, 200]
    assert ("m1.tiny · 1", "1") in servers.fields["flavor"].options
    assert servers.fields["image"].label.startswith("cirros · active · ")
    servers.fields["name"].value = "<i>Vm"
    assert pressed(lab, panel, "servers", "Make") == [202, 200]
    assert "202: accepted, not done: press Refresh" in panel.said.value
    id = servers.list.value
    assert "BUILD" in servers.list.label
    assert "&lt;i&gt;Vm" in servers.chosen.value
    assert f'title="{id}"' in servers.chosen.value
    lab.wait(f"{lab.endpoint('compute')}/servers/{id}")
    pressed(lab, panel, "servers", "Refresh")
    assert servers.list.label == f"<i>Vm · ACTIVE · {id[:8]}…"
    assert pressed(lab, panel, "servers", "Stop", id=id) == [202, 200]
    lab.wait(f"{lab.endpoint('compute')}/servers/{id}", until="SHUTOFF")
    assert pressed(lab, panel, "servers", "Start", id=id) == [202, 200]
    assert pressed(lab, panel, "servers", "Delete", id=id) == [204, 200]
    lab.wait(f"{lab.endpoint('compute')}/servers/{id}", until="gone")
    pressed(lab, panel, "servers", "Refresh")
    assert (servers.list.options, servers.list.value) == ((), None)


def test_a_volume_is_made_attached_and_deleted(lab, panel):
    volumes = panel.sections["volumes"]
    server = lab.wait(new_server(lab)).json()["server"]["id"]
    assert pressed(lab, panel, "volumes", "Refresh") == [200, 200]
    volumes.fields["size"].value = 2
    assert pressed(lab, panel, "volumes", "Make") == [202, 200]
    id = volumes.list.value
    url = f"{lab.endpoint('volume')}/volumes/{id}"
    assert lab.wait(url, until="available").json()["volume"]["size"] == 2
    assert volumes.fields["server"].value == server
    assert pressed(lab, panel, "volumes", "Attach", server=server, id=id) == [200, 200]
    lab.wait(url, until="in-use")
    pressed(lab, panel, "volumes", "Refresh")
    assert pressed(lab, panel, "volumes", "Detach", holder=server, id=id) == [202, 200]
    lab.wait(url, until="available")
    assert pressed(lab, panel, "volumes", "Delete", id=id) == [202, 200]


def test_the_kits_key_is_imported_under_any_name(lab, panel):
    keys = panel.sections["keypairs"]
    keys.fields["name"].value = "My key"
    assert pressed(lab, panel, "keypairs", "Import") == [200, 200]
    assert (keys.list.label, keys.list.value) == ("My key", "My key")
    assert lab.history[-2].request.json()["keypair"]["public_key"] == lab.public_key
    assert pressed(lab, panel, "keypairs", "Refresh") == [200]
    assert pressed(lab, panel, "keypairs", "Delete", id="My key") == [202, 200]
    assert keys.list.options == ()


def test_a_refused_change_says_why_and_ends_there(lab, panel):
    made = new_server(lab)
    id = made.json()["server"]["id"]
    click(lab, panel, "servers", "Refresh")
    panel.sections["servers"].list.value = id
    assert [code for *_, code in click(lab, panel, "servers", "Stop")] == [409]
    assert f"/action → 409 Conflict</code> · <span>Instance {id} is not ready" in panel.said.value
    assert status_of(lab, made) == "BUILD"


def test_what_is_missing_is_a_sentence_and_no_call(lab, panel):
    assert click(lab, panel, "servers", "Make") == []
    assert "<p>Choose a flavor first" in panel.said.value
    assert click(lab, panel, "volumes", "Delete") == []
    assert "<p>Choose one in the list first" in panel.said.value
    panel.sections["volumes"].fields["name"].value = ""
    assert click(lab, panel, "volumes", "Make") == []
    assert "<p>Give it a name first" in panel.said.value
    click(lab, panel, "volumes", "Refresh")
    panel.sections["volumes"].fields["name"].value = "V"
    click(lab, panel, "volumes", "Make")
    assert click(lab, panel, "volumes", "Detach") == []
    assert "<p>The chosen volume is attached to no server" in panel.said.value


def test_without_a_token_there_is_the_lesson_to_go_to(lab, panel):
    lab.token = None
    assert click(lab, panel, "keypairs", "Refresh") == []
    assert "<p>Log in first (lesson 01): lab.token = " in panel.said.value


def test_a_clicks_first_call_decides_what_was_predicted(lab, panel):
    lab.predict(status=202)
    click(lab, panel, "keypairs", "Import")
    assert "<p>✗ status: you said 202. The wire says: 200." in panel.said.value
    click(lab, panel, "keypairs", "Refresh")
    assert panel.said.value.count("you said") == 1


def test_a_service_that_is_down_is_a_sentence(lab, panel):
    lab.faults.down("nova")
    assert click(lab, panel, "keypairs", "Refresh") == []
    assert "The cloud does not answer at" in panel.said.value


def test_the_latest_calls_stay(lab, panel):
    for _ in range(shown.KEPT + 2):
        click(lab, panel, "keypairs", "Refresh")
    assert panel.said.value.count("<summary><code>") == shown.KEPT
    assert f"Exchange {lab.history[-1].ordinal}: GET" in panel.said.value.split("<summary><code>")[1]


def test_no_secret_is_shown(lab, panel, monkeypatch):
    answers, call = [], shown.CallLog.call
    monkeypatch.setattr(
        shown.CallLog, "call", lambda log, answer: (answers.append(answer), call(log, answer))
    )
    click(lab, panel, "servers", "Refresh")
    click(lab, panel, "servers", "Make")
    password = answers[-2].json()["server"]["adminPass"]
    assert len(password) == 12
    assert "adminPass" in panel.said.value
    assert password not in panel.said.value
    assert lab.token not in panel.said.value


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"itemNotFound": {"code": 404, "message": "No such thing."}}', "No such thing."),
        (b'{"message": "Not <b>here</b>", "code": "404"}', "Not here"),
        (b'{"errors": [{"detail": "Too new"}]}', "Too new"),
        (b"<html><h1>404</h1> not found</html>", "404 not found"),
        (b'"' + b"x" * 500 + b'"', "x" * 299 + "…"),
        (b"[1]", ""),
    ],
)
def test_a_refusals_message_is_found_wherever_it_stands(lab, body, message):
    assert shown.message_of(Exchange(Request("GET", "http://x"), Response(404, "", content=body))) == message


def test_every_control_has_a_name_for_who_does_not_see_it(panel):
    for section in panel.sections.values():
        controls = [section.list, *section.buttons.values(), *section.fields.values()]
        assert all(control.description and control.tooltip for control in controls)
        assert not any(getattr(control, "continuous_update", False) for control in controls), (
            "a click may overtake"
        )
    panel.sections["servers"].buttons["Stop"].click()
    assert 'role="log" aria-live="polite"' in panel.said.value


def test_the_static_form_is_the_table_and_asks_nothing(lab):
    before = len(lab.history)
    bundle = lab.console()._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html"}
    assert bundle == lab.console()._repr_mimebundle_()
    assert bundle["text/html"].count("<tr>") == 1 + sum(len(button.calls) for button in console_calls.BUTTONS)
    for row in console_calls.table_rows():
        assert row[4] in bundle["text/plain"]
        assert f"<td>{row[3]}</td>" in bundle["text/html"]
    assert len(lab.history) == before


def test_a_live_one_stands_beside_its_static_form(lab, monkeypatch):
    lab._session.transport = replace(lab._session.transport, deterministic=False)
    before = len(lab.history)
    assert set(lab.console()._repr_mimebundle_()) == {"text/plain", "text/html"}
    monkeypatch.setattr("IPython.get_ipython", Shell)
    bundle = lab.console()._repr_mimebundle_()
    assert {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"} == set(bundle)
    assert len(lab.history) == before
