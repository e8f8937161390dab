"""The Korean edition in JupyterLab, in a real browser: it is Korean, every letter has a glyph, and clicks work."""

import os
import shutil

import pytest

from tests.browser.chromium import CHROMIUM
from tests.browser.lab import ROOT, in_the_browser, jupyter, write_settings

pytest.importorskip("playwright.sync_api", reason="playwright isn't installed")
pytest.importorskip(
    "jupyterlab_language_pack_ko_KR", reason="JupyterLab's Korean language pack isn't installed"
)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

EDITION = ROOT / "notebooks" / "ko"
# Letters that look as an unassigned one does: the browser found no font for them.
BOXES = """text => {
  const canvas = document.createElement('canvas'), pen = canvas.getContext('2d', {willReadFrequently: true})
  canvas.width = canvas.height = 40
  pen.font = '20px ' + getComputedStyle(document.querySelector('.jp-RenderedMarkdown')).fontFamily
  const drawn = letter => {
    pen.clearRect(0, 0, 40, 40)
    pen.fillText(letter, 8, 28)
    return pen.getImageData(0, 0, 40, 40).data.join()
  }
  const box = drawn('\\u0378')
  return [...new Set(text)].filter(letter => letter.codePointAt(0) > 127 && drawn(letter) === box).join('')
}"""


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Lesson 00, run, as `make lab CLOUDLAB_LANG=ko` opens it: the root is the edition's folder."""
    folder, state = tmp_path_factory.mktemp("jupyter"), tmp_path_factory.mktemp("state")
    shutil.copytree(EDITION, folder / "ko")
    write_settings(folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_CONFIG_PATH", str(EDITION / ".jupyter"))
        patch.setenv("LANG", "C.UTF-8")
        with jupyter(folder, state) as address:
            yield from in_the_browser(f"{address}/lab/tree/ko/00-start.ipynb?reset")


def test_jupyterlab_itself_is_korean(page):
    assert page.locator(".lm-MenuBar-itemLabel").first.inner_text() == "파일"


def test_the_kit_speaks_korean_in_this_folder(page):
    *_, checked, recall = page.locator(".jp-CodeCell").all()
    assert "아직" in checked.inner_text() and "토큰 없이" in recall.inner_text()
    assert page.locator("section.clx").first.get_attribute("lang") == "ko"
    assert os.environ["CLOUDLAB_LANG"] == "en"  # so it was the folder


def test_a_prediction_is_clicked_and_judged(page):
    page.locator("button.widget-button", has_text="300").first.click()
    page.locator("[role=status][aria-live]").get_by_text("적어 두었습니다: ").first.wait_for()


def test_every_letter_has_a_glyph(page):
    """Also what isn't on the first lesson's page: pictures, and all that the other lessons show."""
    if page.evaluate(BOXES, "가나다") != "":
        pytest.skip("there is no Korean font on this machine (Debian: fonts-nanum)")
    files = [*EDITION.glob("*.ipynb"), *EDITION.glob("images/*.svg")]
    assert page.evaluate(BOXES, "".join(path.read_text("utf-8") for path in files)) == ""


def test_no_bold_is_left_as_asterisks(page):
    assert "**" not in page.locator(".jp-RenderedMarkdown").all_inner_texts()[0]
    assert [text for text in page.locator(".jp-RenderedMarkdown").all_inner_texts() if "**" in text] == []
