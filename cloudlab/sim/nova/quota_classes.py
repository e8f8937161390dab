"""os-quota-class-sets: the defaults of every project (API reference; seen on 2025.2)."""

from typing import Any

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.nova import policy, quota, schemas
from cloudlab.sim.nova.bodies import Schema, checked
from cloudlab.sim.nova.negotiation import of_version
from cloudlab.sim.nova.quotas import INJECTED, NETWORK
from cloudlab.sim.web import Call

Json = dict[str, Any]
GROUPS = ("server_groups", "server_group_members")  # shown from 2.50
GONE = {1: GROUPS, 50: NETWORK, 57: NETWORK + INJECTED}


def _schema(minor: int) -> Schema:
    """Before 2.50 the groups' limits may be set, though they aren't shown."""
    gone = GONE[minor] if minor > 1 else ()
    wanted = {name: schemas.QUOTA for name in quota.DEFAULTS if name not in gone}
    return schemas.closed(["quota_class_set"], quota_class_set=schemas.closed(None, **wanted))


UPDATE: dict[int, Schema] = {minor: _schema(minor) for minor in GONE}


def _shown(call: Call, name: str) -> Json:
    """A class without limits of its own has the defaults."""
    limits, gone = quota.limits_of(call.scope, quota.class_of(name)), of_version(call, GONE)
    return {resource: limit for resource, limit in limits.items() if resource not in gone}


class QuotaClassSet:
    """`/os-quota-class-sets/{name}`: only the class 'default' means anything."""

    def get(self, call: Call, name: str) -> Json:
        policy.enforce(call.scope, "os-quota-class-sets:show")
        return {"quota_class_set": {"id": name, **_shown(call, name)}}

    def put(self, call: Call, name: str) -> Json:
        asked = checked(call, of_version(call, UPDATE))["quota_class_set"]
        policy.enforce(call.scope, "os-quota-class-sets:update")
        if len(name) > 255:
            raise BadRequest(f"quota_class_name has {len(name)} characters, more than 255.")
        for resource, limit in asked.items():
            quota.set_limit(call.scope, quota.class_of(name), resource, int(limit))
        call.scope.session.flush()
        return {"quota_class_set": _shown(call, name)}
