"""Subnets: which addresses a network has.

Networking API reference, 'Subnets'; recordings neutron/007, 031…033, 051, 057.
"""

import ipaddress
from collections.abc import Sequence
from typing import Any

from sqlalchemy import or_, select

from cloudlab.sim.errors import Forbidden
from cloudlab.sim.neutron import sharing, subnetpools, validators
from cloudlab.sim.neutron.attributes import READ_ONLY, REQUIRED, TEXT, UNSET, Attribute, standard
from cloudlab.sim.neutron.faults import conflict, invalid_input
from cloudlab.sim.neutron.kind import Condition, Json, Kind, born, by_id, changed, given, said, standard_view
from cloudlab.sim.neutron.model import IpAllocation, Network, Subnet
from cloudlab.sim.neutron.networks import NETWORKS, TEXTS
from cloudlab.sim.neutron.ranges import Net, gateway_of, pools_of
from cloudlab.sim.scope import Context, Scope

BESIDE = ("dns_nameservers", "host_routes", "allocation_pools")  # they move no revision, nor do neutron's
IPV6_MODES = ("dhcpv6-stateful", "dhcpv6-stateless", "slaac")


def check_network_owner(scope: Scope, resource: str, data: Json) -> None:
    """Only the network's own project may put a subnet or port into it, unless it is shared."""
    if scope.who.is_admin:
        return
    network = NETWORKS.one(scope, data["network_id"])
    shared = resource == "port" and bool(sharing.shared(scope, [network.id]))
    if not shared and network.project_id != data["project_id"]:
        raise Forbidden(f"Tenant {data['project_id']} not allowed to create {resource} on this network")


class Subnets(Kind):
    resource, collection, table = "subnet", "subnets", Subnet
    missing = ("SubnetNotFound", "Subnet {id} could not be found.")
    attributes = {
        "id": READ_ONLY,
        "name": TEXT,
        "ip_version": Attribute(
            put=False, default=REQUIRED, convert=validators.integer, check=validators.one_of(4, 6)
        ),
        "network_id": Attribute(put=False, default=REQUIRED, check=validators.uuid),
        "subnetpool_id": Attribute(put=False, check=validators.optional(validators.uuid)),
        "use_default_subnetpool": Attribute(
            put=False, default=False, filter=False, convert=validators.boolean
        ),
        "prefixlen": Attribute(put=False, filter=False, convert=validators.integer),
        "cidr": Attribute(put=False, convert=validators.cidr, check=validators.subnet),
        "gateway_ip": Attribute(check=validators.optional(validators.ip_address)),
        "allocation_pools": Attribute(filter=False, check=validators.pools),
        "dns_nameservers": Attribute(
            default=(), filter=False, convert=validators.as_list, check=validators.nameservers
        ),
        "host_routes": Attribute(
            default=(), filter=False, convert=validators.as_list, check=validators.host_routes
        ),
        "enable_dhcp": Attribute(default=True, convert=validators.boolean),
        "ipv6_ra_mode": Attribute(put=False, check=validators.one_of(*IPV6_MODES)),
        "ipv6_address_mode": Attribute(put=False, check=validators.one_of(*IPV6_MODES)),
        "service_types": Attribute(
            default=(), filter=False, convert=validators.as_list, check=validators.string_list
        ),
        "description": TEXT,
        **standard(),
    }
    special_filters = {
        "router:external": lambda values, who: Subnet.network_id.in_(
            select(Network.id).where(Network.external.in_([validators.boolean(v) for v in values]))
        ),
        "shared": sharing.shared_filter("network", Subnet.network_id),
    }

    def visible(self, who: Context) -> Condition | None:
        if who.is_admin:
            return None
        return or_(Subnet.project_id == who.project_id, Subnet.network_id.in_(sharing.let_in("network", who)))

    def check_owner(self, scope: Scope, data: Json) -> None:
        check_network_owner(scope, "subnet", data)

    def views(self, scope: Scope, rows: Sequence[Any], fields: frozenset[str]) -> list[Json]:
        ids = {row.network_id for row in rows}
        query = select(Network.id).where(Network.id.in_(ids), Network.external)
        external = set(scope.session.scalars(query)) if ids else set()
        return [view(row, row.network_id in external) for row in rows]

    def create(self, scope: Scope, data: Json) -> Subnet:
        network = NETWORKS.one(scope, data["network_id"])
        pool = subnetpools.chosen(scope, data)
        subnetpools.check_affinity(scope, network.id, data["ip_version"], pool)
        net = subnetpools.allocate(scope, pool, data) if pool else _network_of(data)
        _check_dhcp(net, data["enable_dhcp"])
        _check_modes(net, data)
        _check_overlap(scope, network.id, net)
        gateway = gateway_of(net, given(data, "gateway_ip", UNSET))
        pools = pools_of(net, gateway, given(data, "allocation_pools", None))
        row = Subnet(
            **{**born(scope, "subnet", data["name"] or str(net), data["project_id"]), **said(data, TEXTS)},
            network_id=network.id,
            ip_version=net.version,
            cidr=str(net),
            subnetpool_id=pool.id if pool else None,
            gateway_ip=gateway,
            enable_dhcp=data["enable_dhcp"],
            ipv6_ra_mode=given(data, "ipv6_ra_mode", None),
            ipv6_address_mode=given(data, "ipv6_address_mode", None),
            allocation_pools=pools,
            host_routes=data["host_routes"],
            dns_nameservers=data["dns_nameservers"],
            service_types=data["service_types"],
        )
        scope.session.add(row)
        changed(scope, network)
        scope.session.flush()
        return row

    def update(self, scope: Scope, row: Any, data: Json) -> None:
        net = ipaddress.ip_network(row.cidr)
        if "gateway_ip" in data or "allocation_pools" in data:
            gateway = gateway_of(net, data.get("gateway_ip", row.gateway_ip))
            if gateway != row.gateway_ip:
                self._check_gateway_unused(scope, row)
            pools = data.get("allocation_pools", row.allocation_pools)
            data = {**data, "gateway_ip": gateway, "allocation_pools": pools_of(net, gateway, pools)}
        before = row.revision
        super().update(scope, row, {name: value for name, value in data.items() if name not in BESIDE})
        for name in BESIDE:
            setattr(row, name, data.get(name, getattr(row, name)))
        if row.revision != before:
            changed(scope, by_id(scope, Network, row.network_id))

    def _check_gateway_unused(self, scope: Scope, row: Subnet) -> None:
        """A router that has the gateway's address keeps it."""
        port_id = scope.session.scalars(
            select(IpAllocation.port_id).where(
                IpAllocation.subnet_id == row.id, IpAllocation.ip_address == row.gateway_ip
            )
        ).first()
        if port_id:
            raise conflict(
                "GatewayIpInUse",
                f"Current gateway ip {row.gateway_ip} already in use by port {port_id}. Unable to update.",
            )

    def delete(self, scope: Scope, row: Any) -> None:
        """Not while a port has an address of it."""
        if scope.session.scalars(
            select(IpAllocation.n).where(IpAllocation.subnet_id == row.id).limit(1)
        ).first():
            raise conflict(
                "SubnetInUse",
                f"Unable to complete operation on subnet {row.id}: One or more ports have an IP allocation from "
                "this subnet.",
            )
        network = by_id(scope, Network, row.network_id)
        if network:
            changed(scope, network)
        scope.session.delete(row)


def _network_of(data: Json) -> Net:
    """The subnet's network, as its CIDR says. Raises BadRequest for what can't be one."""
    cidr, version = given(data, "cidr", None), data["ip_version"]
    if cidr is None:
        raise subnetpools.bad_subnet("a subnetpool must be specified in the absence of a cidr")
    net = ipaddress.ip_network(cidr)
    if net.version != version:
        raise invalid_input(f"cidr '{cidr}' does not match the ip_version '{version}'")
    return net


def _check_dhcp(net: Net, enabled: bool) -> None:
    if not enabled:
        return
    if net.is_multicast:
        raise invalid_input("Multicast IP subnet is not supported if enable_dhcp is True")
    if net.is_loopback:
        raise invalid_input("Loopback IP subnet is not supported if enable_dhcp is True")
    if net.version == 4 and int(net.network_address) == 0:
        raise invalid_input("First IP '0.0.0.0' of network is not supported if enable_dhcp is True.")
    if net.max_prefixlen - net.prefixlen < 2:
        raise invalid_input("Subnet has a prefix length that is incompatible with DHCP service enabled")


def _check_modes(net: Net, data: Json) -> None:
    """How IPv6 hosts get their addresses: both modes the same, and only for IPv6."""
    ra, address = (given(data, name, None) for name in ("ipv6_ra_mode", "ipv6_address_mode"))
    if net.version == 4 and (ra or address):
        raise invalid_input("ipv6_ra_mode or ipv6_address_mode cannot be set when ip_version is 4")
    if ra and address and ra != address:
        raise invalid_input(
            f"ipv6_ra_mode set to '{ra}' with ipv6_address_mode set to '{address}' is not valid. If both attributes "
            "are set, they must be the same value"
        )


def _check_overlap(scope: Scope, network_id: str, net: Net) -> None:
    for other in scope.session.scalars(select(Subnet.cidr).where(Subnet.network_id == network_id)):
        known = ipaddress.ip_network(other)
        if known.version == net.version and known.overlaps(net):  # type: ignore[arg-type]
            raise invalid_input(
                f"Requested subnet with cidr: {net} for network: {network_id} overlaps with another subnet"
            )


def view(row: Subnet, external: bool) -> Json:
    return {
        "id": row.id,
        "name": row.name,
        "tenant_id": row.project_id,
        "network_id": row.network_id,
        "ip_version": row.ip_version,
        "subnetpool_id": row.subnetpool_id,
        "enable_dhcp": row.enable_dhcp,
        "ipv6_ra_mode": row.ipv6_ra_mode,
        "ipv6_address_mode": row.ipv6_address_mode,
        "gateway_ip": row.gateway_ip,
        "cidr": row.cidr,
        "allocation_pools": row.allocation_pools,
        "host_routes": row.host_routes,
        "dns_nameservers": row.dns_nameservers,
        "description": row.description,
        "router:external": external,
        "service_types": row.service_types,
        **standard_view(row),
    }


SUBNETS = Subnets()
