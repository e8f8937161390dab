"""The service catalog, as Keystone's answers carry it: v3's and the talk's v2.0."""

import re
from typing import Any

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.language import _

# Other names of a service's type, as the service-types authority lists them.
ALIASES = {
    "block-storage": ("block-storage", "volumev3", "block-store", "volume", "volumev2"),
    "volumev3": ("volumev3", "block-storage", "volume"),
    "volume": ("volume", "block-storage", "volumev3", "block-store"),
    "block-store": ("block-store", "block-storage", "volumev3"),
}

Catalog = list[dict[str, Any]]

# Whose paths begin with a version, which most catalogs leave out.
VERSIONS = {"network": "/v2.0", "image": "/v2"}


def read_catalog(exchange: Exchange) -> Catalog | None:
    """The catalog in a token's or the catalog's own answer, or None."""
    if exchange.status_code not in (200, 201) or not (
        b'"catalog"' in exchange.content or b"Catalog" in exchange.content
    ):
        return None
    try:
        body = exchange.json()
    except ValueError:
        return None
    if not isinstance(body, dict):
        return None
    for key, inner in (("token", "catalog"), ("access", "serviceCatalog")):
        found = body.get(key)
        if isinstance(found, dict) and isinstance(found.get(inner), list):
            return found[inner] or None
    found = body.get("catalog")
    return found if isinstance(found, list) and found else None


def token_of(exchange: Exchange) -> str:
    """The token that an answer's catalog is for: v3's and v2.0's new one, or the one that asked."""
    subject = exchange.headers.get("X-Subject-Token")
    if subject:
        return str(subject)
    access = exchange.json().get("access")
    token = access.get("token") if isinstance(access, dict) else None
    if isinstance(token, dict):
        return str(token.get("id"))
    return str(exchange.request.headers.get("X-Auth-Token") or "")


def endpoint(
    catalog: Catalog | None, service: str, interface: str = "public", region: str | None = None
) -> str:
    """The URL of a service, by its type ("compute"), another name of the type ("volume"), or its name ("nova").

    No slash at the end. Raises LabError when there is no catalog yet, or no such service in it.
    """
    if catalog is None:
        raise LabError(
            _(
                "There is no service catalog yet: it comes with a token for a project. "
                "Get one first (POST …/v3/auth/tokens with a scope)."
            )
        )
    for wanted in ALIASES.get(service, (service,)):
        for entry in catalog:
            if wanted in (entry.get("type"), entry.get("name")):
                url = _url(entry, interface, region)
                if url:
                    return url.rstrip("/")
    types = ", ".join(sorted({str(entry.get("type")) for entry in catalog}))
    raise LabError(
        _(
            "The catalog has no {interface} endpoint for {service!r}. It has: {types}.",
            interface=interface,
            service=service,
            types=types,
        )
    )


def without_version(url: str, service: str) -> str:
    """Some catalogs have it: `/v2`, `/v2.0`."""
    return re.sub(r"/v2(\.\d+)?$", "", url) if service in VERSIONS else url


def _url(entry: dict[str, Any], interface: str, region: str | None) -> str | None:
    for point in entry.get("endpoints", []):
        if region and region not in (point.get("region"), point.get("region_id")):
            continue
        if point.get("interface") == interface:
            return point.get("url")
        if f"{interface}URL" in point:  # v2.0
            return point[f"{interface}URL"]
    return None
