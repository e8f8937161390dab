"""`/os-hosts`, until 2.42: hosts by service, and what a host holds (recordings nova_*/064; one host on 2025.2)."""

from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import NotFound
from cloudlab.sim.nova import hosts_model as model
from cloudlab.sim.nova import policy
from cloudlab.sim.nova.gone import absent_until
from cloudlab.sim.nova.hypervisors import usage
from cloudlab.sim.nova.negotiation import until
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.processes import HOST
from cloudlab.sim.web import Call

Json = dict[str, Any]
LAST = 43


class Hosts:
    """`/os-hosts`: those whose service isn't disabled."""

    def get(self, call: Call) -> Json:
        until(call, LAST)
        policy.enforce(call.scope, "os-hosts:list")
        zone = call.param("zone")
        found = [
            (service, model.zone_of(call.scope, service))
            for service in model.services(call.scope)
            if not service.disabled
        ]
        return {
            "hosts": [
                {"host_name": service.host, "service": service.binary.removeprefix("nova-"), "zone": its_zone}
                for service, its_zone in found
                if not zone or its_zone == zone
            ]
        }


def _may(call: Call, rule: str, host: str) -> None:
    """The version has hosts still, the caller may, and there is such a host."""
    until(call, LAST)
    policy.enforce(call.scope, f"os-hosts:{rule}")
    if host != HOST or model.compute_service(call.scope) is None:
        raise NotFound(f"Host '{host}' is not mapped to any cell")


def _row(project: str, cpu: int, memory: int, disk: int) -> Json:
    return {"resource": {"host": HOST, "project": project, "cpu": cpu, "memory_mb": memory, "disk_gb": disk}}


class OneHost:
    """`/os-hosts/{host}`: all, used, and each project's share."""

    def get(self, call: Call, host: str) -> Json:
        _may(call, "show", host)
        all_of_it = usage(call)
        here = (
            select(Server).where(Server.host.is_not(None), Server.deleted.is_(False)).order_by(Server.number)
        )
        sums: dict[str, list[int]] = {}
        for server in call.scope.session.scalars(here):
            held = sums.setdefault(server.project_id, [0, 0, 0])
            disk = server.flavor["disk"] + server.flavor["ephemeral"]
            sums[server.project_id] = [held[0] + server.vcpus, held[1] + server.ram, held[2] + disk]
        together = [sum(column) for column in zip(*sums.values(), strict=True)] or [0, 0, 0]
        rows = [
            _row("(total)", all_of_it["vcpus"], all_of_it["memory_mb"], all_of_it["local_gb"]),
            _row(
                "(used_now)", all_of_it["vcpus_used"], all_of_it["memory_mb_used"], all_of_it["local_gb_used"]
            ),
            _row("(used_max)", *together),
        ]
        return {"host": rows + [_row(project, *held) for project, held in sums.items()]}

    put = absent_until("/os-hosts/{host}", LAST)


class Power:
    """`/os-hosts/{host}/{word}`: the fake driver says yes, and does nothing."""

    word, rule = "", ""

    def get(self, call: Call, host: str) -> Json:
        _may(call, self.rule, host)
        return {"host": host, "power_action": self.word}


class Startup(Power):
    """`/os-hosts/{host}/startup`."""

    word, rule = "startup", "start"


class Shutdown(Power):
    """`/os-hosts/{host}/shutdown`."""

    word, rule = "shutdown", "shutdown"


class Reboot(Power):
    """`/os-hosts/{host}/reboot`."""

    word, rule = "reboot", "reboot"
