"""A sequence diagram in plain text: what a terminal, a screen reader and a stored notebook read."""

from collections.abc import Iterator

from cloudlab.language import N_, _
from cloudlab.show.columns import columns, padded
from cloudlab.show.sequence_plan import Group, Plan, Row

UNFOLD = N_("lab.inside(…, full=True) shows the folded ones, too.")


def as_text(plan: Plan) -> str:
    rows = [row for part in plan.parts for row in _shown(part, plan.full)]
    width = max((columns(row.who) for row in rows), default=0)
    folded = not plan.full and any(isinstance(part, Group) for part in plan.parts)
    lines = [plan.title, plan.headline, *_lines(plan, width), _(UNFOLD) if folded else ""]
    return "\n".join(line for line in lines if line)


def _lines(plan: Plan, width: int) -> Iterator[str]:
    for part in plan.parts:
        if isinstance(part, Group) and not plan.full:
            yield f"            ({part.count}: {part.words})"
        yield from (_line(row, width) for row in _shown(part, plan.full))


def _shown(part: Row | Group, full: bool) -> tuple[Row, ...]:
    if isinstance(part, Row):
        return (part,)
    return part.rows if full else ()


def _line(row: Row, width: int) -> str:
    return f"{row.offset:8.2f} s  {padded(row.who, width)}  {row.what}  {row.outcome}".rstrip()
