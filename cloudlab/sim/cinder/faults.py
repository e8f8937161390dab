"""An error as cinder answers it, and the errors that only cinder has."""

from cloudlab.sim.auth import middleware_reply
from cloudlab.sim.errors import (
    ApiError,
    BadJson,
    BadRequest,
    MethodNotAllowed,
    NotFound,
    PathNotFound,
    PolicyDenied,
    TooLarge,
)
from cloudlab.sim.web import Call, Reply
from cloudlab.sim.webob import FAULT_NAMES, error_reply

SERVER_ERROR = "The server has either erred or is incapable of performing the requested operation."


class OverQuota(TooLarge):
    """413 with Retry-After: the project has no more of what was asked for."""

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"Retry-After": "0"})


class Failure(ApiError):
    """A 500 that says why."""


def invalid_input(reason: str) -> BadRequest:
    return BadRequest(f"Invalid input received: {reason}")


def invalid_volume(reason: str) -> BadRequest:
    return BadRequest(f"Invalid volume: {reason}")


def invalid_snapshot(reason: str) -> BadRequest:
    return BadRequest(f"Invalid snapshot: {reason}")


def no_such(kind: str, id: str) -> NotFound:
    """'Volume abc could not be found.'"""
    return NotFound(f"{kind} {id} could not be found.")


def no_such_action(name: str) -> BadRequest:
    return BadRequest(
        f"There is no such action: {name}. Verify the request body and Content-Type header and try again."
    )


def fault(call: Call, error: ApiError) -> Reply:
    """The error in cinder's form: {name of the status: {code, message}}."""
    if own := middleware_reply(call, error):
        return own
    if isinstance(error, (PathNotFound, MethodNotAllowed)):
        return error_reply(call, 404, "The resource could not be found.")
    if isinstance(error, TooLarge) and not isinstance(error, OverQuota):
        return error_reply(call, 413, error.message)
    body: dict[str, object] = {"code": error.status, "message": _sentence(error)}
    if isinstance(error, OverQuota):
        body["retryAfter"] = error.headers["Retry-After"]
    return Reply(error.status, {FAULT_NAMES.get(error.status, "computeFault"): body})


def _sentence(error: ApiError) -> str:
    if isinstance(error, PolicyDenied):
        return f"Policy doesn't allow {error.rule} to be performed."
    if isinstance(error, BadJson):
        return "Malformed request body"
    hidden = error.status == 500 and not isinstance(error, Failure)
    return SERVER_ERROR if hidden else error.message
