"""Lesson 00 in JupyterLab, in a real browser: it runs, shows the wire, needs only a keyboard, and stays at home."""

import shutil
from urllib.parse import urlsplit

import nbformat
import pytest

from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.lab import ROOT, answering, free_port, run_all, start, write_settings

api = pytest.importorskip("playwright.sync_api", reason="playwright isn't installed")
pytest.importorskip("jupyterlab", reason="JupyterLab isn't installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """JupyterLab on a port of its own, with a copy of the lesson that was never run."""
    home = tmp_path_factory.mktemp("jupyter")
    shutil.copytree(ROOT / "notebooks" / "images", home / "notebooks" / "images")
    lesson = nbformat.read(ROOT / "notebooks" / "00-start.ipynb", as_version=4)
    for cell in lesson.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    nbformat.write(lesson, home / "notebooks" / "00-start.ipynb")
    write_settings(home)
    address = f"http://127.0.0.1:{free_port()}"
    with (home / "log").open("w") as log, start(home, urlsplit(address).port, log) as server:
        try:
            yield answering(address)
        finally:
            server.kill()


@pytest.fixture(scope="module")
def page(address):
    """The lesson, open and run. `page.asked` are the requests, `page.wrong` what the browser complained about."""
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        page.set_default_timeout(30_000)
        page.asked, page.wrong = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("pageerror", lambda error: page.wrong.append(str(error)))
        page.on("console", lambda said: page.wrong.append(said.text) if said.type == "error" else None)
        run_all(page, f"{address}/lab/tree/notebooks/00-start.ipynb?reset")
        yield page
        browser.close()


def test_run_all_reaches_the_end(page):
    *_, checked, recall = page.locator(".jp-CodeCell").all()
    assert "not yet" in checked.inner_text() and "Which request needs no token?" in recall.inner_text()


def test_an_exchange_is_on_the_page_and_has_its_style(page):
    exchange = page.locator("section.clx").first
    assert "300 Multiple Choices" in exchange.inner_text()
    assert exchange.get_attribute("aria-label") == "Exchange 1: GET, 300 Multiple Choices"
    assert exchange.evaluate("e => getComputedStyle(e).paddingTop") == "6px"


def test_a_fold_opens_by_keyboard(page):
    fold = page.locator("section.clx details").first
    assert fold.get_attribute("open") is None
    fold.locator("> summary").focus()
    page.keyboard.press("Enter")
    fold.locator("th", has_text="User-Agent").wait_for()
    assert fold.get_attribute("open") is not None


def test_tab_reaches_every_fold(page):
    exchange = page.locator("section.clx").first
    exchange.locator("summary").first.focus()
    reached = 1
    closed = exchange.locator("summary:visible").count()
    for _ in range(closed - 1):
        page.keyboard.press("Tab")
        reached += page.evaluate("document.activeElement.matches('section.clx summary')")
    assert reached == closed >= 4


def test_an_answer_of_html_shows_as_text(page):
    """Keystone's 404 is a page of HTML: the learner reads its tags, and the browser doesn't."""
    assert "<h1>Not Found</h1>" in page.locator("section.clx", has_text="/v3/dragons").inner_text()
    assert page.locator("section.clx").locator("h1, title, script").count() == 0


def test_nothing_leaves_the_machine_and_nothing_complains(page):
    hosts = {urlsplit(url).hostname for url in page.asked if url.startswith(("http", "ws"))}
    assert hosts == {"127.0.0.1"}
    assert page.wrong == []
