"""The clock to click, in JupyterLab and a real browser: pause, step, and see what happened; also by keyboard alone."""

import pytest

from tests.browser.chromium import CHROMIUM
from tests.browser.lab import notebook_run

pytest.importorskip("playwright.sync_api", reason="playwright isn't installed")
pytest.importorskip("jupyterlab", reason="JupyterLab isn't installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
CELLS = (
    'from cloudlab import connect\nlab = connect()\nlab.start("02-flavors")',
    "lab.clock.pause()",
    'image = lab.get(lab.urls["glance"] + "/v2/images").json()["images"][0]["id"]\n'
    'server = {"name": "MyFirstApiVm", "imageRef": image, "flavorRef": "1"}\n'
    'made = lab.post(lab.endpoint("compute") + "/servers", json={"server": server})',
    "lab.clock.run(0.1)",  # however slow this machine is, the server isn't ready before the first click
    "lab.clock",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A notebook that ends in `lab.clock`."""
    with notebook_run(tmp_path_factory, CELLS) as page:
        button(page, "Step").wait_for()
        yield page


def button(page, name):
    """One of the widget's; JupyterLab has a Run of its own."""
    return page.locator("button.widget-button", has_text=name)


def test_pause_step_and_see_the_line(page):
    said = page.get_by_role("log")
    button(page, "Pause").click()
    said.get_by_text("it is paused").first.wait_for()
    button(page, "Step").click()
    said.get_by_text("nova").first.wait_for()
    assert "MyFirstApiVm" in said.inner_text()


def test_a_keyboard_is_enough(page):
    said = page.get_by_role("log")
    button(page, "Step").focus()
    lines = len(said.inner_text().splitlines())
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelector('[role=log]').innerText.split('\\n').length > {lines}")
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    page.locator(".widget-readout", has_text="0.126").wait_for()
    assert "paused" in page.locator(".widget-html-content").first.inner_text()
