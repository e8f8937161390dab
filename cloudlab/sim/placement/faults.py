"""Placement's error bodies: `errors[]`, in webob's words (recordings placement/002, 017, 018)."""

import json
from typing import Any

from cloudlab.sim.auth import middleware_reply
from cloudlab.sim.errors import ApiError, BadJson, MethodNotAllowed, NotAcceptable, PathNotFound, PolicyDenied
from cloudlab.sim.web import Call, Reply

TITLES = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
    406: "Not Acceptable",
    409: "Conflict",
    415: "Unsupported Media Type",
    500: "Internal Server Error",
}
EXPLANATIONS = {
    400: "The server could not comply with the request since it is either malformed or otherwise incorrect.",
    403: "Access was denied to this resource.",
    404: "The resource could not be found.",
    405: "The method specified is not allowed for this resource.",
    406: "The resource could not be generated that was acceptable to your browser (content of type application/json. ",
    409: "There was a conflict when trying to complete your request.",
    415: "The request media type is not supported by this server.",
    500: "The server has either erred or is incapable of performing the requested operation.",
}
CODES_SINCE = 23  # the microversion in which errors got a 'code'
MAX_VERSION, MIN_VERSION = "1.39", "1.0"


def fault(call: Call, error: ApiError) -> Reply:
    """The error as placement answers it."""
    if own := middleware_reply(call, error):
        return own
    status = error.status
    body: dict[str, Any] = {
        "status": status,
        "title": TITLES.get(status, "Error"),
        "detail": _detail(call, error),
    }
    if call.at_least(CODES_SINCE):
        body["code"] = error.details.get("code", "placement.undefined_code")
    body["request_id"] = call.scope.request_id
    if isinstance(error, NotAcceptable):
        body |= {"max_version": MAX_VERSION, "min_version": MIN_VERSION}
    headers = (
        {"Allow": ", ".join(m for m in error.allowed if m != "OPTIONS")}
        if isinstance(error, MethodNotAllowed)
        else {}
    )
    return Reply(status, {"errors": [body]}, headers)


def _why(raw: bytes) -> str:
    """What is wrong with a body, in the words of Python's own reader (recording limits: placement_body_largest)."""
    try:
        json.loads(raw.decode())
    except ValueError as error:
        return str(error)
    return "it is no JSON"


def _detail(call: Call, error: ApiError) -> str:
    if isinstance(error, MethodNotAllowed):
        return f"The method {call.method} is not allowed for this resource. \n\n {EXPLANATIONS[405]}"
    message = error.message
    if isinstance(error, PolicyDenied):
        message = f"Policy does not allow {error.rule} to be performed."
    elif isinstance(error, BadJson):
        message = f"Malformed JSON: {_why(call.raw)}"
    elif isinstance(error, PathNotFound):
        message = ""
    end = "" if isinstance(error, NotAcceptable) else "  "
    return f"{EXPLANATIONS.get(error.status, '')}\n\n {message}{end}"
