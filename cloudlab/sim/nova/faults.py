"""Nova's error bodies: one word for each status, or webob's own form for what never reached a resource."""

from cloudlab.sim.auth import middleware_reply
from cloudlab.sim.errors import (
    ApiError,
    BadJson,
    MethodNotAllowed,
    PathNotFound,
    PolicyDenied,
    TooLarge,
)
from cloudlab.sim.nova.peering import class_of
from cloudlab.sim.web import Call, Reply
from cloudlab.sim.webob import FAULT_NAMES, error_reply

PREFIXES = ("os_compute_api:", "compute:")  # the newer policies are named without the API
NO_SUCH_RESOURCE = "The resource could not be found."
UNEXPECTED = (
    "Unexpected API Error. Please report this at http://bugs.launchpad.net/nova/ and attach the Nova API log "
    "if possible."
)


def fault(call: Call, error: ApiError) -> Reply:
    """The error as nova answers it. Unknown paths and methods are webob's 404 (nova_v21/074_unknown_path)."""
    if own := middleware_reply(call, error):
        return own
    if isinstance(error, PathNotFound | MethodNotAllowed):
        return error_reply(call, 404, NO_SUCH_RESOURCE)
    if isinstance(error, TooLarge):
        return error_reply(call, 413, error.message)
    return named_fault(error.status, _message(error))


def named_fault(status: int, message: str) -> Reply:
    """`{"itemNotFound": {"code": 404, "message": …}}`."""
    body = {FAULT_NAMES.get(status, "computeFault"): {"code": status, "message": message}}
    return Reply(status, body, content_type="application/json; charset=UTF-8")


def _message(error: ApiError) -> str:
    if isinstance(error, PolicyDenied):
        rule = error.rule if error.rule.startswith(PREFIXES) else f"os_compute_api:{error.rule}"
        return f"Policy doesn't allow {rule} to be performed."
    if isinstance(error, BadJson):
        return "Malformed request body"
    if error.status == 500:
        met = class_of(error)
        return f"{UNEXPECTED}\n<class '{met}'>" if met else UNEXPECTED
    return error.message
