"""Sequence diagrams in a real browser: nothing leaves the page, arrows end where they should, keys open a row."""

import io
import json
import re

import pytest
from PIL import Image

from cloudlab.show.sequence import Sequence
from cloudlab.show.sequence_lifelines import EVERYBODY, lifelines
from tests.arrows import arrow, creation, strange
from tests.browser.chromium import CHROMIUM
from tests.browser.drawings import MEASURE, SIZES, STORED, browser, drawing, opened

pytest.importorskip("playwright.sync_api", reason="playwright isn't installed")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

NEAR = 2  # pixels between an arrow's head and its lifeline
CASES = {"1": creation(1), "10": creation(10), "60": creation(60), "strange": strange()}
ON_A_PHONE = 9  # lifelines whose names must be read there

# [text, left, top, right, bottom] of each piece of text that shows, line by line.
TEXTS = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
  for (let node = walk.nextNode(); node; node = walk.nextNode()) {
    if (!node.data.trim() || !node.parentElement.checkVisibility()) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const r of range.getClientRects()) if (r.width > 1) found.push([node.data, r.left, r.top, r.right, r.bottom]);
  }
  return found;
}"""
HEADS = """() => [...document.querySelectorAll('.q-name')].map(name => {
  const r = name.getBoundingClientRect(); return [(r.left + r.right) / 2, r.left, r.top, r.right, r.bottom];
})"""
COLOURS = """() => [...document.querySelectorAll('.clx-seq svg g *, .clx-seq .q-label span, .clx-seq .q-label b')]
  .filter(e => e.checkVisibility() && e.tagName != 'svg')
  .map(e => [e.tagName, getComputedStyle(e)[e instanceof SVGElement ? 'stroke' : 'color']])"""
BACKGROUND = "getComputedStyle(document.querySelector('.clx-seq')).backgroundColor"


@pytest.fixture(scope="module")
def chromium():
    with browser() as found:
        yield found


@pytest.fixture(scope="module", params=[(case, size) for case in CASES for size in SIZES], ids="-".join)
def shown(request, chromium):
    """(page, its arrows). The sixty are unfolded."""
    case, size = request.param
    page = opened(chromium, size, Sequence(CASES[case], you=True, full=case == "60").html())
    yield page, CASES[case]
    page.close()


def overlapping(texts: list) -> list:
    """Pairs of texts of which one lies on the other; a pixel or two of a line's box is no letter."""
    boxes = sorted(texts, key=lambda text: text[2])
    found = []
    for number, (one, left, _, right, bottom) in enumerate(boxes):
        for other, left2, top2, right2, _ in boxes[number + 1 :]:
            if top2 > bottom - 3:
                break
            if min(right, right2) - max(left, left2) > 1:
                found.append((one, other))
    return found


def test_nothing_leaves_the_page_and_no_text_lies_on_another(shown):
    page, arrows = shown
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    texts = page.evaluate(TEXTS)
    assert len(texts) > 5
    assert [text for text in texts if text[1] < 0 or text[3] > width] == []
    if width > 400 or len(lifelines(arrows)) <= ON_A_PHONE:
        assert overlapping(texts) == []


@pytest.mark.parametrize("size", SIZES)
def test_what_a_row_opens_to_stays_on_the_page(chromium, size):
    for arrows in (creation(3), [arrow(name=f"GET /{'x' * 200}", about="y" * 200)]):
        page = opened(chromium, size, Sequence(arrows).html())
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
        width = page.viewport_size["width"]
        texts = page.evaluate(TEXTS)
        assert len(texts) > 10
        assert [text for text in texts if text[1] < 0 or text[3] > width] == []
        page.close()


def test_lifelines_go_on_from_row_to_row(shown):
    page, _ = shown
    rows = page.evaluate(MEASURE)
    first = rows[0]
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        assert row["left"] == pytest.approx(first["left"], abs=0.1)
        assert row["lines"] == pytest.approx(first["lines"], abs=0.1)
        assert all(top <= row["top"] and bottom >= row["bottom"] for top, bottom in row["reach"])
        assert after is None or after["top"] - row["bottom"] <= 0.5, "a gap between two rows"


def test_names_stand_above_their_lifelines(shown):
    page, arrows = shown
    rows, names = page.evaluate(MEASURE), page.evaluate(HEADS)
    assert len(names) == len(lifelines(arrows))
    for (middle, _, _, _, bottom), x in zip(names, rows[0]["lines"], strict=True):
        assert middle == pytest.approx(x + rows[0]["left"], abs=1)
        assert bottom <= rows[0]["top"] + 1


def test_names_break_at_their_hyphens_only(shown):
    page, arrows = shown
    if page.viewport_size["width"] > 400 or len(lifelines(arrows)) <= ON_A_PHONE:
        texts = [text for text, *_ in page.evaluate(TEXTS)]
        parts = [part for name in lifelines(arrows)[1:] for part in re.findall("[a-z]+-?", name)]
        start = texts.index(parts[0])
        assert texts[start : start + len(parts)] == parts


def heads_of(row: dict) -> list[float]:
    """Where the arrow of a row points to: the side of its head that is away from its line."""
    shapes = row["shapes"]
    heads = [box for what, *box in shapes if what.endswith("head")]
    lines = [box for what, *box in shapes if what.endswith("line")]
    return [
        right if (left + right) / 2 > (lines[-1][0] + lines[-1][2]) / 2 else left
        for left, _, right, _ in heads
    ]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("case", CASES)
def test_arrows_begin_and_end_on_their_lifelines(chromium, case, size):
    arrows = CASES[case]
    page = opened(chromium, size, Sequence(arrows, full=True).html())
    rows = [row for row in page.evaluate(MEASURE) if row["shapes"]]
    places = lifelines(arrows)
    assert len(rows) == len(arrows)
    for sent, row in zip(arrows, rows, strict=True):
        start = row["lines"][places.index(sent.sender)]
        sides = [
            side for what, left, _, right, _ in row["shapes"] if "line" in what for side in (left, right)
        ]
        assert min(abs(side - start) for side in sides) <= NEAR
        if sent.lost or sent.receiver in EVERYBODY:
            continue
        assert heads_of(row) == [pytest.approx(row["lines"][places.index(sent.receiver)], abs=NEAR)]
    page.close()


@pytest.mark.parametrize("size", SIZES)
def test_the_drawing_is_the_stored_one(chromium, size):
    """Every kind of arrow there is, in pixels: a head out of shape, a dash or a cross that is gone."""
    page = opened(chromium, size, Sequence(strange()).html())
    now, stored = drawing(page), json.loads(STORED.read_text("utf-8"))[size]
    assert now["width"] == pytest.approx(stored["width"], abs=1.5)
    assert now["lines"] == pytest.approx(stored["lines"], abs=1.5)
    assert len(now["rows"]) == len(stored["rows"])
    for row, row_stored in zip(now["rows"], stored["rows"], strict=True):
        assert [what for what, *_ in row] == [what for what, *_ in row_stored]
        for (_, *box), (_, *box_stored) in zip(row, row_stored, strict=True):
            assert box == pytest.approx(box_stored, abs=1.5)
    page.close()


def luminance(colour: tuple[float, ...]) -> float:
    """Of red, green and blue from 0 to 255: WCAG's relative luminance."""
    linear = [
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in (v / 255 for v in colour[:3])
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def rgb(text: str) -> tuple[float, ...]:
    """Of `rgb(1, 2, 3)`."""
    return tuple(float(part) for part in text[text.index("(") + 1 : -1].split(","))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_arrows_and_words_stand_out(chromium, scheme):
    """WCAG 2.1: 3 to 1 for what is drawn, 4.5 to 1 for text; by day and by night."""
    page = opened(chromium, "laptop", Sequence(strange()).html(), scheme)
    background = rgb(page.evaluate(BACKGROUND))
    assert (luminance(background) < 0.1) == (scheme == "dark")
    colours = page.evaluate(COLOURS)
    assert {"line", "path", "SPAN", "B"} <= {tag for tag, _ in colours}
    for tag, colour in colours:
        assert contrast(rgb(colour), background) >= (3 if tag.islower() else 4.5), (tag, colour)
    lines, heads = ({colour for tag, colour in colours if tag == what} for what in ("line", "path"))
    assert len(lines) == 3, "a call, a message, what failed"
    assert lines == heads
    page.close()


@pytest.mark.parametrize("size", SIZES)
def test_an_arrow_leaves_ink_on_the_page(chromium, size):
    """What is measured is seen, too: some pixels of each shape differ from those beside it."""
    page = opened(chromium, size, Sequence(strange()).html())
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("L")
    for row in page.evaluate(MEASURE):
        for what, left, top, right, bottom in row["shapes"]:
            x, y = row["left"], row["strip"]
            box = (int(x + left) - 1, int(y + top) - 1, int(x + right) + 2, int(y + bottom) + 2)
            darkest, lightest = picture.crop(box).getextrema()
            assert lightest - darkest > 60, (row["text"], what)
    page.close()


def test_no_lifeline_has_a_gap(chromium):
    """Pixel by pixel, beside labels of one line and of two."""
    page = opened(chromium, "laptop", Sequence(creation(29)).html())
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("L")
    rows = page.evaluate(MEASURE)
    paper = picture.getpixel((int(rows[0]["left"]) + 1, int(rows[0]["top"]) + 1))
    for line in rows[0]["lines"]:
        x = int(rows[0]["left"] + line)
        around = picture.crop((x - 1, int(rows[0]["top"]) + 1, x + 2, int(rows[-1]["bottom"]) - 1))
        inked = [
            any(abs(around.getpixel((dx, y)) - paper) > 20 for dx in range(3)) for y in range(around.height)
        ]
        assert all(inked), f"a gap at {x}, {inked.index(False)} pixels down"
    page.close()


@pytest.fixture
def keyboard(chromium):
    page = opened(chromium, "laptop", Sequence(creation(10)).html())
    page.keyboard.press("Tab")
    yield page
    page.close()


def test_the_first_key_reaches_the_first_row_and_shows_where_one_is(keyboard):
    assert "client" in keyboard.evaluate("document.activeElement.innerText") or "curl" in keyboard.evaluate(
        "document.activeElement.innerText"
    )
    assert keyboard.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_enter_opens_the_exchange(keyboard):
    content = keyboard.locator("details.q-arrow pre").first
    assert not content.is_visible()
    keyboard.keyboard.press("Enter")
    assert content.is_visible()
    assert "POST /v2.1/servers HTTP/1.1" in content.inner_text()
    assert keyboard.evaluate("document.documentElement.scrollWidth") <= 1280


def test_tab_reaches_every_row_that_shows(keyboard):
    rows = keyboard.locator("summary:visible").count()
    for _ in range(rows - 1):
        assert keyboard.evaluate("document.activeElement.matches('summary')")
        keyboard.keyboard.press("Tab")
    assert keyboard.evaluate("document.activeElement.innerText") == "as text"


def test_a_group_opens_to_rows_that_open(keyboard):
    inner = keyboard.locator("details.q-group details.q-arrow").first
    assert not inner.is_visible()
    keyboard.keyboard.press("Tab")
    keyboard.keyboard.press("Enter")
    keyboard.keyboard.press("Tab")
    keyboard.keyboard.press("Space")
    assert inner.is_visible()
    assert inner.locator("pre").is_visible()
