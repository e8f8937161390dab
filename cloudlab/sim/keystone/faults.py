"""Keystone's error bodies."""

from cloudlab.sim.errors import ApiError, BadJson, MethodNotAllowed, PathNotFound, PolicyDenied
from cloudlab.sim.web import Call, Reply

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
}
MALFORMED = (
    " The server could not comply with the request since it is either malformed or otherwise incorrect."
    " The client is assumed to be in error."
)
NO_SUCH_PAGE = (
    b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not"
    b" found on the server. If you entered the URL manually please check your spelling and try again.</p>\n"
)


def fault(call: Call, error: ApiError) -> Reply:
    """The error as keystone answers it: JSON, but HTML for a path that nobody knows."""
    if isinstance(error, PathNotFound):
        return Reply(404, raw=NO_SUCH_PAGE, content_type="text/html; charset=utf-8")
    if isinstance(error, MethodNotAllowed):
        return Reply(405, {"message": error.message}, {"Allow": ", ".join(error.allowed)})
    message = error.message
    if isinstance(error, PolicyDenied):
        message = f"You are not authorized to perform the requested action: {error.rule}."
    if isinstance(error, BadJson):
        message = "Expecting to find valid JSON in request body." + MALFORMED
    body = {"code": error.status, **error.details, "message": message, "title": TITLES.get(error.status, "Error")}
    body.pop("rule", None)
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = f'Keystone uri="{call.root}/v3"'
    return Reply(error.status, {"error": body}, headers)
