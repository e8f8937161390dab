"""An application credential's access rules: which requests its tokens may make (keystonemiddleware's rule)."""

import re
from functools import lru_cache
from typing import Any

# What the middleware's `service_type` says where it is configured; the rules name services by it.
SERVICE_TYPES = {
    "keystone": ("identity",),
    "nova": ("compute",),
    "cinder": ("block-storage", "volumev3"),
    "glance": ("image",),
    "neutron": ("network",),
    "placement": ("placement",),
}
PARTS = re.compile(r"(?P<rest>\*\*)|(?P<one>\{[^}]*\}|\*)|(?P<plain>.)", re.DOTALL)


def allowed(token: dict[str, Any], service: str, method: str, path: str) -> bool:
    """Whether the v3 token body allows the request; one without rules allows every request."""
    rules = (token.get("application_credential") or {}).get("access_rules")
    return rules is None or any(_fits(rule, service, method, path) for rule in rules)


def _fits(rule: dict[str, str], service: str, method: str, path: str) -> bool:
    right = rule["service"] in SERVICE_TYPES.get(service, ()) and rule["method"] == method
    return right and _pattern(rule["path"]).fullmatch(path) is not None


@lru_cache(maxsize=256)
def _pattern(path: str) -> re.Pattern[str]:
    """`*` and `{name}` stand for one part of a path, `**` for any number of them."""
    found = []
    for part in PARTS.finditer(path):
        found.append(".*" if part["rest"] else "[^/]+" if part["one"] else re.escape(part["plain"]))
    return re.compile("".join(found), re.DOTALL)
