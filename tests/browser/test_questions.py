"""Predictions and questions from memory in JupyterLab and a real browser: by mouse, and by keyboard alone."""

import pytest

from tests.browser.chromium import CHROMIUM
from tests.browser.lab import notebook_run

pytest.importorskip("playwright", reason="playwright isn't installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
CELLS = (
    'from cloudlab import connect\nlab = connect()\nlab.start("00-start")',
    "lab.predict(status=..., header=...)",
    'lab.get(lab.urls["keystone"] + "/", mark="Location")',
    "lab.recall()",
    "lab.progress()",
)


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    with notebook_run(tmp_path_factory, CELLS) as page:
        yield page


def run_again(page, number):
    page.locator(".jp-CodeCell .jp-InputArea-editor").nth(number).click()
    page.keyboard.press("Shift+Enter")


def button(page, text):
    return page.locator("button.widget-button", has_text=text)


def said(page):
    return page.locator("[role=status][aria-live]")


def test_a_prediction_is_chosen_by_mouse_and_the_next_call_decides(page):
    button(page, "200").click()
    said(page).get_by_text("Noted: status 200.").wait_for()
    run_again(page, 2)
    page.get_by_text("✗ status: you said 200. The wire says: 300. 300 is a menu.").wait_for()


def test_a_header_is_typed_and_a_question_answered_by_keyboard_alone(page):
    page.locator(".jp-OutputArea input[placeholder='type or choose']").focus()
    page.keyboard.type("Location")
    page.keyboard.press("Tab")
    said(page).get_by_text("header Location.").wait_for()
    button(page, "a) The version").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    said(page).get_by_text("✓ Right. Component, version, project").wait_for()
    run_again(page, 4)
    page.get_by_text("From memory: 1 of 1 right").wait_for()
