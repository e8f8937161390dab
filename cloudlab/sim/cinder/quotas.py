"""Limits and quota sets over HTTP."""

from typing import Any

from sqlalchemy import delete

from cloudlab.sim.cinder import quotas_model, schemas
from cloudlab.sim.cinder.bodies import asked, flag
from cloudlab.sim.cinder.model import Quota
from cloudlab.sim.cinder.quotas_model import Usage
from cloudlab.sim.web import Call, Reply

LIMITS = {
    "maxTotalVolumes": "volumes",
    "maxTotalSnapshots": "snapshots",
    "maxTotalVolumeGigabytes": "gigabytes",
    "maxTotalBackups": "backups",
    "maxTotalBackupGigabytes": "backup_gigabytes",
}
USED = {
    "totalVolumesUsed": "volumes",
    "totalGigabytesUsed": "gigabytes",
    "totalSnapshotsUsed": "snapshots",
    "totalBackupsUsed": "backups",
    "totalBackupGigabytesUsed": "backup_gigabytes",
}
QUOTAS = "volume_extension:quotas"


class Limits:
    """GET /limits (recording cinder/012_limits); an administrator may ask for another project from 3.39"""

    def get(self, call: Call) -> dict[str, Any]:
        project_id = call.who.project_id or ""
        if call.who.is_admin and call.at_least(39):
            project_id = call.param("project_id") or call.param("tenant_id") or project_id
        limits = quotas_model.limits(call.scope, project_id)
        used = quotas_model.usages(call.scope, project_id)
        absolute = {name: limits[resource] for name, resource in LIMITS.items()}
        absolute.update({name: used.get(resource, Usage()).in_use for name, resource in USED.items()})
        return {"limits": {"rate": [], "absolute": absolute}}


class QuotaSet:
    """GET, PUT and DELETE /os-quota-sets/{project id} (recordings cinder/013, 014, 129 to 136)"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        _may_see(call, id)
        limits = quotas_model.limits(call.scope, id)
        if not flag(call, "usage"):
            return {"quota_set": {**limits, "id": id}}
        used = quotas_model.usages(call.scope, id)
        return {
            "quota_set": {
                **{key: _with_usage(n, used.get(key, Usage())) for key, n in limits.items()},
                "id": id,
            }
        }

    def put(self, call: Call, id: str) -> dict[str, Any]:
        wanted = asked(call, schemas.SET_QUOTAS)["quota_set"]
        call.who.require(call.who.is_admin, f"{QUOTAS}:update")
        quotas_model.set_limits(call.scope, id, wanted)
        call.scope.session.flush()
        return {"quota_set": quotas_model.limits(call.scope, id)}

    def delete(self, call: Call, id: str) -> Reply:
        call.who.require(call.who.is_admin, f"{QUOTAS}:delete")
        call.scope.session.execute(delete(Quota).where(Quota.project_id == id))
        return Reply(200, raw=b"")


def _with_usage(limit: int, used: Usage) -> dict[str, int]:
    return {"limit": limit, "in_use": used.in_use, "reserved": used.reserved}


def _may_see(call: Call, id: str) -> None:
    own = id == call.who.project_id
    call.who.require(call.who.is_admin or own, f"{QUOTAS}:show")


class QuotaDefaults:
    """GET /os-quota-sets/{project id}/defaults (recording cinder/015)"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        _may_see(call, id)
        return {"quota_set": {**quotas_model.defaults(call.scope), "id": id}}


CLASSES = "volume_extension:quota_classes"


class QuotaClassSet:
    """GET and PUT /os-quota-class-sets/{name}: the defaults of all, under the name `default` (seen on 2025.2)"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        call.who.require(call.who.is_admin, f"{CLASSES}:get")
        return {"quota_class_set": {**quotas_model.defaults(call.scope, id), "id": id}}

    def put(self, call: Call, id: str) -> dict[str, Any]:
        wanted = asked(call, schemas.SET_QUOTA_CLASS)["quota_class_set"]
        call.who.require(call.who.is_admin, f"{CLASSES}:update")
        quotas_model.set_class(call.scope, id, wanted)
        call.scope.session.flush()
        return {"quota_class_set": quotas_model.defaults(call.scope, id)}
