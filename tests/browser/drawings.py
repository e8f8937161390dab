"""What a browser draws of a sequence diagram, measured: the same on every machine, whatever its fonts.

Whoever changes the drawing on purpose looks at it first, and then stores its new measures:
`python -m tests.browser.drawings > tests/browser/drawings.json`.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cloudlab.show.sequence import Sequence
from tests.arrows import strange
from tests.browser.chromium import CHROMIUM, FLAGS

STORED = Path(__file__).with_name("drawings.json")
SIZES = {"phone": (360, 740), "laptop": (1280, 800)}
# Scroll bars aside: whether one is there depends on the height, and that on the fonts.
AROUND = """<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<style>html{scrollbar-width:none}body{margin:8px;font-family:system-ui,sans-serif}</style>"""
# Of each visible row: the strip's place on the page, the x of its lifelines, and the shapes of its arrow as
# [what, left, top, right, bottom], in pixels from the strip's corner.
MEASURE = """() => [...document.querySelectorAll('summary.q-row')].filter(e => e.checkVisibility()).map(row => {
  const strip = row.querySelector('svg.q-strip'), whole = row.getBoundingClientRect();
  const {left, top, width} = strip.getBoundingClientRect();
  const around = shape => {
    const r = shape.getBoundingClientRect();
    return [r.left - left, r.top - top, r.right - left, r.bottom - top];
  };
  const dashes = shape => getComputedStyle(shape).strokeDasharray == 'none' ? 'line' : 'dashed line';
  const heads = {x: 'cross', o: 'open head'};
  const what = e => e.tagName == 'path' ? heads[e.getAttribute('class')] || 'head' : dashes(e);
  const lifelines = [...strip.children].filter(e => e.tagName == 'line').map(around);
  return {
    left, width, strip: top, top: whole.top, bottom: whole.bottom,
    lines: lifelines.map(box => (box[0] + box[2]) / 2),
    reach: lifelines.map(box => [box[1] + top, box[3] + top]),
    shapes: [...strip.querySelectorAll('g line, g path')].map(e => [what(e), ...around(e)]),
    text: row.innerText,
  };
})"""


@contextmanager
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


def opened(chromium: Any, size: str, html: str, scheme: str = "light") -> Any:
    """A page with this in it, as on a phone or on a laptop."""
    width, height = SIZES[size]
    page = chromium.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.set_content(AROUND + html)
    return page


def drawing(page: Any) -> dict[str, Any]:
    """The measures that are stored, in whole pixels."""
    rows = page.evaluate(MEASURE)
    shapes = [[[what, *map(round, box)] for what, *box in row["shapes"]] for row in rows]
    return {"width": round(rows[0]["width"]), "lines": [round(x) for x in rows[0]["lines"]], "rows": shapes}


def main() -> None:
    html = Sequence(strange()).html()
    with browser() as chromium:
        found = {size: drawing(opened(chromium, size, html)) for size in SIZES}
    lines = (f'"{size}": {json.dumps(measures)}' for size, measures in found.items())
    sys.stdout.write("{" + ",\n".join(lines).replace(']], [["', ']],\n[["') + "}\n")


if __name__ == "__main__":
    main()
