"""Quota sets and limits over HTTP (API reference, 'Quota sets', 'Limits'; recordings 043 to 046, 258 to 265)."""

from typing import Any

from cloudlab.sim.errors import BadRequest, PathNotFound
from cloudlab.sim.nova import policy, quota, schemas
from cloudlab.sim.nova.bodies import Schema, checked, checked_query
from cloudlab.sim.nova.negotiation import of_version
from cloudlab.sim.nova.projects import verify_project
from cloudlab.sim.nova.servers_create import truth
from cloudlab.sim.web import Call, Reply

NETWORK = ("fixed_ips", "floating_ips", "security_group_rules", "security_groups")  # until 2.35
INJECTED = ("injected_file_content_bytes", "injected_file_path_bytes", "injected_files")  # until 2.56


def resources(minor: int) -> list[str]:
    """The quotas that a microversion knows: the network's went with 2.36, injected files with 2.57."""
    gone = (NETWORK if minor >= 36 else ()) + (INJECTED if minor >= 57 else ())
    return [name for name in quota.DEFAULTS if name not in gone]


UPDATES: dict[int, Schema] = {minor: schemas.quota_update(resources(minor)) for minor in (1, 36, 57)}


def _shown(call: Call, values: dict[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in resources(call.version[1])}


def _asked(call: Call, rule: str, project_id: str) -> None:
    """What each operation sees to first: the query, the policy, that there is such a project."""
    strict = call.at_least(75) and rule != "defaults"
    query = checked_query(call, schemas.QUOTA_QUERY_275 if strict else schemas.QUOTA_QUERY)
    policy.enforce(call.scope, f"os-quota-sets:{rule}", project_id)
    if "user_id" in query and call.method != "GET":
        raise PathNotFound(absent=f"{call.method} /os-quota-sets/{{project_id}}?user_id=…")
    verify_project(call.scope, project_id)


class QuotaSet:
    """`/os-quota-sets/{project_id}`."""

    def get(self, call: Call, project_id: str) -> Any:
        _asked(call, "show", project_id)
        return {"quota_set": {"id": project_id, **_shown(call, quota.limits_of(call.scope, project_id))}}

    def put(self, call: Call, project_id: str) -> Any:
        asked = checked(call, of_version(call, UPDATES))["quota_set"]
        _asked(call, "update", project_id)
        forced = truth(asked.pop("force", False))
        used = quota.usage(call.scope, project_id)
        for name, value in asked.items():
            if not forced and 0 <= int(value) < used[name]:
                raise BadRequest(
                    f"Quota limit {int(value)} for {name} must be greater than or equal to already used "
                    f"and reserved {used[name]}."
                )
            quota.set_limit(call.scope, project_id, name, int(value))
        call.scope.session.flush()
        return {"quota_set": _shown(call, quota.limits_of(call.scope, project_id))}

    def delete(self, call: Call, project_id: str) -> Any:
        _asked(call, "delete", project_id)
        quota.reset(call.scope, project_id)
        return Reply(202)


class QuotaSetDetail:
    """`/os-quota-sets/{project_id}/detail`: limits with what is in use."""

    def get(self, call: Call, project_id: str) -> Any:
        _asked(call, "detail", project_id)
        limits, used = quota.limits_of(call.scope, project_id), quota.usage(call.scope, project_id)
        detail = {name: {"limit": limits[name], "in_use": used[name], "reserved": 0} for name in limits}
        return {"quota_set": {"id": project_id, **_shown(call, detail)}}


class QuotaSetDefaults:
    """`/os-quota-sets/{project_id}/defaults`."""

    def get(self, call: Call, project_id: str) -> Any:
        _asked(call, "defaults", project_id)
        return {"quota_set": {"id": project_id, **_shown(call, quota.limits_of(call.scope, None))}}


# Name in the answer → the quota it shows, and the microversion that took it away (None: still there).
LIMITS: tuple[tuple[str, str, int | None], ...] = (
    ("maxTotalInstances", "instances", None),
    ("maxTotalCores", "cores", None),
    ("maxTotalRAMSize", "ram", None),
    ("maxServerMeta", "metadata_items", None),
    ("maxImageMeta", "metadata_items", 39),
    ("maxPersonality", "injected_files", 57),
    ("maxPersonalitySize", "injected_file_content_bytes", 57),
    ("maxTotalKeypairs", "key_pairs", None),
    ("maxServerGroups", "server_groups", None),
    ("maxServerGroupMembers", "server_group_members", None),
    ("maxTotalFloatingIps", "floating_ips", 36),
    ("maxSecurityGroups", "security_groups", 36),
    ("maxSecurityGroupRules", "security_group_rules", 36),
)
USED: tuple[tuple[str, str, int | None], ...] = (
    ("totalRAMUsed", "ram", None),
    ("totalCoresUsed", "cores", None),
    ("totalInstancesUsed", "instances", None),
    ("totalFloatingIpsUsed", "floating_ips", 36),
    ("totalSecurityGroupsUsed", "security_groups", 36),
    ("totalServerGroupsUsed", "server_groups", None),
)


class Limits:
    """`/limits`: what the project may have and what it has, in one answer."""

    def get(self, call: Call) -> Any:
        policy.enforce(call.scope, "limits")
        query = checked_query(call, schemas.TENANT_QUERY_275 if call.at_least(75) else schemas.TENANT_QUERY)
        project_id = query.get("tenant_id") or call.who.project_id
        if project_id != call.who.project_id:
            policy.enforce(call.scope, "limits:other_project")
        limits, used = quota.limits_of(call.scope, project_id), quota.usage(call.scope, project_id)
        absolute = {name: limits[of] for name, of, gone in LIMITS if gone is None or not call.at_least(gone)}
        absolute |= {name: used[of] for name, of, gone in USED if gone is None or not call.at_least(gone)}
        return {"limits": {"rate": [], "absolute": absolute}}
