"""The JSON Schemas of members and tasks, as the service publishes them (GET /v2/schemas/…, seen on 2025.2)."""

from typing import Any

from cloudlab.sim.glance.schemas import UUID

OURS = {"readOnly": True, "type": "string"}


def _text(description: str, **more: Any) -> dict[str, Any]:
    return {"description": description, "type": "string", **more}


MEMBER: dict[str, Any] = {
    "name": "member",
    "properties": {
        "member_id": _text("An identifier for the image member (tenantId)"),
        "image_id": _text("An identifier for the image", pattern=UUID),
        "created_at": _text("Date and time of image member creation"),
        "updated_at": _text("Date and time of last modification of image member"),
        "status": _text("The status of this image member", enum=["pending", "accepted", "rejected"]),
        "schema": OURS,
    },
}
_task_head: dict[str, Any] = {
    "id": _text("An identifier for the task", pattern=UUID),
    "type": _text(
        "The type of task represented by this content", enum=["import", "api_image_import", "location_import"]
    ),
    "status": _text("The current status of this task", enum=["pending", "processing", "success", "failure"]),
}
_task_owner: dict[str, Any] = {"owner": _text("An identifier for the owner of this task")}
_task_tail: dict[str, Any] = {
    "image_id": _text("Image associated with the task"),
    "request_id": _text("Human-readable informative request-id"),
    "user_id": _text("User associated with the task"),
    "expires_at": {
        "description": "Datetime when this resource would be subject to removal",
        "type": ["null", "string"],
    },
    "created_at": _text("Datetime when this resource was created"),
    "updated_at": _text("Datetime when this resource was updated"),
    "self": OURS,
    "schema": OURS,
}
_task_body: dict[str, Any] = {
    "input": {"description": "The parameters required by task, JSON blob", "type": ["null", "object"]},
    "result": {"description": "The result of current task, JSON blob", "type": ["null", "object"]},
}
_task_message: dict[str, Any] = {
    "message": _text(
        "Human-readable informative message only included when appropriate (usually on failure)"
    ),
}
TASK: dict[str, Any] = {
    "name": "task",
    "properties": {**_task_head, **_task_body, **_task_owner, **_task_message, **_task_tail},
}


def _list_of(name: str, items: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": name,
        "properties": {name: {"type": "array", "items": items}, "schema": {"type": "string"}},
        "links": [{"rel": "describedby", "href": "{schema}"}],
    }


ALL: dict[str, dict[str, Any]] = {
    "member": MEMBER,
    "members": _list_of("members", MEMBER),
    "task": TASK,
    "tasks": _list_of("tasks", {"name": "task", "properties": {**_task_head, **_task_owner, **_task_tail}}),
}
