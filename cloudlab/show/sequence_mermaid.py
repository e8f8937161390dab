"""A sequence diagram as Mermaid source. Whatever is in a name can't end a line or begin a comment there."""

import re
from collections.abc import Iterator

from cloudlab.language import _
from cloudlab.show.sequence_plan import Group, Plan, Row

# Mermaid gives a meaning to most signs somewhere, and to the word `end`: they go as its `#35;`.
_SAFE = re.compile(r"[^\w ./?=,()…×→⇢✗-]|\bend\b", re.I)


def as_mermaid(plan: Plan) -> str:
    lines = ["sequenceDiagram"]
    if plan.title:
        lines.append(f"title {escaped(plan.title)}")
    lines += [f"participant p{number} as {escaped(name)}" for number, name in enumerate(plan.lifelines)]
    for part in plan.parts:
        lines += _part(part, plan.full)
    return "\n    ".join(lines)


def _part(part: Row | Group, full: bool) -> Iterator[str]:
    if isinstance(part, Row):
        yield _arrow(part)
    elif full:
        yield from map(_arrow, part.rows)
    else:
        places = [place for row in part.rows for place in (row.start, row.end) if place is not None]
        yield f"Note over p{min(places)},p{max(places)}: {escaped(part.count)}"


def _arrow(row: Row) -> str:
    to = row.start if row.end is None else row.end
    line = "--x" if row.arrow.lost else "--)" if row.is_message else "->>"
    said = f"{row.what} {row.outcome}".rstrip()
    if row.end is None:
        said = _("to everybody: {message}", message=said)
    return f"p{row.start}{line}p{to}: {escaped(said)}"


def escaped(text: str) -> str:
    return _SAFE.sub(lambda found: f"#{ord(found[0][0])};{found[0][1:]}", text)
