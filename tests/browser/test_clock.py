"""The clock to click, in JupyterLab and a real browser: pause, step, and see what happened; also by keyboard alone."""

import shutil
from urllib.parse import urlsplit

import nbformat
import pytest

from cloudlab.sim import home
from tests.browser.test_lesson import CHROMIUM, DONE, FLAGS, SETTINGS, answering, api, free_port, start
from tests.steered import ANY

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
    """A notebook that ends in `lab.clock`, run on a cloud of its own over sockets."""
    folder, state = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("state")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, folder / "clock.ipynb")
    for name, text in SETTINGS.items():
        file = folder / "settings" / "@jupyterlab" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    home.start(state, ports=ANY)
    address = f"http://127.0.0.1:{free_port()}"
    try:
        with pytest.MonkeyPatch.context() as patch, (folder / "log").open("w") as log:
            patch.setenv("CLOUDLAB_MODE", "up")
            patch.setenv("CLOUDLAB_STATE", str(state))
            with start(folder, urlsplit(address).port, log) as server:
                try:
                    yield from in_the_browser(answering(address))
                finally:
                    server.kill()
    finally:
        home.stop(state)
        shutil.rmtree(folder)


def in_the_browser(address):
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.set_default_timeout(30_000)
        page.goto(f"{address}/lab/tree/clock.ipynb?reset")
        page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
        page.get_by_text("| Idle").first.wait_for()
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_function(DONE)
        button(page, "Step").wait_for()
        yield page
        browser.close()


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
