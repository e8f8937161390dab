"""What a list of volumes, snapshots or attachments is filtered by."""

import ast
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, false, func, true

from cloudlab.sim.cinder.bodies import FALSE, TRUE
from cloudlab.sim.cinder.paging import PAGING, kind_of
from cloudlab.sim.clock import parse_iso
from cloudlab.sim.errors import BadRequest
from cloudlab.sim.web import Call

# What the service says that its lists take (GET /resource_filters).
RESOURCE_FILTERS = {
    "volume": (
        "name", "status", "metadata", "bootable", "migration_status", "availability_zone", "group_id", "size",
        "created_at", "updated_at", "consumes_quota",
    ),
    "backup": ("name", "status", "volume_id"),
    "snapshot": ("name", "status", "volume_id", "metadata", "availability_zone", "consumes_quota"),
    "group": ("name",),
    "group_snapshot": ("name", "status", "group_id"),
    "attachment": ("volume_id", "status", "instance_id", "attach_status"),
    "message": ("resource_uuid", "resource_type", "event_id", "request_id", "message_level"),
    "pool": ("name", "volume_type"),
    "volume_type": ("is_public", "extra_specs"),
}  # fmt: skip
SINCE = {"group_id": 10, "created_at": 60, "updated_at": 60, "consumes_quota": 65}  # ignored before
COMPARE = {
    "gt": "__gt__",
    "gte": "__ge__",
    "lt": "__lt__",
    "lte": "__le__",
    "eq": "__eq__",
    "neq": "__ne__",
}


def wanted(call: Call, allowed: Iterable[str]) -> dict[str, str]:
    """The filters of the query. A strange one is ignored, from 3.31 on refused; an administrator's is kept."""
    given = {
        name: value for name, value in call.query if name not in PAGING and call.at_least(SINCE.get(name, 0))
    }
    if any(not name.isascii() for name in given):
        raise BadRequest("Filter keys can only contain ASCII characters.")
    if call.who.is_admin:
        return given
    strange = [name for name in given if name not in allowed and name != "all_tenants"]
    if strange and call.at_least(31):
        raise BadRequest(f"Invalid filters {','.join(strange)} are found in query options.")
    return {name: value for name, value in given.items() if name in allowed}


def conditions(model: Any, filters: dict[str, str]) -> list[ColumnElement[bool]]:
    """Filters as conditions on a table; a filter that the table doesn't know finds nothing."""
    return [_condition(model, name, value) for name, value in filters.items()]


def _condition(model: Any, name: str, value: str) -> ColumnElement[bool]:
    if name == "metadata" and hasattr(model, "meta"):
        return _has_metadata(model.meta, value)
    if name == "consumes_quota":
        return true() if value.strip().lower() in TRUE else false()
    column = model.__table__.columns.get(name)
    kind = kind_of(column) if column is not None else dict
    if kind is bool:
        return column.is_(value.strip().lower() in TRUE) if value.strip().lower() in TRUE | FALSE else false()
    if kind is int:
        return column == int(value) if value.isdecimal() and len(value) < 16 else false()
    if kind is datetime:
        return _at(column, name, value)
    return column == value if kind is str else false()


def _has_metadata(column: Any, value: str) -> ColumnElement[bool]:
    """Every pair of a Python-like dictionary, as the client writes it: {'k': 'v'}."""
    try:
        pairs = ast.literal_eval(value)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        pairs = None
    if not isinstance(pairs, dict):
        return false()
    found: ColumnElement[bool] = true()
    for key, text in pairs.items():
        if not isinstance(key, str) or not isinstance(text, str) or '"' in key or "\\" in key:
            return false()
        found = found & (func.json_extract(column, f'$."{key}"') == text)
    return found


def _at(column: Any, name: str, value: str) -> ColumnElement[bool]:
    """Comparisons such as 'gt:2026-01-01T00:00:00,lt:…' (from 3.60). Raises BadRequest."""
    found: ColumnElement[bool] = true()
    for part in value.split(","):
        operator, _, moment = part.partition(":")
        if operator not in COMPARE:
            raise BadRequest(f"Invalid {operator} operator")
        try:
            when = parse_iso(moment)
        except (ValueError, OverflowError) as error:
            raise BadRequest(f"Invalid {moment} value") from error
        found = found & getattr(column, COMPARE[operator])(when)
    return found
