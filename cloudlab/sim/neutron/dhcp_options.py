"""What a port's DHCP server says beside the address. (Networking API reference, 'Ports', extra_dhcp_opts)"""

from typing import Any

from cloudlab.sim.neutron import validators
from cloudlab.sim.neutron.faults import invalid_input
from cloudlab.sim.neutron.kind import Json


def listed(value: Any) -> Any:
    """The options, each checked: {"opt_name", "opt_value", "ip_version": 4 or 6}."""
    value = [] if value in (None, ()) else value
    for option in value if isinstance(value, list) else ():
        if isinstance(option, dict) and not _is_option(option):
            raise invalid_input(f"No valid key specs matched for: {option}")
    return value


def _is_option(option: Json) -> bool:
    name, text, version = option.get("opt_name"), option.get("opt_value"), option.get("ip_version", 4)
    return (
        set(option) <= {"opt_name", "opt_value", "ip_version"}
        and validators.not_blank(64)(name) is None
        and (text is None or validators.not_blank(255)(text) is None)
        and version in (4, 6, "4", "6")
        and not isinstance(version, bool)
    )


def merged(known: list[Json], said: list[Json]) -> list[Json]:
    """The options after an update: a new value replaces the old one of that name, null takes it away."""
    found = {(option["opt_name"], option["ip_version"]): option["opt_value"] for option in known}
    for option in said:
        found[option["opt_name"], int(option.get("ip_version", 4))] = option.get("opt_value")
    return [
        {"opt_name": name, "opt_value": text, "ip_version": version}
        for (name, version), text in found.items()
        if text is not None
    ]
