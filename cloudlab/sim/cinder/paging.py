"""Lists in pages: limit, marker, offset and sort of the query string, done by the database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, and_, func, or_

from cloudlab.sim.cinder.faults import invalid_input
from cloudlab.sim.cinder.schemas import MOST
from cloudlab.sim.errors import BadRequest
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import UtcTime
from cloudlab.sim.web import Call

MOST_ROWS = 1000  # osapi_max_limit
EMPTY = {str: "", int: 0, bool: False, datetime: datetime(1, 1, 1, tzinfo=UTC)}
PAGING = ("limit", "marker", "offset", "sort", "sort_key", "sort_dir", "with_count")


@dataclass(frozen=True)
class Page:
    """What one request asks of a list. `keys` are (column name, 'asc' or 'desc')."""

    limit: int
    offset: int
    marker: str | None
    keys: tuple[tuple[str, str], ...]


def page(call: Call, aliases: dict[str, str] | None = None) -> Page:
    """The page that the query asks for, newest first. Raises BadRequest."""
    given = dict(call.query)
    keys = [(aliases or {}).get(key, key) for key, _ in _sort(given)]
    directions = [direction for _, direction in _sort(given)]
    for key in ("created_at", "id"):
        if key not in keys:
            keys.append(key)
            directions.append(directions[0])
    return Page(
        _limit(given.get("limit")),
        _offset(given.get("offset", "0")),
        given.get("marker"),
        tuple(zip(keys, directions, strict=True)),
    )


def _limit(text: str | None) -> int:
    if text is None:
        return MOST_ROWS
    try:
        limit = int(text)
    except ValueError as error:
        raise BadRequest("limit param must be an integer") from error
    if limit < 0:
        raise BadRequest("limit param must be positive")
    return min(limit, MOST_ROWS)


def _offset(text: str) -> int:
    try:
        offset = int(text)
    except ValueError as error:
        raise BadRequest("offset must be an integer") from error
    if not 0 <= offset <= MOST:
        bound = ">= 0" if offset < 0 else f"<= {MOST}"
        raise BadRequest(f"offset must be {bound}")
    return offset


def _sort(given: dict[str, str]) -> list[tuple[str, str]]:
    if "sort" not in given:
        pairs = [(given.get("sort_key", "created_at").strip(), given.get("sort_dir", "desc").strip())]
    elif "sort_key" in given or "sort_dir" in given:
        raise BadRequest(
            "The 'sort_key' and 'sort_dir' parameters are deprecated and cannot be used with the 'sort' parameter."
        )
    else:
        parts = [part.partition(":") for part in given["sort"].split(",")]
        pairs = [(key.strip(), direction.strip() or "desc") for key, _, direction in parts]
    if any(direction not in ("asc", "desc") for _, direction in pairs):
        raise invalid_input("Unknown sort direction, must be 'desc' or 'asc'.")
    return pairs


def cut(query: Select[Any], model: Any, page: Page, marker: Any = None) -> Select[Any]:
    """The query in the page's order, after `marker` (a row), up to the limit. Raises BadRequest for a strange key."""
    columns = [(_column(model, key), direction) for key, direction in page.keys]
    if marker is not None:
        values = [_value(marker, key) for key, _ in page.keys]
        query = query.where(_after(columns, values))
    for column, direction in columns:
        query = query.order_by(column.desc() if direction == "desc" else column.asc())
    return query.limit(page.limit).offset(page.offset)


def listed(
    call: Call, query: Select[Any], model: Any, page: Page, find: Callable[[Scope, str], Any]
) -> list[Any]:
    """The rows of one page; `find` gets the row that the marker names. Raises what `find` does, and BadRequest."""
    marker = find(call.scope, page.marker) if page.marker is not None else None
    return list(call.scope.session.scalars(cut(query, model, page, marker)))


def kind_of(column: ColumnElement[Any]) -> type:
    """What a column holds, as a Python type."""
    return datetime if isinstance(column.type, UtcTime) else column.type.python_type


def _column(model: Any, key: str) -> ColumnElement[Any]:
    column = model.__table__.columns.get(key)
    if column is None or kind_of(column) not in EMPTY:
        raise invalid_input("Invalid sort key")
    # What is empty sorts first, and has to compare with a marker that has a value.
    return func.coalesce(column, EMPTY[kind_of(column)]) if column.nullable else column


def _value(row: Any, key: str) -> Any:
    value = getattr(row, key)
    return EMPTY[kind_of(row.__table__.columns[key])] if value is None else value


def _after(columns: list[tuple[ColumnElement[Any], str]], values: list[Any]) -> ColumnElement[bool]:
    """Behind a row in this order: larger (or smaller) in the first key that differs."""
    choices = []
    for n, (column, direction) in enumerate(columns):
        same = [earlier == value for (earlier, _), value in zip(columns[:n], values, strict=False)]
        choices.append(and_(*same, column < values[n] if direction == "desc" else column > values[n]))
    return or_(*choices)


def next_link(call: Call, page: Page, rows: list[Any], name: str, path: str) -> dict[str, Any]:
    """`{name}_links` with the next page; nothing when this one isn't full (recording cinder/037_volumes_limit)."""
    if not rows or len(rows) < page.limit:
        return {}
    query = [(name, value) for name, value in call.query if name != "marker"]
    href = f"{call.base}/{path}?{urlencode([*query, ('marker', rows[-1].id)])}"
    return {f"{name}_links": [{"rel": "next", "href": href}]}
