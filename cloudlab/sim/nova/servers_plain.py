"""Which columns a list of servers reads, and the short way to its first page, for which every poll asks.

One statement, compiled once; tuples from the driver, of which only what is shown is turned into Python. Everything with
a filter, an order or a marker goes through `servers_list`.
"""

import json
from collections import namedtuple
from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import JSON, Boolean, bindparam, func, select
from sqlalchemy.dialects import sqlite

from cloudlab.sim.nova.servers_model import BlockDevice, Server
from cloudlab.sim.scope import Scope

# From which minor version on (and for whom) a column is shown: lists read no others.
ALWAYS = (
    "number", "id", "project_id", "user_id", "name", "vm_state", "task_state", "power_state", "image_id", "flavor_id",
    "key_name", "config_drive", "disk_config", "server_metadata", "addresses", "group_names", "access_ip_v4",
    "access_ip_v6", "progress", "fault", "host", "zone", "created_at", "updated_at", "launched_at", "terminated_at",
)  # fmt: skip
SINCE = (
    (9, "locked"), (19, "description"), (26, "tags"), (47, "flavor"), (73, "locked_reason"), (90, "hostname"),
    (96, "asked_zone"), (98, "image_meta"), (100, "scheduler_hints"),
)  # fmt: skip
ADMINS_SINCE_3 = ("reservation_id", "launch_index", "hostname", "user_data")


@cache
def columns(minor: int, admin: bool) -> tuple[Any, ...]:
    """The columns that a list at 2.`minor` shows."""
    names = [*ALWAYS, *(name for since, name in SINCE if minor >= since)]
    if admin and minor >= 3:
        names += [name for name in ADMINS_SINCE_3 if name not in names]
    return (*(getattr(Server, name) for name in names), VOLUMES)


def _volumes() -> Any:
    """A server's volumes as one more column: [[volume_id, delete_on_termination], …]."""
    pair = func.json_array(BlockDevice.volume_id, BlockDevice.delete_on_termination)
    pairs = select(func.json_group_array(pair, type_=JSON)).where(BlockDevice.server_id == Server.id)
    return pairs.scalar_subquery().label("volumes")


VOLUMES = _volumes()

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
