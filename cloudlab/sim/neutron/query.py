"""Lists: filters by any attribute, sorting, pages, fields. All in SQL.

Networking API reference, 'Filtering and column selection', 'Sorting', 'Pagination'.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Select, String, and_, or_, select

from cloudlab.sim.clock import parse_iso
from cloudlab.sim.neutron import tags
from cloudlab.sim.neutron.faults import bad, refused
from cloudlab.sim.neutron.kind import Json, Kind
from cloudlab.sim.plain import Plain, one_of, values
from cloudlab.sim.scope import ADMIN, Context
from cloudlab.sim.store import UtcTime
from cloudlab.sim.web import Call

PAGING = {"limit", "marker", "page_reverse", "sort_key", "sort_dir"}
NOT_FILTERS = {"fields", *PAGING}
LONGEST = 255


@dataclass(frozen=True)
class Page:
    limit: int
    marker: str | None
    reverse: bool


def listed(call: Call, kind: Kind) -> tuple[list[Any], Page]:
    """The rows that the caller sees and asked for, and which page they are."""
    page = _page(call)
    asked = _asked(call, kind)
    if not PAGING.intersection(name for name, _ in call.query) and all(
        _is_plain(kind, *pair) for pair in asked.items()
    ):
        return _quickly(call, kind, asked), page
    query = select(kind.table)
    condition = kind.visible(call.who)
    if condition is not None:
        query = query.where(condition)
    query = query.where(*(_filter(call, kind, name, wanted) for name, wanted in asked.items()))
    return _sorted_page(call, kind, query, page), page


def filters(call: Call, known: Collection[str]) -> dict[str, list[str]]:
    """The query's filters, each with its values. Raises BadRequest for one that isn't known."""
    asked: dict[str, list[str]] = {}
    for name, value in call.query:
        if name not in NOT_FILTERS:
            asked.setdefault(name, []).append(value)
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise bad(f"{unknown} is invalid attribute for filtering")
    return asked


def _asked(call: Call, kind: Kind) -> dict[str, list[str]]:
    """The query's filters, as `filters`."""
    return filters(call, _known(kind))


@cache
def _known(kind: Kind) -> frozenset[str]:
    names = {name for name, attribute in kind.attributes.items() if attribute.filter}
    return frozenset(names | kind.special_filters.keys() | (tags.FILTERS.keys() if kind.tagged else set()))


def _is_plain(kind: Kind, name: str, wanted: list[str]) -> bool:
    """Whether a filter only compares text: what other services ask for mostly does."""
    if name in tags.FILTERS or name in kind.special_filters or "" in wanted:
        return False
    return isinstance(_column(kind, name).type, String)


def _column(kind: Kind, name: str) -> Any:
    return getattr(kind.table, kind.attributes[name].column or name)


def _quickly(call: Call, kind: Kind, asked: dict[str, list[str]]) -> list[Any]:
    """The rows by a statement that is made once for each project and set of filters, in order of creation."""
    wanted = {name: values(v for v in those if len(v) <= LONGEST) for name, those in asked.items()}
    statement = _statement(kind, call.who.is_admin, call.who.project_id, tuple(sorted(asked)))
    return statement.rows(call.scope.session, **wanted)


@lru_cache(maxsize=300)
def _statement(kind: Kind, admin: bool, project_id: str | None, names: tuple[str, ...]) -> Plain:
    condition = kind.visible(Context("", project_id, (ADMIN,) if admin else (), ""))
    query = select(*(getattr(kind.table, column.key) for column in kind.table.__mapper__.column_attrs))
    query = query.where(*(one_of(_column(kind, name), name) for name in names))
    query = query if condition is None else query.where(condition)
    return Plain(query.order_by(kind.table.n), times=True)


def _filter(call: Call, kind: Kind, name: str, wanted: list[str]) -> Any:
    if name in tags.FILTERS:
        return tags.FILTERS[name](kind.table, wanted)
    if name in kind.special_filters:
        return kind.special_filters[name](wanted, call.who)
    attribute, column = kind.attributes[name], _column(kind, name)
    if column.type.python_type in (bool, int) and attribute.convert:
        return column.in_([attribute.convert(value) for value in wanted])
    if isinstance(column.type, UtcTime):
        return column.in_([moment for value in wanted if (moment := _moment(value))])
    if column.type.python_type is int:
        return column.in_([int(v) for v in wanted if v.isascii() and v.isdigit() and len(v) < 10])
    found = column.in_([value for value in wanted if len(value) <= LONGEST])
    return or_(found, column.is_(None)) if "" in wanted and column.nullable else found


def _moment(text: str) -> datetime | None:
    try:
        return parse_iso(text)
    except ValueError:
        return None


def _page(call: Call) -> Page:
    text = call.param("limit") or "0"
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise refused(
            "BadRequest", f"Bad limit request: Limit must be an integer 0 or greater and not '{text}'."
        )
    reverse = (call.param("page_reverse") or "").lower() in ("true", "1")
    return Page(int(text), call.param("marker"), reverse)


def _sorted_page(call: Call, kind: Kind, query: Select[Any], page: Page) -> list[Any]:
    sorts = _sorts(call, kind)
    forward = [(column, up != page.reverse) for column, up in sorts]
    if page.limit and page.marker:
        query = query.where(_after(kind.one(call.scope, page.marker), forward))
    query = query.order_by(*(column.asc() if up else column.desc() for column, up in forward))
    if page.limit:
        query = query.limit(page.limit)
    rows = list(call.scope.session.scalars(query))
    return rows[::-1] if page.reverse else rows


def _sorts(call: Call, kind: Kind) -> list[tuple[Any, bool]]:
    """(column, ascending) as asked for, then in order of creation.

    (Neutron falls back on the id, which is as good as random there; ours would make the order depend on the seed.)
    """
    keys = [value for name, value in call.query if name == "sort_key"]
    dirs = [value for name, value in call.query if name == "sort_dir"]
    if len(keys) != len(dirs):
        raise bad("The number of sort_keys and sort_dirs must be same")
    known = kind.attributes
    wrong = [key for key in keys if key not in known or not (known[key].filter and known[key].sort)]
    if wrong:
        raise bad(f"{wrong} is invalid attribute for sort_keys")
    if set(dirs) - {"asc", "desc"}:
        raise bad(f"{dirs} is invalid value for sort_dirs, valid value is 'asc' and 'desc'")
    columns = [getattr(kind.table, kind.attributes[key].column or key) for key in keys]
    return [*zip(columns, [d == "asc" for d in dirs], strict=True), (kind.table.n, True)]


def _after(marker: Any, sorts: list[tuple[Any, bool]]) -> Any:
    """Rows that come after the marker's: later by the first column that differs."""
    alternatives = []
    for index, (column, up) in enumerate(sorts):
        value = getattr(marker, column.key)
        same = [c == getattr(marker, c.key) for c, _ in sorts[:index]]
        alternatives.append(and_(*same, column > value if up else column < value))
    return or_(*alternatives)


def links(call: Call, page: Page, items: list[Json]) -> list[dict[str, str]]:
    """`<collection>_links`, when there was a limit."""
    if not page.limit:
        return []
    found = []
    if len(items) >= page.limit or page.reverse:
        found.append({"rel": "next", "href": _href(call, items[-1:], False)})
    if len(items) >= page.limit or not page.reverse:
        found.append({"rel": "previous", "href": _href(call, items[:1], True)})
    return found


def _href(call: Call, edge: list[Json], reverse: bool) -> str:
    pairs = [(name, value) for name, value in call.query if name not in ("marker", "page_reverse")]
    pairs += [("marker", item["id"]) for item in edge]
    pairs += [("page_reverse", "True")] if reverse else []
    return f"{call.root}{call.path}?{urlencode(pairs)}"


def fields(call: Call) -> frozenset[str]:
    """Which attributes the caller wants to see; empty for all."""
    return frozenset(value for name, value in call.query if name == "fields" and value)


def only(items: list[Json], names: frozenset[str]) -> list[Json]:
    return [{k: v for k, v in item.items() if k in names} for item in items] if names else items
