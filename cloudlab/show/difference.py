"""What differs between two states of a cloud, in text and as a table: + came, - went, ~ changed."""

import json
from datetime import datetime
from typing import Any

from markupsafe import Markup

from cloudlab.language import _, ngettext
from cloudlab.show.table import Table
from cloudlab.show.text import printable

LONGEST = 60  # characters of a value
Json = dict[str, Any]


class Difference:
    """From the state `a` to the state `b` (names). `found` is the cloud's answer: changes, others, and both times.

    `changes` are dicts: sign ("+", "-", "~"), kind, name, id, and fields: [name, before, after]. True if there are any.
    """

    def __init__(self, a: str, b: str, found: Json) -> None:
        self.a, self.b = a, b
        self.changes: list[Json] = found["changes"]
        self.others: dict[str, list[int]] = found["others"]
        self._passed = datetime.fromisoformat(found["b"]) - datetime.fromisoformat(found["a"])

    def __bool__(self) -> bool:
        return bool(self.changes or self.others)

    def __len__(self) -> int:
        return len(self.changes)

    def __repr__(self) -> str:
        lines = [self._head()]
        for change in self.changes:
            lines.append(f"{change['sign']} {_called(change)}")
            lines += [
                f"      {name}: {value_text(old)} → {value_text(new)}" for name, old, new in change["fields"]
            ]
        return "\n".join([*lines, *self._tail()])

    def _repr_html_(self) -> str:
        parts = [Markup("<p>{}</p>").format(self._head())]
        if self.changes:
            rows = [row for change in self.changes for row in _rows(change)]
            heads = ["", _("what"), _("name"), _("field"), _("before"), _("after")]
            parts.append(Markup(Table(heads, rows)._repr_html_()))
        parts += [Markup("<p>{}</p>").format(line) for line in self._tail()]
        return str(Markup("").join(parts))

    def _head(self) -> str:
        seconds = self._passed.total_seconds()
        values = {"counted": self._counted(), "seconds": abs(seconds)}
        # Translators: {counted} is such as "2 resources differ"
        if seconds > 0:
            told = _("{counted}; by the cloud's clock {seconds:.2f} s later.", **values)
        elif seconds < 0:
            told = _("{counted}; by the cloud's clock {seconds:.2f} s earlier.", **values)
        else:
            told = _("{counted}.", **values)
        return f"{self.a} → {self.b}: {told}"

    def _counted(self) -> str:
        n = len(self.changes)
        return ngettext("{n} resource differs", "{n} resources differ", n) if n else _("no resource differs")

    def _tail(self) -> list[str]:
        """The tables that no learner calls a resource: how many rows came, went and changed."""
        told = [
            f"{table} " + " ".join(f"{sign}{n}" for sign, n in zip("+-~", counts, strict=True) if n)
            for table, counts in self.others.items()
        ]
        # Translators: {tables} is such as "nova_fault +1, placement_allocation +1 -2"
        return [_("Behind them, in rows: {tables}.", tables=", ".join(told))] if told else []


def _called(change: Json) -> str:
    identity = "" if change["name"] and change["name"] in change["id"].split() else f" ({change['id']})"
    return printable(f"{_(change['kind'])} {change['name']}".rstrip() + identity)


def _rows(change: Json) -> list[list[str]]:
    """A row for each field that changed; one for what came or went."""
    first = [change["sign"], _(change["kind"]), printable(change["name"] or change["id"])]
    fields = [[name, value_text(old), value_text(new)] for name, old, new in change["fields"]] or [
        ["", "", ""]
    ]
    return [[*(first if nth == 0 else ["", "", ""]), *field] for nth, field in enumerate(fields)]


def value_text(value: Any) -> str:
    """A value as JSON has it, text without quotes; long ones are cut."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    text = printable(text).replace("\n", " ")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
