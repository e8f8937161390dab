"""What differs between two JSON values: keys that came, went and changed, by their dotted paths."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

Path = tuple[str, ...]


@dataclass(frozen=True)
class Change:
    """At `path` a value came ("+"), went ("-") or changed ("~").

    `*` in a path stands for a list's items: `count` says of how many this is so, `before` and `after` are the first's.
    """

    sign: str
    path: str
    before: Any = None
    after: Any = None
    count: int = 1


def json_difference(before: Any, after: Any) -> list[Change]:
    """In the order of the keys; lists are compared item by item."""
    found: dict[tuple[str, str], Change] = {}
    for change in _walk(before, after, ()):
        known = found.setdefault((change.sign, change.path), replace(change, count=0))
        found[change.sign, change.path] = replace(known, count=known.count + 1)
    return list(found.values())


def _walk(before: Any, after: Any, path: Path) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _keys(before, after, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _items(before, after, (*path, "*"))
    elif type(before) is not type(after) or before != after:
        yield Change("~", ".".join(path), before, after)


def _keys(before: dict[str, Any], after: dict[str, Any], path: Path) -> Iterator[Change]:
    for key in {**before, **after}:
        here = (*path, key)
        if key not in after:
            yield Change("-", ".".join(here), before=before[key])
        elif key not in before:
            yield Change("+", ".".join(here), after=after[key])
        else:
            yield from _walk(before[key], after[key], here)


def _items(before: list[Any], after: list[Any], path: Path) -> Iterator[Change]:
    both = min(len(before), len(after))
    for old, new in zip(before[:both], after[:both], strict=True):
        yield from _walk(old, new, path)
    yield from (Change("-", ".".join(path), before=item) for item in before[both:])
    yield from (Change("+", ".".join(path), after=item) for item in after[both:])
