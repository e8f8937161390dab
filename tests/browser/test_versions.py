"""Two microversions side by side in JupyterLab and a real browser: other versions are typed, by keyboard alone."""

import pytest

from tests.browser.chromium import CHROMIUM
from tests.browser.lab import notebook_run

pytest.importorskip("playwright", reason="playwright isn't installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
CELLS = (
    'from cloudlab import connect\nlab = connect()\nlab.start("03-images")',
    'lab.versions(lab.endpoint("compute") + "/flavors/1", "2.1", "2.61")',
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with notebook_run(tmp_path_factory, CELLS) as page:
        yield page


def test_the_range_and_the_difference_are_shown(page):
    page.get_by_text("compute has 2.1 to 2.").wait_for()
    page.locator(".jp-OutputArea").get_by_text("flavor.extra_specs").first.wait_for()


def test_another_version_is_typed_and_compared_by_keyboard(page):
    page.get_by_label("To", exact=True).focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("2.47")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # on the button that comes next: Compare
    page.locator(".jp-OutputArea").get_by_text("compute 2.47").first.wait_for()


def test_a_version_that_is_none_is_told(page):
    page.get_by_label("From", exact=True).fill("two")
    page.locator("button.widget-button", has_text="Compare").click()
    page.locator(".jp-OutputArea [role=status]").first.wait_for()
