"""os-hypervisors: the one machine that servers run on (API reference; nova_*/050 to 053; other versions on 2025.2).

The recorded cloud has nova's fake driver: these are its figures. What is used is counted from the servers.
"""

import json
import re
from typing import Any

from sqlalchemy import select

from cloudlab.sim.errors import ApiError, BadRequest, NotFound
from cloudlab.sim.nova import hosts_model as model
from cloudlab.sim.nova import policy
from cloudlab.sim.nova.bodies import NON_NEGATIVE, Schema, checked_query, query_schema
from cloudlab.sim.nova.negotiation import of_version, until
from cloudlab.sim.nova.paging import limit_of, next_links, whole
from cloudlab.sim.nova.schemas import BOOLEAN
from cloudlab.sim.nova.servers_create import truth
from cloudlab.sim.nova.servers_model import Server
from cloudlab.sim.nova.servers_schemas import FQDN, is_uuid
from cloudlab.sim.processes import HOST
from cloudlab.sim.web import Call

Json = dict[str, Any]
NUMBER = 1  # the node's id before 2.53
VCPUS, MEMORY_MB, LOCAL_GB, RESERVED_MB = 1000, 800_000, 600_000, 512
CPU: Json = {
    "arch": "x86_64",
    "model": "Nehalem",
    "vendor": "Intel",
    "features": ["pge", "clflush"],
    "topology": {"cores": 1, "threads": 1, "sockets": 4},
}
_PAGE: dict[str, Any] = {"limit": NON_NEGATIVE, "marker": {"type": "string"}}
LIST: dict[int, Schema] = {
    1: query_schema(),
    33: query_schema(**_PAGE),
    53: query_schema(strict=True, **_PAGE, hypervisor_hostname_pattern=FQDN, with_servers=BOOLEAN),
}
SHOW: dict[int, Schema] = {1: query_schema(), 53: query_schema(strict=True, with_servers=BOOLEAN)}


class NotSupported(ApiError):
    """The hypervisor's driver can't do it."""

    status = 501

    def __init__(self) -> None:
        super().__init__("The requested functionality is not supported.")


def usage(call: Call) -> Json:
    """What the servers on the host hold, and what is left (MiB, GiB)."""
    on_host = select(Server.vcpus, Server.ram, Server.flavor, Server.image_id, Server.task_state).where(
        Server.host.is_not(None), Server.deleted.is_(False), Server.vm_state != "deleted"
    )
    rows = call.scope.session.execute(on_host).all()
    disk = sum((row.flavor["disk"] if row.image_id else 0) + row.flavor["ephemeral"] for row in rows)
    memory = RESERVED_MB + sum(row.ram for row in rows)
    return {
        "vcpus": VCPUS,
        "memory_mb": MEMORY_MB,
        "local_gb": LOCAL_GB,
        "vcpus_used": sum(row.vcpus for row in rows),
        "memory_mb_used": memory,
        "local_gb_used": disk,
        "free_ram_mb": MEMORY_MB - memory,
        "free_disk_gb": LOCAL_GB - disk,
        "current_workload": sum(row.task_state is not None for row in rows),
        "running_vms": len(rows),
        "disk_available_least": 0,
    }


def _node_id(call: Call) -> Any:
    return model.provider_id(call.scope) if call.at_least(53) else NUMBER


def shown(call: Call, service: model.ComputeService, detailed: bool) -> Json:
    """The node: with 2.53 its UUID is its id, with 2.88 its figures are placement's business."""
    body: Json = {
        "id": _node_id(call),
        "hypervisor_hostname": HOST,
        "state": "up" if model.is_up(service) else "down",
        "status": "disabled" if service.disabled else "enabled",
    }
    if not detailed:
        return body
    body |= {"hypervisor_type": "fake", "hypervisor_version": 1000, "host_ip": "127.0.0.1"}
    service_id = service.id if call.at_least(53) else service.number
    body["service"] = {"id": service_id, "host": HOST, "disabled_reason": service.disabled_reason}
    if call.at_least(88):
        return body | {"uptime": None}  # the fake driver knows none
    return body | usage(call) | {"cpu_info": CPU if call.at_least(28) else json.dumps(CPU)}


def with_servers(call: Call, body: Json, empty_too: bool) -> Json:
    """The servers on the node by the hypervisor's names for them."""
    here = select(Server.number, Server.id).where(Server.host.is_not(None), Server.deleted.is_(False))
    rows = call.scope.session.execute(here.order_by(Server.number)).all()
    named = [{"name": f"instance-{row.number:08x}", "uuid": row.id} for row in rows]
    return body | ({"servers": named} if named or empty_too else {})


def _found(call: Call, node_id: str) -> model.ComputeService:
    """The node's service, when the id is the node's. BadRequest for no UUID from 2.53, NotFound for another."""
    if call.at_least(53) and not is_uuid(node_id):
        raise BadRequest(f"Invalid uuid {node_id}")
    service = model.compute_service(call.scope)
    asked: Any = node_id if call.at_least(53) else whole(node_id)
    if service is None or asked != _node_id(call):
        raise NotFound(f"Hypervisor with ID '{node_id}' could not be found.")
    return service


class Hypervisors:
    """`/os-hypervisors`."""

    detailed, rule = False, "list"

    def get(self, call: Call) -> Json:
        query = checked_query(call, of_version(call, LIST))
        policy.enforce(call.scope, f"os-hypervisors:{self.rule}")
        paged = call.at_least(33)
        pattern = query.get("hypervisor_hostname_pattern") if call.at_least(53) else None
        if pattern is not None and ("limit" in query or "marker" in query):
            raise BadRequest(
                "Paging over hypervisors with the hypervisor_hostname_pattern query parameter is not supported."
            )
        if pattern is not None and pattern not in HOST:
            raise NotFound(f"No hypervisor matching '{pattern}' could be found.")
        nodes = self._nodes(call, query)
        if paged and "marker" in query:
            if query["marker"] not in [str(node["id"]) for node in nodes]:
                raise BadRequest(f"marker [{query['marker']}] not found")
            nodes = []
        path = "os-hypervisors/detail" if self.detailed else "os-hypervisors"
        last = str(nodes[-1]["id"]) if nodes else None
        more = next_links(call, path, nodes, limit_of(query), last) if paged and pattern is None else []
        return {"hypervisors": nodes, **({"hypervisors_links": more} if more else {})}

    def _nodes(self, call: Call, query: dict[str, str]) -> list[Json]:
        service = model.compute_service(call.scope)
        if service is None:
            return []
        body = shown(call, service, self.detailed)
        if call.at_least(53) and truth(query.get("with_servers", False)):
            body = with_servers(call, body, empty_too=call.at_least(75))
        return [body]


class HypervisorsDetail(Hypervisors):
    """`/os-hypervisors/detail`."""

    detailed, rule = True, "list-detail"


class OneHypervisor:
    """`/os-hypervisors/{node_id}`."""

    def get(self, call: Call, node_id: str) -> Json:
        query = checked_query(call, of_version(call, SHOW))
        policy.enforce(call.scope, "os-hypervisors:show")
        body = shown(call, _found(call, node_id), detailed=True)
        if call.at_least(53) and truth(query.get("with_servers", False)):
            body = with_servers(call, body, empty_too=call.at_least(75))
        return {"hypervisor": body}


class Statistics:
    """`/os-hypervisors/statistics`, until 2.87: all nodes together."""

    def get(self, call: Call) -> Json:
        until(call, 88)
        policy.enforce(call.scope, "os-hypervisors:statistics")
        service = model.compute_service(call.scope)
        numbers = usage(call) if service else dict.fromkeys(usage(call), 0)
        return {"hypervisor_statistics": {"count": int(service is not None), **dict(sorted(numbers.items()))}}


class Uptime:
    """`/os-hypervisors/{node_id}/uptime`, until 2.87: the fake driver knows none."""

    def get(self, call: Call, node_id: str) -> Json:
        until(call, 88)
        policy.enforce(call.scope, "os-hypervisors:uptime")
        service = _found(call, node_id)
        if not model.is_up(service):
            raise BadRequest("Compute service of devstack is unavailable at this time.")
        raise NotSupported


class Search:
    """`/os-hypervisors/{pattern}/search`, until 2.52: nodes with the pattern in their names."""

    def get(self, call: Call, node_id: str) -> Json:
        until(call, 53)
        policy.enforce(call.scope, "os-hypervisors:search")
        return {"hypervisors": [shown(call, self._matching(call, node_id), detailed=False)]}

    def _matching(self, call: Call, pattern: str) -> model.ComputeService:
        service = model.compute_service(call.scope)
        if service is None or not re.search(re.escape(pattern), HOST, re.IGNORECASE):
            raise NotFound(f"No hypervisor matching '{pattern}' could be found.")
        return service


class SearchServers(Search):
    """`/os-hypervisors/{pattern}/servers`, until 2.52: the same with their servers."""

    def get(self, call: Call, node_id: str) -> Json:
        until(call, 53)
        policy.enforce(call.scope, "os-hypervisors:servers")
        body = shown(call, self._matching(call, node_id), detailed=False)
        return {"hypervisors": [with_servers(call, body, empty_too=False)]}
