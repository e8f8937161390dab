"""Converters and validators of request attributes, in neutron-lib's words.

A converter returns the value to keep or raises InvalidInput; a validator returns None or the reason.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

from cloudlab.sim.neutron.faults import invalid_input, refused

Validator = Callable[[Any], str | None]
MAC = re.compile(r"^[0-9a-f]{2}(:[0-9a-f]{2}){5}$", re.IGNORECASE)
UUID = re.compile(r"^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$", re.IGNORECASE)


def boolean(value: Any) -> bool:
    """True or False from what JSON and query strings say of it."""
    if isinstance(value, bool):
        return value
    text = str(value).lower() if isinstance(value, (str, int)) else ""
    if text in ("true", "1"):
        return True
    if text in ("false", "0"):
        return False
    raise invalid_input(f"'{value}' cannot be converted to boolean")


def integer(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise invalid_input(f"'{value}' is not an integer")
    try:
        number = int(value)
    except ValueError:
        raise invalid_input(f"'{value}' is not an integer") from None
    if abs(number) > 2**31 - 1:
        raise invalid_input(f"'{value}' is not an integer")
    return number


def integer_or_none(value: Any) -> int | None:
    return None if value is None else integer(value)


def as_list(value: Any) -> Any:
    """None, and the empty default, as an empty list."""
    return list(value) if isinstance(value, tuple) else [] if value is None else value


def none_as_empty(value: Any) -> Any:
    return "" if value is None else value


def cidr(value: Any) -> Any:
    """Must at least be a CIDR; whether it is a network's is the validator's question."""
    if value is not None and ip_subnet(value):
        raise invalid_input(f"{value} is not in a CIDR format")
    return value


def prefix(value: Any) -> str | None:
    """A CIDR for a rule: an address alone gets its /32 or /128."""
    if value is None:
        return None
    try:
        return str(ipaddress.ip_interface(value if isinstance(value, str) else "x"))
    except ValueError:
        raise refused("InvalidCIDR", f"Invalid CIDR {value} given as IP prefix.") from None


def string(longest: int | None) -> Validator:
    """Text of at most so many characters; no NUL, which no column takes."""

    def check(value: Any) -> str | None:
        if not isinstance(value, str) or "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            return f"'{value!s:.100}' is not a valid string".replace("\0", "")
        if longest is not None and len(value) > longest:
            return f"'{value}' exceeds maximum length of {longest}"
        return None

    return check


def string_or_none(longest: int) -> Validator:
    return optional(string(longest))


def optional(check: Validator) -> Validator:
    """The same, None allowed."""
    return lambda value: None if value is None else check(value)


def one_of(*allowed: Any) -> Validator:
    return lambda value: None if value in allowed else f"{value} is not in valid_values"


def not_blank(longest: int) -> Validator:
    def check(value: Any) -> str | None:
        reason = string(longest)(value)
        return reason or (None if value.strip() else f"'{value}' Blank strings are not permitted")

    return check


def non_negative(value: Any) -> str | None:
    return None if value is None or value >= 0 else f"'{value}' should be non-negative"


def uuid(value: Any) -> str | None:
    return None if isinstance(value, str) and UUID.match(value) else f"'{value}' is not a valid UUID"


def uuid_list(value: Any) -> str | None:
    if not isinstance(value, list):
        return f"'{value}' is not a list"
    return _first(uuid, value) or _duplicates(value)  # nova_v21/169_act_add_secgroup


def _first(check: Validator, items: list[Any]) -> str | None:
    """What is wrong with the first item that isn't right."""
    return next((reason for item in items if (reason := check(item))), None)


def _duplicates(items: list[Any]) -> str | None:
    """Texts that are there more than once."""
    counts = Counter(item for item in items if isinstance(item, str))
    twice = [item for item, count in counts.items() if count > 1]
    return f"Duplicate items in the list: '{', '.join(twice)}'" if twice else None


def mac(value: Any) -> str | None:
    return None if isinstance(value, str) and MAC.match(value) else f"'{value}' is not a valid MAC address"


def ip_address(value: Any) -> str | None:
    try:
        ipaddress.ip_address(value if isinstance(value, str) else "x")
    except ValueError:
        return f"'{value}' is not a valid IP address"
    return None


def ip_subnet(value: Any) -> str | None:
    """A CIDR, host bits or not."""
    try:
        ipaddress.ip_interface(value if isinstance(value, str) and "/" in value else "x")
    except ValueError:
        return f"'{value}' is not a valid IP subnet"
    return None


def subnet(value: Any) -> str | None:
    """A network's CIDR: no host bits."""
    if value is None:
        return None
    network = ipaddress.ip_interface(value).network
    if str(network) != value.lower():
        return f"'{value}' is not a recognized IP subnet cidr, '{network}' is recommended"
    return None


def mapping(value: Any) -> str | None:
    return None if value is None or isinstance(value, dict) else f"'{value}' is not a dictionary"


def pools(value: Any) -> str | None:
    """[{"start": address, "end": address}, …]"""
    if not isinstance(value, list):
        return f"Invalid data format for IP pool: '{value}'"
    for pool in value:
        if not isinstance(pool, dict) or set(pool) != {"start", "end"}:
            return f"Invalid data format for IP pool: '{pool}'"
        for address in pool.values():
            if ip_address(address):
                return ip_address(address)
    return None


def nameservers(value: Any) -> str | None:
    if not isinstance(value, list):
        return f"Invalid data format for nameserver: '{value}'"
    for item in value:
        if ip_address(item):
            return f"'{item}' is not a valid nameserver. {ip_address(item)}"
    texts = [str(item) for item in value]
    return None if len(set(texts)) == len(texts) else f"Duplicate nameserver '{texts[0]}'"


def host_routes(value: Any) -> str | None:
    """[{"destination": CIDR, "nexthop": address}, …], each once"""
    if not isinstance(value, list):
        return f"Invalid data format for hostroute: '{value}'"
    seen: list[Any] = []
    for route in value:
        if not isinstance(route, dict):
            return f"Invalid data format for hostroute: '{route}'"
        if set(route) != {"destination", "nexthop"}:
            return (
                "Validation of dictionary's keys failed. Expected keys: {'destination', 'nexthop'} Provided keys: "
                f"{{{', '.join(repr(key) for key in route)}}}"
            )
        if reason := _host_route(route):
            return reason
        if route in seen:
            return f"Duplicate hostroute '{route}'"
        seen.append(route)
    return None


def _host_route(route: dict[str, Any]) -> str | None:
    try:
        ipaddress.ip_network(route["destination"] if isinstance(route["destination"], str) else "x")
    except ValueError:
        return f"'{route['destination']}' is not a valid IP subnet"
    return ip_address(route["nexthop"])


def string_list(value: Any) -> str | None:
    if not isinstance(value, list):
        return f"'{value}' is not a list"
    return _first(string(255), value)


def unique_strings(longest: int) -> Validator:
    """A list of different texts of at most so many characters."""

    def check(value: Any) -> str | None:
        if not isinstance(value, list):
            return f"'{value}' is not a list"
        return _duplicates(value) or _first(string(longest), value)

    return check


def networks(value: Any) -> str | None:
    """A list of different CIDRs."""
    if not isinstance(value, list):
        return f"'{value}' is not a list"
    return _duplicates(value) or _first(ip_subnet, value)


def fixed_ips(value: Any) -> str | None:
    """[{"subnet_id": …, "ip_address": …}, …], either one or both in each."""
    if not isinstance(value, list):
        return f"Invalid data format for fixed IP: '{value}'"
    seen = []
    for item in value:
        if not isinstance(item, dict) or set(item) - {"subnet_id", "ip_address"}:
            return f"Invalid data format for fixed IP: '{item}'"
        if "ip_address" in item:
            if ip_address(item["ip_address"]):
                return ip_address(item["ip_address"])
            if item["ip_address"] in seen:
                return f"Duplicate IP address '{item['ip_address']}'"
            seen.append(item["ip_address"])
        if "subnet_id" in item and uuid(item["subnet_id"]):
            return uuid(item["subnet_id"])
    return None


def dicts(value: Any) -> str | None:
    """A list of objects, whatever is in them."""
    if not isinstance(value, list):
        return f"'{value}' is not a list"
    return next((f"'{item}' is not a dictionary" for item in value if not isinstance(item, dict)), None)


def nothing(value: Any) -> str | None:
    """Only the empty value: what it would say is not built here."""
    return None if not value else f"'{value}' is not supported"
