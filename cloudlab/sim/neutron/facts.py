"""What there is to read about the networks' own machinery: who serves routers, agents, zones, addresses left.

Networking API reference; recordings neutron/013, 016; the rest seen on 2025.2, which had no agents either.
"""

import ipaddress
from typing import Any

from sqlalchemy import func, select

from cloudlab.sim.errors import NotFound, PolicyDenied
from cloudlab.sim.neutron import query, validators
from cloudlab.sim.neutron.faults import bad, not_found
from cloudlab.sim.neutron.kind import Json, by_id
from cloudlab.sim.neutron.model import IpAllocation, Network, Router, Subnet
from cloudlab.sim.neutron.networks import NETWORKS
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply

PROVIDERS = ("dvrha", "dvr", "ha", "single_node")
AGENT_FILTERS = {
    "id",
    "agent_type",
    "binary",
    "topic",
    "host",
    "admin_state_up",
    "alive",
    "description",
    "availability_zone",
}


def _asked(call: Call, known: set[str]) -> dict[str, list[str]]:
    """The filters of the query. Raises BadRequest for one that isn't known."""
    found: dict[str, list[str]] = {}
    for name, value in call.query:
        if name not in query.NOT_FILTERS:
            found.setdefault(name, []).append(value)
    unknown = [name for name in found if name not in known]
    if unknown:
        raise bad(f"{unknown} is invalid attribute for filtering")
    return found


class ServiceProviders:
    """GET /service-providers: what can make a router."""

    def get(self, call: Call) -> Reply:
        asked = _asked(call, {"service_type", "name", "default"})
        rows: list[Json] = [
            {"service_type": "L3_ROUTER_NAT", "name": name, "default": False} for name in PROVIDERS
        ]
        for key, values in asked.items():
            rows = [row for row in rows if str(row[key]).lower() in [value.lower() for value in values]]
        return Reply(200, {"service_providers": query.only(rows, query.fields(call))})


def empty(name: str, filters: set[str]) -> type:
    """A list of which there is none here, truthfully: nothing makes one."""

    class Empty:
        def get(self, call: Call) -> Reply:
            _asked(call, filters)
            return Reply(200, {name: []})

    return Empty


class Agent:
    """/agents/{id} and what is below: no agent is here. (The simulator does an agent's work itself.)"""

    def get(self, call: Call, id_: str) -> Reply:
        raise not_found("AgentNotFound", f"Agent {id_} could not be found.")

    put = delete = post = get


class AgentsOf:
    """GET /networks/{id}/dhcp-agents, /routers/{id}/l3-agents: which agents serve it. None."""

    rule: str
    table: Any

    def get(self, call: Call, id_: str) -> Reply:
        if not call.who.is_admin:
            raise PolicyDenied(f"rule:{self.rule}")
        if by_id(call.scope, self.table, id_) is None:
            raise self.unknown(id_)
        return Reply(200, {"agents": []})

    def unknown(self, id_: str) -> Exception:
        raise NotImplementedError


class DhcpAgents(AgentsOf):
    rule, table = "get_dhcp-agents", Network

    def unknown(self, id_: str) -> Exception:
        return not_found("NetworkNotFound", f"Network {id_} could not be found.")


class L3Agents(AgentsOf):
    rule, table = "get_l3-agents", Router

    def unknown(self, id_: str) -> Exception:
        return not_found("RouterNotFound", f"Router {id_} could not be found")


class FloatingIpPools:
    """GET /floatingip_pools: subnets that floating ips can come from."""

    def get(self, call: Call) -> Reply:
        _asked(call, set())
        visible = NETWORKS.visible(call.who)
        found = select(Subnet).join(Network, Network.id == Subnet.network_id).where(Network.external)
        if visible is not None:
            found = found.where(visible)
        rows = [
            {
                "subnet_id": row.id,
                "subnet_name": row.name,
                "tenant_id": call.who.project_id,
                "network_id": row.network_id,
                "cidr": row.cidr,
                "project_id": call.who.project_id,
            }
            for row in call.scope.session.scalars(found.order_by(Subnet.n))
            if row.ip_version == 4
        ]
        return Reply(200, {"floatingip_pools": query.only(rows, query.fields(call))})


def availability(scope: Scope, network: Network, versions: set[int]) -> Json:
    """How many addresses the network's subnets have, and how many ports hold one."""
    found = select(Subnet).where(Subnet.network_id == network.id, Subnet.ip_version.in_(versions))
    subnets = list(scope.session.scalars(found.order_by(Subnet.n)))
    counted = (
        select(IpAllocation.subnet_id, func.count())
        .where(IpAllocation.subnet_id.in_([subnet.id for subnet in subnets]))
        .group_by(IpAllocation.subnet_id)
    )
    used = {row[0]: row[1] for row in scope.session.execute(counted)}
    parts = [
        {
            "subnet_id": subnet.id,
            "ip_version": subnet.ip_version,
            "cidr": subnet.cidr,
            "subnet_name": subnet.name,
            "used_ips": used.get(subnet.id, 0),
            "total_ips": sum(_size(pool) for pool in subnet.allocation_pools),
        }
        for subnet in subnets
    ]
    return {
        "network_id": network.id,
        "network_name": network.name,
        "tenant_id": network.project_id,
        "project_id": network.project_id,
        "subnet_ip_availability": parts,
        "used_ips": sum(part["used_ips"] for part in parts),
        "total_ips": sum(part["total_ips"] for part in parts),
    }


def _size(pool: dict[str, str]) -> int:
    return int(ipaddress.ip_address(pool["end"])) - int(ipaddress.ip_address(pool["start"])) + 1


class Availabilities:
    """GET /network-ip-availabilities: an administrator's; others see an empty list."""

    columns = {
        "network_id": Network.id,
        "network_name": Network.name,
        "tenant_id": Network.project_id,
        "project_id": Network.project_id,
    }

    def get(self, call: Call) -> Reply:
        asked = _asked(call, {*self.columns, "ip_version"})
        if not call.who.is_admin:
            return Reply(200, {"network_ip_availabilities": []})
        versions = {validators.integer(value) for value in asked.pop("ip_version", ())} or {4, 6}
        wanted = [self.columns[name].in_(values) for name, values in asked.items()]
        rows = call.scope.session.scalars(select(Network).where(*wanted).order_by(Network.n))
        items = [availability(call.scope, row, versions) for row in rows]
        if versions != {4, 6}:
            items = [item for item in items if item["subnet_ip_availability"]]
        return Reply(200, {"network_ip_availabilities": query.only(items, query.fields(call))})


class Availability:
    def get(self, call: Call, id_: str) -> Reply:
        row = by_id(call.scope, Network, id_)
        if row is None:
            raise not_found("NetworkNotFound", f"Network {id_} could not be found.")
        if not call.who.is_admin:
            raise NotFound("The resource could not be found.")
        item = query.only([availability(call.scope, row, {4, 6})], query.fields(call))[0]
        return Reply(200, {"network_ip_availability": item})
