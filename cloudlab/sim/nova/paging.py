"""Links and pages, as every list of nova has them."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from cloudlab.sim.errors import BadRequest
from cloudlab.sim.web import Call

MAX_LIMIT = 1000  # nova's [api]/max_limit


def links(call: Call, *path: str) -> list[dict[str, str]]:
    """The self and bookmark links of a resource."""
    tail = "/".join(path)
    return [
        {"rel": "self", "href": f"{call.base}/{tail}"},
        {"rel": "bookmark", "href": f"{call.bookmark}/{tail}"},
    ]


def limit_of(query: dict[str, str]) -> int:
    """The page's size: `limit`, at most MAX_LIMIT; 0 and none mean MAX_LIMIT."""
    return min(_number(query, "limit"), MAX_LIMIT) or MAX_LIMIT


def offset_of(query: dict[str, str]) -> int:
    """How many to pass over: `offset`."""
    return _number(query, "offset")


def _number(query: dict[str, str], name: str) -> int:
    """A parameter that the schema let through: digits, of which nine are as good as all, or a line end alone."""
    try:
        return int(query.get(name, "0")[:9])
    except ValueError as error:  # nova.utils.validate_integer's sentence
        raise BadRequest(f"Invalid input received: {name} must be an integer") from error


def window(items: list[Any], query: dict[str, str]) -> list[Any]:
    """The part of a list that `limit` and `offset` ask for."""
    start = offset_of(query)
    return items[start : start + limit_of(query)]


def next_links(
    call: Call, path: str, items: Sequence[Any], limit: int, last_id: str | None
) -> list[dict[str, str]]:
    """The link to the next page when this one is full, else nothing. (nova_v21/013_flavors_limit)"""
    if not items or len(items) < limit:
        return []
    query = dict(sorted(dict(call.query).items()))
    query["marker"] = last_id or ""
    return [{"rel": "next", "href": f"{call.base}/{path}?{urlencode(query)}"}]


def whole(text: str) -> int | None:
    """The integer that the text is, within what the database can hold; None when it is none."""
    try:
        number = int(text) if len(text) < 20 else None
    except ValueError:
        return None
    return None if number is None or abs(number) >= 2**63 else number
