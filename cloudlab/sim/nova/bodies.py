"""Bodies and queries against nova's schemas: strict under /v2.1, lenient under /v2."""

from collections.abc import Container
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.validation import FORMATS, first_error, oslo_sentence

if TYPE_CHECKING:  # the schemas stand on this module, and are read where no server runs (forms.py)
    from cloudlab.sim.web import Call

Schema = dict[str, Any]
BAD_NAME = (
    "An invalid 'name' value was provided. The name must be: printable characters. "
    "Can not start or end with whitespace."
)
BAD_LEGACY_NAME = (
    "An invalid 'name' value was provided. The name must be: printable characters with at least one "
    "non space character"
)
NON_NEGATIVE: Schema = {"type": ["integer", "string"], "pattern": "^[0-9]*$", "minimum": 0, "minLength": 1}
ANY_TEXT: Schema = {"type": "string", "minLength": 0, "maxLength": 255}


def _name(value: str) -> str | None:
    return BAD_NAME if value != value.strip() or not value.isprintable() else None


def _legacy_name(value: str) -> str | None:
    return None if value.strip() and value.isprintable() else BAD_LEGACY_NAME


FORMATS["nova:name"], FORMATS["nova:legacy_name"] = _name, _legacy_name
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 255, "format": "nova:name"}
LEGACY_NAME: Schema = {"type": "string", "format": "nova:legacy_name", "maxLength": 255}


def checked(call: "Call", schema: Schema) -> Any:
    """The request's body when it fits the schema; under /v2 without the properties that the schema doesn't know.

    Raises BadRequest in nova's words (nova_v21/034_keypair_extra, 244_err_create_nobody).
    """
    body = deepcopy(call.json) if call.legacy else call.json
    error = first_error(schema, body, lenient=call.legacy)
    if error:
        raise BadRequest(error[2] if error[2] in (BAD_NAME, BAD_LEGACY_NAME) else oslo_sentence(*error))
    return body


def action_named(call: "Call", known: Container[str]) -> str:
    """The action that the body names. Raises BadRequest (nova_v21/166 and 167)."""
    body = call.json
    if not isinstance(body, dict) or len(body) != 1:
        raise BadRequest("Malformed request body")
    name: str = next(iter(body))
    if name not in known:
        raise BadRequest(f"There is no such action: {name}")
    return name


def many(schema: Schema) -> Schema:
    """The schema of a query parameter that may be given more than once."""
    return {"type": "array", "items": schema}


def query_schema(strict: bool = False, **parameters: Schema) -> Schema:
    """The schema of a query string; a strict one refuses parameters that it doesn't know."""
    properties = {name: many(schema) for name, schema in parameters.items()}
    return {"type": "object", "properties": properties, "additionalProperties": not strict}


def checked_query(call: "Call", schema: Schema) -> dict[str, str]:
    """The query's parameters (the last of each name) when they fit.

    Raises BadRequest (nova_v21/015_flavors_bad_limit).
    """
    values: dict[str, list[str]] = {}
    for name, value in call.query:
        values.setdefault(name, []).append(value)
    if not values:
        return {}
    error = first_error(schema, values)
    if error:
        path, value, message = error
        raise BadRequest(
            f"Invalid input for query parameters {path[0]}. Value: {value}. {message}" if path else message
        )
    return {name: found[-1] for name, found in values.items()}
