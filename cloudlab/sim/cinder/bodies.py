"""Request bodies: read, checked against a schema, in cinder's words. Nothing a client sends may become a 500."""

from collections.abc import Callable
from typing import Any

from cloudlab.sim.cinder.faults import invalid_input, no_such_action
from cloudlab.sim.errors import BadJson, BadRequest
from cloudlab.sim.validation import FORMATS, first_error, oslo_sentence
from cloudlab.sim.web import Call, Reply
from cloudlab.sim.webob import empty_page

JSON_TYPES = ("application/json", "application/vnd.openstack.volume+json")
TRUE = {"1", "t", "true", "on", "y", "yes"}
FALSE = {"0", "f", "false", "off", "n", "no"}
HEX = set("0123456789abcdef")


def is_uuid(text: str) -> bool:
    """As oslo.utils sees it: 32 hex digits, dashes anywhere."""
    plain = text.lower().replace("-", "")
    return len(plain) == 32 and set(plain) <= HEX


def _check_name(text: str) -> None:
    """Refuse a name that is nothing or too long, in words that no schema has. Raises BadRequest."""
    plain = text.strip()
    why = "empty" if not plain else "greater than 255 characters" if len(plain) > 255 else ""
    if why:
        raise BadRequest(
            f"An invalid 'name' value was provided. The 'name' can not be {why if text else 'None'}."
        )


def _is_name(text: str) -> str | None:
    """The same where a schema offers something else besides a name."""
    return None if 0 < len(text.strip()) <= 255 else f"{text!r} is not a name"


def _not_longer(name: str) -> Callable[[str], None]:
    """A check that refuses long texts in words that no schema has (recording cinder/064)."""

    def check(text: str) -> None:
        length = len(text.strip())
        if length > 255:
            raise invalid_input(f"{name} has {length} characters, more than 255.")

    return check


FORMATS["cinder:short-name"] = _not_longer("name")
FORMATS["cinder:short-description"] = _not_longer("description")
FORMATS["cinder:name"] = _check_name
FORMATS["cinder:name-or"] = _is_name
FORMATS["cinder:uuid"] = lambda text: None if is_uuid(text) else f"{text!r} is not a 'uuid'"


def read(call: Call) -> Any:
    """The body, whatever JSON it is; {} without one, or without a Content-Type of JSON (recordings cinder/065, 068)."""
    kind = call.headers.get("content-type", "").split(";")[0].strip().lower()
    if not call.raw or kind not in JSON_TYPES:
        return {}
    return call.json


def asked(call: Call, schema: dict[str, Any]) -> dict[str, Any]:
    """The body, if it fits the schema. Raises BadRequest with the first thing that doesn't."""
    body: dict[str, Any] = read(call)
    try:
        error = first_error(schema, body)
        sentence = oslo_sentence(*error) if error else None
    except RecursionError as deep:
        raise BadJson("Malformed request body") from deep
    if sentence:
        raise BadRequest(sentence)
    return body


def only(call: Call) -> str:
    """The one key of an action's body. Raises BadRequest."""
    body = read(call)
    if body == {}:
        raise no_such_action("action")
    if not isinstance(body, dict) or len(body) != 1:
        raise BadJson("Malformed request body")
    return next(iter(body))


def stripped(value: str | None) -> str | None:
    """A name or a description as cinder keeps it."""
    return None if value is None else value.strip()


def whole(value: int | str) -> int:
    """A whole number that the schema has let through as a number or as digits."""
    return int(str(value)[:20])


def truth(value: bool | str) -> bool:
    """A boolean that the schema has let through in one of oslo's spellings."""
    return str(value).lower() in TRUE


def flag(call: Call, name: str) -> bool:
    """A boolean of the query string. Raises BadRequest for any other text."""
    value = call.param(name)
    if value is None:
        return False
    if value.strip().lower() not in TRUE | FALSE:
        raise BadRequest(f"Value '{value}' for '{name}' is not a boolean.")
    return value.strip().lower() in TRUE


def accepted() -> Reply:
    """202 as cinder says it where it has no more to say."""
    return empty_page(202)
