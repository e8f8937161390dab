"""Which columns a list of servers reads, and the short way to its first page, for which every poll asks.

Everything with a filter, an order or a marker goes through `servers_list`.
"""

from functools import cache
from typing import Any

from sqlalchemy import JSON, bindparam, func, select

from cloudlab.sim.nova.servers_model import BlockDevice, Server
from cloudlab.sim.plain import Plain
from cloudlab.sim.scope import Scope

# From which minor version on (and for whom) a column is shown: lists read no others.
ALWAYS = (
    "number", "id", "project_id", "user_id", "name", "vm_state", "task_state", "power_state", "image_id", "flavor_id",
    "key_name", "config_drive", "disk_config", "server_metadata", "addresses", "access_ip_v4",
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


def first_page(scope: Scope, columns: tuple[Any, ...], project_id: str | None, limit: int) -> list[Any]:
    """The newest `limit` servers of a project, or (None) of all. Rows have their columns as attributes.

    Times stay text, as the database has them.
    """
    return _newest(columns, project_id is None).rows(scope.session, project=project_id, most=limit)


@cache
def _newest(columns: tuple[Any, ...], everyone: bool) -> Plain:
    wanted = [Server.deleted.is_(False)] + ([] if everyone else [Server.project_id == bindparam("project")])
    query = select(*columns).where(*wanted).order_by(Server.created_at.desc(), Server.id)
    return Plain(query.limit(bindparam("most")))
