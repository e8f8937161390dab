"""/v2/schemas and /v2/info (API reference: Image v2, Image Schemas, Discovery)."""

from typing import Any

from cloudlab.sim.errors import Conflict, Forbidden, NotFound, PathNotFound
from cloudlab.sim.glance import model, more_schemas, schemas
from cloudlab.sim.web import Call, Reply

STORE = {"id": model.STORE, "default": "true"}


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
        return {"stores": [STORE]}


class Import:
    """GET /v2/info/import: the methods, as the real service lists them (`imports.py` says what each can do here)."""

    def get(self, call: Call) -> dict[str, Any]:
        methods = {"description": "Import methods available.", "type": "array", "value": model.IMPORT_METHODS}
        return {"import-methods": methods}


class Usage:
    """GET /v2/info/usage: nothing is limited, so nothing is counted."""

    def get(self, call: Call) -> dict[str, Any]:
        return {"usage": {}}


class StoresDetail:
    """GET /v2/info/stores/detail, for administrators."""

    def get(self, call: Call) -> dict[str, Any]:
        model.allow(call.who.is_admin, "stores_info_detail")
        store = {
            **STORE,
            "type": "file",
            "properties": {
                "data_dir": "/opt/stack/data/glance/images",
                "chunk_size": 65536,
                "thin_provisioning": False,
            },
            "weight": 0,
        }
        return {"stores": [store]}


class Schema:
    """GET /v2/schemas/{name} of what isn't an image."""

    def get(self, call: Call, name: str) -> dict[str, Any]:
        if name not in more_schemas.ALL:
            raise NotFound("The resource could not be found.")
        return more_schemas.ALL[name]


class Cache:
    """/v2/cache: this site has none (seen on 2025.2)."""

    def get(self, call: Call) -> Reply:
        return _no_cache(call, "cache_list")

    def delete(self, call: Call) -> Reply:
        return _no_cache(call, "cache_delete")


class CachedImage:
    """/v2/cache/{image}."""

    def put(self, call: Call, image_id: str) -> Reply:
        return _no_cache(call, "cache_image")

    def delete(self, call: Call, image_id: str) -> Reply:
        return _no_cache(call, "cache_delete")


def _no_cache(call: Call, action: str) -> Reply:
    model.allow(call.who.is_admin, action)
    raise NotFound("Caching via API is not supported at this site.")


class Locations:
    """/v2/images/{id}/locations: for services, which this cloud has none of that would ask."""

    def get(self, call: Call, image_id: str) -> Reply:
        model.allow("service" in call.who.roles, "fetch_image_location")
        raise PathNotFound(absent="GET /images/{image_id}/locations")

    def post(self, call: Call, image_id: str) -> Reply:
        image = model.find(call.scope, image_id)
        model.may_change(call.who, image, "add_image_location")
        if image.status != "queued":
            raise Conflict(f"It's not allowed to add locations if image status is {image.status}.")
        raise Forbidden("http store must be enabled to use location API by normal user.")
