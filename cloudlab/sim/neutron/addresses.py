"""Addresses: each is really taken from the subnet's pools, one port at a time, and free again when the port goes."""

import ipaddress
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import delete, select

from cloudlab.sim.errors import ApiError
from cloudlab.sim.neutron.faults import conflict, invalid_input, not_found, refused
from cloudlab.sim.neutron.kind import Json, by_id
from cloudlab.sim.neutron.model import IpAllocation, Port, Subnet
from cloudlab.sim.plain import Plain, one_of, values
from cloudlab.sim.scope import Scope

MOST = 5  # max_fixed_ips_per_port
OF_PORTS = Plain(
    select(IpAllocation.port_id, IpAllocation.subnet_id, IpAllocation.ip_address)
    .where(one_of(IpAllocation.port_id, "ids"))
    .order_by(IpAllocation.n)
)
AUTOMATIC = ("slaac", "dhcpv6-stateless")  # the address follows from the MAC


@dataclass(frozen=True)
class Fixed:
    subnet_id: str
    ip_address: str


def of_ports(scope: Scope, port_ids: Sequence[str]) -> dict[str, list[Json]]:
    """{port id: its fixed_ips}, one query."""
    found: dict[str, list[Json]] = {id_: [] for id_ in port_ids}
    if not found:
        return found
    for port_id, subnet_id, ip_address in OF_PORTS.rows(scope.session, ids=values(found)):
        found[port_id].append({"subnet_id": subnet_id, "ip_address": ip_address})
    return found


def set_for(scope: Scope, port: Port, wanted: list[Json] | None) -> None:
    """Give the port the addresses asked for, or (None) one of each IP version that the network has.

    Addresses that the port keeps stay as they are. Raises Conflict when one is taken or none is left.
    """
    subnets = list(
        scope.session.scalars(select(Subnet).where(Subnet.network_id == port.network_id).order_by(Subnet.n))
    )
    kept = of_ports(scope, [port.id])[port.id]
    free(scope, port.id)
    if wanted is None:
        for fixed in _any(scope, port, subnets):
            _take(scope, port, fixed)
        return
    if len(wanted) > MOST:
        raise invalid_input("Exceeded maximum amount of fixed ips per port")
    named = {item.get("ip_address") for item in wanted}
    kept = [old for old in kept if old["ip_address"] not in named]
    for item in wanted:
        _take(scope, port, _asked(scope, port, subnets, item, kept))


def free(scope: Scope, port_id: str) -> None:
    scope.session.execute(delete(IpAllocation).where(IpAllocation.port_id == port_id))


def _take(scope: Scope, port: Port, fixed: Fixed) -> None:
    scope.session.add(IpAllocation(port_id=port.id, subnet_id=fixed.subnet_id, ip_address=fixed.ip_address))
    scope.session.flush()


def _any(scope: Scope, port: Port, subnets: list[Subnet]) -> Iterator[Fixed]:
    for version in (4, 6):
        candidates = [s for s in subnets if s.ip_version == version and not s.service_types]
        automatic = [s for s in candidates if s.ipv6_address_mode in AUTOMATIC]
        yield from (Fixed(s.id, eui64(s.cidr, port.mac_address)) for s in automatic)
        pooled = [s for s in candidates if s not in automatic]
        found = next((fixed for s in pooled if (fixed := first_free(scope, s))), None)
        if pooled and found is None:
            raise _none_left(port.network_id)
        if found:
            yield found


def first_free(scope: Scope, subnet: Subnet) -> Fixed | None:
    """The lowest address of the pools that no port has."""
    taken = set(
        scope.session.scalars(select(IpAllocation.ip_address).where(IpAllocation.subnet_id == subnet.id))
    )
    for pool in subnet.allocation_pools:
        address, end = ipaddress.ip_address(pool["start"]), ipaddress.ip_address(pool["end"])
        while int(address) <= int(end):
            if str(address) not in taken:
                return Fixed(subnet.id, str(address))
            address += 1
    return None


def _asked(scope: Scope, port: Port, subnets: list[Subnet], item: Json, kept: list[Json]) -> Fixed:
    """One entry of fixed_ips: an address, a subnet, or both."""
    here = {subnet.id: subnet for subnet in subnets}
    subnet_id, text = item.get("subnet_id"), item.get("ip_address")
    if subnet_id is None and text is None:
        raise invalid_input("IP allocation requires subnet_id or ip_address")
    if subnet_id is not None and subnet_id not in here:
        if by_id(scope, Subnet, subnet_id) is None:
            raise not_found("SubnetNotFound", f"Subnet {subnet_id} could not be found.")
        raise invalid_input(
            f"Failed to create port on network {port.network_id}, because fixed_ips included invalid subnet "
            f"{subnet_id}"
        )
    if text is None:
        return _of_subnet(scope, port, here[str(subnet_id)], kept)
    address = ipaddress.ip_address(text)
    home = [s for s in subnets if address in ipaddress.ip_network(s.cidr) and subnet_id in (None, s.id)]
    if not home:
        raise _not_home(text, subnet_id)
    return _exactly(scope, home[0], address)


def _of_subnet(scope: Scope, port: Port, subnet: Subnet, kept: list[Json]) -> Fixed:
    known = next((old for old in kept if old["subnet_id"] == subnet.id), None)
    if known:
        kept.remove(known)  # for one entry only
        return Fixed(subnet.id, known["ip_address"])
    if subnet.ipv6_address_mode in AUTOMATIC:
        return Fixed(subnet.id, eui64(subnet.cidr, port.mac_address))
    found = first_free(scope, subnet)
    if found is None:
        raise _none_left(subnet.network_id)
    return found


def _none_left(network_id: str) -> ApiError:
    return conflict("IpAddressGenerationFailure", f"No more IP addresses available on network {network_id}.")


def _not_home(address: str, subnet_id: str | None) -> ApiError:
    what = f"IP address {address} is not a valid IP for"
    if subnet_id:
        return refused("InvalidIpForSubnet", f"{what} the specified subnet.")
    return refused("InvalidIpForNetwork", f"{what} any of the subnets on the specified network.")


def _exactly(scope: Scope, subnet: Subnet, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Fixed:
    net = ipaddress.ip_network(subnet.cidr)
    if net.version == 4 and net.num_addresses > 2 and address in (net[0], net[-1]):
        raise _not_home(str(address), subnet.id)
    taken = select(IpAllocation.n).where(
        IpAllocation.subnet_id == subnet.id, IpAllocation.ip_address == str(address)
    )
    if scope.session.scalars(taken).first():
        raise conflict(
            "IpAddressAlreadyAllocated", f"IP address {address} already allocated in subnet {subnet.id}"
        )
    return Fixed(subnet.id, str(address))


def eui64(cidr: str, mac: str) -> str:
    """The IPv6 address that a host makes of its MAC in that network (RFC 4291, appendix A)."""
    octets = [int(part, 16) for part in mac.split(":")]
    parts = [octets[0] ^ 2, *octets[1:3], 0xFF, 0xFE, *octets[3:]]
    return str(ipaddress.ip_network(cidr).network_address + int.from_bytes(bytes(parts), "big"))
