"""Questions to click, without a browser: an ipywidgets kernel is pretended, and the widget's values are set."""

import pytest

from cloudlab import connect
from cloudlab.widgets import kernel

ipywidgets = pytest.importorskip("ipywidgets")


@pytest.fixture
def lab(monkeypatch):
    """A lab whose questions can be clicked, and `boxes`: the widgets that were shown."""
    monkeypatch.setattr(kernel, "ipywidgets_here", lambda: ipywidgets)
    lab = connect()
    lab.start("00-start")
    lab._learning._live = True
    return lab


def parts(shown, monkeypatch):
    boxes = []
    monkeypatch.setattr(ipywidgets.VBox, "_repr_mimebundle_", lambda box: boxes.append(box) or {"widget": 1})
    bundle = shown._repr_mimebundle_()
    assert bundle["text/plain"] == repr(shown) and bundle["widget"] == 1
    return boxes[0].children[1:]  # the style comes first


def press(field, text):
    next(button for button in field.children if button.description == text).click()


def test_a_prediction_is_chosen_and_then_judged(lab, monkeypatch, capsys):
    title, field, said = parts(lab.predict(status=...), monkeypatch)
    assert "Which status" in title.value
    press(field, "200")
    press(field, "401")
    assert [button.description for button in field.children if button.button_style] == ["401"]
    assert 'role="status"' in said.value and "Noted: status 401." in said.value
    lab.get(lab.urls["nova"] + "/v2.1/servers")
    assert capsys.readouterr().out == "✓ status: you said 401, and so it is.\n"


def test_an_answer_after_run_all_counts_for_the_next_call(lab, monkeypatch, capsys):
    _, field, _ = parts(lab.predict(status=...), monkeypatch)
    lab.get(lab.urls["keystone"] + "/")
    assert capsys.readouterr().out == ""
    press(field, "300")
    lab.get(lab.urls["keystone"] + "/")
    assert capsys.readouterr().out == "✓ status: you said 300, and so it is.\n"


def test_a_header_may_be_typed(lab, monkeypatch):
    _, field, said = parts(lab.predict(header=...), monkeypatch)
    field.value = "<X-Mine>"
    assert "Noted: header &lt;X-Mine&gt;." in said.value
    field.value = ""
    assert "Noted" in said.value


def test_a_question_from_memory_is_answered_by_a_click(lab, monkeypatch):
    _, field, said, *rest = parts(lab.recall(), monkeypatch)
    assert len(rest) == 6
    press(field, "a) The version of the API.")
    assert "✗ Not so: it is b" in said.value
    press(field, "b) The project whose volumes you ask for.")
    assert "✓ Right." in said.value
    assert lab.progress().notes["recall"] == {"url-parts": [False, True]}


def test_where_nobody_can_click_the_words_are_enough(lab):
    lab._learning._live = False
    assert set(lab.recall()._repr_mimebundle_()) == {"text/plain", "text/html"}
