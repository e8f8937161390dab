"""The image proxy (until 2.35; its metadata until 2.38): nova asks glance as the caller and tells it in its own words.

API reference, 'Images (DEPRECATED)'; recordings 020 to 024 of the nova stories.
"""

from typing import Any
from urllib.parse import quote, urlencode

from cloudlab.sim.errors import BadRequest, Forbidden, NotFound
from cloudlab.sim.nova import schemas
from cloudlab.sim.nova.bodies import checked, checked_query
from cloudlab.sim.nova.negotiation import until
from cloudlab.sim.nova.paging import limit_of, links, next_links
from cloudlab.sim.peers import Answer
from cloudlab.sim.web import Call, Reply

STATES = {
    "active": "ACTIVE",
    "queued": "SAVING",
    "saving": "SAVING",
    "deleted": "DELETED",
    "pending_delete": "DELETED",
    "killed": "ERROR",
}
PROGRESS = {"queued": 25, "saving": 50, "active": 100}
# What glance says of every image; anything else is a property, which nova calls metadata.
OWN_FIELDS = {
    *("id", "name", "visibility", "status", "protected", "tags", "checksum"),
    *("os_hash_algo", "os_hash_value", "os_hidden", "owner", "owner_id", "size", "virtual_size"),
    *("created_at", "updated_at", "file", "schema", "self", "min_ram", "min_disk"),
    *("container_format", "disk_format", "locations", "direct_url", "stores"),
}
# Nova's filter → glance's; what glance filters by equality.
FILTERS = {
    "name": "name",
    "status": "status",
    "minRam": "min_ram",
    "minDisk": "min_disk",
    "type": "image_type",
}
NO_IMAGE = "Image not found."
PATCH_TYPE = "application/openstack-images-v2.1-json-patch"


def _glance(call: Call, method: str, path: str, **how: Any) -> Answer:
    """One call as the caller, glance's refusals in nova's words."""
    answer = call.scope.ask("glance", method, path, **how)
    if answer.status == 404:
        raise NotFound(NO_IMAGE)
    if answer.status == 403:
        raise Forbidden(f"Not authorized for image {path.rsplit('/', 1)[-1]}.")
    return answer


def _image(call: Call, image_id: str) -> dict[str, Any]:
    return _glance(call, "GET", f"/v2/images/{quote(image_id, safe='')}").expect().json


def properties(image: dict[str, Any]) -> dict[str, str]:
    """An image's metadata as nova sees it: the properties that are not glance's own fields."""
    return {name: value for name, value in image.items() if name not in OWN_FIELDS}


def brief(call: Call, image: dict[str, Any]) -> dict[str, Any]:
    """An image in a list. The alternate link has two slashes, as recorded."""
    alternate = {
        "rel": "alternate",
        "type": "application/vnd.openstack.image",
        "href": f"{call.cloud.url('glance')}//images/{image['id']}",
    }
    return {
        "id": image["id"],
        "name": image["name"],
        "links": [*links(call, "images", image["id"]), alternate],
    }


def whole(call: Call, image: dict[str, Any]) -> dict[str, Any]:
    """An image with its state; a server's snapshot names the server."""
    entry, metadata = brief(call, image), properties(image)
    view = {
        "id": entry["id"],
        "name": entry["name"],
        "minRam": image["min_ram"],
        "minDisk": image["min_disk"],
        "metadata": metadata,
        "created": image["created_at"],
        "updated": image["updated_at"],
        "status": STATES.get(image["status"], "UNKNOWN"),
        "progress": PROGRESS.get(image["status"], 0),
        "OS-EXT-IMG-SIZE:size": image["size"] or 0,
        "links": entry["links"],
    }
    if "auto_disk_config" in metadata:
        view["OS-DCF:diskConfig"] = "AUTO" if metadata["auto_disk_config"].lower() == "true" else "MANUAL"
    if "instance_uuid" in metadata:
        server_id = metadata["instance_uuid"]
        view["server"] = {"id": server_id, "links": links(call, "servers", server_id)}
    return view


class Images:
    """`/images`."""

    def get(self, call: Call) -> Any:
        until(call, 36)
        return _listed(call, "images", brief)


class ImagesDetail:
    """`/images/detail`."""

    def get(self, call: Call) -> Any:
        until(call, 36)
        return _listed(call, "images/detail", whole)


class OneImage:
    """`/images/{image_id}`."""

    def get(self, call: Call, image_id: str) -> Any:
        until(call, 36)
        return {"image": whole(call, _image(call, image_id))}

    def delete(self, call: Call, image_id: str) -> Any:
        until(call, 36)
        answer = call.scope.ask("glance", "DELETE", f"/v2/images/{quote(image_id, safe='')}")
        if answer.status == 404:
            raise NotFound(NO_IMAGE)
        if answer.status == 403:
            raise Forbidden("You are not allowed to delete the image.")
        answer.expect()
        return Reply(204)


def _listed(call: Call, path: str, view: Any) -> dict[str, Any]:
    query = checked_query(call, schemas.IMAGE_QUERY)
    limit = limit_of(query)
    asked = {"limit": str(limit)}
    if "marker" in query:
        asked["marker"] = query["marker"]
    asked |= {of: query[name] for name, of in FILTERS.items() if name in query}
    asked |= {
        name.removeprefix("property-"): value for name, value in query.items() if name.startswith("property-")
    }
    if "status" in asked:
        word = asked["status"].upper()
        asked["status"] = next((of for of, ours in STATES.items() if ours == word), "unknown")
    answer = call.scope.ask("glance", "GET", f"/v2/images?{urlencode(asked)}")
    if answer.status in (400, 404):
        raise BadRequest(f"marker [{query.get('marker')}] not found" if "marker" in query else "Bad filter")
    images = answer.expect().json["images"]
    body: dict[str, Any] = {"images": [view(call, image) for image in images]}
    more = next_links(call, path, images, limit, images[-1]["id"] if images else None)
    return {**body, "images_links": more} if more else body


class ImageMetadata:
    """`/images/{image_id}/metadata`."""

    def get(self, call: Call, image_id: str) -> Any:
        until(call, 39)
        return {"metadata": properties(_image(call, image_id))}

    def post(self, call: Call, image_id: str) -> Any:
        until(call, 39)
        wanted = checked(call, schemas.METADATA_BODY)["metadata"]
        return {"metadata": _change(call, image_id, lambda now: {**now, **wanted})}

    def put(self, call: Call, image_id: str) -> Any:
        until(call, 39)
        wanted = checked(call, schemas.METADATA_BODY)["metadata"]
        return {"metadata": _change(call, image_id, lambda now: wanted)}


class ImageMetadataItem:
    """`/images/{image_id}/metadata/{key}`."""

    def get(self, call: Call, image_id: str, key: str) -> Any:
        until(call, 39)
        metadata = properties(_image(call, image_id))
        if key not in metadata:
            raise NotFound("Metadata item was not found")
        return {"meta": {key: metadata[key]}}

    def put(self, call: Call, image_id: str, key: str) -> Any:
        until(call, 39)
        meta = checked(call, schemas.META_BODY)["meta"]
        if key not in meta:
            raise BadRequest("Request body and URI mismatch")
        _change(call, image_id, lambda now: {**now, key: meta[key]})
        return {"meta": meta}

    def delete(self, call: Call, image_id: str, key: str) -> Any:
        until(call, 39)
        if key not in properties(_image(call, image_id)):
            raise NotFound("Invalid metadata key")
        _change(call, image_id, lambda now: {name: value for name, value in now.items() if name != key})
        return Reply(204)


def _change(call: Call, image_id: str, changed: Any) -> dict[str, str]:
    """Bring the image's properties to `changed(now)` by a JSON patch, and return them."""
    now = properties(_image(call, image_id))
    then = changed(now)
    patch: list[dict[str, Any]] = [
        {"op": "replace" if name in now else "add", "path": f"/{_pointer(name)}", "value": value}
        for name, value in then.items()
        if now.get(name) != value
    ]
    patch += [{"op": "remove", "path": f"/{_pointer(name)}"} for name in now if name not in then]
    if not patch:
        return now
    path = f"/v2/images/{quote(image_id, safe='')}"
    answer = _glance(call, "PATCH", path, body=patch, headers={"CONTENT-TYPE": PATCH_TYPE})
    if answer.status in (400, 409, 413):
        raise BadRequest(
            "Image metadata limit exceeded" if answer.status == 413 else "Invalid image metadata"
        )
    return properties(answer.expect().json)


def _pointer(name: str) -> str:
    """A property's name as a part of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
