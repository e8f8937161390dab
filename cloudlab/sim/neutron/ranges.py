"""Address arithmetic of a subnet: which addresses ports may have, where the gateway is, which pools there are."""

import ipaddress
from typing import Any

from cloudlab.sim.neutron.attributes import UNSET
from cloudlab.sim.neutron.faults import conflict, invalid_input, refused

Net = ipaddress.IPv4Network | ipaddress.IPv6Network
Pools = list[dict[str, str]]


def ends(net: Net) -> tuple[int, int]:
    """The first and last address that a port may have: without the network's own and broadcast."""
    first, last = int(net.network_address), int(net.broadcast_address)
    spare = net.max_prefixlen - net.prefixlen
    if spare >= 2:
        return first + 1, last - 1 if net.version == 4 else last
    return first, last


def gateway_of(net: Net, asked: Any) -> str | None:
    """What was asked for (None: no gateway), or the first address."""
    if asked is UNSET:  # an IPv6 network's first address is its routers' (RFC 4291, 2.6.1)
        return str(ipaddress.ip_address(ends(net)[0]) if net.version == 4 else net.network_address)
    if asked is None:
        return None
    address = ipaddress.ip_address(asked)
    if address.version != net.version:
        raise invalid_input("Gateway is not valid on subnet")
    if net.version == 4 and address in net and not ends(net)[0] <= int(address) <= ends(net)[1]:
        raise invalid_input("Gateway is not valid on subnet")
    return str(address)


def pools_of(net: Net, gateway: str | None, asked: Pools | None) -> Pools:
    """The pools asked for, checked; or everything but the gateway."""
    address = type(net.network_address)
    ranges = [_range(net, pool) for pool in asked] if asked else _all_but(net, gateway)
    door = int(ipaddress.ip_address(gateway)) if gateway else -1
    for low, high in ranges:
        if low <= door <= high:
            raise conflict(
                "GatewayConflictWithAllocationPools",
                f"Gateway ip {gateway} conflicts with allocation pool {address(low)}-{address(high)}.",
            )
    for (low, high), (low2, high2) in zip(sorted(ranges), sorted(ranges)[1:], strict=False):
        if low2 <= high:
            raise conflict(
                "OverlappingAllocationPools",
                f"Found overlapping allocation pools: {address(low)}-{address(high)} "
                f"{address(low2)}-{address(high2)} for subnet {net}.",
            )
    return [{"start": str(address(low)), "end": str(address(high))} for low, high in ranges]


def _range(net: Net, pool: dict[str, str]) -> tuple[int, int]:
    start, end = (ipaddress.ip_address(pool[name]) for name in ("start", "end"))
    if start.version != net.version or end.version != net.version or int(end) < int(start):
        raise refused("InvalidAllocationPool", f"The allocation pool {pool} is not valid.")
    text = f"{start}-{end}"
    low, high = ends(net)
    if int(start) < low or int(end) > high:
        raise refused(
            "OutOfBoundsAllocationPool", f"The allocation pool {text} spans beyond the subnet cidr {net}."
        )
    return int(start), int(end)


def _all_but(net: Net, gateway: str | None) -> list[tuple[int, int]]:
    low, high = ends(net)
    door = int(ipaddress.ip_address(gateway)) if gateway else -1
    if not low <= door <= high:
        return [(low, high)]
    return [(a, b) for a, b in ((low, door - 1), (door + 1, high)) if a <= b]
