"""The short way to rows for what is asked most: a SELECT compiled once, and tuples straight from the driver.

To make a statement and to wrap its rows takes several times longer than to run it. Only for reading.
"""

import json
from collections import namedtuple
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, cast

from sqlalchemy import JSON, Boolean, Select, bindparam, func, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.orm import Session

from cloudlab.sim.store import UtcTime

Convert = Callable[[Any], Any]


def one_of(column: Any, parameter: str) -> Any:
    """The condition that a column has one of a parameter's values, however many: pass `values(…)` for it."""
    return column.in_(
        select(func.json_each(bindparam(parameter, required=False)).table_valued("value").c.value)
    )


def values(these: Iterable[str]) -> str:
    """What stands for several values: see `one_of`."""
    return json.dumps(list(these))


class Plain:
    """A compiled SELECT. Its rows have their columns as attributes.

    Times stay text, as the database has them, unless `times` asks for datetimes.
    """

    def __init__(self, query: Select[*tuple[Any, ...]], times: bool = False) -> None:
        written = {"render_postcompile": True}  # a list of values that is known stands in the statement
        compiled = query.compile(dialect=sqlite.dialect(paramstyle="named"), compile_kwargs=written)
        self._text, self._values = str(compiled), dict(compiled.params)
        columns = query.column_descriptions
        self._row = cast(Any, namedtuple)("Row", [column["name"] for column in columns])
        converters = [(place, _converter(column["type"], times)) for place, column in enumerate(columns)]
        self._converters = [(place, convert) for place, convert in converters if convert]

    def rows(self, session: Session, **values: Any) -> list[Any]:
        """All rows, with these values for the statement's parameters."""
        session.flush()
        # By way of session.connection() SQLAlchemy would begin a transaction of its own: see Store.transaction.
        connection: Any = cast(Any, session.bind).connection.driver_connection
        found = connection.execute(self._text, {**self._values, **values}).fetchall()
        return [self._made(values) for values in found]

    def _made(self, values: Any) -> Any:
        converted = list(values)
        for place, convert in self._converters:
            converted[place] = convert(converted[place])
        return self._row._make(converted)


def _converter(kind: Any, times: bool) -> Convert | None:
    """How a column's value as the driver gives it becomes Python's."""
    if isinstance(kind, UtcTime):
        return _moment if times else None
    if isinstance(kind, Boolean):
        return bool
    return _loaded if isinstance(kind, JSON) else None


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


def _loaded(text: str | None) -> Any:
    return None if text is None else _short(text) if len(text) < 400 else json.loads(text)


@lru_cache(maxsize=500)
def _short(text: str) -> Any:
    """The many that are alike, such as {} and ["default"]. Nobody changes them: they are only shown."""
    return json.loads(text)
