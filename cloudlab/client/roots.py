"""Where a service's API begins: as the catalog says, else by the addresses that the lab knows."""

from typing import TYPE_CHECKING

from cloudlab.client.catalog import VERSIONS
from cloudlab.client.errors import LabError
from cloudlab.language import _

if TYPE_CHECKING:
    from cloudlab.client.session import Session

# Before there is a catalog: by which name lab.urls knows a service, and what a catalog adds to that root.
ROOTS = {
    "identity": ("keystone", ""),
    "compute": ("nova", "/v2.1"),
    "image": ("glance", ""),
    "block-storage": ("cinder", "/v3"),
    "network": ("neutron", ""),
    "placement": ("placement", ""),
}


def service_root(session: "Session", service: str) -> str:
    """The URL before a path like `/servers`; `service` is a type of ROOTS. Raises LabError."""
    url = _known(session, service) if session.catalog is None else session.endpoint(service)
    return url + VERSIONS.get(service, "")


def _known(session: "Session", service: str) -> str:
    name, below = ROOTS[service]
    if name not in session.transport.urls:
        raise LabError(_("Nobody has said where the {service} service is.", service=service))
    return session.transport.urls[name] + below
