"""The clock to click, without a page: each click is an order, and what is shown is text."""

import builtins

import pytest

ipywidgets = pytest.importorskip("ipywidgets", reason="ipywidgets isn't installed")

from cloudlab.widgets import clock as widget  # noqa: E402
from tests.steered import lab_in_process, new_server  # noqa: E402


@pytest.fixture
def lab():
    with lab_in_process() as lab:
        lab.start("02-flavors")
        yield lab


@pytest.fixture
def panel(lab):
    return widget.Panel(lab.clock, ipywidgets)


def test_pause_step_and_run(lab, panel):
    assert "running at ×1" in panel.face.value
    assert panel.buttons["Run"].disabled
    panel.buttons["Pause"].click()
    assert lab.clock.paused
    assert panel.buttons["Pause"].disabled
    assert "it is paused" in panel.said.value
    new_server(lab, "<script>")
    panel.buttons["Step"].click()
    assert "+0.40 s  nova schedules &lt;script&gt;" in panel.said.value
    assert "&lt;script&gt;" in panel.face.value
    panel.buttons["Run"].click()
    assert not lab.clock.paused
    assert panel.buttons["Run"].disabled


def test_the_slider_sets_the_speed_and_follows_it(lab, panel):
    panel.speed.value = 10
    assert lab.clock.speed == 10
    panel.speed.value = 10**1.7000000001
    assert lab.clock.speed == 50.1
    lab.clock.run(2)
    panel.buttons["Look"].click()
    assert panel.speed.value == 2
    assert lab.clock.speed == 2
    assert (panel.speed.min, panel.speed.max) == (-1, 2)  # powers of ten: 0.1 to 100


def test_the_latest_lines_stay(lab, panel):
    for _ in range(30):
        panel.buttons["Step"].click()
    assert panel.said.value.count("Nothing is due") == widget.KEPT


def test_what_goes_wrong_is_a_line(lab, panel, monkeypatch):
    lab._inside._transport.control = None
    panel.buttons["Step"].click()
    assert "is a real cloud" in panel.said.value


def test_every_control_has_a_name_for_who_does_not_see_it(panel):
    assert all(button.description and button.tooltip for button in panel.buttons.values())
    assert panel.speed.description == "Speed ×"
    panel.buttons["Step"].click()
    assert 'role="log"' in panel.said.value


def test_a_deterministic_cloud_shows_no_widget(lab):
    assert set(lab.clock._repr_mimebundle_()) == {"text/plain", "text/html"}


class Shell:
    kernel = object()


def test_a_live_one_does_beside_its_static_form(lab, monkeypatch):
    monkeypatch.setattr("IPython.get_ipython", Shell)
    live = widget.ClickableClock(lab._inside, live=True)
    bundle = live._repr_mimebundle_()
    assert {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"} == set(bundle)
    assert bundle["text/plain"] == repr(lab.clock)


def test_without_ipywidgets_or_a_kernel_there_is_the_static_form(lab, monkeypatch):
    live = widget.ClickableClock(lab._inside, live=True)
    assert set(live._repr_mimebundle_()) == {"text/plain", "text/html"}
    monkeypatch.setattr("IPython.get_ipython", Shell)
    real = builtins.__import__

    def none(name, *args, **kwargs):
        if name == "ipywidgets":
            raise ImportError
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", none)
    assert set(live._repr_mimebundle_()) == {"text/plain", "text/html"}
