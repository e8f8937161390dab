"""What an administrator asks of cinder: hosts, capabilities, switching one off; and which filters lists know."""

from typing import Any

from sqlalchemy import func, select

from cloudlab.sim.cinder import schemas
from cloudlab.sim.cinder.bodies import asked
from cloudlab.sim.cinder.faults import invalid_input
from cloudlab.sim.cinder.filters import RESOURCE_FILTERS
from cloudlab.sim.cinder.gate import since
from cloudlab.sim.cinder.model import (
    DEFAULT_TYPE,
    VOLUME_SERVICE,
    ZONE,
    CinderService,
    Snapshot,
    Volume,
    service_at,
)
from cloudlab.sim.cinder.services import beat
from cloudlab.sim.cinder.views import when
from cloudlab.sim.errors import NotFound, PathNotFound
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

SERVICES, HOSTS = "volume_extension:services", "volume_extension:hosts"
PROPERTIES = {
    "thin_provisioning": ("Thin Provisioning", "Sets thin provisioning."),
    "compression": ("Compression", "Enables compression."),
    "qos": ("QoS", "Enables QoS."),
    "replication_enabled": ("Replication", "Enables replication."),
}


def find(scope: Scope, binary: str, host: str) -> CinderService:
    """One process. Raises NotFound."""
    row = service_at(scope, host, binary)
    if row is None:
        raise NotFound(f"Service {binary} could not be found on host {host}.")
    return row


class ServiceAction:
    """PUT /os-services/{action}: enable, disable, disable-log-reason, freeze, thaw (seen on 2025.2)"""

    def put(self, call: Call, action: str) -> Any:
        call.who.require(call.who.is_admin, f"{SERVICES}:update")
        if action in ("enable", "disable", "disable-log-reason"):
            return self._switch(call, action)
        if action in ("freeze", "thaw"):
            host = _host(asked(call, schemas.FREEZE))
            find(call.scope, VOLUME_SERVICE, host).frozen = action == "freeze"
            return Reply(200, raw=b"")
        if action in ("failover_host", "failover", "get-log", "set-log"):
            raise PathNotFound(absent=f"PUT /os-services/{action}")
        raise invalid_input("Unknown action")

    def _switch(self, call: Call, action: str) -> dict[str, Any]:
        """Where a process is off, nothing new is placed; what is there goes on."""
        reasoned = action == "disable-log-reason"
        wish = asked(call, schemas.SWITCH_WITH_REASON if reasoned else schemas.SWITCH)
        host, binary, service = _host(wish), wish.get("binary", ""), wish.get("service", "")
        row = find(call.scope, binary or service, host)
        row.disabled = action != "enable"
        answer: dict[str, Any] = {
            "disabled": row.disabled,
            "host": host,
            "service": service,
            "binary": binary,
        }
        if reasoned:
            row.disabled_reason = answer["disabled_reason"] = wish.get("disabled_reason")
        return {**answer, "status": row.status}


def _host(wish: dict[str, Any]) -> str:
    if not wish.get("host"):
        raise invalid_input("Host field is missing.")
    return str(wish["host"])


class Hosts:
    """GET /os-hosts, for administrators"""

    def get(self, call: Call) -> dict[str, Any]:
        call.who.require(call.who.is_admin, HOSTS)
        rows = call.scope.session.scalars(select(CinderService).order_by(CinderService.binary))
        return {
            "hosts": [
                {
                    "host_name": row.host,
                    "service": row.binary,
                    "zone": ZONE,
                    "service-status": "available",
                    "service-state": row.status,
                    "last-update": when(beat(call.scope)),
                }
                for row in rows
            ]
        }


class OneHost:
    """GET /os-hosts/{host}: what is on it, in total and by project"""

    def get(self, call: Call, host: str) -> dict[str, Any]:
        call.who.require(call.who.is_admin, HOSTS)
        session = call.scope.session
        if session.scalars(select(CinderService).filter_by(host=host)).first() is None:
            find(call.scope, VOLUME_SERVICE, host)
        volumes = _by_project(call.scope, Volume.project_id, Volume.size, Volume.host.startswith(f"{host}#"))
        placed = select(Volume.id).where(Volume.host.startswith(f"{host}#"))
        snapshots = _by_project(
            call.scope, Snapshot.project_id, Snapshot.volume_size, Snapshot.volume_id.in_(placed)
        )
        total = _resource(host, "(total)", _sum(volumes), _sum(snapshots))
        projects = [
            _resource(host, project, volumes[project], snapshots.get(project, (0, 0))) for project in volumes
        ]
        return {"host": [total, *projects]}


def _by_project(scope: Scope, project: Any, size: Any, where: Any) -> dict[str, tuple[int, int]]:
    """(how many, GiB) by project."""
    query = select(project, func.count(), func.sum(size)).where(where).group_by(project)
    return {row[0]: (row[1], row[2]) for row in scope.session.execute(query)}


def _sum(found: dict[str, tuple[int, int]]) -> tuple[int, int]:
    return sum(n for n, _ in found.values()), sum(size for _, size in found.values())


def _resource(
    host: str, project: str, volumes: tuple[int, int], snapshots: tuple[int, int]
) -> dict[str, Any]:
    return {
        "resource": {
            "host": host,
            "project": project,
            "volume_count": str(volumes[0]),
            "total_volume_gb": str(volumes[1]),
            "snapshot_count": str(snapshots[0]),
            "total_snapshot_gb": str(snapshots[1]),
        }
    }


class Capabilities:
    """GET /capabilities/{host}, for administrators"""

    def get(self, call: Call, host: str) -> dict[str, Any]:
        call.who.require(call.who.is_admin, "volume_extension:capabilities")
        if service_at(call.scope, host) is None:
            raise NotFound(f"Can't find service: {host}")
        return {
            "namespace": f"OS::Storage::Capabilities::{host}",
            "vendor_name": "Open Source",
            "volume_backend_name": DEFAULT_TYPE,
            "pool_name": None,
            "driver_version": "3.0.0",
            "storage_protocol": "iSCSI",
            "display_name": None,
            "description": None,
            "visibility": None,
            "replication_targets": [],
            "properties": {
                name: {"title": title, "description": text, "type": "boolean"}
                for name, (title, text) in PROPERTIES.items()
            },
        }


class ResourceFilters:
    """GET /resource_filters, from 3.33"""

    def get(self, call: Call) -> dict[str, Any]:
        since(call, 33)
        only = call.param("resource")
        return {
            "resource_filters": [
                {"resource": name, "filters": list(filters)}
                for name, filters in RESOURCE_FILTERS.items()
                if only in (None, name)
            ]
        }
