"""Importing an image in steps: its bytes are staged, then a task takes them in (API reference: Image import).

This cloud reaches no other machine, so `web-download` refuses every address, as the real service does for one that
it can't resolve; with one store there is nothing to copy to (seen on 2025.2).
"""

from typing import Any

from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, NotFound, UnsupportedMediaType
from cloudlab.sim.glance import model, tasks_model
from cloudlab.sim.glance.images import BYTES, content_type, nothing
from cloudlab.sim.glance.model import IMPORT_METHODS, STORE, Image, ImageData
from cloudlab.sim.glance.tasks_model import ImportTask
from cloudlab.sim.scope import Scope
from cloudlab.sim.tasks import handler
from cloudlab.sim.web import Call, Reply
from cloudlab.sim.webob import empty_page

BEGIN, FINISH = 0.3, 0.7  # seconds of the classroom profile


class Stage:
    """PUT /images/{id}/stage"""

    def put(self, call: Call, image_id: str) -> Reply:
        if content_type(call) != BYTES:
            raise UnsupportedMediaType()
        image = model.find(call.scope, image_id)
        model.may_change(call.who, image, "modify_image")
        if image.status != "queued":
            raise Conflict(f"Image status transition from {image.status} to uploading is not allowed")
        image.status, image.size, image.updated_at = "uploading", len(call.raw), call.scope.now
        call.scope.session.add(ImageData(image_id=image.id, data=call.raw))
        return nothing()


class Import:
    """POST /images/{id}/import"""

    def post(self, call: Call, image_id: str) -> Reply:
        wish = call.json
        method = _method(wish)
        image = model.find(call.scope, image_id)
        model.may_change(call.who, image, "modify_image")
        _check_ready(call, image, method, wish)
        if method == "web-download":
            raise BadRequest(f"URI for web-download does not pass filtering: {wish['method'].get('uri')}")
        task = tasks_model.begin(call.scope, image, {"import_req": wish, "backend": [STORE]})
        if method == "copy-image":
            tasks_model.end(call.scope, task, ok=True, message="Copied 0 MiB")
        else:
            image.importing = {"os_glance_import_task": task.id}
            call.scope.later(BEGIN, "glance.import_begun", image_id=image.id, task_id=task.id)
        return empty_page(202)


def _method(wish: Any) -> str:
    """The name of the method that a body asks for. Raises BadRequest."""
    if not isinstance(wish, dict) or "method" not in wish:
        raise BadRequest("Import request requires a 'method' field.")
    if not isinstance(wish["method"], dict) or "name" not in wish["method"]:
        raise BadRequest("Import request requires a 'name' field.")
    name = wish["method"]["name"]
    if name not in IMPORT_METHODS:
        raise BadRequest(f"Unknown import method name '{name}'.")
    if wish.get("all_stores") and wish.get("stores"):
        raise BadRequest(
            "All_stores parameter can't be used with x-image-meta-store header or stores parameter"
        )
    if not isinstance(wish.get("stores", []), list):
        raise BadRequest("Stores parameter must be a list")
    return str(name)


def _check_ready(call: Call, image: Image, method: str, wish: Any) -> None:
    """Whether the image is in a state for that method. Raises Conflict, Forbidden, BadRequest."""
    stores = wish.get("stores") or []
    if method == "copy-image":
        if image.status != "active":
            raise Conflict("Only images with status active can be targeted for copying")
        model.allow(call.who.is_admin, "copy_image")
    elif image.status == "active":
        raise Conflict("Image with status active cannot be target for import")
    elif method == "web-download" and image.status != "queued":
        raise Conflict("Image needs to be in 'queued' state to use 'web-download' method")
    elif method == "glance-direct" and image.status != "uploading":
        raise Conflict("Image needs to be staged before 'glance-direct' method can be used")
    for name in ("container_format", "disk_format"):
        if getattr(image, name) is None:
            raise Conflict(f"'{name}' needs to be set before import")
    for store in stores:
        if store != STORE:
            raise Conflict(f"Store for identifier {store} not found")
    if method == "copy-image" and stores:
        raise BadRequest(f"Image is already present at store '{STORE}'")
    if image.importing and "os_glance_import_task" in image.importing:
        raise Conflict("Image has active task")


@handler("glance.import_begun")
def begun(scope: Scope, image_id: str, task_id: str) -> None:
    image, task = scope.session.get(Image, image_id), scope.session.get(ImportTask, task_id)
    if image is None or task is None or image.status != "uploading":
        return
    image.status, image.updated_at = "importing", scope.now
    image.importing = {
        "os_glance_import_task": task_id,
        "os_glance_importing_to_stores": STORE,
        "os_glance_failed_import": "",
    }
    task.status, task.updated_at = "processing", scope.now
    scope.later(FINISH, "glance.import_done", image_id=image_id, task_id=task_id)


@handler("glance.import_done")
def done(scope: Scope, image_id: str, task_id: str) -> None:
    """The staged bytes become the image's, unless they aren't what the image says they are."""
    image, task = scope.session.get(Image, image_id), scope.session.get(ImportTask, task_id)
    staged = scope.session.get(ImageData, image_id)
    if image is None or task is None or staged is None or image.status != "importing":
        return
    fits = model.is_of_format(image.disk_format, staged.data)
    if fits:
        model.activate(scope, image, staged.data)
    image.importing = {
        "os_glance_importing_to_stores": "",
        "os_glance_failed_import": "" if fits else STORE,
    }
    image.updated_at = scope.now
    tasks_model.end(scope, task, fits, "Copied 0 MiB" if fits else "Task failed due to Internal Error")


class DeleteFromStore:
    """DELETE /stores/{store}/{image}: never from the only one"""

    def delete(self, call: Call, store_id: str, image_id: str) -> Reply:
        model.allow(call.who.is_admin, "delete_image_location")
        if store_id != STORE:
            raise Conflict(f"The selected store {store_id} is not available on this node.")
        if call.scope.session.get(Image, image_id) is None:
            raise NotFound(f"Failed to find image {image_id}")
        raise Forbidden(
            "Cannot delete image data from the only store containing it. Consider deleting the image instead."
        )
