"""What nova once had: farewells (recording nova_v21/065_os_cells), and proxies to other services that we don't have."""

from collections.abc import Callable
from typing import Any

from cloudlab.sim.errors import Gone, PathNotFound
from cloudlab.sim.nova.negotiation import until
from cloudlab.sim.web import Call

# Methods, path, and the microversion from which nova itself answers 404.
PROXIES: tuple[tuple[str, str, int], ...] = (
    ("GET POST", "/os-baremetal-nodes", 36),
    ("GET DELETE", "/os-baremetal-nodes/{id}", 36),
    ("POST", "/os-baremetal-nodes/{id}/action", 36),
    ("POST", "/os-security-group-rules", 36),
    ("DELETE", "/os-security-group-rules/{id}", 36),
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
    ("GET POST", "/os-security-group-default-rules"),
    ("GET DELETE", "/os-security-group-default-rules/{id}"),
    ("GET POST", "/servers/{server_id}/consoles"),
    ("GET DELETE", "/servers/{server_id}/consoles/{console_id}"),
    ("GET", "/servers/{server_id}/os-virtual-interfaces"),
)


def removed(methods: str) -> type:
    """410 for every method that the resource once had."""

    def answer(self: Any, call: Call, **parameters: str) -> Any:
        raise Gone("This resource is no longer available. No forwarding address is given.")

    words = {"__doc__": "410 for every method that the resource once had.", "__module__": __name__}
    return type("Removed", (), {**words, **dict.fromkeys(methods.lower().split(), answer)})


def absent_until(path: str, gone_since: int) -> Callable[..., Any]:
    """A method that is absent here, and of the real nova too from a microversion on (nova_v21_296/059 to 067)."""

    def answer(self: Any, call: Call, **parameters: str) -> Any:
        until(call, gone_since)
        call.version = (0, 0)  # an unknown path carries no microversion
        raise PathNotFound(absent=f"{call.method} {path}")

    answer.absent = True  # type: ignore[attr-defined]
    return answer


def proxy(methods: str, path: str, gone_since: int) -> type:
    """A resource of which there is nothing."""
    return type("Proxy", (), {method.lower(): absent_until(path, gone_since) for method in methods.split()})


PROXY_ROUTES: tuple[tuple[str, type], ...] = tuple((row[1], proxy(*row)) for row in PROXIES)
REMOVED_ROUTES: tuple[tuple[str, type], ...] = tuple((path, removed(methods)) for methods, path in FAREWELLS)
