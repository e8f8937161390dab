"""Where a service's API begins: as the catalog says, else by the addresses that the lab knows."""

from cloudlab.client.catalog import endpoint
from cloudlab.client.errors import LabError
from cloudlab.client.session import Session

VERSIONS = {"network": "/v2.0", "image": "/v2"}  # the catalog leaves these out
# By which services' names lab.urls knows a root, and what comes after it.
ROOTS = {
    "compute": ("nova", "/v2.1"),
    "network": ("neutron", "/v2.0"),
    "block-storage": ("cinder", "/v3"),
    "image": ("glance", "/v2"),
}


def service_root(session: Session, service: str) -> str:
    """The URL before a path like `/servers`; `service` is a type of ROOTS. Raises LabError."""
    if session.catalog is None:
        name, version = ROOTS[service]
        if name not in session.transport.urls:
            raise LabError(f"Nobody has said where the {service} service is.")
        return session.transport.urls[name] + version
    url = endpoint(session.catalog, service)
    version = VERSIONS.get(service, "")
    return url if url.endswith(version) else url + version
