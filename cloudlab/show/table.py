"""Rows as a table, without pandas: the history, and `lab.table` where pandas is missing."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from markupsafe import Markup

from cloudlab.client.exchange import Exchange
from cloudlab.client.inside import Arrow
from cloudlab.language import _
from cloudlab.show.columns import columns as wide
from cloudlab.show.columns import padded
from cloudlab.show.words import status_line, took


class Table:
    """Column names and rows of anything that has a text form. Looks like a table in text and in HTML."""

    def __init__(self, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        self.columns = [str(column) for column in columns]
        self.rows = [["" if cell is None else str(cell) for cell in row] for row in rows]

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        widths = [max(wide(row[i]) for row in [self.columns, *self.rows]) for i in range(len(self.columns))]
        lines = [self.columns, ["-" * width for width in widths], *self.rows]
        return "\n".join(
            "  ".join(padded(c, w) for c, w in zip(r, widths, strict=True)).rstrip() for r in lines
        )

    def _repr_html_(self) -> str:
        head = Markup("").join(Markup('<th scope="col">{}</th>').format(c) for c in self.columns)
        rows = Markup("").join(
            Markup("<tr>{}</tr>").format(Markup("").join(Markup("<td>{}</td>").format(c) for c in row))
            for row in self.rows
        )
        return str(Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>").format(head, rows))


def history_table(exchanges: Sequence[Exchange]) -> Table:
    rows = [
        (e.ordinal, e.request.method, _short(e.request.url), status_line(e), took(e.elapsed), e.purpose)
        for e in exchanges
    ]
    # Translators: heads of a table of calls; "for" is who made the call (learner, wait, map)
    return Table(["#", _("method"), _("url"), _("status"), _("took"), _("for")], rows)


SHOWN = 40  # of a journal's arrows
WIDTH = 72  # characters of what one was


def journal_table(arrows: Sequence[Arrow]) -> Table:
    """The latest SHOWN arrows."""
    rows = [
        (
            arrow.number,
            arrow.time.isoformat(sep=" ", timespec="milliseconds")[11:23],
            arrow.sender,
            arrow.receiver or _("everybody"),
            arrow.kind if arrow.kind != "http" else "",
            arrow.name if len(arrow.name) <= WIDTH else arrow.name[: WIDTH - 1] + "…",
            arrow.status if arrow.kind == "http" else _("lost") if arrow.lost else "",
            f"{arrow.seconds * 1000:.0f} ms" if arrow.kind == "http" else "",
            arrow.request_id,
            arrow.parent if arrow.parent != arrow.request_id else "",
        )
        for arrow in arrows[-SHOWN:]
    ]
    # Translators: heads of a table of calls and messages inside the cloud
    heads = (_("time"), _("from"), _("to"), _("message"), _("what"), _("status"), _("took"))
    return Table(["#", *heads, _("request id"), _("caused by")], rows)


def _short(url: str) -> str:
    parts = urlsplit(url)
    return f":{parts.port or ''}{parts.path}" + (f"?{parts.query}" if parts.query else "")


def rows_of(data: Any) -> list[dict[str, Any]]:
    """The first list of objects in a body; a single object is one row. An empty list if there is neither."""
    if isinstance(data, dict):
        for value in data.values():
            if isinstance(value, list) and all(isinstance(item, dict) for item in value):
                return value
        inside = list(data.values())
        if len(inside) == 1 and isinstance(inside[0], dict):
            return rows_of(inside[0]) if len(inside[0]) == 1 else [inside[0]]
        return [data]
    if isinstance(data, list):
        return [item for item in data if isinstance(item, dict)]
    return []


def pick(row: dict[str, Any], column: str) -> Any:
    """A cell: by key, or by a dotted path (`flavor.id`)."""
    if column in row:
        return row[column]
    value: Any = row
    for step in column.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value


def plain_columns(rows: Sequence[dict[str, Any]]) -> list[str]:
    """The keys whose values fit in a cell, in order of appearance."""
    seen: dict[str, None] = {}
    for row in rows:
        seen.update((key, None) for key, value in row.items() if not isinstance(value, (dict, list)))
    return list(seen)
