"""Nova's error bodies: one word for each status, or webob's own form for what never reached a resource."""

import re

from cloudlab.sim.auth import unauthorized_reply
from cloudlab.sim.errors import (
    ApiError,
    BadJson,
    MethodNotAllowed,
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
    429: "overLimit",
    501: "notImplemented",
    503: "serviceUnavailable",
}
NO_SUCH_RESOURCE = "The resource could not be found."
PAGE = """<html>
 <head>
  <title>{line}</title>
 </head>
 <body>
  <h1>{line}</h1>
  {body}
 </body>
</html>"""
UNEXPECTED = (
    "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log "
    "if possible."
)


def fault(call: Call, error: ApiError) -> Reply:
    """The error as nova answers it. Unknown paths and methods are webob's 404 (nova_v21/074_unknown_path)."""
    if isinstance(error, Unauthorized):
        return unauthorized_reply(call)
    if isinstance(error, PathNotFound | MethodNotAllowed):
        return webob_reply(call, 404, "Not Found", NO_SUCH_RESOURCE)
    if isinstance(error, TooLarge):
        return webob_reply(call, 413, "Request Entity Too Large", error.message)
    return named_fault(error.status, _message(error))


def named_fault(status: int, message: str) -> Reply:
    """`{"itemNotFound": {"code": 404, "message": …}}`."""
    body = {NAMES.get(status, "computeFault"): {"code": status, "message": message}}
    return Reply(status, body, content_type="application/json; charset=UTF-8")


def _message(error: ApiError) -> str:
    if isinstance(error, PolicyDenied):
        return f"Policy doesn't allow os_compute_api:{error.rule.removeprefix('os_compute_api:')} to be performed."
    if isinstance(error, BadJson):
        return "Malformed request body"
    return UNEXPECTED if error.status == 500 else error.message


def webob_reply(call: Call, status: int, title: str, explanation: str) -> Reply:
    """What webob makes of an exception: HTML, JSON or text, as the client's Accept asks."""
    line, body = f"{status} {title}", f"{explanation}<br /><br />\n\n\n"
    wanted = _preferred(call.headers.get("accept", ""))
    if wanted == "application/json":
        return Reply(status, {"message": body, "code": line, "title": title})
    if wanted == "text/html":
        return Reply(
            status, raw=PAGE.format(line=line, body=body).encode(), content_type="text/html; charset=UTF-8"
        )
    text = f"{line}\n\n{explanation}\n\n   "
    return Reply(status, raw=text.encode(), content_type="text/plain; charset=UTF-8")


def _preferred(accept: str) -> str | None:
    """The better of text/html and application/json under an Accept header; HTML when they are equal, as in webob."""
    best, best_quality = None, 0.0
    for offer in ("text/html", "application/json"):
        quality = max(
            (q for kind, q in _ranges(accept) if kind in (offer, f"{offer.split('/')[0]}/*", "*/*")),
            default=0.0,
        )
        if quality > best_quality:
            best, best_quality = offer, quality
    return best


def _ranges(accept: str) -> list[tuple[str, float]]:
    """(media range, quality) for each part of an Accept header."""
    found = []
    for part in accept.split(","):
        kind, *parameters = [word.strip() for word in part.split(";")]
        quality = re.search(r"q=([01](?:\.\d{0,3})?)$", ";".join(parameters))
        found.append((kind.lower(), float(quality[1]) if quality else 1.0))
    return found
