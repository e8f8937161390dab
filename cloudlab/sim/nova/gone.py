"""What nova once had: farewells (recording nova_v21/065_os_cells), and proxies to other services that we don't have.

What is always absent is a row of `routes.ABSENT`; what also ends with a microversion says so itself (`absent_until`).
"""

from collections.abc import Callable
from typing import Any

from cloudlab.sim.errors import Gone, PathNotFound
from cloudlab.sim.nova.negotiation import until
from cloudlab.sim.web import Call

LAST = 36  # the first version without the windows on other services: from then on nova itself answers 404
# Methods and path of those that aren't here at all.
PROXIES: tuple[tuple[str, str], ...] = (
    ("GET POST", "/os-baremetal-nodes"),
    ("GET DELETE", "/os-baremetal-nodes/{id}"),
    ("POST", "/os-baremetal-nodes/{id}/action"),
    ("POST", "/os-security-group-rules"),
    ("DELETE", "/os-security-group-rules/{id}"),
)
# Methods and path of what nova itself has given up: 410 at every version (seen on 2025.2).
FAREWELLS: tuple[tuple[str, str], ...] = (
    ("GET POST", "/os-agents"),
    ("PUT DELETE", "/os-agents/{id}"),
    ("GET POST PUT DELETE", "/os-cells"),
    ("GET", "/os-cells/capacities"),
    ("GET", "/os-cells/detail"),
    ("GET", "/os-cells/info"),
    ("POST", "/os-cells/sync_instances"),
    ("GET POST PUT DELETE", "/os-cells/{cell_id}"),
    ("GET", "/os-cells/{cell_id}/capacities"),
    ("POST", "/os-certificates"),
    ("GET", "/os-certificates/{id}"),
    ("GET POST", "/os-cloudpipe"),
    ("PUT", "/os-cloudpipe/{id}"),
    ("GET", "/os-fixed-ips/{id}"),
    ("POST", "/os-fixed-ips/{id}/action"),
    ("GET", "/os-floating-ip-dns"),
    ("PUT DELETE", "/os-floating-ip-dns/{domain}"),
    ("GET PUT DELETE", "/os-floating-ip-dns/{domain}/entries/{name}"),
    ("GET POST", "/os-floating-ips-bulk"),
    ("GET PUT", "/os-floating-ips-bulk/{id}"),
    ("GET", "/os-fping"),
    ("GET", "/os-fping/{id}"),
    ("POST", "/os-networks/add"),
    ("POST", "/os-networks/{network_id}/action"),
    ("GET POST", "/os-security-group-default-rules"),
    ("GET DELETE", "/os-security-group-default-rules/{id}"),
    ("GET POST", "/servers/{server_id}/consoles"),
    ("GET DELETE", "/servers/{server_id}/consoles/{console_id}"),
    ("GET", "/servers/{server_id}/os-virtual-interfaces"),
)


def farewell(self: Any, call: Call, **parameters: str) -> Any:
    """A method that nova has given up: 410."""
    raise Gone("This resource is no longer available. No forwarding address is given.")


def removed(methods: str) -> type:
    """410 for every method that the resource once had."""
    words = {"__doc__": "410 for every method that the resource once had.", "__module__": __name__}
    return type("Removed", (), {**words, **dict.fromkeys(methods.lower().split(), farewell)})


def absent_until(path: str, gone_since: int) -> Callable[..., Any]:
    """A method that is absent here, and of the real nova too from a microversion on (nova_v21_296/059 to 067)."""

    def answer(self: Any, call: Call, **parameters: str) -> Any:
        until(call, gone_since)
        call.version = (0, 0)  # an unknown path carries no microversion
        raise PathNotFound(absent=f"{call.method} {path}")

    answer.absent = True  # type: ignore[attr-defined]
    return answer


def proxy(methods: str, path: str) -> type:
    """A resource of which there is nothing."""
    return type("Proxy", (), dict.fromkeys(methods.lower().split(), absent_until(path, LAST)))


PROXY_ROUTES: tuple[tuple[str, type], ...] = tuple((path, proxy(methods, path)) for methods, path in PROXIES)
REMOVED_ROUTES: tuple[tuple[str, type], ...] = tuple((path, removed(methods)) for methods, path in FAREWELLS)
