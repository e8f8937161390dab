"""What there is to read about the networks' own machinery: who serves routers, agents, zones, addresses left.

Networking API reference; recordings neutron/013, 016; the rest seen on 2025.2, which had no agents either.
"""

import ipaddress
from collections.abc import Sequence

from sqlalchemy import func, select

from cloudlab.sim.errors import NotFound
from cloudlab.sim.neutron import query, validators
from cloudlab.sim.neutron.faults import not_found
from cloudlab.sim.neutron.kind import Json, Kind, by_id
from cloudlab.sim.neutron.model import IpAllocation, Network, Subnet
from cloudlab.sim.neutron.networks import NETWORKS
from cloudlab.sim.neutron.routers import ROUTERS
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


class ServiceProviders:
    """GET /service-providers: what can make a router."""

    def get(self, call: Call) -> Reply:
        asked = query.filters(call, {"service_type", "name", "default"})
        rows: list[Json] = [
            {"service_type": "L3_ROUTER_NAT", "name": name, "default": False} for name in PROVIDERS
        ]
        for key, values in asked.items():
            rows = [row for row in rows if str(row[key]).lower() in [value.lower() for value in values]]
        return Reply(200, {"service_providers": query.only(rows, query.fields(call))})


def empty(name: str, known: set[str]) -> type:
    """A list of which there is none here, truthfully: nothing makes one."""

    class Empty:
        def get(self, call: Call) -> Reply:
            query.filters(call, known)
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
    kind: Kind

    def get(self, call: Call, id_: str) -> Reply:
        call.who.require(call.who.is_admin, f"rule:{self.rule}")
        self.kind.one(call.scope, id_)
        return Reply(200, {"agents": []})


class DhcpAgents(AgentsOf):
    rule, kind = "get_dhcp-agents", NETWORKS


class L3Agents(AgentsOf):
    rule, kind = "get_l3-agents", ROUTERS


class FloatingIpPools:
    """GET /floatingip_pools: subnets that floating ips can come from."""

    def get(self, call: Call) -> Reply:
        query.filters(call, set())
        visible = NETWORKS.visible(call.who)
        found = select(Subnet).join(Network, Network.id == Subnet.network_id)
        found = found.where(Network.external, Subnet.ip_version == 4)
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
        ]
        return Reply(200, {"floatingip_pools": query.only(rows, query.fields(call))})


def availabilities(scope: Scope, networks: Sequence[Network], versions: set[int]) -> list[Json]:
    """How many addresses each network's subnets have, and how many ports hold one. Two queries for all."""
    parts: dict[str, list[Json]] = {network.id: [] for network in networks}
    here = (Subnet.network_id.in_(parts), Subnet.ip_version.in_(versions))
    counted = (
        select(IpAllocation.subnet_id, func.count())
        .join(Subnet, Subnet.id == IpAllocation.subnet_id)
        .where(*here)
        .group_by(IpAllocation.subnet_id)
    )
    used = {row[0]: row[1] for row in scope.session.execute(counted)}
    for subnet in scope.session.scalars(select(Subnet).where(*here).order_by(Subnet.n)):
        parts[subnet.network_id].append(_of_subnet(subnet, used.get(subnet.id, 0)))
    return [_of_network(network, parts[network.id]) for network in networks]


def _of_subnet(subnet: Subnet, used: int) -> Json:
    return {
        "subnet_id": subnet.id,
        "ip_version": subnet.ip_version,
        "cidr": subnet.cidr,
        "subnet_name": subnet.name,
        "used_ips": used,
        "total_ips": sum(_size(pool) for pool in subnet.allocation_pools),
    }


def _of_network(network: Network, parts: list[Json]) -> Json:
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
        asked = query.filters(call, {*self.columns, "ip_version"})
        if not call.who.is_admin:
            return Reply(200, {"network_ip_availabilities": []})
        versions = {validators.integer(value) for value in asked.pop("ip_version", ())} or {4, 6}
        wanted = [self.columns[name].in_(values) for name, values in asked.items()]
        rows = call.scope.session.scalars(select(Network).where(*wanted).order_by(Network.n)).all()
        items = availabilities(call.scope, rows, versions)
        if versions != {4, 6}:
            items = [item for item in items if item["subnet_ip_availability"]]
        return Reply(200, {"network_ip_availabilities": query.only(items, query.fields(call))})


class Availability:
    def get(self, call: Call, id_: str) -> Reply:
        row = by_id(call.scope, Network, id_)
        if row is None:
            raise NETWORKS.not_found(id_)
        if not call.who.is_admin:
            raise NotFound("The resource could not be found.")
        items = query.only(availabilities(call.scope, [row], {4, 6}), query.fields(call))
        return Reply(200, {"network_ip_availability": items[0]})
