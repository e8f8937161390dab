"""Values that nobody should send, and bodies made of a recorded one by spoiling it."""

import json
from typing import Any

from hypothesis import strategies as st

DEEP: Any = []
for _ in range(60):
    DEEP = [DEEP] if len(json.dumps(DEEP)) % 4 else {"a": DEEP}
LONG = "x" * 300
ODD_TEXT = (
    "",
    " ",
    "0",
    "-1",
    "1",
    "01",
    "1.5",
    "1e3",
    "٣",
    "²",
    "true",
    "None",
    "null",
    "NaN",
    "Infinity",
    "99999999999999999999",
    "9223372036854775808",
    "2147483648",
    "\x00",
    "a\x00b",
    "\ud800",
    "😀",
    "é",
    "\u202e",
    "\r\nX-Injected: 1",
    "%s%n{0}{}",
    "' OR 1=1 --",
    "%",
    "_",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "10.0.0.0/8",
    "10.77.0.5",
    "300.1.1.1/99",
    "::1",
    "::/0",
    "fa:16:3e:00:00:01",
    "2026-01-01T00:00:00Z",
    "2026-13-45",
    "9999-12-31T23:59:59-23:59",
    "0001-01-01T00:00:00+23:59",
    "default",
    "nova",
    "latest",
    "00000000-0000-0000-0000-000000000000",
    "00000000000000000000000000000000",
    "ACTIVE",
    "/dev/vda",
    LONG,
    LONG * 60,
)
ODD_NUMBERS = (
    0,
    1,
    -1,
    2**31 - 1,
    2**31,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    10**30,
    1.5,
    -0.0,
    1e308,
    0.1,
    22,
    65536,
)
POOLS = (
    "servers",
    "volumes",
    "images",
    "networks",
    "ports",
    "snapshots",
    "flavors",
    "projects",
    "users",
    "subnets",
)
odd_text = st.sampled_from(ODD_TEXT) | st.text(max_size=6)
odd = st.one_of(
    st.sampled_from(ODD_NUMBERS),
    st.sampled_from((None, True, False)),
    st.sampled_from(([], {}, [None], [[]], [{}], {"": ""}, {"id": None}, {"a": {}}, [1, "a"], DEEP)),
    odd_text,
    st.sampled_from([f"@{pool}" for pool in POOLS] + [f"@foreign-{pool}" for pool in POOLS]),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path to every value inside."""
    found = [path]
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    elif isinstance(value, list):
        for n, inner in enumerate(value):
            found += places(inner, (*path, n))
    return found


def put(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with the value at the path replaced."""
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = put(value[path[0]], path[1:], new)
    return copy


def at(value: Any, path: tuple[Any, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


@st.composite
def spoiled(draw: st.DrawFn, body: Any, words: tuple[str, ...]) -> Any:
    """The body after none to three changes: values replaced, keys dropped, added and renamed, lists doubled."""
    for _ in range(draw(st.sampled_from((0, 0, 0, 1, 1, 1, 2, 3)))):
        path = draw(st.sampled_from(places(body)))
        here = at(body, path)
        change = draw(st.sampled_from(("replace", "replace", "drop", "add", "wrap", "rename")))
        body = put(body, path, draw(odd) if change == "replace" else _changed(draw, here, change, words))
    return body


def _changed(draw: st.DrawFn, here: Any, change: str, words: tuple[str, ...]) -> Any:
    if change == "wrap":
        return draw(st.sampled_from(([here], {"a": here}, [here, here], str(here))))
    if isinstance(here, dict):
        copy = dict(here)
        if change == "add":
            return {**copy, draw(st.sampled_from(words)): draw(odd)}
        if copy:
            key = draw(st.sampled_from(sorted(copy)))
            value = copy.pop(key)
            return copy if change == "drop" else {**copy, draw(st.sampled_from(words)): value}
    if isinstance(here, list):
        if change == "add":
            return [*here, draw(odd)]
        return here[:-1] if change == "drop" else here * 2
    return draw(odd)


def from_schema(schema: Any, depth: int = 4) -> st.SearchStrategy[Any]:
    """Values that more or less fit a JSON Schema."""
    if not isinstance(schema, dict) or depth == 0:
        return odd
    if "enum" in schema:
        return st.sampled_from(list(schema["enum"])) if schema["enum"] else odd
    for word in ("oneOf", "anyOf", "allOf"):
        if schema.get(word):
            return st.one_of([from_schema(s, depth) for s in schema[word]])
    kinds = schema.get("type", "string")
    return st.one_of([_of_kind(k, schema, depth) for k in ([kinds] if isinstance(kinds, str) else kinds)])


def _of_kind(kind: str, schema: dict[str, Any], depth: int) -> st.SearchStrategy[Any]:
    if kind == "object":
        known = {name: from_schema(s, depth - 1) for name, s in schema.get("properties", {}).items()}
        must = {name: known.get(name, odd) for name in schema.get("required", [])}
        may = {name: value for name, value in known.items() if name not in must}
        if not known:
            return st.dictionaries(st.sampled_from(("a", "b", "key", "")), odd, max_size=2)
        return st.fixed_dictionaries(must, optional=may)
    if kind == "array":
        return st.lists(from_schema(schema.get("items", {}), depth - 1), max_size=2)
    if kind in ("integer", "number"):
        low, high = schema.get("minimum", -1), schema.get("maximum", 2**33)
        return st.sampled_from((low, low + 1, high, low - 1, high + 1, 1, 2))
    if kind == "boolean":
        return st.booleans()
    return st.none() if kind == "null" else _text(schema)


def _text(schema: dict[str, Any]) -> st.SearchStrategy[str]:
    longest = "x" * min(schema.get("maxLength", 255), 70000)
    return st.one_of(
        st.sampled_from(["a", "1", longest, longest + "x"]),
        odd_text,
        st.sampled_from([f"@{pool}" for pool in POOLS]),
    )
