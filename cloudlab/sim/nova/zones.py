"""Availability zones over HTTP (recordings 047 to 049 of the nova stories; aggregates' zones seen on 2025.2)."""

from typing import Any

from cloudlab.sim.clock import iso_micro
from cloudlab.sim.nova import hosts_model as model
from cloudlab.sim.nova import policy
from cloudlab.sim.processes import HOST
from cloudlab.sim.web import Call

Json = dict[str, Any]


def _zone(name: str, available: bool, hosts: Json | None) -> Json:
    return {"zoneName": name, "zoneState": {"available": available}, "hosts": hosts}


class Zones:
    """`/os-availability-zone`: those of hosts that take servers; one whose host is disabled isn't available."""

    def get(self, call: Call) -> Any:
        policy.enforce(call.scope, "os-availability-zone:list")
        service = model.compute_service(call.scope)
        if service is None:
            return {"availabilityZoneInfo": []}
        zone = model.zone_of(call.scope, service)
        return {"availabilityZoneInfo": [_zone(zone, not service.disabled, None)]}


class ZonesDetail:
    """`/os-availability-zone/detail`: with hosts and services, for admins; zones that aren't available come last."""

    def get(self, call: Call) -> Any:
        policy.enforce(call.scope, "os-availability-zone:detail")
        moment = iso_micro(call.scope.now.replace(microsecond=0))
        zones: dict[str, Json] = {}
        idle = []
        for service in model.services(call.scope):
            zone = model.zone_of(call.scope, service)
            if service.disabled:
                idle.append(_zone(zone, False, None))
                continue
            alive = {"available": True, "active": model.is_up(service), "updated_at": moment}
            zones.setdefault(zone, {})[service.binary] = alive
        open_zones = [_zone(zone, True, {HOST: named}) for zone, named in sorted(zones.items())]
        return {"availabilityZoneInfo": open_zones + idle}
