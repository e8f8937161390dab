"""Request bodies beside those of the resources themselves (`attributes.py`)."""

from typing import Any, TypeVar

from cloudlab.sim.errors import BadJson
from cloudlab.sim.neutron.faults import bad
from cloudlab.sim.neutron.kind import Json
from cloudlab.sim.web import Call

T = TypeVar("T")


def read(call: Call) -> Json:
    """The body, which must be an object. Raises BadJson."""
    if not isinstance(call.json, dict):
        raise BadJson("Body contains invalid data")
    return call.json


def required(data: Any, name: str, kind: type[T]) -> T:
    """One attribute of an object. Raises BadRequest where there is none of that kind."""
    value = data.get(name) if isinstance(data, dict) else None
    if not isinstance(value, kind):
        raise bad(f"Failed to parse request. Required attribute '{name}' not specified")
    return value
