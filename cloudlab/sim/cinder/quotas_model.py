"""Quotas: what a project may have, and what it has. Counted from the rows themselves, so they can't drift."""

from dataclasses import dataclass

from sqlalchemy import func, select

from cloudlab.sim.cinder.faults import OverQuota, invalid_input
from cloudlab.sim.cinder.model import Quota, QuotaClass, Snapshot, Volume, VolumeType, type_names
from cloudlab.sim.cinder.schemas import MOST
from cloudlab.sim.errors import BadRequest
from cloudlab.sim.scope import Scope

DEFAULTS = {
    "volumes": 10,
    "per_volume_gigabytes": -1,
    "snapshots": 10,
    "gigabytes": 1000,
    "backups": 10,
    "backup_gigabytes": 1000,
}
GROUPS = {"groups": 10}
NO_QUOTAS = ("tenant_id", "id")  # keys that a client may send along


@dataclass(frozen=True)
class Usage:
    """`reserved` is promised to a change under way: an extend."""

    in_use: int = 0
    reserved: int = 0

    @property
    def total(self) -> int:
        return self.in_use + self.reserved


def defaults(scope: Scope, *classes: str) -> dict[str, int]:
    """The default limits by resource, in the order in which cinder lists them; three for each volume type.

    What an administrator set for the class `default` takes the place of cinder's own, then what `classes` have.
    """
    query = select(VolumeType.name).order_by(VolumeType.created_at.desc(), VolumeType.id.desc())
    of_types = {
        f"{kind}_{name}": -1
        for name in scope.session.scalars(query)
        for kind in ("volumes", "gigabytes", "snapshots")
    }
    found = {**DEFAULTS, **of_types, **GROUPS}
    for name in ("default", *classes):
        rows = scope.session.scalars(select(QuotaClass).filter_by(class_name=name))
        found.update({row.resource: row.limit for row in rows if row.resource in found})
    return found


def limits(scope: Scope, project_id: str) -> dict[str, int]:
    """The limits of a project; -1 is without limit."""
    found = defaults(scope)
    for row in scope.session.scalars(select(Quota).filter_by(project_id=project_id)):
        if row.resource in found:
            found[row.resource] = row.limit
    return found


def usages(scope: Scope, project_id: str) -> dict[str, Usage]:
    """What a project has of each resource; a resource that is missing is not used."""
    names = type_names(scope)
    growth = func.sum(func.coalesce(Volume.new_size, Volume.size) - Volume.size)
    volumes = select(Volume.volume_type_id, func.count(), func.sum(Volume.size), growth)
    snapshots = select(Snapshot.volume_type_id, func.count(), func.sum(Snapshot.volume_size))
    found: dict[str, Usage] = {}
    for type_id, count, size, growing in scope.session.execute(
        volumes.where(Volume.project_id == project_id).group_by(Volume.volume_type_id)
    ):
        _add(found, "volumes", names[type_id], count)
        _add(found, "gigabytes", names[type_id], size, growing)
    for type_id, count, size in scope.session.execute(
        snapshots.where(Snapshot.project_id == project_id).group_by(Snapshot.volume_type_id)
    ):
        _add(found, "snapshots", names[type_id], count)
        _add(found, "gigabytes", names[type_id], size)
    return found


def _add(found: dict[str, Usage], resource: str, type_name: str, used: int, reserved: int = 0) -> None:
    for key in (resource, f"{resource}_{type_name}"):
        before = found.get(key, Usage())
        found[key] = Usage(before.in_use + used, before.reserved + reserved)


def reserve(
    scope: Scope,
    project_id: str,
    volume_type: VolumeType,
    wanted: dict[str, int],
    size: int,
    of_type_only: bool = False,
) -> None:
    """Refuse what would go over a limit (recordings cinder/131, 132, 134). Raises OverQuota.

    `of_type_only`: a volume that the project has already, and that only changes its type.
    """
    allowed, used = limits(scope, project_id), usages(scope, project_id)
    of_type = {f"{key}_{volume_type.name}": n for key, n in wanted.items()}
    wanted = of_type if of_type_only else {**wanted, **of_type}
    for key in sorted(wanted):
        limit, have = allowed[key], used.get(key, Usage()).total
        if limit < 0 or have + wanted[key] <= limit:
            continue
        if "gigabytes" in key:
            raise OverQuota(
                f"VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed {key} quota. "
                f"Requested {size}G, quota is {limit}G and {have}G has been consumed."
            )
        if "snapshots" in key:
            raise OverQuota(f"SnapshotLimitExceeded: Maximum number of snapshots allowed ({limit}) exceeded")
        raise OverQuota(
            f"VolumeLimitExceeded: Maximum number of volumes allowed ({limit}) exceeded for quota '{key}'."
        )


def check_size(scope: Scope, project_id: str, size: int) -> None:
    """Refuse a volume larger than any may be. Raises OverQuota."""
    limit = limits(scope, project_id)["per_volume_gigabytes"]
    if 0 <= limit < size:
        raise OverQuota(
            f"VolumeSizeExceedsLimit: Requested volume size {size}G is larger than maximum allowed limit {limit}G."
        )


def set_class(scope: Scope, name: str, wanted: dict[str, int | str]) -> None:
    """New limits for a class, checked by a schema. Raises BadRequest for a resource that there isn't."""
    known = defaults(scope)
    bad = [key for key in wanted if key not in known]
    if bad:
        raise invalid_input(f"Bad key(s) in quota class set: {', '.join(bad)}")
    for key, value in wanted.items():
        scope.session.merge(QuotaClass(class_name=name, resource=key, limit=int(value)))


def set_limits(scope: Scope, project_id: str, wanted: dict[str, object]) -> None:
    """New limits for a project, never below what it has (recording cinder/129). Raises BadRequest."""
    known, used = defaults(scope), usages(scope, project_id)
    wanted = {key: value for key, value in wanted.items() if key not in NO_QUOTAS}
    bad = [key for key in wanted if key not in known]
    if bad:
        raise invalid_input(f"Bad key(s) in quota set: {', '.join(bad)}")
    for key, value in [(key, _limit(key, value)) for key, value in wanted.items()]:
        have = used.get(key, Usage()).total
        if key != "per_volume_gigabytes" and 0 <= value < have:
            raise BadRequest(
                f"Quota {key} limit must be equal or greater than existing resources. "
                f"Current usage is {have} and the requested limit is {value}."
            )
        scope.session.merge(Quota(project_id=project_id, resource=key, limit=value))


def _limit(key: str, value: object) -> int:
    try:
        limit = int(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else None
    except ValueError:
        limit = None
    if limit is None:
        raise BadRequest(f"{key} must be an integer")
    if limit < -1:
        raise BadRequest(f"{key} must be >= -1")
    if limit > MOST:
        raise BadRequest(f"{key} must be <= {MOST}")
    return limit
