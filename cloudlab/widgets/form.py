"""A JSON schema as fields to fill in, and what was typed in them as a body. Nothing to click here: see form_box.py.

What doesn't fit its field isn't held back: it goes as the text that it is, and the service says what it thinks of it.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cloudlab.language import N_, _

Schema = dict[str, Any]
Path = tuple[str, ...]
SKETCHED = 4  # properties of an object in a hint
WHOLE = re.compile(r"[+-]?[0-9]+")  # int() takes 1_000, too
HINTS = {"text": N_("text"), "integer": N_("a whole number"), "number": N_("a number")}  # by a field's kind
OTHERWISE = {
    # Translators: {field} is a field's name, {typed} what was typed in it
    "integer": N_("{field}: {typed!r} isn't a whole number, so it goes as text."),
    "number": N_("{field}: {typed!r} isn't a number, so it goes as text."),
    "json": N_("{field}: {typed!r} isn't JSON, so it goes as text."),
}


@dataclass(frozen=True)
class Field:
    """One value of a body. `kind`: text, integer, number, boolean, choice (one of `choices`) or json."""

    path: Path
    kind: str
    required: bool
    choices: tuple[str, ...] = ()
    hint: str = ""

    @property
    def label(self) -> str:
        name = self.path[-1]
        return _("{name} (required)", name=name) if self.required else name


def fields(schema: Schema) -> list[Field]:
    """The fields of a body, required ones first. What only the service sets has none."""
    return sorted(_fields(schema, ()), key=lambda field: not field.required)


def _fields(schema: Schema, above: Path) -> list[Field]:
    found = []
    for name, part in schema.get("properties", {}).items():
        path, required = (*above, name), name in schema.get("required", ())
        if required and "properties" in part:
            found += _fields(part, path)
        elif not part.get("readOnly"):
            found.append(_field(path, part, required))
    return found


def _field(path: Path, schema: Schema, required: bool) -> Field:
    part = _first_of(schema)
    kind = _kind(part)
    choices = tuple(str(choice) for choice in part["enum"] if choice is not None) if kind == "choice" else ()
    return Field(path, kind, required, choices, _hint(part, kind))


def _hint(schema: Schema, kind: str) -> str:
    if kind == "json":
        return json.dumps(sketch(schema), ensure_ascii=False)
    return _(HINTS[kind]) if kind in HINTS else ""


def _first_of(schema: Schema) -> Schema:
    """The schema, or of alternatives the first that isn't null."""
    if "type" in schema or "oneOf" not in schema:
        return schema
    return next(part for part in schema["oneOf"] if part.get("type") != "null")


def _type(schema: Schema) -> str:
    """The first type that a schema takes, besides null; "" where it takes anything."""
    types = schema.get("type", "")
    return next((each for each in types if each != "null"), "") if isinstance(types, list) else types


def _kind(schema: Schema) -> str:
    kind = _type(schema)
    if kind == "boolean":  # some list what else they take for one
        return kind
    if "enum" in schema:
        return "choice"
    return {"string": "text", "integer": "integer", "number": "number"}.get(kind, "json")


def sketch(schema: Schema) -> Any:
    """What a value looks like, with … where something has to be put in."""
    part = _first_of(schema)
    kind = _type(part)
    if kind == "null":
        return None
    if kind == "array":
        return [sketch(part.get("items", {}))]
    if kind == "object":
        shown = list(part.get("properties", {}).items())[:SKETCHED]
        return {name: sketch(inner) for name, inner in shown} or {"…": "…"}
    return "…"


def value(field: Field, typed: str) -> Any:
    """What was typed, as JSON has it: of the field's kind where it can be, else the text."""
    if field.kind == "boolean":
        return typed == "true"
    try:
        if field.kind == "integer" and WHOLE.fullmatch(typed.strip()):
            return int(typed)
        if field.kind in ("json", "number"):
            return json.loads(typed)
    except (ValueError, RecursionError):
        pass
    return typed


def note(field: Field, typed: str) -> str:
    """A sentence where what was typed isn't of the field's kind; else ""."""
    if not typed or field.kind not in OTHERWISE or value(field, typed) is not typed:
        return ""
    return _(OTHERWISE[field.kind], field=field.path[-1], typed=typed)


def body(schema: Schema, typed: Mapping[Path, str]) -> dict[str, Any]:
    """The body: the objects that it must have, and in them what was typed; an empty field is left out."""
    made = _frame(schema)
    for field in fields(schema):
        text = typed.get(field.path, "")
        if text:
            inner = made
            for step in field.path[:-1]:
                inner = inner[step]
            inner[field.path[-1]] = value(field, text)
    return made


def _frame(schema: Schema) -> dict[str, Any]:
    needed = schema.get("required", ())
    parts = schema.get("properties", {}).items()
    return {name: _frame(part) for name, part in parts if name in needed and "properties" in part}
