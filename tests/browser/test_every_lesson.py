"""Every lesson in JupyterLab, in a real browser: all cells run, no serious finding of axe-core, light and dark, and at
360 px nothing sticks out. JupyterLab's own frame is its makers' business: the audit looks at what a lesson shows.
"""

import re
import shutil
import socket

import nbformat
import pytest

from tests.browser.chromium import CHROMIUM, FLAGS
from tests.browser.lab import ROOT, jupyter, run_all, write_settings

pytest.importorskip("playwright", reason="playwright isn't installed")
axe = pytest.importorskip(
    "axe_playwright_python.sync_playwright", reason="axe-playwright-python isn't installed"
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

NOTEBOOKS = ROOT / "notebooks"
LESSONS = sorted(
    path.relative_to(NOTEBOOKS).with_suffix("").as_posix()
    for pattern in ("[0-9]*.ipynb", "[a-z]*/[0-9]*.ipynb")
    for path in NOTEBOOKS.glob(pattern)
    if "checkpoints" not in path.parent.name
)
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
SERIOUS = ("serious", "critical")
# JupyterLab gives an output's image no alternative text. There is one: lesson 02's plot of the table above it.
CONTENT = {
    "include": [[".jp-OutputArea-output"], [".jp-RenderedMarkdown"]],
    "exclude": [[".jp-RenderedImage img"]],
}
WIDE = """() => [...document.querySelectorAll('.jp-OutputArea-output, .jp-RenderedMarkdown')]
  .filter(box => box.scrollWidth > box.clientWidth + 1 && getComputedStyle(box).overflowX === 'visible')
  .map(box => box.innerText.slice(0, 80))"""


@pytest.fixture(scope="module", params=THEMES)
def address(request, tmp_path_factory):
    """JupyterLab in a theme, on copies of the lessons."""
    folder, state = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("state")
    write_settings(folder)
    themes = folder / "settings" / "@jupyterlab" / "apputils-extension" / "themes.jupyterlab-settings"
    themes.write_text(f'{{"theme": "{THEMES[request.param]}"}}')
    shutil.copytree(NOTEBOOKS, folder / "notebooks")
    with jupyter(folder, state) as address:
        yield address


@pytest.fixture(scope="module")
def browser():
    from playwright import sync_api

    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_is_readable_for_everybody(address, browser, lesson):
    page = browser.new_page(viewport={"width": 1440, "height": 1000})
    page.set_default_timeout(90_000)
    try:
        run_all(page, f"{address}/lab/tree/notebooks/{lesson}.ipynb?reset")
        errors = page.locator(".jp-OutputArea-output").filter(has_text=re.compile(r"^\s*\w*Error: "))
        assert errors.count() == failing(lesson), errors.all_inner_texts()
        found = axe.Axe().run(page, context=CONTENT)
        assert [told(one) for one in found.response["violations"] if one["impact"] in SERIOUS] == []
        page.set_viewport_size({"width": 360, "height": 800})
        assert page.evaluate(WIDE) == []
    finally:
        page.close()


def failing(lesson: str) -> int:
    """Cells that are there to raise: nobody answers, or (with ports of our own here) not where the talk says.

    A request without a token gets an answer there all the same, if another cloud of this machine has the talk's ports.
    """
    cells = nbformat.read(NOTEBOOKS / f"{lesson}.ipynb", as_version=4).cells
    raising = [cell.source for cell in cells if "raises-exception" in cell.metadata.get("tags", [])]
    return len(
        [source for source in raising if not (source.startswith("%%http") and talks_keystone_answers())]
    )


def talks_keystone_answers() -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", 5000)) == 0


def told(violation) -> str:
    nodes = [node["html"][:200] for node in violation["nodes"][:3]]
    return f"{violation['id']} ({violation['impact']}): {violation['help']}: {nodes}"
