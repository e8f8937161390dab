"""/v2/schemas and /v2/info (API reference: Image v2, Image Schemas, Discovery)."""

from typing import Any

from cloudlab.sim.glance import schemas
from cloudlab.sim.web import Call


class ImageSchema:
    """GET /v2/schemas/image."""

    def get(self, call: Call) -> dict[str, Any]:
        return schemas.IMAGE


class ImagesSchema:
    """GET /v2/schemas/images."""

    def get(self, call: Call) -> dict[str, Any]:
        return schemas.IMAGES


class Stores:
    """GET /v2/info/stores: one."""

    def get(self, call: Call) -> dict[str, Any]:
        return {"stores": [{"id": "file1", "default": "true"}]}


class Import:
    """GET /v2/info/import: what a real cloud of this release would offer; importing is not here."""

    def get(self, call: Call) -> dict[str, Any]:
        methods = ["glance-direct", "web-download", "copy-image"]
        described = {"description": "Import methods available.", "type": "array", "value": methods}
        return {"import-methods": described}


class Usage:
    """GET /v2/info/usage: nothing is limited, so nothing is counted."""

    def get(self, call: Call) -> dict[str, Any]:
        return {"usage": {}}
