"""Neutron's errors: `NeutronError` with type, message and detail; the type is the name of neutron's exception."""

from cloudlab.sim.auth import middleware_reply
from cloudlab.sim.errors import (
    ApiError,
    BadJson,
    BadRequest,
    Conflict,
    MethodNotAllowed,
    NotFound,
    PathNotFound,
    PolicyDenied,
)
from cloudlab.sim.web import Call, Reply

MALFORMED = (
    "The server could not comply with the request since it is either malformed or otherwise incorrect."
)
TYPES = {
    400: "HTTPBadRequest",
    403: "HTTPForbidden",
    404: "HTTPNotFound",
    405: "HTTPMethodNotAllowed",
    409: "HTTPConflict",
    500: "HTTPInternalServerError",
}


def bad(message: str) -> BadRequest:
    """400 as the API layer says it (type HTTPBadRequest)."""
    return BadRequest(message)


def invalid_input(reason: str) -> BadRequest:
    """400 as converters and plugins say it (type InvalidInput)."""
    return BadRequest(f"Invalid input for operation: {reason}.", type="InvalidInput")


def refused(kind: str, message: str) -> BadRequest:
    """400 with the name of neutron's own exception."""
    return BadRequest(message, type=kind)


def conflict(kind: str, message: str) -> Conflict:
    return Conflict(message, type=kind)


def not_found(kind: str, message: str) -> NotFound:
    return NotFound(message, type=kind)


def fault(call: Call, error: ApiError) -> Reply:
    """The error as neutron answers it; the middleware's own body for 401."""
    if own := middleware_reply(call, error):
        return own
    kind = str(error.details.get("type") or TYPES.get(error.status, "HTTPInternalServerError"))
    message = error.message
    if isinstance(error, PolicyDenied):
        kind, message = "PolicyNotAuthorized", f"{error.rule} is disallowed by policy"
    elif isinstance(error, BadJson):
        message = "Body contains invalid data"
    elif isinstance(error, PathNotFound):
        message = "The resource could not be found."
    elif isinstance(error, MethodNotAllowed):
        message = MALFORMED
    return Reply(error.status, {"NeutronError": {"type": kind, "message": message, "detail": ""}})
