"""Schemas of requests about flavors, key pairs, quotas and images (nova's api/openstack/compute/schemas, by meaning).

The order of the keywords matters: of several errors nova tells the first.
"""

from typing import Any

from cloudlab.sim.nova.bodies import ANY_TEXT, LEGACY_NAME, NAME, NON_NEGATIVE, Schema, query_schema

MAX_INT = 0x7FFFFFFF
MAX_FLOAT = 3.40282e38


def closed(required: list[str] | None = None, **properties: Any) -> Schema:
    """An object with these properties and no others."""
    schema: Schema = {"type": "object", "properties": properties}
    if required:
        schema["required"] = required
    return {**schema, "additionalProperties": False}


# -- flavors

_COUNT = {
    "type": ["integer", "string"],
    "pattern": "^[0-9]+$",
    "minimum": 0,
    "maximum": MAX_INT,
    "minLength": 1,
}
_AT_LEAST_ONE = {**_COUNT, "minimum": 1}
_FLAVOR_ID = {
    "type": ["string", "number", "null"],
    "minLength": 1,
    "maxLength": 255,
    "pattern": r"^(?! )[a-zA-Z0-9. _-]+(?<! )$",
}
_FACTOR = {
    "type": ["number", "string"],
    "pattern": r"^[0-9]+(\.[0-9]+)?$",
    "minimum": 0,
    "exclusiveMinimum": True,
    "maximum": MAX_FLOAT,
}
DESCRIPTION = {"type": ["string", "null"], "minLength": 0, "maxLength": 65535}
BOOLEAN: Schema = {
    "type": ["boolean", "string"],
    "enum": [
        *(True, "True", "TRUE", "true", "1", "ON", "On", "on", "YES", "Yes", "yes"),
        *(False, "False", "FALSE", "false", "0", "OFF", "Off", "off", "NO", "No", "no"),
    ],
}


def _flavor_create(name: Schema, **more: Any) -> Schema:
    flavor = closed(
        ["name", "ram", "vcpus", "disk"],
        name=name,
        ram=_AT_LEAST_ONE,
        vcpus=_AT_LEAST_ONE,
        disk=_COUNT,
        **{"OS-FLV-EXT-DATA:ephemeral": _COUNT},
        swap=_COUNT,
        rxtx_factor=_FACTOR,
        **{"os-flavor-access:is_public": BOOLEAN},
        id=_FLAVOR_ID,
        **more,
    )
    return closed(["flavor"], flavor=flavor)


FLAVOR_CREATE = _flavor_create(NAME)
FLAVOR_CREATE_LEGACY = _flavor_create(LEGACY_NAME)
FLAVOR_CREATE_255 = _flavor_create(NAME, description=DESCRIPTION)
FLAVOR_UPDATE = closed(["flavor"], flavor=closed(["description"], description=DESCRIPTION))

_FLAVOR_SORT_KEYS = {
    "type": "string",
    "enum": [
        *(
            "created_at",
            "description",
            "disabled",
            "ephemeral_gb",
            "flavorid",
            "id",
            "is_public",
            "memory_mb",
        ),
        *("name", "root_gb", "rxtx_factor", "swap", "updated_at", "vcpu_weight", "vcpus"),
    ],
}
_FLAVOR_QUERY: dict[str, Any] = {
    "limit": NON_NEGATIVE,
    "marker": {"type": "string"},
    "is_public": ANY_TEXT,
    "minRam": ANY_TEXT,
    "minDisk": ANY_TEXT,
    "sort_key": _FLAVOR_SORT_KEYS,
    "sort_dir": ANY_TEXT,
}
FLAVOR_QUERY = query_schema(**_FLAVOR_QUERY)
FLAVOR_QUERY_275 = query_schema(strict=True, **_FLAVOR_QUERY)

KEY_NAME = "^[a-zA-Z0-9-_:. ]{1,255}$"  # of extra specs and of metadata
_SPEC = {"type": ["string", "number"], "minLength": 1, "maxLength": 255}
SPECS: Schema = {"type": "object", "patternProperties": {KEY_NAME: _SPEC}, "additionalProperties": False}
SPECS_CREATE = closed(["extra_specs"], extra_specs=SPECS)
SPECS_UPDATE: Schema = {**SPECS, "minProperties": 1, "maxProperties": 1}

_TENANT = closed(["tenant"], tenant={"type": "string", "minLength": 1, "maxLength": 255})
ADD_TENANT_ACCESS = closed(["addTenantAccess"], addTenantAccess=_TENANT)
REMOVE_TENANT_ACCESS = closed(["removeTenantAccess"], removeTenantAccess=_TENANT)

# -- key pairs


def _key_name(letters: str) -> Schema:
    return {"type": "string", "minLength": 1, "maxLength": 255, "pattern": f"^[{letters} a-zA-Z0-9]+$"}


_KEY_TEXT = {"type": "string"}
_KEY_TYPE = {"type": "string", "enum": ["ssh", "x509"]}
_USER = {"type": "string", "minLength": 1, "maxLength": 255}


def _keypair(name: Schema, required: list[str], **more: Any) -> Schema:
    return closed(["keypair"], keypair=closed(required, name=name, public_key=_KEY_TEXT, **more))


_OLD_NAME, _NEW_NAME = _key_name(r"_\-"), _key_name(r"_\-\@\.")
# By the microversion that brought it.
KEYPAIR_CREATE: dict[int, Schema] = {
    0: _keypair(LEGACY_NAME, ["name"]),
    1: _keypair(_OLD_NAME, ["name"]),
    2: _keypair(_OLD_NAME, ["name"], type=_KEY_TYPE),
    10: _keypair(_OLD_NAME, ["name"], type=_KEY_TYPE, user_id=_USER),
    92: _keypair(_NEW_NAME, ["public_key", "name"], type=_KEY_TYPE, user_id=_USER),
}
_KEYPAIR_LIST: dict[str, Any] = {
    "user_id": {"type": "string"},
    "limit": NON_NEGATIVE,
    "marker": {"type": "string"},
}
KEYPAIR_LIST = query_schema(**_KEYPAIR_LIST)
KEYPAIR_LIST_275 = query_schema(strict=True, **_KEYPAIR_LIST)
KEYPAIR_QUERY = query_schema(user_id={"type": "string"})
KEYPAIR_QUERY_275 = query_schema(strict=True, user_id={"type": "string"})

# -- limits and quotas

TENANT_QUERY = query_schema(reserved=ANY_TEXT, tenant_id=ANY_TEXT)
TENANT_QUERY_275 = query_schema(strict=True, reserved=ANY_TEXT, tenant_id=ANY_TEXT)
QUOTA_QUERY = query_schema(user_id={"type": "string"})
QUOTA_QUERY_275 = query_schema(strict=True, user_id={"type": "string"})
QUOTA = {
    "type": ["integer", "string"],
    "pattern": "^-?[0-9]+$",
    "minLength": 1,
    "minimum": -1,
    "maximum": MAX_INT,
}


def quota_update(resources: list[str]) -> Schema:
    """A quota set may name these resources, and `force`."""
    return closed(["quota_set"], quota_set=closed(None, force=BOOLEAN, **dict.fromkeys(resources, QUOTA)))


# -- images

IMAGE_QUERY = query_schema(limit=NON_NEGATIVE, marker={"type": "string"})
METADATA: Schema = {
    "type": "object",
    "patternProperties": {KEY_NAME: ANY_TEXT},
    "additionalProperties": False,
}
METADATA_BODY = closed(["metadata"], metadata=METADATA)
META_BODY = closed(["meta"], meta={**METADATA, "minProperties": 1, "maxProperties": 1})
