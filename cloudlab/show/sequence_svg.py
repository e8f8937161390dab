"""A sequence diagram as one SVG document that stands alone: for slides, for a page, for an issue."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from cloudlab.show.html import TEMPLATES, template
from cloudlab.show.sequence_plan import LEGEND, Plan, Row
from cloudlab.show.sequence_strip import HEIGHT, arrow_strip, at, lifeline_strip

CELL = 120  # pixels between lifelines: the longest usual name
LETTER = 7.3  # pixels of a letter: text can't be measured here, and this is more than it takes
TOP = 84  # where the first row begins
ABOVE = 17  # pixels for the words above an arrow
EDGE = 12


@dataclass(frozen=True)
class Line:
    """One row: words, and below them the arrow (a folded group has none). `x` and `y` are the words' place."""

    drawing: Markup
    words: str
    label: str
    look: str
    whole: str
    x: float
    y: float
    anchor: str = "start"


def as_svg(plan: Plan) -> str:
    count = len(plan.lifelines)
    strip = count * CELL
    widest = max(len(text) for text in (plan.headline, plan.title, LEGEND)) * LETTER
    width = round(max(strip, widest)) + 2 * EDGE
    rows = list(_rows(plan, width))
    bottom = rows[-1].y + (HEIGHT if rows[-1].drawing else 0) + EDGE if rows else TOP
    return template("sequence.svg.j2").render(
        plan=plan,
        legend=LEGEND,
        css=Markup((TEMPLATES / "sequence_svg.css").read_text("utf-8").strip()),
        width=width,
        height=round(bottom),
        strip_width=strip,
        at=at,
        edge=EDGE,
        top=TOP,
        row_height=HEIGHT,
        lines=lifeline_strip(count),
        rows=rows,
    )


def _rows(plan: Plan, width: int) -> Iterator[Line]:
    y = TOP + 0.0
    for part in plan.parts:
        if isinstance(part, Row):
            shown: tuple[Line, ...] = (_line(part, len(plan.lifelines), width, y + ABOVE - 4),)
        elif plan.full:
            shown = tuple(
                _line(row, len(plan.lifelines), width, y + n * (ABOVE + HEIGHT) + ABOVE - 4)
                for n, row in enumerate(part.rows)
            )
        else:
            words = f"+ {part.count}: {part.words}"
            shown = (Line(Markup(""), words, words, "more", part.count, EDGE + CELL / 2 + 6, y + ABOVE - 4),)
        yield from shown
        y += sum(ABOVE + (HEIGHT if line.drawing else 4) for line in shown)


def _line(row: Row, count: int, width: int, y: float) -> Line:
    """The words begin at the arrow's left end, or end at the picture's edge where they would leave it."""
    words = f"{row.offset:.2f} s  {row.what}  {row.outcome}".rstrip()
    label = f"{row.offset:.2f} s  {row.who}  {row.what}  {row.outcome}".rstrip()
    look = "bad" if row.failed else "label"
    left = min(row.start, row.start if row.end is None else row.end)
    x = EDGE + float(at(left, count).rstrip("%")) / 100 * count * CELL + 6
    fits = x + len(words) * LETTER < width
    place = (x, y, "start") if fits else (width - EDGE, y, "end")
    return Line(arrow_strip(row, count), words, label, look, row.whole, *place)
