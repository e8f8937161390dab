"""What `lab.console()` lists, taken from the answers: a name, a status, an id."""

from dataclasses import dataclass
from typing import Any

from cloudlab.client.exchange import Exchange
from cloudlab.language import _

SHORT = 8  # characters of an id


@dataclass(frozen=True)
class Row:
    """One resource of a list. `id` is what a path names it by; `holder` the server that a volume is attached to."""

    id: str
    name: str
    status: str = ""
    holder: str = ""

    @property
    def label(self) -> str:
        """One line of a list: `MyFirstApiVm · ACTIVE · 8f3a11c0…`."""
        short = self.id if len(self.id) <= SHORT or self.id == self.name else f"{self.id[:SHORT]}…"
        parts = (self.name or _("(no name)"), self.status, "" if short == self.name else short)
        return " · ".join(part for part in parts if part)


def rows_in(answer: Exchange, name: str) -> list[Row] | None:
    """The rows of the list `name`; None where the answer doesn't hold one."""
    try:
        items = answer.json()[name]
    except (ValueError, KeyError, TypeError):
        return None
    inside = [item.get("keypair", item) for item in items if isinstance(item, dict)]
    return [_row(item) for item in inside]


def made_in(answer: Exchange) -> str:
    """The id of what a POST has made, as a list names it; "" where it doesn't say."""
    try:
        body = answer.json()
    except ValueError:
        return ""
    inside = [value for value in body.values() if isinstance(value, dict)] if isinstance(body, dict) else []
    return _row(inside[0]).id if inside else ""


def _row(item: dict[str, Any]) -> Row:
    """Flavors and key pairs have no status, and a key pair has its name for an id."""
    task, status = item.get("OS-EXT-STS:task_state"), str(item.get("status") or "")
    held = [held for held in item.get("attachments") or [] if isinstance(held, dict)]
    return Row(
        str(item.get("id") or item.get("name") or ""),
        str(item.get("name") or ""),
        f"{status} / {task}" if task else status,
        str(held[0].get("server_id") or "") if held else "",
    )
