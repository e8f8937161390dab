"""A part of an image's bytes: the Range header, and the Content-Range that older clients send (seen on 2025.2)."""

import re

from cloudlab.sim.errors import ApiError, BadRequest
from cloudlab.sim.web import Call


class NotSatisfiable(ApiError):
    """416: the part asked for isn't there."""

    status = 416

    def __init__(self, message: str) -> None:
        super().__init__(message, as_detail=True)


def asked(call: Call, size: int) -> tuple[int, int] | None:
    """(first byte, the one behind the last), or None for all of it. Raises NotSatisfiable, BadRequest."""
    header, older = call.headers.get("range"), call.headers.get("content-range")
    if header is not None:
        start, stop = _range(header, size)
    elif older is not None:
        start, stop = _content_range(older, size)
    else:
        return None
    if not 0 <= start < size:
        raise NotSatisfiable(
            "Invalid start position in Range header. "
            f"Start position MUST be in the inclusive range [0, {size - 1}]."
        )
    return start, min(stop, size)


def _range(header: str, size: int) -> tuple[int, int]:
    if "," in header:
        raise BadRequest(
            "Requests with multiple ranges are not supported in Glance. "
            "You may make multiple single-range requests instead."
        )
    found = re.fullmatch(r"bytes=\s*(?:(\d{1,18})-(\d{0,18})|-(\d{1,18}))\s*", header)
    if not found:
        raise NotSatisfiable("Invalid Range header.")
    first, last, suffix = found.groups()
    if suffix is not None:
        return max(size - int(suffix), 0) if int(suffix) else 0, size
    if last and int(last) < int(first):
        raise NotSatisfiable("Invalid Range header.")
    return int(first), int(last) + 1 if last else size


def _content_range(header: str, size: int) -> tuple[int, int]:
    found = re.fullmatch(r"bytes\s+(\d{1,18})-(\d{1,18})/(\d{1,18}|\*)", header)
    if not found or int(found[2]) < int(found[1]):
        raise NotSatisfiable("Invalid Content-Range header.")
    return int(found[1]), int(found[2]) + 1
