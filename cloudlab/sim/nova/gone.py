"""What nova once had: farewells (recording nova_v21/065_os_cells), and proxies to other services that we don't have."""

from collections.abc import Callable
from typing import Any

from cloudlab.sim.errors import Gone, PathNotFound
from cloudlab.sim.nova.negotiation import until
from cloudlab.sim.web import Call

# Methods, path, and the microversion from which nova itself answers 404.
PROXIES: tuple[tuple[str, str, int], ...] = (
    ("GET", "/os-baremetal-nodes", 36),
    ("GET", "/os-baremetal-nodes/{id}", 36),
    ("GET", "/os-fixed-ips/{id}", 36),
    ("POST", "/os-fixed-ips/{id}/action", 36),
    ("GET POST", "/os-security-group-default-rules", 36),
    ("POST", "/os-security-group-rules", 36),
    ("DELETE", "/os-security-group-rules/{id}", 36),
)


class Removed:
    """410 for every method that the resource once had."""

    def get(self, call: Call, **parameters: str) -> Any:
        raise Gone("This resource is no longer available. No forwarding address is given.")

    post = put = delete = get


def absent_until(path: str, gone_since: int) -> Callable[..., Any]:
    """A method that is absent here, and of the real nova too from a microversion on (nova_v21_296/059 to 067)."""

    def answer(self: Any, call: Call, **parameters: str) -> Any:
        until(call, gone_since)
        call.version = (0, 0)  # an unknown path carries no microversion
        raise PathNotFound(absent=f"{call.method} {path}")

    return answer


def proxy(methods: str, path: str, gone_since: int) -> type:
    """A resource of which there is nothing."""
    return type("Proxy", (), {method.lower(): absent_until(path, gone_since) for method in methods.split()})


PROXY_ROUTES: tuple[tuple[str, type], ...] = tuple((row[1], proxy(*row)) for row in PROXIES)
