"""Changes to an image as a JSON patch, in glance's two dialects (API reference: Image v2, Update image)."""

import re
from dataclasses import dataclass
from typing import Any

from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, UnsupportedMediaType
from cloudlab.sim.glance import model, schemas
from cloudlab.sim.scope import Context
from cloudlab.sim.validation import whole_error

# By the draft of JSON patch that each follows.
DIALECTS = {
    "application/openstack-images-v2.0-json-patch": 4,
    "application/openstack-images-v2.1-json-patch": 10,
}
OPERATIONS = ("add", "remove", "replace")
DISALLOWED = ("direct_url", "self", "file", "schema", "stores")
READ_ONLY = (
    "created_at", "updated_at", "status", "checksum", "size", "virtual_size", "direct_url", "self", "file", "schema",
    "id", "os_hash_algo", "os_hash_value",
)  # fmt: skip
RESERVED = ("location", "deleted", "deleted_at")
DEPTHS = {("locations", "add"): 2, ("locations", "remove"): 2}
AVAILABLE = "It must be one of the following: add, remove, replace."


@dataclass(frozen=True)
class Change:
    """One operation: what to do, with which attribute, and the new value."""

    op: str
    name: str
    value: Any
    draft: int


def read(content_type: str, body: Any) -> list[Change]:
    """The operations of a request. Raises UnsupportedMediaType, BadRequest, Forbidden."""
    draft = DIALECTS.get(content_type)
    if draft is None:
        raise UnsupportedMediaType(headers={"Accept-Patch": ", ".join(sorted(DIALECTS))})
    if body is None:
        raise BadRequest("Body expected in request.")
    if not isinstance(body, list):
        raise BadRequest("Request body must be a JSON array of operation objects.")
    return [_change(raw, draft) for raw in body]


def _change(raw: Any, draft: int) -> Change:
    if not isinstance(raw, dict):
        raise BadRequest("Operations must be JSON objects.")
    op, pointer = _modern(raw) if draft == 10 else _early(raw)
    path = _decoded(pointer)
    if len(path) != DEPTHS.get((path[0], op), 1):
        raise BadRequest(f"Invalid JSON pointer for this resource: '/{'/'.join(path)}'")
    if op != "remove" and "value" not in raw:
        raise BadRequest(f'Operation "{op}" requires a member named "value".')
    change = Change(op, path[0], raw.get("value"), draft)
    _check(change)
    return change


def _modern(raw: dict[str, Any]) -> tuple[str, Any]:
    op = raw.get("op")
    if op is None:
        raise BadRequest(f"Unable to find `op` in JSON Schema change. {AVAILABLE}")
    if op not in OPERATIONS:
        raise BadRequest(f"Invalid operation: `{op}`. {AVAILABLE}")
    if "path" not in raw:
        raise BadRequest("Unable to find 'path' in JSON Schema change")
    return op, raw["path"]


def _early(raw: dict[str, Any]) -> tuple[str, Any]:
    """Draft 4 writes {"replace": "/name", "value": …}."""
    named = [op for op in OPERATIONS if op in raw]
    if len(named) != 1:
        how_many = "only one" if named else "exactly one"
        raise BadRequest(
            f'Operation objects must contain {how_many} member named "add", "remove", or "replace".'
        )
    return named[0], raw[named[0]]


def _decoded(pointer: Any) -> list[str]:
    """The parts of a JSON pointer."""
    if not isinstance(pointer, str) or not pointer.startswith("/"):
        raise BadRequest(f'Pointer `{pointer}` does not start with "/".')
    if re.search(r"/\s*?/", pointer[1:]):
        raise BadRequest(f'Pointer `{pointer}` contains adjacent "/".')
    if len(pointer) > 1 and pointer.endswith("/"):
        raise BadRequest(f'Pointer `{pointer}` end with "/".')
    if re.search("~[^01]", pointer) or pointer.endswith("~"):
        raise BadRequest(f'Pointer `{pointer}` contains "~" not part of a recognized escape sequence.')
    return [part.replace("~1", "/").replace("~0", "~").strip() for part in pointer.lstrip("/").split("/")]


def _check(change: Change) -> None:
    """Whether a client may touch the attribute at all, and whether the value has its form."""
    if change.name in READ_ONLY:
        raise Forbidden(f"Attribute '{change.name}' is read-only.")
    if change.name in RESERVED or change.name.startswith("os_glance"):
        raise Forbidden(f"Attribute '{change.name}' is reserved.")
    if change.op != "remove" and change.name != "locations":
        check_schema({change.name: change.value})


def check_schema(body: Any) -> None:
    """A body against glance's schema. Raises BadRequest with jsonschema's whole text."""
    found = whole_error(schemas.IMAGE, body)
    if found:
        raise BadRequest(f"Provided object does not match schema 'image': {found[1]}")


def apply(who: Context, image: model.Image, change: Change) -> None:
    """Do one change. Raises Forbidden, Conflict, BadRequest."""
    if change.name == "locations":
        verb = {"add": "add", "remove": "remove", "replace": "update"}[change.op]
        raise Forbidden(f"It's not allowed to {verb} locations if locations are invisible.")
    if change.name == "owner" and change.op == "replace" and not who.is_admin:
        raise Forbidden("Owner can't be updated by non admin.", as_detail=True)
    if change.name == "visibility" and change.op != "remove":
        model.may_have(who, change.value)
    model.may_change(who, image, "modify_image")
    there = change.name in model.CHANGEABLE or change.name in image.properties
    if change.op == "add" and change.draft == 4 and there:
        raise Conflict(f"Property {change.name} already present.", as_detail=True)
    if change.op in ("replace", "remove") and not there:
        raise Conflict(f"Property {change.name} does not exist.", as_detail=True)
    if change.op == "remove":
        _remove(image, change.name)
    elif change.name in model.CHANGEABLE:
        model.put(image, change.name, change.value)
    else:
        image.properties = {**image.properties, change.name: change.value}


def _remove(image: model.Image, name: str) -> None:
    if name in model.CHANGEABLE:
        raise Forbidden(f"Property {name} may not be removed.", as_detail=True)
    image.properties = {key: value for key, value in image.properties.items() if key != name}
