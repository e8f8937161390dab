"""Request bodies against JSON Schemas, in the words that the services use. The one place that imports jsonschema."""

import math
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.protocols import Validator

# Each schema is a module constant, so its identity is a stable key; with whether it is taken leniently.
_validators: dict[tuple[int, bool], "Validator"] = {}
# Formats that a room checks: name → function(text) that returns what is wrong with it, or None; those that end in
# '-body' are of objects.
FORMATS: dict[str, Callable[[Any], str | None]] = {}


@cache
def _draft4(lenient: bool = False) -> Any:
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
    from jsonschema.validators import extend

    ours = {bound: _of_digits_too(Draft4Validator.VALIDATORS[bound]) for bound in ("minimum", "maximum")}
    extras = {"additionalProperties": _lenient} if lenient else {}
    return extend(Draft4Validator, {**ours, "format": _format, **extras})


def _of_digits_too(keyword: Any) -> Any:
    """A bound of whole numbers, written as text as well: so nova and cinder read whatever they are given."""

    def check(validator: Any, bound: Any, instance: Any, schema: Any) -> Iterator[Any]:
        number = _number(instance)
        if number is None:
            return
        if number == math.inf and "maximum" not in schema:  # more digits than Python reads
            yield _wrong(f"{instance!r} is too long")
        yield from keyword(validator, bound, number, schema) or ()

    return check


def _number(instance: Any) -> int | float | None:
    """As the services' validators read it: whole where it is whole, also as text; None for what is no number."""
    if isinstance(instance, float) and not instance.is_integer():
        return instance
    for read in (int, float):
        with suppress(ValueError, TypeError, OverflowError):
            return read(instance)
    return None


def _format(validator: Any, name: str, instance: Any, schema: Any) -> Iterator[Any]:
    kind = dict if name.endswith("-body") else str
    wrong = FORMATS[name](instance) if name in FORMATS and isinstance(instance, kind) else None
    if wrong:
        yield _wrong(wrong)


def _lenient(validator: Any, allowed: Any, instance: Any, schema: Any) -> Iterator[Any]:
    """nova's /v2 drops what it doesn't know (nova_v2/034_keypair_extra), but minds a key that fits no pattern."""
    if allowed is not False or not isinstance(instance, dict):
        return
    patterns = schema.get("patternProperties", ())
    known = schema.get("properties", ())
    extras = [k for k in instance if k not in known and not any(re.search(p, k) for p in patterns)]
    if extras and patterns:
        were = "was" if len(extras) == 1 else "were"
        yield _wrong(
            f"Additional properties are not allowed ({', '.join(map(repr, sorted(extras)))} {were} unexpected)"
        )
    else:
        for name in extras:
            del instance[name]


def _wrong(message: str) -> Exception:
    from jsonschema import ValidationError

    return ValidationError(message)


def _validator(schema: dict[str, Any], lenient: bool = False) -> "Validator":
    key = id(schema), lenient
    validator = _validators.get(key)
    if validator is None:
        validator = _validators[key] = _draft4(lenient)(schema)
    return validator


def first_error(
    schema: dict[str, Any], instance: Any, lenient: bool = False
) -> tuple[list[Any], Any, str] | None:
    """The first error in the order of the schema's keywords, as the services take it, or None when it is valid.

    (path to the value, the value, jsonschema's sentence). `lenient`: properties too many are taken out of `instance`.
    """
    error = next(iter(_validator(schema, lenient).iter_errors(instance)), None)
    if error is None:
        return None
    return list(error.path), error.instance, error.message


def oslo_sentence(path: list[Any], value: Any, message: str) -> str:
    """How nova and cinder phrase it: 'Invalid input for field/attribute size. Value: 0. 0 is less than …'."""
    if not path:
        return message
    return f"Invalid input for field/attribute {path[-1]}. Value: {value}. {message}"


def whole_error(schema: dict[str, Any], instance: Any) -> tuple[list[Any], str] | None:
    """The first error as (path to the value, jsonschema's whole text with schema and instance), or None."""
    error = next(iter(_validator(schema).iter_errors(instance)), None)
    return None if error is None else (list(error.path), str(error))
