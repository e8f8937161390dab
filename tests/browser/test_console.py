"""The console to click, in JupyterLab and a real browser: a server by mouse, a volume by keyboard alone."""

import pytest

from tests.browser.chromium import CHROMIUM
from tests.browser.lab import notebook_run
from tests.browser.test_clock import button

pytest.importorskip("playwright.sync_api", reason="playwright isn't installed")
pytest.importorskip("jupyterlab", reason="JupyterLab isn't installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
CELLS = ('from cloudlab import connect\nlab = connect()\nlab.start("02-flavors")', "lab.console()")


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """A notebook that ends in `lab.console()`."""
    with notebook_run(tmp_path_factory, CELLS) as page:
        button(page, "Refresh").first.wait_for()
        yield page


def visible(page, name):
    """The button of the tab that is open."""
    return button(page, name).locator("visible=true")


def listed(page, words):
    """Wait until the open tab's list has an entry with these words."""
    page.locator("select[size]:visible option", has_text=words).first.wait_for(state="attached")


def newest(page, line):
    """Wait for a call in the log, by a part of its line."""
    page.get_by_role("log").locator("summary", has_text=line).first.wait_for()


def tab_to(page, control):
    """Press Tab until the control has the focus, from wherever it is."""
    for _ in range(40):
        if control.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("no key leads there")


def press(page, name):
    tab_to(page, visible(page, name))
    page.keyboard.press("Enter")


def test_a_server_is_made_by_mouse(page):
    visible(page, "Refresh").click()
    newest(page, "/v2/images → 200 OK")
    visible(page, "Make").click()
    newest(page, "/servers → 202 Accepted")
    listed(page, "ConsoleVm")
    call = page.get_by_role("log").locator("details.clx-call", has_text="/servers → 202 Accepted")
    call.locator("summary").first.click()
    call.locator("section.clx").wait_for()
    for _ in range(60):  # each a click and its answer: the server needs some seconds
        if page.locator("select[size] option", has_text="ACTIVE").count():
            break
        visible(page, "Refresh").click()
        page.wait_for_timeout(250)
    listed(page, "ConsoleVm · ACTIVE")


def test_a_volume_is_made_and_deleted_by_keyboard_alone(page):
    page.get_by_role("tab", name="Servers").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    visible(page, "Detach").wait_for()
    press(page, "Refresh")
    newest(page, "/volumes/detail → 200 OK")
    press(page, "Make")
    newest(page, "/volumes → 202 Accepted")
    listed(page, "ConsoleVolume")
    for _ in range(60):
        if page.locator("select[size] option", has_text="available").count():
            break
        press(page, "Refresh")
        page.wait_for_timeout(250)
    tab_to(page, page.locator("select[size]:visible"))
    page.keyboard.press("Home")
    page.get_by_text("Chosen: ConsoleVolume · available").wait_for()
    press(page, "Delete")
    page.get_by_role("log").locator("summary", has_text="DELETE").locator(
        "text=202 Accepted"
    ).first.wait_for()
