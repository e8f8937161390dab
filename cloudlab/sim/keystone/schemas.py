"""Keystone's request schemas (API reference: Identity v3; the error texts of recordings keystone/017, 072)."""

from typing import Any

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.validation import FORMATS, oslo_sentence

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
# What keystone's newer schemas take for a boolean.
_BOOLEAN = {
    "type": ["boolean", "string", "null"],
    "enum": [
        True, "True", "TRUE", "true", False, "False", "FALSE", "false", "", "1", "0", "y", "Y", "n", "N", "on", "ON",
        "off", "OFF", "yes", "no",
    ],
}  # fmt: skip


def _refuse_words(body: dict[str, Any]) -> None:
    """A word for a boolean passes keystone's schemas and breaks the request afterwards: 2025.2 hangs up.

    Raises BadRequest.
    """
    for thing in body.values():
        for name in ("enabled", "is_domain"):
            word = thing.get(name) if isinstance(thing, dict) else None
            if isinstance(word, str):
                message = f"{word!r} is not of type 'boolean'"
                raise BadRequest(oslo_sentence([name], word, message))


FORMATS["keystone:no-words-body"] = _refuse_words
_CLOSED = {"additionalProperties": False, "format": "keystone:no-words-body"}
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
    return {"type": "object", "properties": {key: inner}, "required": [key], **_CLOSED}


def _update(key: str, properties: dict[str, Any]) -> dict[str, Any]:
    inner = {"type": "object", "properties": properties, "minProperties": 1, "additionalProperties": True}
    return {"type": "object", "properties": {key: inner}, "required": [key], **_CLOSED}


def _key_last(schema: dict[str, Any]) -> dict[str, Any]:
    """Where keystone forgets to require the key, and breaks without it: ours is refused, after what is too many."""
    return {
        **{name: rule for name, rule in schema.items() if name != "required"},
        "required": schema["required"],
    }


def _open(schema: dict[str, Any]) -> dict[str, Any]:
    """Where keystone doesn't mind other keys beside the key."""
    return {**schema, "additionalProperties": True}


# These two are printed whole when a tag fails them.
TAG = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[^,/]*$"}
TAG_LIST = {"type": "array", "items": TAG, "required": [], "maxItems": 80, "uniqueItems": True}
_PROJECT = {
    "description": _TEXT,
    "domain_id": _MAYBE_ID,
    "enabled": _BOOLEAN,
    "is_domain": _BOOLEAN,
    "parent_id": _MAYBE_ID,
    "name": _name(64),
    "tags": TAG_LIST,
    "options": _OPTIONS,
}
TAGS: dict[str, Any] = {
    "type": "object",
    "properties": {"tags": {"type": "array", "items": TAG}},
    "additionalProperties": False,
}
PROJECT_CREATE = _key_last(_create("project", _PROJECT, "name"))
_PROJECT_CHANGES = {name: _PROJECT[name] for name in ("description", "enabled", "name", "options", "tags")}
# A body that changes nothing, or is none, is fine (seen on 2025.2).
PROJECT_UPDATE = {
    "type": "object",
    "properties": {"project": {"type": "object", "properties": _PROJECT_CHANGES}},
    **_CLOSED,
}

_DOMAIN_ITSELF = {
    "description": {**_TEXT, "maxLength": 255},
    "enabled": _BOOLEAN,
    "name": _name(64),
    "options": _OPTIONS,
    "tags": TAG_LIST,
}
DOMAIN_CREATE = _create("domain", {"explicit_domain_id": _ID, **_DOMAIN_ITSELF}, "name")
DOMAIN_UPDATE = _update("domain", _DOMAIN_ITSELF)

_GROUP = {"description": _TEXT, "name": _name(255)}
GROUP_CREATE = _create("group", {"domain_id": _ID, **_GROUP}, "name")
GROUP_UPDATE = _update("group", _GROUP)

_FLAG = {"type": ["boolean", "null"]}
_FACTORS = {"type": "array", "items": {"type": "string"}, "minItems": 1, "uniqueItems": True}
_USER_OPTIONS = {
    "type": "object",
    "properties": {
        "ignore_change_password_upon_first_use": _FLAG,
        "ignore_password_expiry": _FLAG,
        "ignore_lockout_failure_attempts": _FLAG,
        "lock_password": _FLAG,
        "ignore_user_inactivity": _FLAG,
        "multi_factor_auth_rules": {"type": ["array", "null"], "items": _FACTORS, "uniqueItems": True},
        "multi_factor_auth_enabled": _FLAG,
    },
    "additionalProperties": False,
}
_USER = {
    "default_project_id": _TEXT,
    "description": _TEXT,
    "domain_id": _ID,
    "enabled": _BOOLEAN,
    "name": _name(255),
    "password": {"type": ["string", "null"]},
    "options": _USER_OPTIONS,
}
USER_CREATE = _create("user", _USER, "name")
USER_UPDATE = _update("user", _USER)
PASSWORD_CHANGE = {
    "type": "object",
    "properties": {"original_password": {"type": "string"}, "password": {"type": "string"}},
    "required": ["original_password", "password"],
    "additionalProperties": False,
}

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
    "blob": {"type": "string"},
    "project_id": _TEXT,
    "type": {"type": "string"},
    "user_id": {"type": "string"},
}
_NEW_STORED = {"id": {"type": "string"}, **_STORED}
CREDENTIAL_CREATE = _open(_create("credential", _NEW_STORED, "blob", "type", "user_id"))
EC2_CREDENTIAL_CREATE = _open(_create("credential", _NEW_STORED, "blob", "type", "user_id", "project_id"))
CREDENTIAL_UPDATE = _open(_update("credential", _STORED))

_REGION_ID = {"type": ["string", "null"], "minLength": 1, "maxLength": 255}
_REGION = {
    "description": {**_TEXT, "maxLength": 255},
    "id": _REGION_ID,
    "parent_region_id": _REGION_ID,
}
REGION_CREATE = _open(_create("region", {**_REGION, "id": {**_REGION_ID, "minLength": 0}}))
REGION_UPDATE = _update("region", _REGION)

_SERVICE = {
    "enabled": {"type": "boolean"},
    "type": {"type": "string", "minLength": 1, "maxLength": 255},
    "name": {"type": "string", "minLength": 1, "maxLength": 255},
}
SERVICE_CREATE = _open(_create("service", _SERVICE, "type"))
SERVICE_UPDATE = _open(_update("service", _SERVICE))

_ENDPOINT = {
    "enabled": {"type": "boolean"},
    "interface": {"type": "string", "enum": ["admin", "internal", "public"]},
    "region_id": {"type": ["string", "null"]},
    "region": {"type": ["string", "null"]},
    "service_id": {"type": "string"},
    "url": {"type": "string", "minLength": 0, "maxLength": 225, "pattern": "^[a-zA-Z0-9+.-]+:.+"},
    "name": {"type": "string"},
    "description": _TEXT,
}
_NEW_ENDPOINT = {"id": {"type": "string"}, **_ENDPOINT}
ENDPOINT_CREATE = _key_last(_create("endpoint", _NEW_ENDPOINT, "interface", "service_id", "url"))
ENDPOINT_UPDATE = _update("endpoint", _ENDPOINT)
