"""Glance rows → JSON."""

from typing import Any

from cloudlab.sim.clock import iso_z
from cloudlab.sim.glance.model import STORE, Image


def image(row: Image) -> dict[str, Any]:
    """One image (recording glance/011_image): the client's own properties first, then glance's."""
    path = f"/v2/images/{row.id}"
    body = {
        **(row.importing or {}),
        **row.properties,
        "name": row.name,
        "disk_format": row.disk_format,
        "container_format": row.container_format,
        "visibility": row.visibility,
        "size": row.size,
        "virtual_size": row.virtual_size,
        "status": row.status,
        "checksum": row.checksum,
        "protected": row.protected,
        "min_ram": row.min_ram,
        "min_disk": row.min_disk,
        "owner": row.owner,
        "os_hidden": row.os_hidden,
        "os_hash_algo": "sha512" if row.os_hash_value else None,
        "os_hash_value": row.os_hash_value,
        "id": row.id,
        "created_at": iso_z(row.created_at),
        "updated_at": iso_z(row.updated_at),
        "tags": row.tags,
        "self": path,
        "file": f"{path}/file",
        "schema": "/v2/schemas/image",
    }
    if row.checksum is not None:
        body["stores"] = STORE
    return body
