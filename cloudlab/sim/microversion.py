"""Microversions: which one a request asks for, as nova, cinder and placement read the header."""

import re

from cloudlab.sim.web import Call

Version = tuple[int, int]
FORMAT = re.compile(
    r"^([1-9][0-9]{0,99})\.([1-9][0-9]{0,99}|0)$"
)  # Python reads no number of thousands of digits


def header_value(call: Call, service_type: str) -> str | None:
    """The part of `OpenStack-API-Version: compute 2.96, volume 3.0` that is for this service type."""
    for part in call.headers.get("openstack-api-version", "").split(","):
        words = part.split()
        if len(words) == 2 and words[0] == service_type:
            return words[1]
    return None


def parse(text: str) -> Version | None:
    """(2, 96) for '2.96', None for anything else."""
    found = FORMAT.match(text)
    return (int(found[1]), int(found[2])) if found else None


def text(version: Version) -> str:
    return f"{version[0]}.{version[1]}"
