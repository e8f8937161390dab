"""At which microversions an operation is there: read from the code that refuses it at the others.

Each of the three services that have microversions says so in one way: `since(call, 26)` and `until(call, 36)` in the
method or in a helper that it hands the call; nova's server actions in the table of actions. A test asks the cloud at
both edges.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

from cloudlab.sim.cinder import gate, volume_actions
from cloudlab.sim.nova import actions, negotiation
from cloudlab.sim.placement import routes

from .operations import Operation

# The oldest and the newest; the others have none.
RANGES = {
    "nova": (negotiation.MIN_VERSION, negotiation.MAX_VERSION),
    "cinder": (gate.OLDEST, gate.NEWEST),
    "placement": ((1, 0), routes.LATEST),
}
LIMIT = re.compile(r"\b(since|until)\(call, ([\w.]+)\)")
HELPER = re.compile(r"\b(?:self\.)?(\w+)\(call\b")


def limits(operation: Operation) -> tuple[int, int]:
    """The first and the last minor version that have it."""
    (_, first), (_, last) = RANGES[operation.service]
    found = [*_of_action(operation), *_of_code(operation)]
    starts = [minor for word, minor in found if word == "since"]
    ends = [minor - 1 for word, minor in found if word == "until"]
    return max([first, *starts]), min([last, *ends])


def text(operation: Operation) -> str:
    """`2.26+`, `2.1–2.35`, or `all`."""
    (major, oldest), (_, newest) = RANGES[operation.service]
    first, last = limits(operation)
    if last < newest:
        return f"{major}.{first}–{major}.{last}"
    return "all" if first == oldest else f"{major}.{first}+"


def _of_action(operation: Operation) -> Iterator[tuple[str, int]]:
    if operation.service == "nova" and operation.path == "/servers/{server_id}/action":
        row = actions.ROWS[operation.action]
        yield from (("since", row.since), ("until", row.until))


def _of_code(operation: Operation) -> list[tuple[str, int]]:
    """What the method says, and the helpers that it calls; of a volume's action, the function that does it."""
    resource = operation.resource
    code = getattr(resource, operation.method.lower(), None)
    if operation.service == "cinder" and operation.path == "/volumes/{id}/action":
        code = volume_actions.ACTIONS[operation.action].run
    return list(_read(code, resource, set())) if code else []


def _read(code: Any, resource: type, read: set[Any]) -> Iterator[tuple[str, int]]:
    read.add(code)
    source = inspect.getsource(code)
    for word, value in LIMIT.findall(source):
        yield word, _value(value, code, resource)
    for name in HELPER.findall(source):
        helper = getattr(resource, name, None) or code.__globals__.get(name)
        if inspect.isfunction(helper) and name not in ("since", "until") and helper not in read:
            yield from _read(helper, resource, read)


def _value(text: str, code: Callable[..., Any], resource: type) -> int:
    """A number, a name of the module, or an attribute of the resource."""
    if text.isdigit():
        return int(text)
    found: int = getattr(resource, text[5:]) if text.startswith("self.") else code.__globals__[text]
    return found
