"""Availability zones over HTTP (recordings 047 to 049 of the nova stories): one host, in zone nova."""

from typing import Any

from cloudlab.sim.bootstrap import HOST
from cloudlab.sim.clock import iso_micro
from cloudlab.sim.nova import policy
from cloudlab.sim.web import Call

ZONE = "nova"
CONTROL = ("nova-scheduler", "nova-conductor")  # in zone 'internal', which only an admin sees


def _zone(name: str, hosts: dict[str, Any] | None) -> dict[str, Any]:
    return {"zoneName": name, "zoneState": {"available": True}, "hosts": hosts}


class Zones:
    """`/os-availability-zone`."""

    def get(self, call: Call) -> Any:
        policy.enforce(call.scope, "os-availability-zone:list")
        return {"availabilityZoneInfo": [_zone(ZONE, None)]}


class ZonesDetail:
    """`/os-availability-zone/detail`: with hosts and services, for admins."""

    def get(self, call: Call) -> Any:
        policy.enforce(call.scope, "os-availability-zone:detail")
        alive = {
            "available": True,
            "active": True,
            "updated_at": iso_micro(call.scope.now.replace(microsecond=0)),
        }
        control, compute = dict.fromkeys(CONTROL, alive), {"nova-compute": alive}
        return {"availabilityZoneInfo": [_zone("internal", {HOST: control}), _zone(ZONE, {HOST: compute})]}
