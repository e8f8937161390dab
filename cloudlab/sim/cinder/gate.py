"""What happens to every request: who asks, which microversion, whose project; and the headers of every reply.

Cinder's policy of this release asks for the project, not for a role in it: a reader may do there what a member may
(seen on 2025.2, whose defaults keep the older rules beside the newer). Only what is an administrator's is refused.
"""

import re

from cloudlab.sim.auth import authenticate
from cloudlab.sim.errors import ApiError, BadRequest, NotAcceptable, NotFound
from cloudlab.sim.microversion import Version, parse, text
from cloudlab.sim.web import Call, Reply

# Cinder's own rule for a project in the path: hex digits and dashes, so that '/v3/volumes' is none.
MOUNT = re.compile(r"^/(?P<api>v3)(?:/(?P<project>[0-9a-f-]+))?(?=/|$)")
OLDEST, NEWEST = (3, 0), (3, 71)
NOT_UNDERSTOOD = (
    "The server could not comply with the request since it is either malformed or otherwise incorrect."
)


def enter(call: Call) -> None:
    """Everything below /v3 needs a token; the list of versions doesn't, nor does a path that nobody knows."""
    if call.api:
        authenticate(call)


def ready(call: Call) -> None:
    """Negotiate the microversion, then check the project in the path. Raises BadRequest and NotAcceptable."""
    call.reply_headers["x-compute-request-id"] = call.scope.request_id
    call.version = _negotiated(call) if call.api else OLDEST
    _announce(call, text(call.version))
    if call.url_project and call.url_project != call.who.project_id:
        raise BadRequest("Malformed request url")


def leave(call: Call, reply: Reply) -> None:
    """The request's id on every reply; cinder's plain replies (to a DELETE) lack the older name of it."""
    reply.headers["x-openstack-request-id"] = call.scope.request_id
    if (reply.content_type or "").startswith("text/html"):
        call.reply_headers.pop("x-compute-request-id", None)


def preflight(call: Call, error: ApiError) -> Reply:
    """OPTIONS: the CORS middleware's empty answer, with the request's id (seen on 2025.2)."""
    return Reply(200, headers={"x-openstack-request-id": call.scope.request_id})


def since(call: Call, minor: int) -> None:
    """NotFound below microversion 3.`minor` (recording cinder/112_attachments_no_mv)."""
    if not call.at_least(minor):
        raise NotFound("The resource could not be found.")


def _negotiated(call: Call) -> Version:
    """The version that the header asks of a 'volume' service (recordings cinder/039 to 046)."""
    header = call.headers.get("openstack-api-version")
    if header is None:
        return OLDEST
    words = next((part.split() for part in header.split(",") if "volume" in part), [])
    if len(words) != 2:
        raise BadRequest(NOT_UNDERSTOOD)
    if words[1] == "latest":
        return NEWEST
    asked = parse(words[1])
    if asked is None:
        raise BadRequest(
            f"API Version String {words[1]} is of invalid format. Must be of format MajorNum.MinorNum."
        )
    if not OLDEST <= asked <= NEWEST:
        _announce(call, words[1])
        raise NotAcceptable(
            f"Version {words[1]} is not supported by the API. "
            f"Minimum is {text(OLDEST)} and maximum is {text(NEWEST)}."
        )
    return asked


def _announce(call: Call, version: str) -> None:
    call.reply_headers["OpenStack-API-Version"] = f"volume {version}"
    call.reply_headers["Vary"] = "OpenStack-API-Version"
