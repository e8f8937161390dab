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
some_text: Schema = {"type": "string", "minLength": 1, "maxLength": 255}
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


_short_name: Schema = {**text, "format": "cinder:short-name"}
_short_description: Schema = {**text, "format": "cinder:short-description"}
_volume: dict[str, Schema] = {
    "name": _short_name,
    "description": _short_description,
    "display_name": _short_name,
    "display_description": _short_description,
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
    "name": _short_name,
    "description": _short_description,
    "display_name": _short_name,
    "display_description": _short_description,
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
    "mountpoint": some_text,
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
    "os-reset_status",
    {
        "format": "cinder:reset-body",  # asked before anything else
        **exactly({"status": text, "attach_status": text, "migration_status": text}),
    },
)
FORCE_DETACH = under(
    "os-force_detach", exactly({"connector": {"type": ["string", "object", "null"]}, "attachment_id": text})
)
FORCE_DELETE = under("os-force_delete", {})
RESET_SNAPSHOT = under("os-reset_status", exactly({"status": {"type": "string"}}, "status"))

SET_QUOTAS = under("quota_set", {"type": "object", "minProperties": 1})


def _specs(keys: str, **more: int) -> Schema:
    values = {"type": ["string", "null"], **more, "maxLength": 255}
    return {"type": "object", "patternProperties": {keys: values}, "additionalProperties": False}


_any_specs = _specs("^[a-zA-Z0-9-_:. /]{1,255}$")
_spec_list = _specs("^[a-zA-Z0-9-_:.]{1,255}$", minLength=0)
_new_type = {
    "name": some_text,
    "description": text_255,
    "extra_specs": _any_specs,
    "os-volume-type-access:is_public": boolean,
}
CREATE_TYPE = under("volume_type", exactly(_new_type, "name"))
UPDATE_TYPE = under(
    "volume_type",
    exactly(
        {"name": {**some_text, "type": ["string", "null"]}, "description": text_255, "is_public": boolean}
    ),
)
SET_SPECS = under("extra_specs", _spec_list)
SET_SPEC = {**_spec_list, "minProperties": 1, "maxProperties": 1}

_name_or_null: Schema = {"oneOf": [{"type": "string", "format": "cinder:name-or"}, {"type": "null"}]}
_transfer: dict[str, Schema] = {"volume_id": uuid, "name": _name_or_null}
CREATE_TRANSFER = (
    (55, under("transfer", exactly({**_transfer, "no_snapshots": boolean}, "volume_id"))),
    (0, under("transfer", exactly(_transfer, "volume_id"))),
)
ACCEPT_TRANSFER = under("accept", exactly({"auth_key": {"type": ["string", "integer"]}}, "auth_key"))

_qos_name: Schema = {"type": "string", "format": "cinder:name"}
CREATE_QOS = under("qos_specs", {"type": "object", "properties": {"name": _qos_name}, "required": ["name"]})
SET_QOS = under("qos_specs", _any_specs)
UNSET_QOS = under("keys", {"type": "array", "items": some_text, "uniqueItems": True})

_project = {"project": some_text}
TYPE_ACTIONS = {
    name: under(name, exactly(_project, "project")) for name in ("addProjectAccess", "removeProjectAccess")
}
SET_DEFAULT_TYPE = under("default_type", exactly({"volume_type": some_text}, "volume_type"))

_host = {
    "type": ["string", "null"],
    "minLength": 1,
    "maxLength": 255,
    "pattern": r"^[a-zA-Z0-9-._#@:/+\[\]]*$",
}
_process = {"binary": some_text, "host": _host, "cluster": text, "service": some_text}
_named = {"anyOf": [{"required": ["binary"]}, {"required": ["service"]}]}
SWITCH = exactly(_process, **_named)
SWITCH_WITH_REASON = exactly({**_process, "disabled_reason": some_text}, **_named)
FREEZE = exactly({"cluster": text, "host": _host})

_limit = {
    "type": ["integer", "string"],
    "pattern": "^[0-9]*$",
    "minimum": -1,
    "minLength": 1,
    "maximum": MOST,
}
_limits = {
    "type": "object",
    "patternProperties": {"^[a-zA-Z0-9-_:. ]{1,300}$": _limit},
    "additionalProperties": False,
}
SET_QUOTA_CLASS = under("quota_class_set", _limits)

RETYPE = under(
    "os-retype",
    exactly(
        {
            "new_type": {"type": "string"},
            "migration_policy": {"type": ["string", "null"], "enum": ["on-demand", "never"]},
        },
        "new_type",
    ),
)
_host_255 = {"type": "string", "maxLength": 255}
_how = {"force_host_copy": boolean, "lock_volume": boolean}
_to_cluster = {"host": {**_host_255, "type": ["string", "null"]}, **_how, "cluster": text_255}
MIGRATE = (
    (16, under("os-migrate_volume", exactly(_to_cluster))),
    (0, under("os-migrate_volume", exactly({"host": _host_255, **_how}, "host"))),
)
REVERT = under("revert", {"type": "object", "properties": {"snapshot_id": uuid}})

_disk_format = {"type": "string", "enum": ["raw", "vmdk", "vdi", "qcow2", "vhd", "vhdx", "ploop"]}
_upload = {
    "image_name": some_text,
    "force": boolean,
    "disk_format": _disk_format,
    "container_format": some_text,
}
_shown = {"type": "string", "enum": ["community", "public", "private", "shared"]}
_upload_and_show = {**_upload, "visibility": _shown, "protected": boolean}
UPLOAD_IMAGE = (
    (1, under("os-volume_upload_image", exactly(_upload_and_show, "image_name"))),
    (0, under("os-volume_upload_image", exactly(_upload, "image_name"))),
)
SET_IMAGE_METADATA = under("os-set_image_metadata", exactly({"metadata": metadata}, "metadata"))
UNSET_IMAGE_METADATA = under("os-unset_image_metadata", exactly({"key": some_text}, "key"))
SHOW_IMAGE_METADATA = under("os-show_image_metadata", {})
REIMAGE = under("os-reimage", exactly({"image_id": uuid, "reimage_reserved": boolean}, "image_id"))
UPDATE_SNAPSHOT_STATUS = under(
    "os-update_snapshot_status",
    exactly(
        {
            "status": {"type": "string"},
            "progress": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
        },
        "status",
    ),
)
_connector = {"connector": {"type": "object"}}
INITIALIZE = under("os-initialize_connection", exactly(_connector, "connector"))
TERMINATE = under(
    "os-terminate_connection",
    exactly({"connector": {"type": ["string", "object", "null"]}}, "connector"),
)
