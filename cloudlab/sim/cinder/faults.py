"""An error as cinder answers it, and the errors that only cinder has."""

from html import escape

from cloudlab.sim.auth import unauthorized_reply
from cloudlab.sim.errors import (
    ApiError,
    BadJson,
    BadRequest,
    MethodNotAllowed,
    NotFound,
    PathNotFound,
    PolicyDenied,
    TooLarge,
    Unauthorized,
)
from cloudlab.sim.web import Call, Reply

NAMES = {
    400: "badRequest",
    401: "unauthorized",
    403: "forbidden",
    404: "itemNotFound",
    405: "badMethod",
    409: "conflictingRequest",
    413: "overLimit",
    415: "badMediaType",
    501: "notImplemented",
    503: "serviceUnavailable",
}
SERVER_ERROR = "The server has either erred or is incapable of performing the requested operation."


class OverQuota(TooLarge):
    """413 with Retry-After: the project has no more of what was asked for."""

    def __init__(self, message: str) -> None:
        super().__init__(message, headers={"Retry-After": "0"})


def invalid_input(reason: str) -> BadRequest:
    return BadRequest(f"Invalid input received: {reason}")


def invalid_volume(reason: str) -> BadRequest:
    return BadRequest(f"Invalid volume: {reason}")


def invalid_snapshot(reason: str) -> BadRequest:
    return BadRequest(f"Invalid snapshot: {reason}")


def no_such(kind: str, id: str) -> NotFound:
    """'Volume abc could not be found.'"""
    return NotFound(f"{kind} {id} could not be found.")


def fault(call: Call, error: ApiError) -> Reply:
    """The error in cinder's form: {name of the status: {code, message}}."""
    if isinstance(error, Unauthorized):
        return unauthorized_reply(call)
    if isinstance(error, (PathNotFound, MethodNotAllowed)):
        return _plain(call, 404, "Not Found", "The resource could not be found.")
    if isinstance(error, TooLarge) and not isinstance(error, OverQuota):
        return _plain(call, 413, "Request Entity Too Large", error.message)
    body: dict[str, object] = {"code": error.status, "message": _sentence(error)}
    if isinstance(error, OverQuota):
        body["retryAfter"] = error.headers["Retry-After"]
    return Reply(error.status, {NAMES.get(error.status, "computeFault"): body})


def _sentence(error: ApiError) -> str:
    if isinstance(error, PolicyDenied):
        return f"Policy doesn't allow {error.rule} to be performed."
    if isinstance(error, BadJson):
        return "Malformed request body"
    return SERVER_ERROR if error.status == 500 else error.message


def _plain(call: Call, status: int, title: str, sentence: str) -> Reply:
    """As the layers before cinder's own code: JSON for who asks for it, HTML for the rest (recording cinder/072)."""
    accept = call.headers.get("accept", "")
    text = f"{sentence}<br /><br />\n\n\n"
    if "json" in accept and "html" not in accept:
        return Reply(status, {"message": text, "code": f"{status} {title}", "title": title})
    page = (
        f"<html>\n <head>\n  <title>{status} {title}</title>\n </head>\n <body>\n"
        f"  <h1>{status} {title}</h1>\n  {escape(sentence)}<br /><br />\n\n\n\n </body>\n</html>"
    )
    return Reply(status, raw=page.encode(), content_type="text/html; charset=UTF-8")
