"""Keystone's request schemas (API reference: Identity v3; the error texts of recordings keystone/017, 072)."""

from typing import Any

_ID_OR_NAME = {"id": {"type": "string"}, "name": {"type": "string"}}
_DOMAIN = {"type": "object", "properties": _ID_OR_NAME}
# This one is printed whole when a request fails it, so the order of its keys is keystone's (keystone/017).
TOKEN_ISSUE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "identity": {
            "type": "object",
            "properties": {
                "methods": {"type": "array", "items": {"type": "string"}},
                "password": {
                    "type": "object",
                    "properties": {
                        "user": {
                            "type": "object",
                            "properties": {
                                "id": {"type": "string"},
                                "name": {"type": "string"},
                                "password": {"type": "string"},
                                "domain": _DOMAIN,
                            },
                        }
                    },
                },
                "token": {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]},
            },
            "required": ["methods"],
        },
        "scope": {
            "type": ["object", "string"],
            "properties": {
                "project": {
                    "type": "object",
                    "properties": {"name": {"type": "string"}, "id": {"type": "string"}, "domain": _DOMAIN},
                },
                "domain": _DOMAIN,
                "OS-TRUST:trust": {"type": "object", "properties": {"id": {"type": "string"}}},
                "system": {
                    "type": "object",
                    "properties": {"all": {"type": "boolean", "enum": [True, False, None]}},
                },
            },
        },
    },
    "required": ["identity"],
}

_ID = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": r"^[a-zA-Z0-9-]+$"}
_MAYBE_ID = {**_ID, "type": ["string", "null"]}
_TEXT = {"type": ["string", "null"]}
_BOOLEAN = {"type": "boolean", "enum": [True, False]}
_OPTIONS = {
    "type": "object",
    "properties": {"immutable": {"type": ["boolean", "null"]}},
    "additionalProperties": False,
}


def _name(longest: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": longest, "pattern": r"[\S]+"}


def _create(key: str, properties: dict[str, Any], *required: str) -> dict[str, Any]:
    """The body {key: object}; keystone keeps what else the object holds."""
    inner = {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": True,
    }
    return {"type": "object", "properties": {key: inner}, "required": [key], "additionalProperties": False}


def _update(key: str, properties: dict[str, Any]) -> dict[str, Any]:
    inner = {"type": "object", "properties": properties, "minProperties": 1, "additionalProperties": True}
    return {"type": "object", "properties": {key: inner}, "required": [key], "additionalProperties": False}


# These two are printed whole when a tag fails them.
TAG = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^,/]*$"}
TAG_LIST = {"type": "array", "items": TAG, "required": [], "maxItems": 80, "uniqueItems": True}
_TAGS = {"type": "array", "items": TAG, "maxItems": 80, "uniqueItems": True}
_PROJECT = {
    "description": _TEXT,
    "domain_id": _MAYBE_ID,
    "enabled": _BOOLEAN,
    "is_domain": _BOOLEAN,
    "parent_id": _MAYBE_ID,
    "name": _name(64),
    "tags": _TAGS,
    "options": _OPTIONS,
}
TAGS: dict[str, Any] = {
    "type": "object",
    "properties": {"tags": {"type": "array", "items": TAG}},
    "additionalProperties": False,
}
PROJECT_CREATE = _create("project", _PROJECT, "name")
PROJECT_UPDATE = _update("project", _PROJECT)

_DOMAIN_ITSELF = {
    "description": _TEXT,
    "enabled": _BOOLEAN,
    "name": _name(255),
    "tags": _TAGS,
    "options": _OPTIONS,
    "explicit_domain_id": _ID,
}
DOMAIN_CREATE = _create("domain", _DOMAIN_ITSELF, "name")
DOMAIN_UPDATE = _update("domain", _DOMAIN_ITSELF)

_GROUP = {"description": _TEXT, "domain_id": _ID, "name": _name(255)}
GROUP_CREATE = _create("group", _GROUP, "name")
GROUP_UPDATE = _update("group", _GROUP)

_USER = {
    "default_project_id": _MAYBE_ID,
    "description": _TEXT,
    "domain_id": _ID,
    "enabled": _BOOLEAN,
    "name": _name(255),
    "password": {"type": ["string", "null"]},
    "options": {"type": "object"},
}
USER_CREATE = _create("user", _USER, "name")
USER_UPDATE = _update("user", _USER)
PASSWORD_CHANGE = _create(
    "user",
    {"original_password": {"type": "string"}, "password": {"type": "string"}},
    "original_password",
    "password",
)

_ROLE = {"name": _name(255), "description": _TEXT, "domain_id": _MAYBE_ID, "options": _OPTIONS}
ROLE_CREATE = _create("role", _ROLE, "name")
ROLE_UPDATE = _update("role", _ROLE)

_RULE = {
    "id": _ID,
    "path": {"type": "string", "minLength": 0, "maxLength": 225, "pattern": r"^/\.*"},
    "service": _ID,
    "method": {"type": "string", "enum": ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"]},
}
_CREDENTIAL = {
    "id": {"type": "string"},
    "secret": _TEXT,
    "name": _name(255),
    "description": _TEXT,
    "expires_at": _TEXT,
    "project_id": {"type": "string"},
    "access_rules": {"type": "array", "items": {"type": "object", "properties": _RULE}},
    "unrestricted": {"type": ["boolean", "null"]},
    "system": _TEXT,
    "roles": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"id": _ID, "name": _name(255)},
            "minProperties": 1,
            "maxProperties": 1,
            "additionalProperties": False,
        },
    },
}
APPLICATION_CREDENTIAL_CREATE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "application_credential": {
            "type": "object",
            "properties": _CREDENTIAL,
            "additionalProperties": False,
            "required": ["name"],
        }
    },
    "required": ["application_credential"],
    "additionalProperties": False,
}

_STORED = {
    "user_id": {"type": "string"},
    "project_id": {"type": ["string", "null"]},
    "type": {"type": "string"},
    "blob": {"type": "string"},
}
CREDENTIAL_CREATE = _create("credential", _STORED, "blob", "type", "user_id")
EC2_CREDENTIAL_CREATE = _create("credential", _STORED, "blob", "type", "user_id", "project_id")
CREDENTIAL_UPDATE = _update("credential", _STORED)

_REGION_ID = {"type": ["string", "null"], "minLength": 1, "maxLength": 255}
_REGION = {"description": _TEXT, "id": _REGION_ID, "parent_region_id": _REGION_ID}
REGION_CREATE = _create("region", _REGION)
REGION_UPDATE = _update("region", _REGION)

_SERVICE = {
    "enabled": {"type": "boolean"},
    "type": {"type": "string", "minLength": 1, "maxLength": 255},
    "name": {"type": "string", "minLength": 1, "maxLength": 255},
}
SERVICE_CREATE = _create("service", _SERVICE, "type")
SERVICE_UPDATE = _update("service", _SERVICE)

_ENDPOINT = {
    "enabled": _BOOLEAN,
    "interface": {"type": "string", "enum": ["admin", "internal", "public"]},
    "region_id": {"type": ["string", "null"]},
    "region": {"type": ["string", "null"]},
    "service_id": _ID,
    "url": {"type": "string", "minLength": 0, "maxLength": 225},
    "name": {"type": "string"},
    "description": {"type": "string"},
}
ENDPOINT_CREATE = _create("endpoint", _ENDPOINT, "interface", "service_id", "url")
ENDPOINT_UPDATE = _update("endpoint", _ENDPOINT)
