"""What a security group's rule may say: its words, and how they must fit each other. (Networking API reference)"""

import ipaddress
from typing import Any

from sqlalchemy import select

from cloudlab.sim.neutron import validators
from cloudlab.sim.neutron.faults import refused
from cloudlab.sim.neutron.kind import Condition, Json
from cloudlab.sim.scope import Scope

PROTOCOLS = (
    "ah dccp egp esp gre hopopt icmp igmp ip ipip ipv6-encap ipv6-frag ipv6-icmp ipv6-nonxt ipv6-opts ipv6-route "
    "ospf pgm rsvp sctp tcp udp udplite vrrp"
)
ALIASES = {"icmpv6": "ipv6-icmp"}
SAYABLE = (None, "any", *PROTOCOLS.replace("ipv6-icmp", "ipv6-icmp icmpv6").split())
WITH_PORTS = ("tcp", "udp", "sctp", "dccp", "udplite", "6", "17", "33", "132", "136")
SAID = (
    "direction",
    "ethertype",
    "protocol",
    "port_range_min",
    "port_range_max",
    "remote_ip_prefix",
    "remote_group_id",
    "remote_address_group_id",
)
REMOTES = ("remote_ip_prefix", "remote_group_id", "remote_address_group_id")
ICMP = ("icmp", "ipv6-icmp", "icmpv6", "1", "58")


def direction(value: Any) -> str | None:
    return validators.one_of("ingress", "egress")(value)


def ethertype(value: Any) -> Any:
    found = {"ipv4": "IPv4", "ipv6": "IPv6"}.get(str(value).lower())
    if found is None:
        raise refused(
            "SecurityGroupRuleInvalidEtherType",
            f"Security group rule for ethertype '{value}' not supported. Allowed values are ['IPv4', 'IPv6'].",
        )
    return found


def protocol(value: Any) -> str | None:
    """A name or a number from 0 to 255, as text; None for any."""
    if value is None or str(value).lower() in ("", "any"):
        return None
    text = ALIASES.get(str(value).lower(), str(value).lower())
    if text in PROTOCOLS.split() or (text.isascii() and text.isdigit() and int(text[:9]) <= 255):
        return text
    raise refused(
        "SecurityGroupRuleInvalidProtocol",
        f"Security group rule protocol {value} not supported. Only protocol values {SAYABLE} and integer "
        "representations [0 to 255] are supported.",
    )


def port(value: Any) -> int | None:
    if value is None:
        return None
    text = str(value)
    if isinstance(value, bool) or not (text.isascii() and text.isdigit() and int(text[:9]) <= 65535):
        raise refused("SecurityGroupInvalidPortValue", f"Invalid value for port {value}")
    return int(text)


def twin(scope: Scope, table: Any, said: Json, *where: Condition) -> str | None:
    """The id of a rule that says the same."""
    same = (getattr(table, name) == said[name] for name in SAID)
    found: str | None = scope.session.scalars(select(table.id).where(*where, *same)).first()
    return found


def check_rule(data: Json) -> None:
    """A rule's parts must fit each other."""
    if sum(bool(data[name]) for name in REMOTES) > 1:
        raise refused(
            "SecurityGroupMultipleRemoteEntites", f"Only one of {' or '.join(REMOTES)} may be provided."
        )
    if data["remote_ip_prefix"]:
        version = ipaddress.ip_interface(data["remote_ip_prefix"]).version
        if data["ethertype"] != f"IPv{version}":
            raise refused(
                "SecurityGroupRuleParameterConflict",
                f"Conflicting value ethertype {data['ethertype']} for CIDR {data['remote_ip_prefix']}",
            )
    _check_ports(data["protocol"], data["port_range_min"], data["port_range_max"])


def _check_ports(protocol: str | None, low: int | None, high: int | None) -> None:
    if low is None and high is None:
        return
    if protocol is None:
        raise refused(
            "SecurityGroupProtocolRequiredWithPorts", "Must also specify protocol if port range is given."
        )
    if protocol in ICMP:
        _check_icmp(low, high)
    elif protocol in WITH_PORTS:
        if low == 0 or high == 0:
            raise refused("SecurityGroupInvalidPortValue", "Invalid value for port 0")
        if low is None or high is None or low > high:
            raise refused(
                "SecurityGroupInvalidPortRange",
                "For TCP/UDP protocols, port_range_min must be <= port_range_max",
            )
    else:
        raise refused(
            "SecurityGroupInvalidProtocolForPort",
            f"Invalid protocol {protocol} for port range, only supported for dccp, sctp, tcp, udp and udplite.",
        )


def _check_icmp(kind: int | None, code: int | None) -> None:
    for name, field, value in (("port_range_min", "type", kind), ("port_range_max", "code", code)):
        if value is not None and value > 255:
            raise refused(
                "SecurityGroupInvalidIcmpValue",
                f"Invalid value for ICMP {field} ({name}) {value}. It must be 0 to 255.",
            )
    if kind is None and code is not None:
        raise refused(
            "SecurityGroupMissingIcmpType",
            f"ICMP code (port-range-max) {code} is provided but ICMP type (port-range-min) is missing.",
        )
