"""Quotas: limits by project, and how much of each is used.

Networking API reference, 'Quotas'; recordings neutron/021, 022.
"""

from typing import Any

from sqlalchemy import delete, func, select

from cloudlab.sim.errors import BadJson, PolicyDenied
from cloudlab.sim.neutron import model
from cloudlab.sim.neutron.faults import bad, conflict
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
    "port": model.Port,
    "router": model.Router,
    "floatingip": model.FloatingIp,
    "security_group": model.SecurityGroup,
    "security_group_rule": model.Rule,
}


def limits(scope: Scope, project_id: str) -> dict[str, int]:
    rows = scope.session.scalars(select(model.Quota).where(model.Quota.project_id == project_id))
    return {**DEFAULTS, **{row.resource: row.limit for row in rows}}


def used(scope: Scope, resource: str, project_id: str) -> int:
    table = COUNTED.get(resource)
    if table is None:
        return 0
    query = select(func.count()).select_from(table).where(table.project_id == project_id)
    return scope.session.scalar(query) or 0


def check(scope: Scope, resource: str, project_ids: list[str]) -> None:
    """Raise OverQuota unless each project may have as many more as it is named."""
    for project_id in sorted(set(project_ids)):
        limit = limits(scope, project_id)[resource]
        if limit >= 0 and used(scope, resource, project_id) + project_ids.count(project_id) > limit:
            raise conflict("OverQuota", f"Quota exceeded for resources: ['{resource}'].")


def permit(call: Call, action: str, own: str | None = None) -> None:
    """Administrators; and for its own quota a project's reader."""
    if not (call.who.is_admin or (own is not None and call.who.is_reader and call.who.project_id == own)):
        raise PolicyDenied(f"rule:{action}_quota")


class Quotas:
    """GET /quotas: the projects with limits of their own."""

    def get(self, call: Call) -> Reply:
        permit(call, "get")
        projects = call.scope.session.scalars(select(model.Quota.project_id).distinct()).all()
        rows = [{**limits(call.scope, one), "project_id": one, "tenant_id": one} for one in sorted(projects)]
        return Reply(200, {"quotas": rows})


class ProjectQuota:
    def get(self, call: Call, project: str) -> Reply:
        permit(call, "get", own=project)
        return Reply(200, {"quota": limits(call.scope, project)})

    def put(self, call: Call, project: str) -> Reply:
        wanted = _wanted(call)
        permit(call, "update")
        for resource, limit in wanted.items():
            call.scope.session.merge(model.Quota(project_id=project, resource=resource, limit=limit))
        call.scope.session.flush()
        return Reply(200, {"quota": limits(call.scope, project)})

    def delete(self, call: Call, project: str) -> Reply:
        permit(call, "delete")
        call.scope.session.execute(delete(model.Quota).where(model.Quota.project_id == project))
        return Reply(204)


def _wanted(call: Call) -> dict[str, int]:
    if not isinstance(call.json, dict):
        raise BadJson("Body contains invalid data")
    wanted = call.json.get("quota")
    if not isinstance(wanted, dict):
        raise bad("Unable to find 'quota' in request body")
    unknown = [name for name in wanted if name not in DEFAULTS]
    if unknown:
        raise bad(f"Unrecognized attribute(s) '{', '.join(unknown)}'")
    for name, limit in wanted.items():
        if isinstance(limit, bool) or not isinstance(limit, int) or not -1 <= limit < 2**31:
            raise bad(
                f"Invalid input for {name}. Reason: '{limit}' is not in valid range [-1 to 2147483647]."
            )
    return wanted


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
