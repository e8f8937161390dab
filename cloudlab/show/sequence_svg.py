"""A sequence diagram as one SVG document that stands alone: for slides, for a page, for an issue."""

from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup

from cloudlab.language import _
from cloudlab.show.columns import columns
from cloudlab.show.html import TEMPLATES, template
from cloudlab.show.sequence_plan import LEGEND, Plan, Row
from cloudlab.show.sequence_strip import HEIGHT, arrow_strip, at, lifeline_strip

CELL = 120  # pixels between lifelines: the longest usual name
MANY, NARROW = 6, 84  # from so many lifelines on they stand so close: on a page, the words stay readable
LETTER = 7.3  # pixels of a column of text: it can't be measured here, and this is more than it takes
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
    cell = NARROW if count >= MANY else CELL
    strip = count * cell
    widest = max(columns(text) for text in (plan.headline, plan.title, _(LEGEND))) * LETTER
    width = round(max(strip, widest)) + 2 * EDGE
    rows = list(_rows(plan, width, cell))
    bottom = rows[-1].y + (HEIGHT if rows[-1].drawing else 0) + EDGE if rows else TOP
    return template("sequence.svg.j2").render(
        plan=plan,
        legend=_(LEGEND),
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
        turns=1 if cell == CELL else 2,  # names that stand close take turns on two lines
    )


def _rows(plan: Plan, width: int, cell: int) -> Iterator[Line]:
    y, count = TOP + 0.0, len(plan.lifelines)
    for part in plan.parts:
        if isinstance(part, Row):
            shown: tuple[Line, ...] = (_line(part, count, width, cell, y + ABOVE - 4),)
        elif plan.full:
            shown = tuple(
                _line(row, count, width, cell, y + n * (ABOVE + HEIGHT) + ABOVE - 4)
                for n, row in enumerate(part.rows)
            )
        else:
            words, x = f"+ {part.count}: {part.words}", EDGE + cell / 2 + 6
            cut = _cut(words, round((width - x - EDGE) / LETTER))
            shown = (Line(Markup(""), cut, words, "more", words, x, y + ABOVE - 4),)
        yield from shown
        y += sum(ABOVE + (HEIGHT if line.drawing else 4) for line in shown)


def _cut(words: str, room: int) -> str:
    if columns(words) <= room:
        return words
    kept = words[: room - 1]
    while kept and columns(kept) >= room:
        kept = kept[:-1]
    return f"{kept}…"


def _line(row: Row, count: int, width: int, cell: int, y: float) -> Line:
    """The words begin at the arrow's left end, or end at the picture's edge where they would leave it."""
    words = f"{row.offset:.2f} s  {row.what}  {row.outcome}".rstrip()
    label = f"{row.offset:.2f} s  {row.who}  {row.what}  {row.outcome}".rstrip()
    look = "bad" if row.failed else "label"
    left = min(row.start, row.start if row.end is None else row.end)
    x = EDGE + float(at(left, count).rstrip("%")) / 100 * count * cell + 6
    fits = x + columns(words) * LETTER < width
    place = (x, y, "start") if fits else (width - EDGE, y, "end")
    return Line(arrow_strip(row, count), words, label, look, row.whole, *place)
