"""What a project may have, what it has, and the refusal when it asks for more. No HTTP.

The limits are rows only where they differ from the defaults. Usage is counted, never kept.
"""

from collections.abc import Mapping

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from cloudlab.sim.errors import Forbidden
from cloudlab.sim.nova.groups_model import count_of
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.scope import Scope
from cloudlab.sim.store import Base

DEFAULTS = {
    "cores": 20,
    "fixed_ips": -1,
    "floating_ips": -1,
    "injected_file_content_bytes": 10240,
    "injected_file_path_bytes": 255,
    "injected_files": 5,
    "instances": 10,
    "key_pairs": 100,
    "metadata_items": 128,
    "ram": 51200,
    "security_group_rules": -1,
    "security_groups": -1,
    "server_group_members": 10,
    "server_groups": 10,
}


class QuotaLimit(Base):
    """A project's own limit for one resource, where it is not the default. -1 is no limit."""

    __tablename__ = "nova_quota_limit"
    project_id: Mapped[str] = mapped_column(primary_key=True)
    resource: Mapped[str] = mapped_column(primary_key=True)
    hard_limit: Mapped[int]


def limits_of(scope: Scope, project_id: str | None) -> dict[str, int]:
    """The project's limits by resource; -1 is no limit."""
    owners = (DEFAULT_CLASS, project_id)
    found: dict[str, dict[str, int]] = {}
    wanted = QuotaLimit.project_id.in_(owners)
    query = select(QuotaLimit.project_id, QuotaLimit.resource, QuotaLimit.hard_limit).where(wanted)
    for owner, resource, limit in scope.session.execute(query):
        found.setdefault(owner, {})[resource] = limit
    return {**DEFAULTS, **found.get(DEFAULT_CLASS, {}), **found.get(project_id or "", {})}


def class_of(name: str) -> str:
    """Under which 'project' the limits of a quota class are kept."""
    return f"quota-class:{name}"


DEFAULT_CLASS = class_of("default")  # what holds where a project has no limit of its own


def usage(scope: Scope, project_id: str | None) -> dict[str, int]:
    """What the project has of each resource. Key pairs belong to users and are not counted, nor in nova."""
    count = select(
        func.count(), func.coalesce(func.sum(Server.vcpus), 0), func.coalesce(func.sum(Server.ram), 0)
    )
    query = count.where(Server.project_id == project_id, Server.deleted.is_(False))
    instances, cores, ram = scope.session.execute(query).one()
    groups = count_of(scope, project_id)
    counted = {"instances": instances, "cores": cores, "ram": ram, "server_groups": groups}
    return {**dict.fromkeys(DEFAULTS, 0), **counted}


def check(scope: Scope, instances: int, cores: int, ram: int) -> tuple[Mapping[str, int], Mapping[str, int]]:
    """Raise Forbidden when the caller's project may not have that much more (nova_v21/260, 262 and 266).

    Gives its limits and its usage, for whoever goes on counting.
    """
    asked = {"cores": cores, "instances": instances, "ram": ram}
    limits, used = limits_of(scope, scope.who.project_id), usage(scope, scope.who.project_id)
    over = [name for name in asked if 0 <= limits[name] < used[name] + asked[name]]
    if over:
        raise Forbidden(over_quota(over, asked, used, limits))
    return limits, used


def over_quota(
    over: list[str], asked: Mapping[str, int], used: Mapping[str, int], limits: Mapping[str, int]
) -> str:
    """Nova's sentence, with the resources by name."""

    def listed(numbers: Mapping[str, int]) -> str:
        return ", ".join(str(numbers[name]) for name in over)

    names = ", ".join(over)
    return (
        f"Quota exceeded for {names}: Requested {listed(asked)}, "
        f"but already used {listed(used)} of {listed(limits)} {names}"
    )


def set_limit(scope: Scope, project_id: str, resource: str, limit: int) -> None:
    """Give the project a limit of its own."""
    scope.session.merge(QuotaLimit(project_id=project_id, resource=resource, hard_limit=limit))


def reset(scope: Scope, project_id: str) -> None:
    """Back to the defaults."""
    scope.session.execute(delete(QuotaLimit).where(QuotaLimit.project_id == project_id))
