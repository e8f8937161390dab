"""What happens around every resource of nova: who asks, which microversion, whose project, and the headers."""

import json
from collections.abc import Mapping
from typing import TypeVar

from cloudlab.sim.auth import authenticate
from cloudlab.sim.errors import (
    BadJson,
    BadRequest,
    NotAcceptable,
    NotFound,
    PathNotFound,
    UnsupportedMediaType,
)
from cloudlab.sim.microversion import Version, header_value, parse, text
from cloudlab.sim.web import METHODS, Call, Reply

MIN_VERSION: Version = (2, 1)
MAX_VERSION: Version = (2, 100)
VERSION_DOCUMENTS = ("/", "/v2", "/v2/", "/v2.1", "/v2.1/")
MEDIA_TYPES = ("application/json", "application/vnd.openstack.compute+json", "text/plain")
NEGOTIATED_BY = "OpenStack-API-Version, X-OpenStack-Nova-API-Version"
Thing = TypeVar("Thing")


def enter(call: Call) -> None:
    """Before routing: only the version documents go without a token (nova_v21/001 to 004)."""
    call.legacy = call.api == "v2"
    if call.path not in VERSION_DOCUMENTS:
        authenticate(call)
    if call.method not in METHODS:
        raise PathNotFound


def ready(call: Call) -> None:
    """After routing, in nova's order: microversion, content type, JSON, project in the URL."""
    if call.url_project and call.root + call.path.rstrip("/") == call.base:
        raise PathNotFound  # the project's own base is no page (nova_v21/006_base_root)
    if call.api:
        call.version = MIN_VERSION if call.legacy else _version(call)
    if call.method in ("POST", "PUT"):
        _check_body(call)
    if call.url_project and call.url_project != call.who.project_id:
        raise BadRequest(
            f"Malformed request URL: URL's project_id '{call.url_project}' doesn't match "
            f"Context's project_id '{call.who.project_id}'"
        )


def leave(call: Call, reply: Reply) -> None:
    """The headers of every reply: request ids below the version, the microversion once one was negotiated."""
    if call.api:
        reply.headers["x-openstack-request-id"] = reply.headers["x-compute-request-id"] = (
            call.scope.request_id
        )
    if call.version != (0, 0) and not call.legacy:
        reply.headers["OpenStack-API-Version"] = f"compute {text(call.version)}"
        reply.headers["X-OpenStack-Nova-API-Version"] = text(call.version)
        reply.headers["Vary"] = NEGOTIATED_BY
    if reply.body is None and reply.raw is None:
        reply.raw = b""  # nova says application/json of an empty body too (nova_v21/019_flavor_delete_admin)


def _version(call: Call) -> Version:
    """The microversion that either header asks for. BadRequest for no version, NotAcceptable for none of ours."""
    asked = header_value(call, "compute") or call.headers.get("x-openstack-nova-api-version", "").strip()
    if not asked:
        return MIN_VERSION
    if asked == "latest":
        return MAX_VERSION
    version = parse(asked)
    if version is None:
        raise BadRequest(
            f"API Version String {asked} is of invalid format. Must be of format MajorNum.MinorNum."
        )
    if not MIN_VERSION <= version <= MAX_VERSION:
        call.version = version  # the refusal carries it (nova_v21_296/271_mv_flavor_2.999)
        raise NotAcceptable(
            f"Version {text(version)} is not supported by the API. "
            f"Minimum is {text(MIN_VERSION)} and maximum is {text(MAX_VERSION)}."
        )
    return version


def _check_body(call: Call) -> None:
    """UnsupportedMediaType or BadJson. Half a surrogate pair and NaN are no JSON, whatever Python says."""
    kind = call.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind and call.raw and kind not in MEDIA_TYPES:
        raise UnsupportedMediaType("Unsupported Content-Type")
    if call.json is not None:
        try:
            json.dumps(call.json, ensure_ascii=False, allow_nan=False).encode()
        except (ValueError, RecursionError) as error:
            raise BadJson("Malformed request body") from error


def since(call: Call, minor: int) -> None:
    """Raise NotFound below microversion 2.`minor`: the operation came with it."""
    if not call.at_least(minor):
        raise NotFound("The resource could not be found.")


def until(call: Call, minor: int) -> None:
    """Raise NotFound at 2.`minor` and above: the operation went with it."""
    if call.at_least(minor):
        raise NotFound("The resource could not be found.")


def of_version(call: Call, things: Mapping[int, Thing]) -> Thing:
    """What holds at the call's microversion (2.1 without one), of things by the minor version that brought them."""
    return things[max(minor for minor in things if minor <= max(call.version[1], 1))]
