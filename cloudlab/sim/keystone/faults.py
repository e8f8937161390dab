"""Keystone's error bodies."""

from cloudlab.sim.errors import ApiError, MethodNotAllowed, PathNotFound, PolicyDenied, TooLarge
from cloudlab.sim.web import Call, Reply
from cloudlab.sim.webob import error_reply

TITLES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    500: "Internal Server Error",
}
NO_SUCH_PAGE = (
    b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n<p>The requested URL was not"
    b" found on the server. If you entered the URL manually please check your spelling and try again.</p>\n"
)


def fault(call: Call, error: ApiError) -> Reply:
    """The error as keystone answers it: JSON, but HTML for a path that nobody knows, and WebOb's for a large body."""
    if isinstance(error, PathNotFound):
        return Reply(404, raw=NO_SUCH_PAGE, content_type="text/html; charset=utf-8")
    if isinstance(error, MethodNotAllowed):
        return Reply(405, {"message": error.message}, {"Allow": ", ".join(error.allowed)})
    if isinstance(error, TooLarge):
        return error_reply(call, 413, error.message)
    message, details = error.message, error.details
    if isinstance(error, PolicyDenied):
        message, details = f"You are not authorized to perform the requested action: {error.rule}.", {}
    body = {"code": error.status, **details, "message": message, "title": TITLES.get(error.status, "Error")}
    headers = {}
    if error.status == 401:
        headers["WWW-Authenticate"] = f'Keystone uri="{call.root}/v3"'
    return Reply(error.status, {"error": body}, headers)
