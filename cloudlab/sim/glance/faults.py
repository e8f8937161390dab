"""Glance's error bodies: webob's, in the form that the Accept header asks for (HTML for a browser and for curl)."""

from cloudlab.sim.auth import KeystoneAway
from cloudlab.sim.errors import ApiError, BadJson, MethodNotAllowed, Unauthorized, UnsupportedMediaType
from cloudlab.sim.glance.tasks import NotOnTasks
from cloudlab.sim.glance.versions import MultipleChoices, versions
from cloudlab.sim.web import Call, Reply
from cloudlab.sim.webob import EXPLANATIONS, PARAGRAPH, error_reply

NOT_YOU = (
    "This server could not verify that you are authorized to access the document you requested. Either you supplied"
    " the wrong credentials (e.g., bad password), or your browser does not understand how to supply the credentials"
    " required."
)
LONGEST_ID = 64
TOO_LONG = f"{{}}<br /><br />\n\n<!-- x-openstack-request-id is too long, max size {LONGEST_ID} -->\n"
METHOD_LAYOUT, MEDIA_TYPE_LAYOUT = "{}<br /><br />\n", "{}\n<br /><br />\n"  # WebOb's own for 405 and 415


class IdTooLong(ApiError):
    """The request id that came with the request; its sentence is webob's (asked of WebOb 1.8)."""

    status = 431

    def __init__(self) -> None:
        super().__init__("The request header fields were too large")


def fault(call: Call, error: ApiError) -> Reply:
    """The error as glance answers it."""
    if isinstance(error, MultipleChoices):
        return Reply(300, versions(call))
    if isinstance(error, KeystoneAway):
        error = Unauthorized()  # its middleware lets everybody pass, and glance then sees nobody (recorded)
    headers: dict[str, str] = {}
    message, layout = error.message, PARAGRAPH
    if isinstance(error, Unauthorized):
        message, headers["WWW-Authenticate"] = NOT_YOU, f'Keystone uri="{call.cloud.url("keystone")}/"'
    if isinstance(error, BadJson):
        message = "Malformed JSON in request body."
    if isinstance(error, MethodNotAllowed):
        message, layout = f"The method {call.method} is not allowed for this resource. ", METHOD_LAYOUT
        headers["Allow"] = ", ".join(error.allowed)
    if isinstance(error, UnsupportedMediaType):
        kind = call.headers.get("content-type", "${CONTENT_TYPE}")  # so it says when there is none
        message, layout = f"The request media type {kind} is not supported by this server.", MEDIA_TYPE_LAYOUT
    detail = ""
    if error.details.get("as_detail"):
        message, detail = EXPLANATIONS[error.status], message
    if isinstance(error, NotOnTasks):
        layout = "{}"
    if isinstance(error, IdTooLong):
        layout = TOO_LONG
    return error_reply(call, error.status, message, headers, layout, detail)
