"""What the resources of the identity API share: reading a body, choosing from a list."""

from collections.abc import Callable, Iterable
from typing import Any

from cloudlab.sim.errors import BadRequest, NotFound
from cloudlab.sim.validation import first_error, oslo_sentence, whole_error
from cloudlab.sim.web import Call

# `name__contains=x`: keystone's comparisons besides equality (API reference: Identity v3, Filtering).
COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda have, wanted: wanted in have,
    "icontains": lambda have, wanted: wanted.lower() in have.lower(),
    "startswith": lambda have, wanted: have.startswith(wanted),
    "istartswith": lambda have, wanted: have.lower().startswith(wanted.lower()),
    "endswith": lambda have, wanted: have.endswith(wanted),
    "iendswith": lambda have, wanted: have.lower().endswith(wanted.lower()),
}


def read_body(call: Call, schema: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under `key`. Raises BadRequest in keystone's words."""
    asked: dict[str, Any] = read_whole(call, schema)[key]
    return asked


def read_whole(call: Call, schema: dict[str, Any]) -> dict[str, Any]:
    """The body as it is. Raises BadRequest in keystone's words."""
    body: dict[str, Any] = call.json or {}
    found = first_error(schema, body)
    if found:
        raise BadRequest(oslo_sentence(*found))
    return body


def check_part(schema: dict[str, Any], part: Any) -> None:
    """A part of a body that a method checks by itself, not before it runs (keystone's lazy_validate).

    Raises BadRequest, with jsonschema's whole text.
    """
    found = whole_error(schema, part)
    if found:
        path, text = found
        raise BadRequest(f"Invalid input for field '{'/'.join(map(str, path))}': {text}" if path else text)


def chosen(call: Call, items: Iterable[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """The items that fit the query's filters; a parameter that is none of `names` filters nothing."""
    wanted = [(*name.partition("__"), value) for name, value in call.query]
    tests = [(name, how, value) for name, _, how, value in wanted if name in names]
    return [item for item in items if all(_fits(item.get(name), how, value) for name, how, value in tests)]


def _fits(have: Any, how: str, wanted: str) -> bool:
    if isinstance(have, bool):
        return have == _means_yes(wanted)
    if how in COMPARISONS:
        return isinstance(have, str) and COMPARISONS[how](have, wanted)
    return not how and have == (wanted or None if have is None else wanted)


def _means_yes(text: str) -> bool:
    return text.lower() not in ("0", "false", "f", "no", "n", "off")


def page(call: Call, items: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], bool]:
    """The part that `marker` and `limit` ask for, and whether more follows. Raises NotFound, BadRequest."""
    marker, limit = call.param("marker"), call.param("limit") or "0"
    if marker is not None:
        places = [place for place, item in enumerate(items) if item["id"] == marker]
        if not places:
            raise NotFound(f"Marker {marker} could not be found.")
        items = items[places[0] + 1 :]
    if not limit.lstrip("-").isdigit() or len(limit) > 18:
        raise BadRequest(f"Invalid input for field/attribute limit. Value: {limit}.")
    size = int(limit) if int(limit) > 0 else len(items)
    return items[:size], len(items) > size


def require_matching_id(asked: dict[str, Any], id_: str) -> None:
    """An update may repeat the id, not change it."""
    if asked.get("id", id_) != id_:
        raise BadRequest("Cannot change ID")


def require_matching_domain(asked: dict[str, Any], domain_id: str) -> None:
    """Nor does an update move anything to another domain."""
    if asked.get("domain_id", domain_id) != domain_id:
        raise BadRequest("Cannot change Domain ID")


def change(row: Any, asked: dict[str, Any], *names: str) -> None:
    """Set those of the columns that an update names. A null for a column that knows none is the empty text."""
    for name in names:
        if name in asked:
            cleared = asked[name] is None and not row.__table__.columns[name].nullable
            setattr(row, name, "" if cleared else asked[name])


def is_true(call: Call, name: str) -> bool:
    """A flag in the query: there, and not said to be off (`?effective`, `?effective=true`)."""
    value = call.param(name)
    return value is not None and _means_yes(value)


def the_rest(given: dict[str, Any], *known: str) -> dict[str, Any]:
    """What a client added of its own: keystone keeps it and shows it again."""
    return {name: value for name, value in given.items() if name not in known}
