"""Quotas: limits by project, and how much of each is used.

Networking API reference, 'Quotas'; recordings neutron/021, 022.
"""

from typing import Any

from sqlalchemy import delete, func, select

from cloudlab.sim.neutron import bodies, model
from cloudlab.sim.neutron.faults import bad, conflict, not_found
from cloudlab.sim.neutron.kind import Json
from cloudlab.sim.neutron.validators import boolean
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

DEFAULTS = {
    "network": 100,
    "subnet": 100,
    "subnetpool": -1,
    "port": 500,
    "router": 10,
    "floatingip": 50,
    "rbac_policy": 10,
    "security_group": 10,
    "security_group_rule": 100,
}
COUNTED: dict[str, Any] = {
    "network": model.Network,
    "subnet": model.Subnet,
    "subnetpool": model.SubnetPool,
    "port": model.Port,
    "router": model.Router,
    "floatingip": model.FloatingIp,
    "rbac_policy": model.RbacPolicy,
    "security_group": model.SecurityGroup,
    "security_group_rule": model.Rule,
}


def limits(scope: Scope, project_id: str) -> dict[str, int]:
    rows = scope.session.scalars(select(model.Quota).where(model.Quota.project_id == project_id))
    return {**DEFAULTS, **{row.resource: row.limit for row in rows}}


def used(scope: Scope, resource: str, project_id: str) -> int:
    table = COUNTED[resource]
    query = select(func.count()).select_from(table).where(table.project_id == project_id)
    return scope.session.scalar(query) or 0


def check(scope: Scope, resource: str, project_ids: list[str]) -> None:
    """Raise OverQuota unless each project may have as many more as it is named."""
    for project_id in sorted(set(project_ids)):
        limit = limits(scope, project_id).get(resource, -1)
        if limit >= 0 and used(scope, resource, project_id) + project_ids.count(project_id) > limit:
            raise conflict("OverQuota", f"Quota exceeded for resources: ['{resource}'].")


def permit(call: Call, action: str, own: str | None = None) -> None:
    """Administrators; and for its own quota a project's reader."""
    reads_own = own is not None and call.who.is_reader and call.who.project_id == own
    call.who.require(call.who.is_admin or reads_own, f"rule:{action}_quota")


class Quotas:
    """GET /quotas: the projects with limits of their own."""

    def get(self, call: Call) -> Reply:
        permit(call, "get")
        found: dict[str, Json] = {}
        for row in call.scope.session.scalars(select(model.Quota).order_by(model.Quota.project_id)):
            found.setdefault(row.project_id, dict(DEFAULTS))[row.resource] = row.limit
        rows = [{**quota, "project_id": project, "tenant_id": project} for project, quota in found.items()]
        return Reply(200, {"quotas": rows})


class ProjectQuota:
    def get(self, call: Call, project: str) -> Reply:
        permit(call, "get", own=project)
        return Reply(200, {"quota": limits(call.scope, project)})

    def put(self, call: Call, project: str) -> Reply:
        wanted, check_used = _wanted(call)
        permit(call, "update")
        for resource, limit in wanted.items() if check_used else ():
            held = used(call.scope, resource, project)
            if 0 <= limit < held:
                raise bad(
                    f"Quota limit {limit} for {resource} must be greater than or equal to already used {held}"
                )
        for resource, limit in wanted.items():
            call.scope.session.merge(model.Quota(project_id=project, resource=resource, limit=limit))
        call.scope.session.flush()
        return Reply(200, {"quota": limits(call.scope, project)})

    def delete(self, call: Call, project: str) -> Reply:
        permit(call, "delete")
        found = call.scope.session.scalars(select(model.Quota).where(model.Quota.project_id == project)).all()
        if not found:
            raise not_found("TenantQuotaNotFound", f"Quota for project {project} could not be found.")
        call.scope.session.execute(delete(model.Quota).where(model.Quota.project_id == project))
        return Reply(204)


def _wanted(call: Call) -> tuple[dict[str, int], bool]:
    """The limits, and whether they must leave room for what is there (unless `force`, or `check_limit` false)."""
    body = bodies.read(call).get("quota")
    if not isinstance(body, dict):
        raise bad("Unable to find 'quota' in request body")
    wanted = {name: limit for name, limit in body.items() if name not in ("force", "check_limit")}
    unknown = [name for name in wanted if name not in DEFAULTS]
    if unknown:
        raise bad(f"Unrecognized attribute(s) '{', '.join(unknown)}'")
    check = not boolean(body.get("force", False)) and boolean(body.get("check_limit", True))
    return {name: _limit(name, value) for name, value in wanted.items()}, check


def _limit(name: str, value: Any) -> int:
    try:
        limit = int(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else None
    except ValueError:
        limit = None
    if limit is None:
        raise bad(f"Invalid input for {name}. Reason: '{value}' is not an integer.")
    if limit < -1:
        raise bad(f"Invalid input for {name}. Reason: '{limit}' is too small - must be at least '-1'.")
    if limit > 2**31 - 1:
        raise bad(
            f"Invalid input for {name}. Reason: '{limit}' is too large - must be no larger than '2147483647'."
        )
    return limit


class WhoseQuota:
    """GET /quotas/tenant (or /quotas/project): whose quota the caller would be told of."""

    def get(self, call: Call) -> Reply:
        return Reply(200, {"tenant": {"tenant_id": call.who.project_id}})


class DefaultQuota:
    def get(self, call: Call, project: str) -> Reply:
        permit(call, "get", own=project)
        return Reply(200, {"quota": DEFAULTS})


class QuotaDetails:
    def get(self, call: Call, project: str) -> Reply:
        permit(call, "get", own=project)
        found = {
            name: {"limit": limit, "used": used(call.scope, name, project), "reserved": 0}
            for name, limit in limits(call.scope, project).items()
        }
        return Reply(200, {"quota": found})
