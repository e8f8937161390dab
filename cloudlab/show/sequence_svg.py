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


@dataclass(frozen=True)
class Line:
    drawing: Markup
    label: str
    look: str
    whole: str


def as_svg(plan: Plan) -> str:
    count = len(plan.lifelines)
    rows = list(_rows(plan, count))
    strip = count * CELL
    beside = max((len(row.label) for row in rows), default=0) * LETTER
    above = max(len(text) for text in (plan.headline, plan.title, LEGEND)) * LETTER
    return template("sequence.svg.j2").render(
        plan=plan,
        legend=LEGEND,
        css=Markup((TEMPLATES / "sequence_svg.css").read_text("utf-8").strip()),
        width=round(max(strip + beside, above) + 28),
        height=TOP + HEIGHT * len(rows) + 12,
        strip_width=strip,
        at=at,
        top=TOP,
        row_height=HEIGHT,
        lines=lifeline_strip(count),
        rows=rows,
    )


def _rows(plan: Plan, count: int) -> Iterator[Line]:
    for part in plan.parts:
        if isinstance(part, Row):
            yield _line(part, count)
        elif plan.full:
            yield from (_line(row, count) for row in part.rows)
        else:
            yield Line(Markup(""), f"+ {part.count}: {part.words}", "more", part.count)


def _line(row: Row, count: int) -> Line:
    label = f"{row.offset:.2f} s  {row.who}  {row.what}  {row.outcome}".rstrip()
    return Line(arrow_strip(row, count), label, "bad" if row.failed else "label", row.whole)
