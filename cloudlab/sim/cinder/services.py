"""What cinder says of itself: versions, availability zones, its processes and its storage."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from cloudlab.sim.cinder.model import BACKEND, DEFAULT_TYPE, VOLUME_SERVICE, ZONE, CinderService, Volume
from cloudlab.sim.cinder.scheduler import CAPACITY, OVER_SUBSCRIPTION, back_end
from cloudlab.sim.cinder.views import when
from cloudlab.sim.clock import iso_micro
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

HEARTBEAT = 10  # seconds between two reports of a process


def _versions(call: Call) -> dict[str, Any]:
    links = [
        {"rel": "describedby", "type": "text/html", "href": "https://docs.openstack.org/"},
        {"rel": "self", "href": f"{call.root}/v3/"},
    ]
    media = [{"base": "application/json", "type": "application/vnd.openstack.volume+json;version=3"}]
    version = {
        "id": "v3.0",
        "status": "CURRENT",
        "version": "3.71",
        "min_version": "3.0",
        "updated": "2023-08-31T00:00:00Z",
        "links": links,
        "media-types": media,
    }
    return {"versions": [version]}


class Root:
    """GET /: 300, for everybody (recording cinder/001_root)"""

    def get(self, call: Call) -> Reply:
        return Reply(300, _versions(call))


class V3:
    """GET /v3/: only with a token (recordings cinder/002 and 004)"""

    def get(self, call: Call) -> dict[str, Any]:
        return _versions(call)


class Zones:
    """GET /os-availability-zone"""

    def get(self, call: Call) -> dict[str, Any]:
        available = back_end(call.scope) is not None
        return {"availabilityZoneInfo": [{"zoneName": ZONE, "zoneState": {"available": available}}]}


class Services:
    """GET /os-services, for administrators (recordings cinder/017 and 018)"""

    def get(self, call: Call) -> dict[str, Any]:
        call.who.require(call.who.is_admin, "volume_extension:services:index")
        query = select(CinderService).order_by(CinderService.binary.desc())
        binary, host = call.param("binary"), call.param("host")
        rows = [row for row in call.scope.session.scalars(query) if binary in (None, row.binary)]
        return {"services": [_service(call, row) for row in rows if host in (None, row.host)]}


def beat(scope: Scope) -> datetime:
    """When each process reported last."""
    return scope.now - timedelta(seconds=scope.now.second % HEARTBEAT)


def _service(call: Call, row: CinderService) -> dict[str, Any]:
    body: dict[str, Any] = {
        "binary": row.binary,
        "host": row.host,
        "zone": ZONE,
        "status": row.status,
        "state": "up",
        "updated_at": when(beat(call.scope)),
        "disabled_reason": row.disabled_reason,
    }
    if row.binary == VOLUME_SERVICE:
        body.update(replication_status="disabled", active_backend_id=None, frozen=row.frozen)
        if call.at_least(49):
            body["backend_state"] = "up"
    if call.at_least(7):
        body["cluster"] = None
    return body


class Pools:
    """GET /scheduler-stats/get_pools, for administrators (recording cinder/019_pools)"""

    def get(self, call: Call) -> dict[str, Any]:
        call.who.require(call.who.is_admin, "scheduler_extension:scheduler_stats:get_pools")
        pool: dict[str, Any] = {"name": BACKEND}
        if (call.param("detail") or "").lower() in ("true", "1"):
            pool["capabilities"] = self._capabilities(call)
        return {"pools": [pool]}

    def _capabilities(self, call: Call) -> dict[str, Any]:
        used = call.scope.session.scalar(select(func.sum(Volume.size))) or 0
        return {
            "pool_name": DEFAULT_TYPE,
            "total_capacity_gb": CAPACITY,
            "free_capacity_gb": CAPACITY,  # thin: nothing is written to these volumes
            "provisioned_capacity_gb": used,
            "reserved_percentage": 0,
            "QoS_support": False,
            "filter_function": None,
            "goodness_function": None,
            "consistencygroup_support": False,
            "replication_enabled": False,
            "group_replication_enabled": False,
            "thin_provisioning_support": True,
            "thick_provisioning_support": False,
            "max_over_subscription_ratio": f"{OVER_SUBSCRIPTION}.0",
            "multiattach": True,
            "allocated_capacity_gb": used,
            "cacheable": True,
            "volume_backend_name": DEFAULT_TYPE,
            "storage_protocol": "iSCSI",
            "vendor_name": "Open Source",
            "driver_version": "3.0.0",
            "timestamp": iso_micro(call.scope.now),
        }
