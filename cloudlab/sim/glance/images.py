"""/v2/images, one image, its bytes, tags and actions (API reference: Image v2)."""

from typing import Any

from cloudlab.sim.errors import BadRequest, Forbidden, NotFound, UnsupportedMediaType
from cloudlab.sim.glance import listing, model, patch, ranges, views
from cloudlab.sim.web import Call, Reply
from cloudlab.sim.webob import empty_page

BYTES = "application/octet-stream"
STORES = (model.STORE, "os_glance_staging_store", "os_glance_tasks_store")


def nothing() -> Reply:
    """204 as glance says it."""
    return empty_page(204)


def content_type(call: Call) -> str:
    return call.headers.get("content-type", "").partition(";")[0].strip()


class Images:
    """List and create."""

    def get(self, call: Call) -> dict[str, Any]:
        rows, links = listing.page(call)
        return {"images": [views.image(row) for row in rows], **links, "schema": "/v2/schemas/images"}

    def post(self, call: Call) -> Reply:
        body = call.json
        if body is None:
            raise BadRequest("Body expected in request.")
        image = model.create(call.scope, _checked(body))
        headers = {
            "Location": f"{call.root}/v2/images/{image.id}",
            "OpenStack-image-import-methods": ",".join(model.IMPORT_METHODS),
            "OpenStack-image-store-ids": ",".join(STORES),
        }
        return Reply(201, views.image(image), headers)


def _checked(body: Any) -> dict[str, Any]:
    """A body that describes a new image. Raises BadRequest, Forbidden."""
    if not isinstance(body, dict):
        raise BadRequest("Malformed JSON in request body.")
    _not_settable(body, patch.DISALLOWED)
    patch.check_schema(body)
    _not_settable(body, [name for name in patch.READ_ONLY if name != "id"])
    for name in body:
        if len(name) > 255:
            raise BadRequest("Custom property should not be greater than 255 characters.")
        if name in patch.RESERVED or name.startswith("os_glance"):
            raise Forbidden(f"Attribute '{name}' is reserved.")
    if "locations" in body:
        raise Forbidden("It's not allowed to add locations if locations are invisible.")
    return body


def _not_settable(body: dict[str, Any], names: Any) -> None:
    for name in names:
        if name in body:
            raise Forbidden(f"Attribute '{name}' is read-only.")


class OneImage:
    """One image."""

    def get(self, call: Call, image_id: str) -> dict[str, Any]:
        return views.image(model.find(call.scope, image_id))

    def patch(self, call: Call, image_id: str) -> dict[str, Any]:
        kind = content_type(call)
        changes = patch.read(kind, call.json if kind in patch.DIALECTS else None)
        image = model.find(call.scope, image_id)
        for change in changes:
            patch.apply(call.who, image, change)
        if changes:
            if not call.who.is_admin and image.owner != call.who.project_id:  # given away by an `add`
                raise Forbidden(f"Forbidding request, image {image_id} not visible")
            image.updated_at = call.scope.now
        return views.image(image)

    def delete(self, call: Call, image_id: str) -> Reply:
        image = model.find(call.scope, image_id, otherwise=f"Failed to find image {image_id} to delete")
        model.may_change(call.who, image, "delete_image")
        model.remove(call.scope, image)
        return nothing()


class Data:
    """The image's bytes."""

    def get(self, call: Call, image_id: str) -> Reply:
        image = model.find(call.scope, image_id)
        if image.status == "deactivated" and not call.who.is_admin:
            raise Forbidden("The requested image has been deactivated. Image data download is forbidden.")
        data = model.data_of(call.scope, image)
        if data is None:
            return Reply(204)
        headers = {"Content-MD5": image.checksum or ""}
        part = ranges.asked(call, len(data))
        if part is None:
            return Reply(200, headers=headers, raw=data, content_type=BYTES)
        headers["Content-Range"] = f"bytes {part[0]}-{part[1] - 1}/{len(data)}"
        return Reply(206, headers=headers, raw=data[slice(*part)], content_type=BYTES)

    def put(self, call: Call, image_id: str) -> Reply:
        kind = content_type(call)
        if kind != BYTES:
            raise UnsupportedMediaType()
        image = model.find(call.scope, image_id)
        model.may_change(call.who, image, "upload_image")
        model.store_data(call.scope, image, call.raw)
        return nothing()


class Tag:
    """PUT and DELETE of one tag."""

    def put(self, call: Call, image_id: str, tag: str) -> Reply:
        image = model.find(call.scope, image_id)
        model.may_change(call.who, image, "modify_image")
        patch.check_schema({"tags": [tag]})
        model.put(image, "tags", [*image.tags, tag])
        image.updated_at = call.scope.now
        return nothing()

    def delete(self, call: Call, image_id: str, tag: str) -> Reply:
        image = model.find(call.scope, image_id)
        model.may_change(call.who, image, "modify_image")
        if tag not in image.tags:
            raise NotFound("The resource could not be found.")
        model.put(image, "tags", [one for one in image.tags if one != tag])
        image.updated_at = call.scope.now
        return nothing()


class Deactivate:
    """POST …/actions/deactivate: nobody but an administrator downloads it any more."""

    def post(self, call: Call, image_id: str) -> Reply:
        return _switch(call, image_id, "deactivate", "active", "deactivated")


class Reactivate:
    """POST …/actions/reactivate."""

    def post(self, call: Call, image_id: str) -> Reply:
        return _switch(call, image_id, "reactivate", "deactivated", "active")


def _switch(call: Call, image_id: str, action: str, before: str, after: str) -> Reply:
    image = model.find(call.scope, image_id)
    model.may_change(call.who, image, action)
    if image.status not in (before, after):
        raise Forbidden(f"Not allowed to {action} image in status '{image.status}'")
    image.status, image.updated_at = after, call.scope.now
    return nothing()
