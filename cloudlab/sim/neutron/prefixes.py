"""Prefixes of a subnet pool added and taken away one by one, and a network's subnets taken into it.

Networking API reference, 'Subnet pools', prefix operations and onboarding; seen on 2025.2.
"""

from sqlalchemy import select

from cloudlab.sim.errors import Forbidden
from cloudlab.sim.neutron import bodies
from cloudlab.sim.neutron.faults import bad, invalid_input, refused
from cloudlab.sim.neutron.kind import changed
from cloudlab.sim.neutron.model import Subnet, SubnetPool
from cloudlab.sim.neutron.networks import NETWORKS
from cloudlab.sim.neutron.ranges import Net
from cloudlab.sim.neutron.subnetpools import SUBNET_POOLS, checked, nets, overlap, taken, without
from cloudlab.sim.web import Call, Reply


def _prefixes(call: Call) -> list[str]:
    found = bodies.read(call).get("prefixes")
    if not isinstance(found, list):
        raise bad("Request body contains invalid data")
    return checked(found)


class AddPrefixes:
    """PUT /subnetpools/{id}/add_prefixes."""

    def put(self, call: Call, id_: str) -> Reply:
        row = SUBNET_POOLS.permitted(call.scope, id_, "add_prefixes")
        said = _prefixes(call)
        if said:
            SUBNET_POOLS.update(call.scope, row, {"prefixes": [*row.prefixes, *said]})
        return Reply(200, {"prefixes": row.prefixes})


class RemovePrefixes:
    """PUT /subnetpools/{id}/remove_prefixes; not what a subnet has."""

    def put(self, call: Call, id_: str) -> Reply:
        row = SUBNET_POOLS.permitted(call.scope, id_, "remove_prefixes")
        gone = nets(_prefixes(call))
        if overlap(gone, taken(call.scope, row)):
            raise refused(
                "IllegalSubnetPoolPrefixUpdate",
                "Illegal update to prefixes: One or more the prefixes to be removed is in use by a subnet..",
            )
        same = [net for net in gone if net.version == row.ip_version]
        left = [str(net) for net in without(nets(row.prefixes), same)]
        if left != row.prefixes:
            changed(call.scope, row)
            row.prefixes = left
        return Reply(200, {"prefixes": row.prefixes})


class Onboard:
    """PUT /subnetpools/{id}/onboard_network_subnets: subnets that were there before the pool."""

    def put(self, call: Call, id_: str) -> Reply:
        row = SUBNET_POOLS.permitted(call.scope, id_, "onboard_network_subnets")
        network_id = bodies.read(call).get("network_id")
        if not isinstance(network_id, str):
            raise invalid_input("network_id must be specified.")
        network = NETWORKS.one(call.scope, network_id)
        if network.project_id != call.who.project_id and not call.who.is_admin:
            raise Forbidden("Not authorized.", type="NotAuthorized")
        query = select(Subnet).where(Subnet.network_id == network.id, Subnet.ip_version == row.ip_version)
        subnets = list(call.scope.session.scalars(query))
        if subnets:
            _check_free(row, subnets, taken(call.scope, row))
            prefixes = [*row.prefixes, *(subnet.cidr for subnet in subnets)]
            SUBNET_POOLS.update(call.scope, row, {"prefixes": prefixes})
        for subnet in subnets:
            subnet.subnetpool_id = row.id
            changed(call.scope, subnet)
        return Reply(200, [{"id": subnet.id, "cidr": subnet.cidr} for subnet in subnets])


def _check_free(row: SubnetPool, subnets: list[Subnet], held: list[Net]) -> None:
    for subnet in subnets:
        if overlap(nets([subnet.cidr]), held):
            raise refused(
                "IllegalSubnetPoolUpdate",
                f"Illegal subnetpool update : Onboarding subnet {subnet.id}: {subnet.cidr} conflicts with allocated "
                f"prefixes in subnet pool {row.id}.",
            )
