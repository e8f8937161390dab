"""Who else may use a resource: what RBAC policies say. (Networking API reference, 'RBAC policies')

`shared` of any resource is no column: it is whether a policy lets the caller's project, or everybody, in.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy import Select, delete, or_, select

from cloudlab.sim.neutron import validators
from cloudlab.sim.neutron.kind import Condition, Kind, born
from cloudlab.sim.neutron.model import RbacPolicy
from cloudlab.sim.plain import Plain, one_of, values
from cloudlab.sim.scope import Context, Scope

SHARED, EXTERNAL = "access_as_shared", "access_as_external"
EVERYBODY = "*"
# Built once: making a statement costs more than running it.
SHARED_ONES = Plain(
    select(RbacPolicy.object_id).where(
        one_of(RbacPolicy.object_id, "ids"),
        RbacPolicy.action == SHARED,
        one_of(RbacPolicy.target_project, "projects"),
    )
)


def let_in(object_type: str, who: Context, *actions: str) -> Select[Any]:
    """The ids of resources of that type that the caller's project may use, by these actions (any, when none)."""
    query = select(RbacPolicy.object_id).where(
        RbacPolicy.object_type == object_type,
        RbacPolicy.target_project.in_([EVERYBODY, who.project_id or ""]),
    )
    return query.where(RbacPolicy.action.in_(actions)) if actions else query


class Shareable(Kind):
    """A kind that others see when a policy lets them in."""

    def visible(self, who: Context) -> Condition | None:
        if who.is_admin:
            return None
        return or_(self.table.project_id == who.project_id, self.table.id.in_(let_in(self.resource, who)))


def shared_filter(object_type: str, column: Any) -> Callable[[list[str], Context], Condition]:
    """`shared=true` (or false) for rows that name a resource of that type: whether a policy lets the caller in."""

    def condition(values: list[str], who: Context) -> Condition:
        mine = column.in_(let_in(object_type, who, SHARED))
        return or_(*((mine if validators.boolean(value) else ~mine) for value in values))

    return condition


def shared(scope: Scope, ids: Iterable[str]) -> set[str]:
    """Which of these resources are shared with the caller's project."""
    wanted = list(ids)
    if not wanted:
        return set()
    projects = values([EVERYBODY, scope.who.project_id or ""])
    return {row[0] for row in SHARED_ONES.rows(scope.session, ids=values(wanted), projects=projects)}


def policies(scope: Scope, object_id: str, action: str = SHARED) -> list[RbacPolicy]:
    query = select(RbacPolicy).where(RbacPolicy.object_id == object_id, RbacPolicy.action == action)
    return list(scope.session.scalars(query))


def add(
    scope: Scope, object_type: str, object_id: str, project_id: str, action: str, target: str = EVERYBODY
) -> RbacPolicy:
    """A new policy; `project_id` is its owner."""
    row = RbacPolicy(
        **born(scope, "rbac_policy", f"{object_id} {action} {target}", project_id),
        object_type=object_type,
        object_id=object_id,
        action=action,
        target_project=target,
    )
    scope.session.add(row)
    scope.session.flush()
    return row


def for_everybody(
    scope: Scope, object_type: str, object_id: str, project_id: str, action: str, on: bool
) -> bool:
    """Let everybody in, or no longer; whether that changed anything."""
    known = next((p for p in policies(scope, object_id, action) if p.target_project == EVERYBODY), None)
    if on == (known is not None):
        return False
    if known is None:
        add(scope, object_type, object_id, project_id, action)
    else:
        scope.session.delete(known)
        scope.session.flush()
    return True


def forget(scope: Scope, object_id: str) -> None:
    """The resource goes, and all that was said of it."""
    scope.session.execute(delete(RbacPolicy).where(RbacPolicy.object_id == object_id))
