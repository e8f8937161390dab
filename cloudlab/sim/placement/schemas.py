"""Request schemas of the placement API."""

from typing import Any

Schema = dict[str, Any]
UUID: Schema = {
    "type": "string",
    "pattern": "^[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}$",
}
TEXT = "^[^\u0000\ud800-\udfff]*$"  # what a database takes
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": TEXT}
ID: Schema = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": TEXT}
GENERATION: Schema = {"type": "integer", "minimum": 0, "maximum": 2**53}
AMOUNT: Schema = {"type": "integer", "minimum": 1, "maximum": 2**31 - 1}

PROVIDER_FILTERS: Schema = {
    "type": "object",
    "properties": {
        "uuid": UUID,
        "name": {"type": "string"},
        "in_tree": UUID,
        **{name: {"type": "string"} for name in ("member_of", "resources", "required")},
    },
}
PROVIDER_CREATE: Schema = {
    "type": "object",
    "properties": {"name": NAME, "uuid": UUID, "parent_provider_uuid": {"anyOf": [UUID, {"type": "null"}]}},
    "required": ["name"],
    "additionalProperties": False,
}
PROVIDER_UPDATE: Schema = {
    "type": "object",
    "properties": {"name": NAME, "parent_provider_uuid": {"anyOf": [UUID, {"type": "null"}]}},
    "required": ["name"],
    "additionalProperties": False,
}
CLASS = "^[A-Z0-9_]+$"
PORTION: Schema = {  # what an inventory says of one class
    "total": AMOUNT,
    "reserved": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    "min_unit": AMOUNT,
    "max_unit": AMOUNT,
    "step_size": AMOUNT,
    "allocation_ratio": {"type": "number", "minimum": 0, "maximum": 3.4e38},
}
INVENTORIES: Schema = {
    "type": "object",
    "properties": {
        "resource_provider_generation": GENERATION,
        "inventories": {
            "type": "object",
            "patternProperties": {
                CLASS: {
                    "type": "object",
                    "properties": PORTION,
                    "required": ["total"],
                    "additionalProperties": False,
                }
            },
            "additionalProperties": False,
        },
    },
    "required": ["resource_provider_generation", "inventories"],
    "additionalProperties": False,
}

TRAITS: Schema = {
    "type": "object",
    "properties": {
        "traits": {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": 255}},
        "resource_provider_generation": {"type": "integer"},
    },
    "required": ["traits", "resource_provider_generation"],
    "additionalProperties": False,
}

RESOURCES: Schema = {
    "type": "object",
    "minProperties": 1,
    "patternProperties": {CLASS: AMOUNT},
    "additionalProperties": False,
}
# Before 1.12: a list of providers, each with its resources.
_LISTED: Schema = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {
            "resource_provider": {
                "type": "object",
                "properties": {"uuid": UUID},
                "required": ["uuid"],
                "additionalProperties": False,
            },
            "resources": RESOURCES,
        },
        "required": ["resource_provider", "resources"],
        "additionalProperties": False,
    },
}
_MAPPED: Schema = {
    "type": "object",
    "patternProperties": {
        UUID["pattern"]: {
            "type": "object",
            "properties": {"generation": GENERATION, "resources": RESOURCES},
            "required": ["resources"],
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}


def _allocations(since: int) -> Schema:
    """The body of PUT /allocations/{consumer} as it is since that microversion."""
    properties: Schema = {"allocations": _LISTED if since < 12 else _MAPPED}
    required = ["allocations"]
    if 12 <= since < 28:
        properties["allocations"] = {**_MAPPED, "minProperties": 1}
    if since >= 8:
        properties |= {"project_id": ID, "user_id": ID}
        required += ["project_id", "user_id"]
    if since >= 28:
        properties["consumer_generation"] = {**GENERATION, "type": ["integer", "null"]}
        required.append("consumer_generation")
    if since >= 34:
        properties["mappings"] = {"type": "object", "additionalProperties": {"type": "array", "items": UUID}}
    if since >= 38:
        properties["consumer_type"] = {"type": "string", "pattern": CLASS, "maxLength": 255}
        required.append("consumer_type")
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


ALLOCATIONS: dict[int, Schema] = {since: _allocations(since) for since in (0, 8, 12, 28, 34, 38)}


def _many(since: int) -> Schema:
    """The body of POST /allocations: one PUT's body for each consumer, which may give everything back."""
    one = ALLOCATIONS[since]
    allocations = {**one["properties"]["allocations"], "minProperties": 0}
    each = {**one, "properties": {**one["properties"], "allocations": allocations}}
    return {"type": "object", "patternProperties": {UUID["pattern"]: each}, "additionalProperties": False}


MANY_ALLOCATIONS: dict[int, Schema] = {
    since: {**_many(since), "minProperties": 1} for since in ALLOCATIONS if since >= 12
}
RESHAPER: dict[int, Schema] = {
    since: {
        "type": "object",
        "properties": {
            "inventories": {
                "type": "object",
                "patternProperties": {UUID["pattern"]: INVENTORIES},
                "additionalProperties": False,
            },
            "allocations": _many(since),
        },
        "required": ["inventories", "allocations"],
        "additionalProperties": False,
    }
    for since in ALLOCATIONS
    if since >= 28
}
AGGREGATE_LIST: Schema = {"type": "array", "items": UUID, "uniqueItems": True, "maxItems": 1000}
AGGREGATES: Schema = {
    "type": "object",
    "properties": {"aggregates": AGGREGATE_LIST, "resource_provider_generation": GENERATION},
    "required": ["aggregates", "resource_provider_generation"],
    "additionalProperties": False,
}
INVENTORY_CREATE: Schema = {
    "type": "object",
    "properties": {**PORTION, "resource_class": {"type": "string", "pattern": CLASS}},
    "required": ["resource_class", "total"],
    "additionalProperties": False,
}
INVENTORY_UPDATE: Schema = {
    "type": "object",
    "properties": {**PORTION, "resource_provider_generation": GENERATION},
    "required": ["resource_provider_generation", "total"],
    "additionalProperties": False,
}
CUSTOM_CLASS: Schema = {
    "type": "object",
    "properties": {"name": {"type": "string", "pattern": "^CUSTOM_[A-Z0-9_]+$", "maxLength": 255}},
    "required": ["name"],
    "additionalProperties": False,
}
