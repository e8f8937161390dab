"""Request bodies against JSON Schemas, in the words that the services use. The one place that imports jsonschema."""

import sys
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

# Each schema is a module constant, so its identity is a stable key.
_validators: dict[int, "Validator"] = {}


@cache
def _draft4() -> Any:
    """jsonschema, without the optional parser that would cost seconds at import."""
    modules: dict[str, Any] = sys.modules
    kept_out = "rfc3987_syntax" not in modules
    if kept_out:
        modules["rfc3987_syntax"] = None
    try:
        from jsonschema import Draft4Validator
    finally:
        if kept_out:
            del modules["rfc3987_syntax"]
    return Draft4Validator


def first_error(schema: dict[str, Any], instance: Any) -> tuple[list[Any], Any, str] | None:
    """The first error as (path to the value, the value, jsonschema's sentence), or None when it is valid."""
    validator = _validators.get(id(schema))
    if validator is None:
        validator = _validators[id(schema)] = _draft4()(schema)
    errors = sorted(validator.iter_errors(instance), key=lambda e: e.path)
    if not errors:
        return None
    error = errors[0]
    return list(error.path), error.instance, error.message


def oslo_sentence(path: list[Any], value: Any, message: str) -> str:
    """How nova and cinder phrase it: 'Invalid input for field/attribute size. Value: 0. 0 is less than …'."""
    if not path:
        return message
    return f"Invalid input for field/attribute {path[-1]}. Value: {value}. {message}"
