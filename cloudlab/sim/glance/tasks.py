"""Tasks over HTTP: an image's own, for who sees the image; all of them, for administrators."""

from typing import Any

from sqlalchemy import select, tuple_

from cloudlab.sim.clock import iso_micro, iso_z
from cloudlab.sim.errors import ApiError, BadRequest, NotFound
from cloudlab.sim.glance import listing, model
from cloudlab.sim.glance.tasks_model import ImportTask
from cloudlab.sim.web import Call, Reply

STATUSES = ("pending", "processing", "success", "failure")
SORTS = ("status", "created_at", "updated_at", "id")
ACTION = "tasks_api_access"


class NotOnTasks(ApiError):
    """405 in glance's own words."""

    status = 405


class ImageTasks:
    """GET /images/{id}/tasks"""

    def get(self, call: Call, image_id: str) -> dict[str, Any]:
        model.find(call.scope, image_id, otherwise="The resource could not be found.")
        query = select(ImportTask).filter_by(image_id=image_id).order_by(ImportTask.created_at)
        return {"tasks": [_of_image(row) for row in call.scope.session.scalars(query)]}


def _of_image(row: ImportTask) -> dict[str, Any]:
    def when(moment: Any) -> str | None:
        return iso_micro(moment.replace(microsecond=0)) if moment else None

    return {
        "id": row.id,
        "type": "api_image_import",
        "status": row.status,
        "owner": row.owner,
        "expires_at": when(row.expires_at),
        "created_at": when(row.created_at),
        "updated_at": when(row.updated_at),
        "deleted_at": None,
        "deleted": False,
        "image_id": row.image_id,
        "request_id": row.request_id,
        "user_id": row.user_id,
        "input": row.input,
        "result": row.result,
        "message": row.message,
    }


def _summary(row: ImportTask) -> dict[str, Any]:
    body = {
        "id": row.id,
        "type": "api_image_import",
        "status": row.status,
        "owner": row.owner,
        "created_at": iso_z(row.created_at),
        "updated_at": iso_z(row.updated_at),
        "self": f"/v2/tasks/{row.id}",
        "schema": "/v2/schemas/task",
    }
    return {**body, "expires_at": iso_z(row.expires_at)} if row.expires_at else body


class Tasks:
    """GET /tasks, for administrators, the newest first"""

    def get(self, call: Call) -> dict[str, Any]:
        model.allow(call.who.is_admin, ACTION)
        rows, limit = _page(call)
        links = listing.links(call, "/v2/tasks", rows, limit)
        return {"tasks": [_summary(row) for row in rows], **links, "schema": "/v2/schemas/tasks"}


def _page(call: Call) -> tuple[list[ImportTask], int]:
    given = dict(call.query)
    if "status" in given and given["status"] not in STATUSES:
        raise BadRequest(f"Invalid status value: {given['status']}")
    if given.get("sort_key", "created_at") not in SORTS:
        raise BadRequest("Sort key supplied was not valid.")
    limit = listing.page_limit(given.get("limit"))
    query = select(ImportTask).order_by(ImportTask.created_at.desc(), ImportTask.id.desc())
    if "status" in given:
        query = query.where(ImportTask.status == given["status"])
    if given.get("type", "api_image_import") != "api_image_import":
        return [], limit
    if "marker" in given:
        marker = _get(call, given["marker"])
        here = tuple_(ImportTask.created_at, ImportTask.id)
        query = query.where(here < (marker.created_at, marker.id))
    return list(call.scope.session.scalars(query.limit(limit))), limit


def _get(call: Call, task_id: str) -> ImportTask:
    row = call.scope.session.get(ImportTask, task_id)
    if row is None:
        raise NotFound(f"Could not find task {task_id}")
    return row


class OneTask:
    """GET /tasks/{id}, for administrators; a task can't be deleted"""

    def get(self, call: Call, task_id: str) -> dict[str, Any]:
        model.allow(call.who.is_admin, ACTION)
        row = _get(call, task_id)
        return {
            **_summary(row),
            "input": row.input,
            "message": row.message,
            "result": row.result,
            "image_id": row.image_id,
            "request_id": row.request_id,
            "user_id": row.user_id,
        }

    def delete(self, call: Call, task_id: str) -> Reply:
        model.allow(call.who.is_admin, ACTION)
        raise NotOnTasks(
            "This operation is currently not permitted on Glance Tasks. "
            "They are auto deleted after reaching the time based on their expires_at property.",
            headers={"Allow": "GET"},
        )
