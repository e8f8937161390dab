"""The first page of all servers: what is asked for most, and by every poll, so it takes the short way to the rows.

One statement, compiled once; tuples from the driver, of which only what is shown is turned into Python. Everything with
a filter, an order or a marker goes through `servers_list`.
"""

import json
from collections import namedtuple
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import JSON, Boolean, bindparam, select
from sqlalchemy.dialects import sqlite

from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.scope import Scope

Convert = Callable[[Any], Any]


class Plain(NamedTuple):
    """A compiled statement: its text, its parameters in order and its own values, and how a tuple becomes a row."""

    text: str
    parameters: tuple[str, ...]
    values: dict[str, Any]
    row: Any
    converters: tuple[tuple[int, Convert], ...]


def first_page(scope: Scope, columns: tuple[Any, ...], project_id: str | None, limit: int) -> list[Any]:
    """The newest `limit` servers of a project, or (None) of all. Rows have their columns as attributes.

    Times stay text, as the database has them.
    """
    scope.session.flush()
    plain = _compiled(columns, project_id is None)
    values = {**plain.values, "project": project_id, "most": limit}
    bound = tuple(values[name] for name in plain.parameters)
    found = scope.session.connection().exec_driver_sql(plain.text, bound)
    return [_row(plain, values) for values in found.fetchall()]


def _row(plain: Plain, values: Any) -> Any:
    converted = list(values)
    for place, convert in plain.converters:
        converted[place] = convert(converted[place])
    return plain.row._make(converted)


@cache
def _compiled(columns: tuple[Any, ...], everyone: bool) -> Plain:
    wanted = [Server.deleted.is_(False)] + ([] if everyone else [Server.project_id == bindparam("project")])
    query = select(*columns).where(*wanted).order_by(Server.created_at.desc(), Server.id)
    compiled = query.limit(bindparam("most")).compile(dialect=sqlite.dialect())
    converters = [(place, _converter(column)) for place, column in enumerate(columns)]
    return Plain(
        str(compiled),
        tuple(compiled.positiontup or ()),
        dict(compiled.params),
        namedtuple("ListedServer", [column.key for column in columns]),  # type: ignore[misc]
        tuple((place, convert) for place, convert in converters if convert),
    )


def _converter(column: Any) -> Convert | None:
    """How a column's value as the driver gives it becomes Python's."""
    if isinstance(column.type, Boolean):
        return bool
    return _loaded if isinstance(column.type, JSON) else None


def _loaded(text: str | None) -> Any:
    return None if text is None else _short(text) if len(text) < 40 else json.loads(text)


@lru_cache(maxsize=500)
def _short(text: str) -> Any:
    """The many that are alike, such as {} and ["default"]. Nobody changes them: they are only shown."""
    return json.loads(text)
