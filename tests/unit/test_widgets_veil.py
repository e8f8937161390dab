"""What a real kernel on a cloud like a real one leaves in a stored notebook."""

import nbformat
import pytest

pytest.importorskip("nbclient", reason="nbclient isn't installed")

from types import SimpleNamespace

from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from cloudlab import connect
from cloudlab.client import realcloud
from cloudlab.client.errors import LabError
from cloudlab.client.veil import LABEL, Veil
from cloudlab.widgets.veil import VIEW, Cover, draw
from tests.realish import real_lab, remains
from tests.source import ROOT
from tests.unit.a_shell import a_shell

ID = "6f70656e-7374-4163-a279-636c6f75646c"
CELLS = """
from tests.realish import real_lab
lab = real_lab("admin")
----
me = lab._session.transport.accounts["me"]
r = lab.post(lab.urls["keystone"] + "/v3/auth/tokens", json=me.login)
lab.token = r.headers["X-Subject-Token"]
r
----
servers = lab.get(lab.endpoint("compute") + "/servers")
networks = lab.get(lab.endpoint("network") + "/v2.0/subnets")
lab.table(networks)
----
id = networks.json()["subnets"][0]["id"]
print(networks.json(), networks.url)
print(id)
----
import sys
print(id, "at 198.51.100.7", file=sys.stderr)
----
!echo $id fa:16:3e:0b:1c:2d
----
from IPython.display import HTML, SVG, JSON, Markdown, display, publish_display_data
display(HTML(f"<a href='{networks.url}'>{id}</a>"), Markdown(id), JSON({"id": [id]}))
display(SVG(f'<svg xmlns="http://www.w3.org/2000/svg"><title>{id}</title></svg>'))
display("", display_id="picture").update(Markdown(id))
publish_display_data({"text/plain": id, "application/x+json": {id: id}})
lab.map()
----
{id: lab.urls}
----
raise ValueError(f"nothing at {networks.url}?id={id}")
----
lab.get(lab.endpoint("network").replace("network", "nobody") + "/" + id)
----
lab.get(lab.endpoint("network") + "/v2.0/networks/‹id 1›")
----
import ipywidgets
html = ipywidgets.HTML(id)
printed = {"output_type": "stream", "name": "stdout", "text": id}
display(html, ipywidgets.Select(options=[(id, id)]), ipywidgets.Output(outputs=(printed,)))
html.value = "now " + id
lab.wait(networks.url, "gone", timeout=0)
----
# needs: neighbour
print("not run")
----
again = real_lab()
print(id)
----
lab.show_ids()
print(id)
""".strip().split("\n----\n")  # fmt: skip


@pytest.fixture(scope="module")
def notebook():
    book = new_notebook(cells=[new_code_cell(cell) for cell in CELLS])
    NotebookClient(
        book, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": str(ROOT)}}
    ).execute()
    nbformat.validate(book)
    return book


def stored(cell):
    """All texts in a cell's outputs. (The widgets' own ids aren't the cloud's.)"""
    return "\n".join(texts(cell.outputs))


def texts(value):
    if isinstance(value, dict):
        return [text for key, one in value.items() if key != VIEW for text in (key, *texts(one))]
    if isinstance(value, list):
        return [text for one in value for text in texts(one)]
    return [str(value)]


def test_no_id_address_or_host_is_stored(notebook):
    *covered, asked = notebook.cells
    assert [(cell.source, left) for cell in covered if (left := remains(stored(cell)))] == []
    assert remains(stored(asked))


def test_every_kind_of_output_is_there_with_its_labels(notebook):
    outputs = [output for cell in notebook.cells[1:-1] for output in cell.outputs]
    kinds = {output.get("name", output.output_type) for output in outputs if LABEL.search(str(output))}
    assert kinds == {"stdout", "stderr", "error", "execute_result", "display_data"}
    bundles = [pair for output in outputs for pair in output.get("data", {}).items()]
    mimes = {mime for mime, value in bundles if LABEL.search(str(value))}
    assert mimes >= {"text/plain", "text/html", "text/markdown", "image/svg+xml", "application/json"}
    assert "application/x+json" in mimes


def test_a_value_has_one_label_in_every_form_and_after_a_second_connect(notebook):
    printed = notebook.cells[3].outputs[0].text.splitlines()[-1]
    assert LABEL.fullmatch(printed)
    for number in (4, 5, 6, 7, 8, 11):
        assert printed in stored(notebook.cells[number]), CELLS[number]
    assert printed in stored(notebook.cells[13])


def test_what_was_said_at_connect_and_of_a_label(notebook):
    assert "Ids and addresses are shown as ‹id 1› …" in notebook.cells[0].outputs[0].text
    assert "‹id 1› only says where a value was" in stored(notebook.cells[10])
    assert "Not possible here" in stored(notebook.cells[12]) and "not run" not in stored(notebook.cells[12])
    assert "From now on ids, addresses and hosts are shown" in stored(notebook.cells[-1])


def test_a_widget_shows_labels_too(notebook):
    """nbclient stores the widgets' state, as JupyterLab does when asked to. Their own ids are hexadecimal as well."""
    states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
    told = {state.model_name: state.state for state in states}
    assert LABEL.fullmatch(told["HTMLModel"]["value"].removeprefix("now "))
    assert LABEL.fullmatch(told["SelectModel"]["_options_labels"][0])
    assert LABEL.fullmatch(told["OutputModel"]["outputs"][0]["text"])


def test_what_the_pager_shows_is_covered_and_the_next_cells_text_is_not():
    page = {"source": "page", "data": {"text/plain": ID}, "start": 0}
    typed = {"source": "set_next_input", "text": ID, "replace": False}
    reply = Cover(Veil()).content(
        "execute_reply", {"status": "ok", "payload": [page, typed], "traceback": [ID]}
    )
    assert [page["data"]["text/plain"] for page in reply["payload"][:1]] == ["‹id 1›"]
    assert reply["payload"][1] == typed and reply["traceback"] == ["‹id 1›"]


def test_what_is_not_shown_stays_as_it_is():
    cover = Cover(Veil())
    for kind, content in (
        ("complete_reply", {"matches": [ID]}),
        ("comm_open", {"comm_id": ID, "data": {"state": {"_model_name": "TextModel", "value": ID}}}),
        ("comm_msg", {"comm_id": ID, "data": {"method": "custom", "content": ID}}),
        (
            "display_data",
            {"data": {"image/png": "a" * 32, "application/vnd.jupyter.widget-view+json": {"model_id": ID}}},
        ),
    ):
        assert cover.content(kind, content) == content


@pytest.fixture
def sent(tmp_path):
    """A shell with a kernel that only notes what it sends: (type, content)."""
    messages = []
    session = SimpleNamespace(
        send=lambda stream, kind, content=None, **more: messages.append((kind, content))
    )
    with a_shell(tmp_path) as shell:
        shell.kernel = SimpleNamespace(session=session)
        yield SimpleNamespace(messages=messages, session=session)


def test_a_login_that_fails_is_covered_already(sent, monkeypatch):
    def refuse(session):
        raise LabError("no")

    monkeypatch.setattr(realcloud, "arrive", refuse)
    with pytest.raises(LabError):
        real_lab()
    sent.session.send(None, "error", {"evalue": "nobody at identity.cloud.example"}, ident=b"error")
    assert sent.messages == [("error", {"evalue": "nobody at ‹host 1›"})]


def test_who_asks_in_the_environment_sees_ids_from_the_beginning(sent, monkeypatch, capsys):
    monkeypatch.setenv("CLOUDLAB_SHOW_IDS", "1")
    real_lab()
    sent.session.send(None, "stream", {"name": "stdout", "text": ID})
    assert sent.messages == [("stream", {"name": "stdout", "text": ID})]
    assert "‹id 1›" not in capsys.readouterr().out


def test_on_the_embedded_cloud_there_is_no_veil(sent, capsys):
    send = sent.session.send
    lab = connect()
    lab.show_ids()
    assert sent.session.send is send
    assert capsys.readouterr().out == "Nothing is hidden here: ids and addresses are shown as they are.\n"


def test_without_a_kernel_nothing_is_drawn(capsys):
    assert draw(None, Veil()) is None and draw(object(), Veil()) is None
    lab = real_lab()
    capsys.readouterr()
    lab.show_ids()
    assert capsys.readouterr().out == "Nothing is hidden here: ids and addresses are shown as they are.\n"
