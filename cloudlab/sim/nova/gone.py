"""What nova once had: farewells (recording nova_v21/065_os_cells), and proxies to other services that we don't have."""

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
    ("GET", "/os-floating-ip-pools", 36),
    ("GET POST", "/os-floating-ips", 36),
    ("GET DELETE", "/os-floating-ips/{id}", 36),
    ("GET", "/os-hosts", 43),
    ("GET PUT", "/os-hosts/{id}", 43),
    ("GET POST", "/os-networks", 36),
    ("POST", "/os-networks/add", 36),
    ("GET DELETE", "/os-networks/{id}", 36),
    ("POST", "/os-networks/{id}/action", 36),
    ("GET POST", "/os-security-group-default-rules", 36),
    ("GET POST", "/os-security-groups", 36),
    ("GET PUT DELETE", "/os-security-groups/{id}", 36),
    ("POST", "/os-security-group-rules", 36),
    ("DELETE", "/os-security-group-rules/{id}", 36),
    ("GET POST", "/os-snapshots", 36),
    ("GET", "/os-snapshots/detail", 36),
    ("GET DELETE", "/os-snapshots/{id}", 36),
    ("GET POST", "/os-tenant-networks", 36),
    ("GET DELETE", "/os-tenant-networks/{id}", 36),
    ("GET POST", "/os-volumes", 36),
    ("GET", "/os-volumes/detail", 36),
    ("GET DELETE", "/os-volumes/{id}", 36),
)


class Removed:
    """410 for every method that the resource once had."""

    def get(self, call: Call, **parameters: str) -> Any:
        raise Gone("This resource is no longer available. No forwarding address is given.")

    post = put = delete = get


def proxy(methods: str, path: str, gone_since: int) -> type:
    """A resource that is absent here, and of the real nova too from a microversion on (nova_v21_296/059 to 067)."""

    def answer(self: Any, call: Call, **parameters: str) -> Any:
        until(call, gone_since)
        call.version = (0, 0)  # an unknown path carries no microversion
        raise PathNotFound(absent=f"{call.method} {path}")

    return type("Proxy", (), {method.lower(): answer for method in methods.split()})


PROXY_ROUTES: tuple[tuple[str, type], ...] = tuple((row[1], proxy(*row)) for row in PROXIES)
