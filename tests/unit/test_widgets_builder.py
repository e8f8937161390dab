"""The request builder, without a page: a form from each schema, what it writes, and what a click sends."""

import json
import re

import pytest

ipywidgets = pytest.importorskip("ipywidgets", reason="ipywidgets isn't installed")

from cloudlab.client.operations import ROOTS, Operation, find, places  # noqa: E402
from cloudlab.client.transport import forms  # noqa: E402
from cloudlab.sim.validation import first_error  # noqa: E402
from cloudlab.widgets import builder as widget  # noqa: E402
from cloudlab.widgets.form import Field, body, fields, note, sketch, value  # noqa: E402
from tests.parity.operations import MOUNTS, PRESENT, operations  # noqa: E402
from tests.steered import lab_in_process  # noqa: E402

OPERATIONS = [Operation(*row) for row in forms()]
WITH_FORM = [operation for operation in OPERATIONS if operation.schema]
ID = "6d1e5c1a-0000-4000-8000-000000000001"
SAMPLES = {"text": ID, "integer": "1", "number": "1.5", "boolean": "true", "json": '{"key": "value"}'}
SCHEMA = {
    "properties": {
        "thing": {
            "properties": {
                "size": {"type": ["integer", "string", "null"]},
                "factor": {"type": ["number", "string"]},
                "shared": {
                    "oneOf": [{"type": "null"}, {"type": ["boolean", "string"], "enum": [True, "yes"]}]
                },
                "mode": {"type": "string", "enum": ["rw", "ro", None]},
                "ports": {
                    "type": "array",
                    "items": {"properties": {"id": {"type": "string"}}, "type": "object"},
                },
                "seen": {"type": "string", "readOnly": True},
                "name": {"type": ["null", "string"]},
            },
            "required": ["name"],
        }
    },
    "required": ["thing"],
}


@pytest.fixture
def lab():
    with lab_in_process() as lab:
        yield lab


def panel_of(lab):
    return widget.Panel(lab._session, lab._learning.judged, OPERATIONS, ipywidgets)


@pytest.fixture
def panel(lab):
    lab.start("02-flavors")
    return panel_of(lab)


def choose(panel, method, service, path):
    panel.parts.method.value = method
    panel.parts.service.value = next(
        label for label in panel.parts.service.options if label.startswith(service + " ")
    )
    panel.parts.path.value = path
    return controls(panel)


def controls(panel):
    """The form's controls by their labels."""
    form = panel._draft().form
    return {path[-1]: control for path, control in form.controls.items()} if form else {}


# A schema as fields.


def test_fields_of_every_kind_and_required_ones_first():
    found = {field.path[-1]: field for field in fields(SCHEMA)}
    assert {name: field.kind for name, field in found.items()} == {
        "name": "text",
        "size": "integer",
        "factor": "number",
        "shared": "boolean",
        "mode": "choice",
        "ports": "json",
    }
    assert next(iter(found)) == "name"
    assert found["name"].label == "name (required)"
    assert found["mode"].choices == ("rw", "ro")
    assert found["ports"].hint == '[{"id": "…"}]'


def test_values_have_the_schemas_types_and_empty_ones_are_left_out():
    typed = {"name": "a", "size": "10", "factor": "1.5", "shared": "false", "mode": "ro", "ports": "[1]"}
    of = {("thing", name): text for name, text in typed.items()}
    wanted = {"name": "a", "size": 10, "factor": 1.5, "shared": False, "mode": "ro", "ports": [1]}
    assert body(SCHEMA, of) == {"thing": wanted}
    assert body(SCHEMA, dict.fromkeys(of, "")) == {"thing": {}}


@pytest.mark.parametrize("typed", ["ten", "1_000", "1.5", "９", "9" * 5000])
def test_what_is_no_whole_number_goes_as_text_and_a_note_says_so(typed):
    field = Field(("volume", "size"), "integer", False)
    assert value(field, typed) == typed
    assert note(field, typed).startswith("size: ")
    assert note(field, " 10") == note(field, "") == ""


@pytest.mark.parametrize("typed", ["auto", "[1", "[" * 100_000])
def test_what_is_no_json_goes_as_text(typed):
    field = Field(("server", "networks"), "json", False)
    assert value(field, typed) == typed
    assert "isn't JSON" in note(field, typed)
    assert note(field, "[]") == ""


def test_a_sketch_says_what_goes_where():
    assert sketch({"type": "null"}) is None
    assert sketch({"type": "object"}) == {"…": "…"}
    assert sketch({"oneOf": [{"type": "null"}, {"type": "array"}]}) == ["…"]


@pytest.mark.parametrize("operation", WITH_FORM, ids=lambda operation: " ".join(operation[:3]))
def test_every_form_makes_a_body_that_its_schema_takes(operation):
    """With the required fields (of a change, any one): none is needed besides them, and each of them is."""
    required = [field for field in fields(operation.schema) if field.required]
    typed = {field.path: field.choices[0] if field.choices else SAMPLES[field.kind] for field in required}
    error = first_error(operation.schema, body(operation.schema, _listed(typed)))
    assert error is None or (not required and error[2] == "{} should be non-empty")
    for path in typed:
        rest = {other: text for other, text in typed.items() if other != path}
        assert first_error(operation.schema, body(operation.schema, _listed(rest)))
    assert fields(operation.schema)


def _listed(typed):
    return {path: '["password"]' if path[-1] == "methods" else text for path, text in typed.items()}


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: " ".join(operation[:3]))
def test_the_cloud_has_every_operation(operation):
    service, _ = {**ROOTS, "block-storage": ("cinder", "")}[operation.service]
    mount = MOUNTS[service].split(",")[0]
    paths = [_bare(operation.path), _bare(operation.path.removeprefix(mount))]
    assert any(
        (one.method, one.status) == (operation.method, PRESENT) and _bare(one.path) in paths
        for one in operations()[service]
    )


def _bare(path):
    return re.sub(r"\{\w+\}", "{}", path)


# The call.


def test_a_list_by_send_is_in_the_history_and_on_the_page(lab, panel):
    choose(panel, "GET", "compute", "/flavors")
    before = len(lab.history)
    panel.parts.send.click()
    made = list(lab.history)[before:]
    assert [(e.purpose, e.status_code, e.request.method) for e in made] == [("learner", 200, "GET")]
    assert made[0].url == lab.endpoint("compute") + "/flavors"
    assert panel.parts.shown.value == made[0]._repr_mimebundle_()["text/html"]
    assert "flavors → 200 OK" in panel.parts.said.value
    assert not made[0].request.content
    assert "Content-Type" not in made[0].request.headers


def test_the_form_writes_the_text_and_the_text_is_sent(lab, panel):
    form = choose(panel, "POST", "block-storage", "/volumes")
    form["size"].value, form["name"].value, form["multiattach"].value = "1", "data", "false"
    text = '{"volume": {"name": "data", "size": 1, "multiattach": false}}'
    assert json.loads(panel.parts.text.value) == json.loads(text)
    panel.parts.send.click()
    made = lab.history[-1]
    assert (made.status_code, made.request.text) == (202, panel.parts.text.value)
    assert made.request.headers["Content-Type"] == "application/json"
    panel.parts.text.value = "{not"
    panel.parts.send.click()
    assert (lab.history[-1].status_code, lab.history[-1].request.text) == (400, "{not")


def test_a_size_of_ten_in_words_is_the_services_to_refuse(lab, panel):
    choose(panel, "POST", "block-storage", "/volumes")["size"].value = "ten"
    assert "isn&#x27;t a whole number" in panel._draft().form.notes.value
    panel.parts.send.click()
    assert lab.history[-1].status_code == 400
    assert json.loads(lab.history[-1].request.text) == {"volume": {"size": "ten"}}


def test_as_curl_sends_nothing_and_says_what_send_would(lab, panel):
    choose(panel, "POST", "compute", "/os-keypairs")["name"].value = "<my> key"
    before = len(lab.history)
    panel.parts.curl.click()
    assert len(lab.history) == before
    assert "Nothing was sent" in panel.parts.said.value
    shown = panel.parts.shown.value
    panel.parts.send.click()
    assert shown == f'<pre class="clb-code">{widget.html.escape(lab.history[-1].as_curl())}</pre>'
    assert "$OS_TOKEN" in shown
    assert lab.token not in shown


def test_a_password_is_a_variable_in_the_command(lab, panel):
    form = choose(panel, "POST", "identity", "/v3/users")
    form["name"].value, form["password"].value = "kim", "hush-hush"
    panel.parts.curl.click()
    assert "$OS_PASSWORD" in panel.parts.shown.value
    assert "hush" not in panel.parts.shown.value


def test_the_microversion_is_a_header_in_the_services_words(lab, panel):
    panel.parts.version.value = "2.79"
    panel.parts.send.click()
    assert lab.history[-1].request.headers["OpenStack-API-Version"] == "compute 2.79"
    assert lab.history[-1].headers["OpenStack-API-Version"] == "compute 2.79"
    choose(panel, "GET", "volumev3", "/volumes")
    panel.parts.version.value = "3.59"
    panel.parts.headers.value = "openstack-api-version: volume 3.60"
    panel.parts.send.click()
    assert lab.history[-1].headers["OpenStack-API-Version"] == "volume 3.60"
    before = len(lab.history)
    choose(panel, "GET", "image", "/v2/images")
    panel.parts.send.click()
    assert "image (glance) has no microversions" in panel.parts.said.value
    assert len(lab.history) == before


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("Accept", "&#x27;Accept&#x27; isn&#x27;t a header"),
        ("two words: x", "isn&#x27;t a header"),
        ("X-Name: 김", "isn&#x27;t a header"),
        ("A: 1\na: 2", "The header a is there twice"),
    ],
)
def test_a_line_that_is_no_header_gets_a_sentence(lab, panel, typed, said):
    before = len(lab.history)
    for button in (panel.parts.send, panel.parts.curl):
        panel.parts.headers.value = typed
        button.click()
        assert said in panel.parts.said.value
        assert panel.parts.headers.value == typed
    assert len(lab.history) == before


def test_headers_are_sent_as_they_are_written(lab, panel):
    panel.parts.headers.value = "\nX-Mine: a: b\n  Accept:application/json  \nContent-Type: text/plain\n"
    panel.parts.text.value = "plain"
    panel.parts.send.click()
    sent = lab.history[-1].request.headers
    assert (sent["X-Mine"], sent["Accept"], sent["Content-Type"]) == (
        "a: b",
        "application/json",
        "text/plain",
    )


def test_what_keeps_a_call_from_being_answered_is_a_sentence(lab, panel):
    for path in ("http://nowhere.example/x", "http://127.0.0.1:1/x"):
        panel.parts.path.value = path
        panel.parts.send.click()
        assert f"Nothing listens at {path}" in panel.parts.said.value
        assert panel.parts.path.value == path
    panel.parts.path.value = "http://[/x"
    panel.parts.curl.click()
    assert "not a whole URL" in panel.parts.said.value
    lab._session.catalog = [{"type": "compute", "name": "nova", "endpoints": []}]
    panel.parts.path.value = "/servers"
    panel.parts.send.click()
    assert "The catalog names no service" in panel.parts.said.value
    assert panel.parts.url.value.startswith("The catalog names no service")


def test_the_latest_lines_stay(panel):
    for _ in range(20):
        panel.parts.curl.click()
    assert panel.parts.said.value.count("Nothing was sent") == widget.KEPT


# Where it goes.


def test_the_url_is_shown_whole_as_it_is_typed(lab, panel):
    choose(panel, "GET", "compute", "/servers/{id}")
    assert f"GET {lab.endpoint('compute')}/servers/{{id}}" in panel.parts.url.value
    assert "Put the real thing in place of {id}" in panel.parts.url.value
    panel.parts.path.value = "servers?name=<b>"
    assert f"{lab.endpoint('compute')}/servers?name=&lt;b&gt;</div>" in panel.parts.url.value
    assert set(panel.parts.path.options) >= {"/servers", "/servers/{id}", "/flavors"}
    panel.parts.method.value = "POST"
    assert "/servers/{id}/action" in panel.parts.path.options
    assert "/volumes" not in panel.parts.path.options
    sent = []
    panel.parts.path.observe(sent.append, "options")
    panel.parts.method.value = "DELETE"
    assert sent == []  # new options make JupyterLab drop what is being typed


def test_without_a_catalog_it_begins_with_a_login_and_what_was_chosen_stays(lab):
    panel = panel_of(lab)
    assert panel.parts.url.value == f'<div class="clb-code">POST {lab.urls["keystone"]}/v3/auth/tokens</div>'
    assert "goes without one" in panel.parts.token.value
    assert places(lab._session)["compute (nova)"].url == lab.urls["nova"] + "/v2.1"
    user = {"name": "demo", "password": "secret", "domain": {"id": "default"}}
    form = controls(panel)
    form["methods"].value, form["password"].value = '["password"]', json.dumps({"user": user})
    form["scope"].value = json.dumps({"project": {"name": "demo", "domain": {"id": "default"}}})
    panel.parts.send.click()
    assert lab.history[-1].status_code == 201
    assert panel.parts.service.value == "identity (keystone)"
    assert "compute_legacy (nova_legacy)" in panel.parts.service.options
    lab.token = "x" * 20
    panel.parts.method.value = "GET"
    assert panel.parts.token.value == widget.TOKEN


def test_the_more_exact_path_is_the_operation(panel):
    where = places(panel._session)["compute (nova)"]
    for path, wanted in (
        ("/servers/detail", "/servers/detail"),
        ("/servers/1?x=/y", "/servers/{id}"),
        ("/serverz", ""),
    ):
        found = find(OPERATIONS, "GET", where, path)
        assert (found.path if found else "") == wanted
    assert find(OPERATIONS, "GET", None, "/servers") is None


# Nothing typed is lost.


def test_each_operation_keeps_its_form_and_its_text(panel):
    choose(panel, "POST", "block-storage", "/volumes")["name"].value = "data"
    written = panel.parts.text.value
    assert choose(panel, "GET", "block-storage", "/volumes") == {}
    assert panel.parts.form.children[0].value.startswith("This call has no form")
    assert panel.parts.text.value == ""
    choose(panel, "POST", "compute", "/unknown")
    panel.parts.text.value = "mine"
    assert choose(panel, "POST", "block-storage", "/volumes")["name"].value == "data"
    assert panel.parts.text.value == written
    choose(panel, "POST", "compute", "/unknown/2")
    assert panel.parts.text.value == "mine"


def test_what_comes_late_is_its_own_forms(panel):
    form = choose(panel, "POST", "compute", "/os-keypairs")
    choose(panel, "POST", "compute", "/servers")
    form["name"].value = "late"
    assert json.loads(panel.parts.text.value) == {"server": {}}
    choose(panel, "POST", "compute", "/os-keypairs")
    assert json.loads(panel.parts.text.value) == {"keypair": {"name": "late"}}


def test_a_text_of_ones_own_is_not_written_over(panel):
    form = choose(panel, "POST", "compute", "/os-keypairs")
    panel.parts.text.value = '{"keypair": {"name": "by hand"}}'
    form["name"].value = "by form"
    assert "by hand" in panel.parts.text.value
    assert "changed by hand" in panel.parts.said.value
    panel.parts.text.value = ""
    form["name"].value = "by form again"
    assert json.loads(panel.parts.text.value) == {"keypair": {"name": "by form again"}}


# How it shows itself.


def test_every_control_has_a_visible_name(panel):
    choose(panel, "POST", "compute", "/servers")
    form = panel._draft().form
    shown = [
        getattr(panel.parts, name) for name in ("method", "service", "path", "version", "headers", "text")
    ]
    assert all(control.description for control in [*shown, *form.controls.values()])
    assert all(button.description and button.tooltip for button in (panel.parts.send, panel.parts.curl))
    assert [c.description for c in form.box.children[:2]] == ["name (required)", "flavorRef (required)"]
    assert form.box.children[2].titles == ("Optional fields (19)",)
    assert form.box.children[2].selected_index is None
    panel.parts.curl.click()
    assert 'role="log" aria-live="polite"' in panel.parts.said.value


def test_the_static_form_has_the_operations_and_is_the_same_every_time(lab):
    static = lab.request_builder()._repr_mimebundle_()
    assert set(static) == {"text/plain", "text/html"}
    assert static == lab.request_builder()._repr_mimebundle_()
    text = static["text/plain"]
    assert "POST    compute        /servers " in text
    assert "name, flavorRef" in text
    assert 'lab.post(lab.endpoint("compute") + "/servers", json=' in text
    assert all(operation.path in static["text/html"] for operation in OPERATIONS)
    assert static["text/html"].count("<tr>") == len(OPERATIONS) + 1


def test_what_was_predicted_is_decided_by_the_call_that_is_sent(lab, panel):
    choose(panel, "GET", "compute", "/flavors/m1.tiny")
    lab.predict(status=200)
    panel.parts.curl.click()
    assert "you said" not in panel.parts.said.value
    panel.parts.send.click()
    assert "✗ status: you said 200. The wire says: 404." in panel.parts.said.value
    panel.parts.send.click()
    assert panel.parts.said.value.count("you said") == 1


class Shell:
    kernel = object()


def test_a_live_one_is_one_widget_beside_its_static_form(lab, monkeypatch):
    live = widget.RequestBuilder(lab._session, lab._learning.judged, live=True)
    assert set(live._repr_mimebundle_()) == {"text/plain", "text/html"}
    monkeypatch.setattr("IPython.get_ipython", Shell)
    bundle = live._repr_mimebundle_()
    assert {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"} == set(bundle)
    assert bundle["text/plain"] == repr(live)
    assert live._repr_mimebundle_() == bundle  # the same one: what was typed is still there
