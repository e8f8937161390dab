"""Which images a list shows, in which order, how many (API reference: Image v2, List images)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select

from cloudlab.sim.clock import parse_iso
from cloudlab.sim.errors import BadRequest
from cloudlab.sim.glance.model import Image, visible
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call

DEFAULT_LIMIT, LARGEST_LIMIT, LARGEST_INT = 25, 1000, 2**63 - 1
SORT_KEYS = ("name", "status", "container_format", "disk_format", "size", "id", "created_at", "updated_at")
NOT_FILTERS = ("limit", "marker", "sort", "sort_key", "sort_dir", "member_status", "tag")
TEXTS = (
    "id",
    "name",
    "status",
    "visibility",
    "disk_format",
    "container_format",
    "owner",
    "checksum",
    "os_hash_value",
)
LISTS = ("id", "name", "status", "disk_format", "container_format")  # these take `in:a,b`
NUMBERS = ("min_ram", "min_disk", "size", "virtual_size")
COMPARE: dict[str, Any] = {
    "lt": lambda column, moment: column < moment,
    "lte": lambda column, moment: column <= moment,
    "gt": lambda column, moment: column > moment,
    "gte": lambda column, moment: column >= moment,
    "eq": lambda column, moment: column == moment,
    "neq": lambda column, moment: column != moment,
}


def page(call: Call) -> tuple[list[Image], dict[str, str]]:
    """The images and the links `first` and `next`. Raises BadRequest."""
    limit = page_limit(call.param("limit"))
    keys = _sorting(call)
    query = select(Image).where(visible(call.who, call.param("member_status") or "accepted"))
    for condition in _conditions(call):
        query = query.where(condition)
    query = _after(call.scope, query, keys, call.param("marker"))
    for name, descending in keys:
        column = getattr(Image, name)
        query = query.order_by(column.desc() if descending else column.asc())
    rows = list(call.scope.session.scalars(query.limit(limit)))
    return rows, links(call, "/v2/images", rows, limit)


def page_limit(text: str | None) -> int:
    """How many rows a page has. Raises BadRequest."""
    if text is None:
        return DEFAULT_LIMIT
    try:
        limit = int(text)
    except ValueError:
        raise BadRequest("limit param must be an integer") from None
    if limit < 0:
        raise BadRequest("limit param must be positive")
    return min(limit, LARGEST_LIMIT)


def links(call: Call, path: str, rows: Sequence[Any], limit: int) -> dict[str, str]:
    """`first`, and `next` where this page is full: the same question again, from the start or after the last row."""
    pairs = [pair for pair in call.query if pair[0] != "marker"]
    found = {"first": _link(path, pairs)}
    if rows and len(rows) == limit:
        found["next"] = _link(path, [*pairs, ("marker", rows[-1].id)])
    return found


def _link(path: str, pairs: list[tuple[str, str]]) -> str:
    return path + (f"?{urlencode(pairs)}" if pairs else "")


def _sorting(call: Call) -> list[tuple[str, bool]]:
    """(column, whether descending), both old and new form, with what makes the order total at the end."""
    given = call.query
    if any(name == "sort" for name, _ in given):
        if any(name in ("sort_key", "sort_dir") for name, _ in given):
            raise BadRequest("Old and new sorting syntax cannot be combined")
        parts = [part.partition(":") for part in (call.param("sort") or "").strip().split(",")]
        keys, directions = [part[0].strip() for part in parts], [part[2].strip() or "desc" for part in parts]
    else:
        keys = [value.strip() for name, value in given if name == "sort_key"]
        directions = [value.strip() for name, value in given if name == "sort_dir"]
        if len(directions) > 1 and len(directions) != len(keys):
            raise BadRequest("Number of sort dirs does not match the number of sort keys")
        keys = keys or ["created_at"]
        directions = directions or ["desc"]
        directions = directions * len(keys) if len(directions) == 1 else directions
    _check_sorting(keys, directions)
    chosen = list(zip(keys, [direction == "desc" for direction in directions], strict=True))
    last = chosen[-1][1]
    return chosen + [(name, last) for name in ("created_at", "id") if name not in keys]


def _check_sorting(keys: list[str], directions: list[str]) -> None:
    for key in keys:
        if key not in SORT_KEYS:
            known = ", ".join(SORT_KEYS)
            raise BadRequest(f"Invalid sort key: {key}. It must be one of the following: {known}.")
    for direction in directions:
        if direction not in ("asc", "desc"):
            raise BadRequest(f"Invalid sort direction: {direction}")


def _after(
    scope: Scope, query: Select[Image], keys: list[tuple[str, bool]], marker: str | None
) -> Select[Image]:
    """Only what comes after the marker in that order. SQLite puts nulls first when ascending."""
    if marker is None:
        return query
    row = scope.session.scalars(select(Image).where(Image.id == marker, visible(scope.who))).first()
    if row is None:
        raise BadRequest(f"No image found with ID {marker}")
    conditions: list[ColumnElement[bool]] = []
    same: list[ColumnElement[bool]] = []
    for name, descending in keys:
        column, value = getattr(Image, name), getattr(row, name)
        conditions.append(and_(*same, _beyond(column, value, descending)))
        same.append(column.is_(None) if value is None else column == value)
    return query.where(or_(*conditions))


def _beyond(column: Any, value: Any, descending: bool) -> ColumnElement[bool]:
    if value is None:
        nothing: ColumnElement[bool] = Image.id.is_(None)
        return nothing if descending else column.is_not(None)
    return or_(column < value, column.is_(None)) if descending else column > value


def _conditions(call: Call) -> list[ColumnElement[bool]]:
    given = dict(call.query)
    found = [_tagged(value.strip()) for name, value in call.query if name == "tag"]
    found.append(Image.os_hidden == _flag(given.pop("os_hidden", "false"), "os_hidden"))
    if "visibility" not in given and not call.who.is_admin:
        found.append(or_(Image.visibility != "community", Image.owner == call.who.project_id))
    if given.get("member_status", "accepted") not in ("pending", "accepted", "rejected", "all"):
        raise BadRequest(f"Invalid status: {given['member_status']}")
    for name, value in given.items():
        if name not in NOT_FILTERS:
            found += _condition(name, value)
    return found


def _condition(name: str, value: str) -> list[ColumnElement[bool]]:
    if name == "changes-since":
        raise BadRequest('The "changes-since" filter is no longer available on v2.')
    if name == "visibility":
        return _by_visibility(value)
    if name in ("size_min", "size_max"):
        number = _number(value, name)
        return [Image.size >= number if name == "size_min" else Image.size <= number]
    if name in ("created_at", "updated_at"):
        return [_by_time(name, value)]
    if name == "protected":
        return [Image.protected == _flag(value, name)]
    if name in NUMBERS:
        return [getattr(Image, name) == _number(value, name)]
    if name in LISTS and value.startswith("in:"):
        return [getattr(Image, name).in_(_words(value[3:]))]
    if name in TEXTS:
        return [getattr(Image, name) == value]
    each = func.json_each(Image.properties).table_valued("key", "value")  # a JSON path takes no NUL
    return [exists(select(each.c.key).where(each.c.key == name, each.c.value == value))]


def _by_visibility(value: str) -> list[ColumnElement[bool]]:
    if value == "all":
        return []
    if value not in ("community", "public", "private", "shared"):
        raise BadRequest(f"Invalid visibility value: {value}")
    return [Image.visibility == value]


def _tagged(tag: str) -> ColumnElement[bool]:
    each = func.json_each(Image.tags).table_valued("value")
    return select(1).select_from(each).where(each.c.value == tag).exists()


def _flag(value: str, name: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise BadRequest(f"Invalid value '{value}' for '{name}' filter. Valid values are 'true' or 'false'.")
    return value.lower() == "true"


def _number(value: str, name: str) -> int:
    try:
        number = int(value)
    except ValueError:
        number = LARGEST_INT + 1
    if not -LARGEST_INT <= number <= LARGEST_INT:
        raise BadRequest(f"Invalid value '{value}' for parameter '{name}': Cannot convert it to an integer.")
    return number


def _words(text: str) -> list[str]:
    """Comma-separated; a quoted word may hold a comma."""
    words, rest = [], text
    while rest:
        if rest.startswith('"') and '"' in rest[1:]:
            word, _, rest = rest[1:].partition('"')
            rest = rest.removeprefix(",")
        else:
            word, _, rest = rest.partition(",")
        words.append(word)
    return words


def _by_time(name: str, value: str) -> ColumnElement[bool]:
    """`gte:2026-01-01T00:00:00Z`, or the time alone for equality."""
    operator, _, text = value.partition(":") if value.partition(":")[0] in COMPARE else ("eq", "", value)
    if value.partition(":")[0].isalpha() and value.partition(":")[0] not in COMPARE:
        raise BadRequest(f"Unable to filter on a unknown operator {value.partition(':')[0]}.")
    try:
        moment: datetime = parse_iso(text)
    except ValueError:
        raise BadRequest("Unable to filter by time: the value is no ISO 8601 time.") from None
    condition: ColumnElement[bool] = COMPARE[operator](getattr(Image, name), moment)
    return condition
