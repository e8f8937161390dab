"""Allowed address pairs: other addresses that may come out of a port. (Networking API reference, 'Ports')"""

from typing import Any

from cloudlab.sim.neutron import validators
from cloudlab.sim.neutron.faults import bad, conflict, refused
from cloudlab.sim.neutron.kind import Json
from cloudlab.sim.neutron.model import Port

MOST = 10  # max_allowed_address_pair


def listed(value: Any) -> Any:
    """The pairs, each checked; these refusals have words of their own. (What is no object the next check refuses.)"""
    value = [] if value in (None, ()) else value
    if not isinstance(value, list):
        raise bad("Allowed address pairs must be a list.")
    if len(value) > MOST:
        raise refused(
            "AllowedAddressPairExhausted", f"The number of allowed address pair exceeds the maximum {MOST}."
        )
    seen: list[tuple[Any, Any]] = []
    for pair in value:
        if not isinstance(pair, dict):
            return value
        _check(pair)
        key = (pair.get("mac_address"), pair["ip_address"])
        if key in seen:
            raise refused(
                "DuplicateAddressPairInRequest",
                f"Request contains duplicate address pair: mac_address {key[0]} ip_address {key[1]}.",
            )
        seen.append(key)
    return value


def _check(pair: Json) -> None:
    if "mac_address" in pair and (reason := validators.mac(pair["mac_address"])):
        raise bad(reason)
    if "ip_address" not in pair:
        raise refused("AllowedAddressPairsMissingIP", "AllowedAddressPair must contain ip_address")
    if unknown := set(pair) - {"mac_address", "ip_address"}:
        raise bad(f"Unrecognized attribute(s) '{', '.join(sorted(unknown))}'")
    address = pair["ip_address"]
    if isinstance(address, str) and "/" in address:
        reason = validators.ip_subnet(address) or validators.subnet(address)
    else:
        reason = validators.ip_address(address)
    if reason:
        raise bad(reason)


def set_on(port: Port, wanted: list[Json]) -> None:
    """With the port's own MAC where none was said. They need port security."""
    if wanted and not port.port_security_enabled:
        raise conflict(
            "AddressPairAndPortSecurityRequired",
            "Port Security must be enabled in order to have allowed address pairs on a port.",
        )
    port.allowed_address_pairs = [
        {"mac_address": pair.get("mac_address", port.mac_address), "ip_address": pair["ip_address"]}
        for pair in wanted
    ]
