"""Judges answers by Tempest's response schemas, as Tempest's own clients do."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudlab.sim import validation

from .answers import TABLES
from .exceptions import UNJUDGED, Difference, excused
from .paths import Rows, Version, parsed, version_asked
from .tap import Exchange

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

ROOTS = {
    "nova": "tempest.lib.api_schema.response.compute",
    "cinder": "tempest.lib.api_schema.response.volume",
}
ROWS = {service: Rows(service, table) for service, table in TABLES.items()}
UNTABLED = ("HEAD", "OPTIONS")  # an answer without a body, and one that comes from the framework


def complaints(exchange: Exchange) -> list[str]:
    """What Tempest would say against an answer. Like Tempest, it judges successes only."""
    if exchange.service not in TABLES or not 200 <= exchange.status < 400 or exchange.method in UNTABLED:
        return []
    key = ROWS[exchange.service].find(exchange)
    if key is None:
        return [] if unjudged(exchange) else [f"{exchange}: no schema in tests/outside/answers.py"]
    name = TABLES[exchange.service][key]
    version = version_asked(exchange)
    schema = schema_for(exchange.service, name, version)
    return [
        f"{exchange} ({name}, {_text(version)}): {difference.text}"
        for difference in differences(schema, exchange)
        if not excused(key, exchange.status, difference)
    ]


def differences(schema: dict[str, Any], exchange: Exchange) -> Iterator[Difference]:
    """Status, body and headers, each by its part of the schema."""
    if exchange.status not in schema["status_code"]:
        yield Difference("", "status", frozenset(), f"status {exchange.status}, not {schema['status_code']}")
    body = parsed(exchange.answer)
    if "response_body" in schema:
        yield from _by_schema(_validator(schema, "response_body"), body)
    elif body:
        yield Difference("", "body", frozenset(), f"there should be no body: {exchange.answer[:80]}")
    if "response_header" in schema:
        headers = {**exchange.answer_headers, "status": str(exchange.status)}
        yield from _by_schema(_validator(schema, "response_header"), headers)


def _by_schema(validator: Validator, instance: Any) -> Iterator[Difference]:
    for error in validator.iter_errors(instance):
        where = ".".join("*" if isinstance(step, int) else str(step) for step in error.absolute_path)
        yield Difference(where, error.validator, _names(error), f"{where}: {error.message[:300]}")


def _names(error: ValidationError) -> frozenset[str]:
    """The properties that are missing or too many."""
    if error.validator == "required":
        return frozenset(name for name in error.validator_value if name not in error.instance)
    if error.validator == "additionalProperties":
        return frozenset(error.instance) - frozenset(error.schema.get("properties", ()))
    return frozenset()


_validators: dict[tuple[int, str], Validator] = {}


def _validator(schema: dict[str, Any], part: str) -> Validator:
    """Made once for each schema: schemas are Tempest's module constants, so their ids don't change."""
    key = id(schema), part
    if key not in _validators:
        tempests = _tempests()
        _validators[key] = tempests.JSONSCHEMA_VALIDATOR(schema[part], format_checker=tempests.FORMAT_CHECKER)
    return _validators[key]


@cache
def _tempests() -> Any:
    """Tempest's validator and its formats; jsonschema itself is imported by the simulator's quick way."""
    validation._draft4()
    return importlib.import_module("tempest.lib.common.jsonschema_validator")


@cache
def schema_for(service: str, name: str, version: Version | None) -> dict[str, Any]:
    """The newest schema of that name which isn't newer than the version that was asked for."""
    file, constant = name.split(".")
    for module_version, root in reversed(_roots(service)):
        if module_version <= (version or (2, 1)):
            module = _module(f"{root}.{file}")
            if module is not None and hasattr(module, constant):
                return getattr(module, constant)
    raise LookupError(f"tempest has no {name} at {version}")


@cache
def _roots(service: str) -> list[tuple[Version, str]]:
    """Tempest's folders of schemas by microversion, oldest first; (0, 0) is the folder of no microversion."""
    root = ROOTS[service]
    found: list[tuple[Version, str]] = [((0, 0), root)]
    for folder in Path(importlib.import_module(root).__path__[0]).iterdir():  # one of them has no __init__.py
        match = re.fullmatch(r"v(\d+)_(\d+)", folder.name)
        if match:
            found.append(((int(match[1]), int(match[2])), f"{root}.{folder.name}"))
    return sorted(found)


def _module(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError:
        return None


def unjudged(exchange: Exchange) -> bool:
    return UNJUDGED_ROWS[exchange.service].find(exchange) is not None


UNJUDGED_ROWS = {service: Rows(service, table) for service, table in UNJUDGED.items()}


def _text(version: Version | None) -> str:
    return "without microversion" if version is None else ".".join(map(str, version))
