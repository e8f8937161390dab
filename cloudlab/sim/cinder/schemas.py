"""Request bodies as JSON Schemas, by microversion where it matters (API reference: Block Storage v3)."""

from typing import Any

Schema = dict[str, Any]
MOST = 0x7FFFFFFF

# oslo's spellings of a boolean, in its order: the order shows in an error's sentence.
TRUE_WORDS = ("True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes", "y", "t")
FALSE_WORDS = ("False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no", "n", "f")

uuid: Schema = {"type": "string", "format": "cinder:uuid"}
uuid_or_null: Schema = {"oneOf": [uuid, {"type": "null"}]}
optional_uuid: Schema = {"oneOf": [{"type": "null"}, uuid]}
boolean: Schema = {
    "type": ["boolean", "string"],
    "enum": [True, *TRUE_WORDS, False, *FALSE_WORDS],
}
optional_boolean: Schema = {"oneOf": [{"type": "null"}, boolean]}
text: Schema = {"type": ["string", "null"]}
text_255: Schema = {"type": ["string", "null"], "minLength": 0, "maxLength": 255}
metadata: Schema = {
    "type": "object",
    "patternProperties": {"^[a-zA-Z0-9-_:. /]{1,255}$": {"type": "string", "maxLength": 255}},
    "additionalProperties": False,
}
optional_metadata: Schema = {**metadata, "type": ["object", "null"]}
size: Schema = {"type": ["integer", "string"], "pattern": "^[0-9]+$", "minimum": 1, "maximum": MOST}
optional_size: Schema = {**size, "type": ["integer", "string", "null"]}


def under(key: str, inner: Schema, **more: Any) -> Schema:
    """A body with the one key `key`."""
    properties = {key: inner, **more}
    return {"type": "object", "properties": properties, "required": [key], "additionalProperties": False}


def exactly(properties: dict[str, Schema], *required: str, **more: Any) -> Schema:
    """An object with no other properties."""
    needed = {"required": list(required)} if required else {}
    return {"type": "object", "properties": properties, **needed, "additionalProperties": False, **more}


_volume: dict[str, Schema] = {
    "name": text,
    "description": text,
    "display_name": text,
    "display_description": text,
    "volume_type": text_255,
    "metadata": optional_metadata,
    "snapshot_id": optional_uuid,
    "source_volid": optional_uuid,
    "consistencygroup_id": optional_uuid,
    "size": optional_size,
    "availability_zone": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
    "multiattach": optional_boolean,
    "image_id": text_255,
    "imageRef": text_255,
}
_with_group = {**_volume, "group_id": text_255}
_with_backup = {**_with_group, "backup_id": optional_uuid}
_hints = {"OS-SCH-HNT:scheduler_hints": {"type": ["object", "null"]}}


def _create(properties: dict[str, Schema], others: bool) -> Schema:
    inner = {"type": "object", "properties": properties, "additionalProperties": others}
    return under("volume", inner, **_hints)


# From which minor version on; unknown properties are ignored before 3.53.
CREATE_VOLUME = (
    (53, _create(_with_backup, others=False)),
    (47, _create(_with_backup, others=True)),
    (13, _create(_with_group, others=True)),
    (0, _create(_volume, others=True)),
)
_update = {
    "name": text,
    "description": text,
    "display_name": text,
    "display_description": text,
    "metadata": metadata,
}
_some = {"anyOf": [{"required": [name]} for name in _update]}
UPDATE_VOLUME = (
    (53, under("volume", exactly(_update, **_some))),
    (0, under("volume", exactly(_update))),
)


def at(schemas: tuple[tuple[int, Schema], ...], minor: int) -> Schema:
    """The schema that holds at microversion 3.`minor`."""
    return next(schema for since, schema in schemas if minor >= since)


SET_METADATA = under("metadata", metadata)
SET_METADATA_ITEM = under("meta", {**metadata, "minProperties": 1, "maxProperties": 1})

_snapshot = {
    "name": text_255,
    "display_name": text_255,
    "description": text_255,
    "volume_id": uuid_or_null,
    "force": boolean,
    "metadata": optional_metadata,
}
CREATE_SNAPSHOT = under("snapshot", exactly(_snapshot, "volume_id"))
_update_snapshot = {
    "name": text_255,
    "description": text_255,
    "display_name": text_255,
    "display_description": text_255,
}
UPDATE_SNAPSHOT = under(
    "snapshot", exactly(_update_snapshot, anyOf=[{"required": [name]} for name in _update_snapshot])
)

_attachment = {"instance_uuid": uuid, "connector": {"type": ["object", "null"]}, "volume_uuid": uuid}
_mode = {"type": "string", "enum": ["rw", "ro"]}
CREATE_ATTACHMENT = (
    (54, under("attachment", exactly({**_attachment, "mode": _mode}, "volume_uuid"))),
    (0, under("attachment", exactly(_attachment, "volume_uuid"))),
)
UPDATE_ATTACHMENT = under(
    "attachment", exactly({"connector": {"type": "object", "minProperties": 1}}, "connector")
)
COMPLETE_ATTACHMENT = under("os-complete", {})

_attach = {
    "instance_uuid": uuid,
    "mountpoint": {"type": "string", "minLength": 1, "maxLength": 255},
    "host_name": {"type": "string", "maxLength": 255},
    "mode": _mode,
}
ATTACH = under(
    "os-attach",
    exactly(_attach, "mountpoint", anyOf=[{"required": ["instance_uuid"]}, {"required": ["host_name"]}]),
)
DETACH = under("os-detach", {**exactly({"attachment_id": uuid_or_null}), "type": ["object", "null"]})
RESERVE = under("os-reserve", {})
UNRESERVE = under("os-unreserve", {})
BEGIN_DETACHING = under("os-begin_detaching", {})
ROLL_DETACHING = under("os-roll_detaching", {})
EXTEND = under("os-extend", exactly({"new_size": size}, "new_size"))
SET_BOOTABLE = under("os-set_bootable", exactly({"bootable": boolean}, "bootable"))
SET_READONLY = under("os-update_readonly_flag", exactly({"readonly": boolean}, "readonly"))
RESET_STATUS = under(
    "os-reset_status", exactly({"status": text, "attach_status": text, "migration_status": text})
)
FORCE_DETACH = under(
    "os-force_detach", exactly({"connector": {"type": ["string", "object", "null"]}, "attachment_id": text})
)
FORCE_DELETE = under("os-force_delete", {})
RESET_SNAPSHOT = under("os-reset_status", exactly({"status": {"type": "string"}}, "status"))

SET_QUOTAS = under("quota_set", {"type": "object", "minProperties": 1})

_name = {"type": "string", "minLength": 1, "maxLength": 255}
_specs = {
    "type": "object",
    "patternProperties": {
        "^[a-zA-Z0-9-_:. /]{1,255}$": {"type": ["string", "null"], "minLength": 0, "maxLength": 255}
    },
    "additionalProperties": False,
}
_new_type = {
    "name": _name,
    "description": text_255,
    "extra_specs": _specs,
    "os-volume-type-access:is_public": boolean,
}
CREATE_TYPE = under("volume_type", exactly(_new_type, "name"))
UPDATE_TYPE = under(
    "volume_type",
    exactly({"name": {**_name, "type": ["string", "null"]}, "description": text_255, "is_public": boolean}),
)
SET_SPECS = under("extra_specs", _specs)
SET_SPEC = {**_specs, "minProperties": 1, "maxProperties": 1}
