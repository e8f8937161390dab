"""Schemas of requests about servers, by microversion (nova's api/openstack/compute/schemas, by meaning)."""

import base64
import ipaddress
import re
import uuid
from functools import cache
from typing import Any

from cloudlab.sim.nova.bodies import ANY_TEXT, LEGACY_NAME, NAME, NON_NEGATIVE, Schema, query_schema
from cloudlab.sim.nova.schemas import BOOLEAN, DESCRIPTION, METADATA, closed
from cloudlab.sim.validation import FORMATS


def _uuid(value: str) -> str | None:
    """As oslo's is_uuid_like: case, braces and dashes don't matter."""
    try:
        plain = str(uuid.UUID(value)).replace("-", "")
    except ValueError:
        plain = ""
    given = value.lower().replace("urn:", "").replace("uuid:", "").strip("{}").replace("-", "")
    return None if plain and plain == given else f"{value!r} is not a 'uuid'"


def is_uuid(value: str) -> bool:
    """Whether the text is one."""
    return _uuid(value) is None


def _base64(value: str) -> str | None:
    """As nova checks it: letters outside the alphabet are skipped, so only bad padding is wrong."""
    try:
        base64.decodebytes(value.encode())
    except ValueError:
        return f"{value!r} is not a 'base64'"
    return None


def _ip(version: int) -> Any:
    def check(value: str) -> str | None:
        try:
            good = ipaddress.ip_address(value).version == version
        except ValueError:
            good = False
        return None if good else f"{value!r} is not a 'ipv{version}'"

    return check


FORMATS["nova:uuid"], FORMATS["nova:base64"] = _uuid, _base64
FORMATS["nova:ipv4"], FORMATS["nova:ipv6"] = _ip(4), _ip(6)

TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 255}
UUID: Schema = {"type": "string", "format": "nova:uuid"}
MAYBE_UUID: Schema = {"oneOf": [UUID, {"type": "null"}]}
COUNT: Schema = {
    "type": ["integer", "string"],
    "pattern": "^[0-9]*$",
    "minimum": 1,
    "minLength": 1,
    "maxLength": 18,
}
IPV4: Schema = {"type": "string", "format": "nova:ipv4"}
IPV6: Schema = {"type": "string", "format": "nova:ipv6"}
FIXED_IP: Schema = {"type": "string", "oneOf": [IPV4, IPV6]}
IMAGE: Schema = {"oneOf": [{"type": "string", "format": "nova:uuid"}, {"type": "string", "maxLength": 0}]}
IMAGE_ONLY: Schema = {"type": "string", "format": "nova:uuid"}
FLAVOR: Schema = {"type": ["string", "integer"], "minLength": 1}
DISK_CONFIG: Schema = {"type": "string", "enum": ["AUTO", "MANUAL"]}
TAG: Schema = {"type": "string", "minLength": 1, "maxLength": 60, "pattern": "^[^,/]*$"}
HOSTNAME: Schema = {
    "type": "string",
    "pattern": "^[a-zA-Z0-9]+[a-zA-Z0-9-]*[a-zA-Z0-9]+$",
    "minLength": 2,
    "maxLength": 63,
}
FQDN: Schema = {"type": "string", "pattern": "^[a-zA-Z0-9-._]*$", "minLength": 1, "maxLength": 255}


def _networks(minor: int) -> Schema:
    item: dict[str, Any] = {
        "fixed_ip": FIXED_IP,
        "port": MAYBE_UUID,
        "uuid": UUID if minor >= 37 else {"type": "string"},
    }
    if minor == 32 or minor >= 42:
        item["tag"] = TAG
    listed: Schema = {"type": "array", "items": closed(None, **item)}
    if minor < 37:
        return listed
    return {"oneOf": [listed, {"type": "string", "enum": ["none", "auto"]}]}


def _devices(minor: int) -> Schema:
    item: dict[str, Any] = {
        "device_name": {"type": ["string", "null"], "minLength": 1, "maxLength": 255},
        "source_type": {"type": "string", "enum": ["volume", "image", "snapshot", "blank"]},
        "destination_type": {"type": "string", "enum": ["local", "volume"]},
        "uuid": {"type": "string", "minLength": 1, "maxLength": 255, "format": "nova:uuid"},
        "image_id": {"type": "string", "format": "nova:uuid"},
        "guest_format": {"type": ["string", "null"], "maxLength": 255},
        "device_type": {"type": ["string", "null"], "maxLength": 255},
        "disk_bus": {"type": ["string", "null"], "maxLength": 255},
        "boot_index": {"type": ["integer", "string", "null"], "pattern": "^-?[0-9]+$", "maxLength": 18},
        "volume_size": COUNT,
        "delete_on_termination": BOOLEAN,
        "no_device": {},
    }
    if minor == 32 or minor >= 42:
        item["tag"] = TAG
    if minor >= 67:
        item["volume_type"] = {"type": ["string", "null"], "minLength": 0, "maxLength": 255}
    return {"type": "array", "items": closed(None, **item)}


HINTS: Schema = {
    "type": "object",
    "properties": {
        "group": UUID,
        "different_host": {"oneOf": [UUID, {"type": "array", "items": UUID}]},
        "same_host": {"type": ["string", "array"], "items": UUID},
        "query": {"type": ["string", "object"]},
        "target_cell": NAME,
        "different_cell": {"type": ["string", "array"], "items": {"type": "string"}},
        "build_near_host_ip": FIXED_IP,
        "cidr": {"type": "string", "pattern": "^/[0-9a-f.:]+$"},
    },
}
_CREATE_SINCE = (0, 1, 19, 32, 33, 37, 42, 52, 57, 63, 67, 74, 90, 94)


def create(minor: int, legacy: bool) -> Schema:
    """The body of POST /servers at 2.`minor`, or under /v2."""
    return _create(0 if legacy else max(since for since in _CREATE_SINCE if since <= minor))


@cache
def _create(minor: int) -> Schema:
    server: dict[str, Any] = {
        "name": NAME if minor else LEGACY_NAME,
        "imageRef": IMAGE,
        "flavorRef": FLAVOR,
        "adminPass": {"type": "string"},
        "metadata": METADATA,
        "networks": _networks(minor),
        "OS-DCF:diskConfig": DISK_CONFIG,
        "accessIPv4": IPV4,
        "accessIPv6": IPV6,
        "availability_zone": TEXT,
        "block_device_mapping_v2": _devices(minor),
        "config_drive": BOOLEAN,
        "key_name": TEXT,
        "min_count": COUNT,
        "max_count": COUNT,
        "return_reservation_id": BOOLEAN,
        "security_groups": {"type": "array", "items": closed(None, name=TEXT)},
        "user_data": {"type": "string", "format": "nova:base64", "maxLength": 65535},
    }
    if minor < 57:
        personality = closed(
            None, path={"type": "string"}, contents={"type": "string", "format": "nova:base64"}
        )
        server["personality"] = {"type": "array", "items": personality}
    for since, name, schema in (
        (19, "description", DESCRIPTION),
        (52, "tags", {"type": "array", "items": TAG, "maxItems": 50}),
        (63, "trusted_image_certificates", {"type": ["array", "null"], "items": TEXT, "maxItems": 50}),
        (74, "host", TEXT),
        (74, "hypervisor_hostname", TEXT),
        (90, "hostname", FQDN if minor >= 94 else HOSTNAME),
    ):
        if minor >= since:
            server[name] = schema
    required = ["name", "flavorRef"] + (["networks"] if minor >= 37 else [])
    names = {"os:scheduler_hints": HINTS, "OS-SCH-HNT:scheduler_hints": HINTS}
    return closed(["server"], server=closed(required, **server), **names)


def update(minor: int, legacy: bool) -> Schema:
    """The body of PUT /servers/{id}."""
    return _update(0 if legacy else max(since for since in (0, 1, 19, 90, 94) if since <= minor))


@cache
def _update(minor: int) -> Schema:
    server: dict[str, Any] = {
        "name": NAME if minor else LEGACY_NAME,
        "OS-DCF:diskConfig": DISK_CONFIG,
        "accessIPv4": IPV4,
        "accessIPv6": IPV6,
    }
    if minor >= 19:
        server["description"] = DESCRIPTION
    if minor >= 90:
        server["hostname"] = FQDN if minor >= 94 else HOSTNAME
    return closed(["server"], server=closed(None, **server))


# -- lists

SORT_KEYS = (
    "access_ip_v4", "access_ip_v6", "auto_disk_config", "availability_zone", "config_drive", "created_at",
    "display_description", "display_name", "host", "hostname", "image_ref", "instance_type_id", "kernel_id",
    "key_name", "launch_index", "launched_at", "locked_by", "node", "power_state", "progress", "project_id",
    "ramdisk_id", "root_device_name", "task_state", "terminated_at", "updated_at", "user_id", "uuid", "vm_state",
)  # fmt: skip
_TEXTS = (
    "status", "image", "all_tenants", "host", "tenant_id", "project_id", "deleted", "soft_deleted", "task_state",
    "vm_state", "user_id", "uuid", "launch_index", "image_ref", "limits", "locked", "block_device_mapping",
)  # fmt: skip
_PATTERNS = (
    "name", "display_name", "description", "display_description", "flavor", "ip", "ip6", "reservation_id",
    "availability_zone", "config_drive", "key_name", "created_at", "launched_at", "terminated_at", "power_state",
    "progress", "access_ip_v4", "access_ip_v6", "auto_disk_config", "hostname", "kernel_id", "ramdisk_id",
    "locked_by", "node", "root_device_name",
)  # fmt: skip
_TAGS = ("tags", "tags-any", "not-tags", "not-tags-any")  # from 2.26


def _regex(value: str) -> str | None:
    try:
        if value:
            re.compile(value)
            return None
    except (re.error, RecursionError, OverflowError):
        pass
    return f"{value!r} is not a 'regex'"


FORMATS["nova:regex"] = _regex
PATTERN: Schema = {**ANY_TEXT, "format": "nova:regex"}


def _moment(value: str) -> str | None:
    """An ISO 8601 time, as `changes-since` takes it."""
    from cloudlab.sim.clock import parse_iso

    try:
        parse_iso(value)
    except ValueError:
        return f"{value!r} is not a 'date-time'"
    return None


FORMATS["nova:date-time"] = _moment
MOMENT: Schema = {"type": "string", "format": "nova:date-time"}
_LIST: dict[str, Any] = {
    "limit": NON_NEGATIVE,
    "marker": {"type": "string"},
    "sort_key": {"type": "string", "enum": list(SORT_KEYS)},
    "sort_dir": {"type": "string"},
    "changes-since": MOMENT,
    **dict.fromkeys(_TEXTS, ANY_TEXT),
    **dict.fromkeys(_PATTERNS, PATTERN),
}
_LIST_226: dict[str, Any] = {**_LIST, **dict.fromkeys(_TAGS, PATTERN)}
_LIST_266: dict[str, Any] = {**_LIST_226, "changes-before": MOMENT}
LIST: dict[int, Schema] = {
    1: query_schema(**_LIST),
    26: query_schema(**_LIST_226),
    66: query_schema(**_LIST_266),
    75: {**query_schema(strict=True, **_LIST_266), "patternProperties": {"^_": {}}},
}


# -- what belongs to a server

_DEVICE: Schema = {
    "type": ["string", "null"],
    "pattern": "(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$",
}


@cache
def attach(minor: int) -> Schema:
    """The body of POST /servers/{id}/os-volume_attachments at one of 2.1, 2.49 and 2.79."""
    wanted: dict[str, Any] = {"volumeId": UUID, "device": _DEVICE}
    if minor >= 49:
        wanted["tag"] = TAG
    if minor >= 79:
        wanted["delete_on_termination"] = BOOLEAN
    return closed(["volumeAttachment"], volumeAttachment=closed(["volumeId"], **wanted))


PAGE = query_schema(limit=NON_NEGATIVE, offset=NON_NEGATIVE)
PAGE_275 = query_schema(strict=True, limit=NON_NEGATIVE, offset=NON_NEGATIVE)
ACTIONS_PAGE = query_schema(
    strict=True,
    limit=NON_NEGATIVE,
    marker={"type": "string"},
    **{"changes-since": MOMENT, "changes-before": MOMENT},
)
TAGS = closed(["tags"], tags={"type": "array", "items": TAG, "maxItems": 50})

# -- actions

NOTHING: Schema = {}
NULL: Schema = {"type": "null"}
REBOOT = closed(["type"], type={"type": "string", "enum": ["HARD", "Hard", "hard", "SOFT", "Soft", "soft"]})
CONSOLE: Schema = closed(
    None, length={"type": ["integer", "string", "null"], "pattern": "^-?[0-9]*$", "minimum": -1}
)
CREATE_IMAGE = closed(["name"], name=TEXT, metadata=METADATA)
BACKUP = closed(
    ["name", "backup_type", "rotation"],
    name=NAME,
    backup_type={"type": "string"},
    rotation={**NON_NEGATIVE, "maxLength": 9},
    metadata=METADATA,
)
RESIZE: Schema = closed(["flavorRef"], flavorRef=FLAVOR, **{"OS-DCF:diskConfig": DISK_CONFIG})
PASSWORD: Schema = closed(["adminPass"], adminPass={"type": "string"})
GROUP = closed(["name"], name=TEXT)
SPICE = closed(["type"], type={"type": "string", "enum": ["spice-html5"]})
SERIAL = closed(["type"], type={"type": "string", "enum": ["serial"]})
VNC = closed(["type"], type={"type": "string", "enum": ["novnc", "xvpvnc"]})

_CONSOLES = {
    "protocol": {"type": "string", "enum": ["vnc", "spice", "rdp", "serial", "mks"]},
    "type": {
        "type": "string",
        "enum": ["novnc", "xvpvnc", "spice-html5", "spice-direct", "rdp-html5", "serial", "webmks"],
    },
}
REMOTE_CONSOLE = closed(["remote_console"], remote_console=closed(["protocol", "type"], **_CONSOLES))


@cache
def attachment_update(whole: bool) -> Schema:
    """The body of PUT os-volume_attachments/{id}: from 2.85 (`whole`) the attachment itself."""
    more: dict[str, Any] = {
        "device": _DEVICE,
        "tag": TAG,
        "delete_on_termination": BOOLEAN,
        "serverId": UUID,
        "id": UUID,
    }
    wanted = closed(["volumeId"], volumeId=UUID, **(more if whole else {}))
    return closed(["volumeAttachment"], volumeAttachment=wanted)


@cache
def rebuild(minor: int) -> Schema:
    """The body of the action rebuild at one of 2.1, 2.19, 2.54 and 2.90."""
    wanted: dict[str, Any] = {
        "name": NAME,
        "imageRef": IMAGE_ONLY,
        "adminPass": {"type": "string"},
        "metadata": METADATA,
        "preserve_ephemeral": BOOLEAN,
        "OS-DCF:diskConfig": DISK_CONFIG,
        "accessIPv4": IPV4,
        "accessIPv6": IPV6,
    }
    for since, name, schema in (
        (19, "description", DESCRIPTION),
        (54, "key_name", {"oneOf": [TEXT, {"type": "null"}]}),
        (90, "hostname", HOSTNAME),
    ):
        if minor >= since:
            wanted[name] = schema
    return closed(["imageRef"], **wanted)


LOCK_REASON: Schema = {
    "type": ["object", "null"],
    "properties": {"locked_reason": TEXT},
    "additionalProperties": False,
}
RESCUE: Schema = {
    "type": ["object", "null"],
    "properties": {"adminPass": {"type": "string"}, "rescue_image_ref": IMAGE_ONLY},
    "additionalProperties": False,
}
