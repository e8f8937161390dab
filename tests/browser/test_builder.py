"""The request builder, in JupyterLab and a real browser: by mouse, and by keyboard alone."""

import pytest

from tests.browser.chromium import CHROMIUM
from tests.browser.lab import notebook_run

pytest.importorskip("playwright.sync_api", reason="playwright isn't installed")
pytest.importorskip("jupyterlab", reason="JupyterLab isn't installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
CELLS = (
    'from cloudlab import connect\nlab = connect()\nlab.start("02-flavors")',
    "lab.request_builder()",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with notebook_run(tmp_path_factory, CELLS) as page:
        page.get_by_label("Path").wait_for()
        yield page


def said(page, text):
    page.get_by_role("log").get_by_text(text).first.wait_for()


def test_flavors_by_mouse(page):
    page.get_by_label("Method").select_option("GET")
    page.get_by_label("Service").select_option("compute (nova)")
    page.get_by_label("Path").fill("/flavors")
    page.get_by_label("Path").blur()
    page.locator(".clb-code", has_text="/v2.1/flavors").first.wait_for()
    page.get_by_role("button", name="Send").click()
    said(page, "/v2.1/flavors → 200 OK")
    assert "m1.tiny" in page.locator(".clb section.clx").text_content()


def test_a_key_pair_by_keyboard_alone(page):
    page.get_by_label("Method").focus()
    page.keyboard.type("POST")
    page.keyboard.press("Tab")  # the service
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.placeholder") == "/servers"
    page.keyboard.press("Control+A")
    page.keyboard.type("/os-keypairs")
    page.keyboard.press("Enter")
    page.get_by_text("Optional fields (1)", exact=True).wait_for()  # a server's form has a name, too
    tab_to(page, "name (required)")
    page.keyboard.type("by keyboard")
    tab_to(page, "Send")
    page.keyboard.press("Enter")
    said(page, "/v2.1/os-keypairs → 200 OK")
    assert "by keyboard" in page.locator(".clb section.clx").text_content()


def test_the_command_instead_of_the_call(page):
    page.get_by_role("button", name="As curl").click()
    said(page, "Nothing was sent")
    assert "curl -i -X POST" in page.locator(".clb pre", has_text="$OS_TOKEN").inner_text()


def tab_to(page, name):
    """Press Tab until the control of this name has the focus."""
    for _ in range(20):
        page.keyboard.press("Tab")
        label = "e => (e.labels?.[0] ?? e).textContent.trim()"
        if page.evaluate(f"({label})(document.activeElement)") == name:
            return
    raise AssertionError(f"Tab doesn't reach {name}")


def test_it_fits_a_telephone(page):
    """Controls that are in sight end before the widget does, and the widget before the window; no label is cut."""
    page.set_viewport_size({"width": 360, "height": 900})
    page.keyboard.press("Control+B")  # the list of files makes room
    page.wait_for_function("document.querySelector('.clb').getBoundingClientRect().right <= 360")
    parts = "[...document.querySelectorAll('.clb :is(input, select, textarea, button, section)')]"
    right = "document.querySelector('.clb').getBoundingClientRect().right + 1"
    page.wait_for_function(f"{parts}.every(e => e.getBoundingClientRect().right <= {right})")
    labels = "[...document.querySelectorAll('.clb label')].filter(e => e.clientWidth)"
    assert page.evaluate(f"{labels}.filter(e => e.scrollWidth > e.clientWidth).map(e => e.textContent)") == []
