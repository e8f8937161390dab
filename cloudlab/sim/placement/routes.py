"""Placement's one table: path → resource. Who may what: `admin or service`, except a project's own usages."""

from cloudlab.sim import microversion
from cloudlab.sim.auth import authenticate
from cloudlab.sim.errors import BadRequest, NotAcceptable
from cloudlab.sim.placement import allocations, candidates, inventories, providers, vocabulary
from cloudlab.sim.placement.faults import MAX_VERSION, MIN_VERSION, fault
from cloudlab.sim.web import Call, Reply, Service

LATEST = microversion.parse(MAX_VERSION) or (1, 39)


class Root:
    """GET /: which versions there are. Needs no token."""

    def get(self, call: Call) -> Reply:
        version = {
            "id": "v1.0",
            "max_version": MAX_VERSION,
            "min_version": MIN_VERSION,
            "status": "CURRENT",
            "links": [{"rel": "self", "href": ""}],
        }
        return Reply(200, {"versions": [version]})


def enter(call: Call) -> None:
    """Who, and which microversion; both before the path is looked at."""
    if call.path not in ("", "/"):
        authenticate(call)
    call.version = _asked_version(call)


def _asked_version(call: Call) -> tuple[int, int]:
    text = microversion.header_value(call, "placement") or "1.0"
    if text == "latest":
        return LATEST
    version = microversion.parse(text)
    if version is None:
        raise BadRequest(f"Invalid microversion: invalid version string: {text}")
    if not (1, 0) <= version <= LATEST:
        raise NotAcceptable(f"Invalid microversion: Unacceptable version header: {text}")
    return version


def leave(call: Call, reply: Reply) -> None:
    """The version on everything that was negotiated; since 1.15 what tells of something says how fresh it is.

    Vary isn't on all errors (recordings placement/002 and 018, more: provider_create_dup).
    """
    reply.headers["x-openstack-request-id"] = call.scope.request_id
    if reply.body is None and reply.raw is None:
        reply.content_type = None
    if call.version == (0, 0):
        return
    reply.headers["openstack-api-version"] = f"placement {microversion.text(call.version)}"
    if reply.status >= 400 and reply.status not in (400, 409):
        return
    reply.headers["vary"] = "openstack-api-version"
    tells = call.method == "GET" or "Last-Modified" in reply.headers
    if reply.status < 400 and call.at_least(15) and tells and call.path not in ("", "/"):
        reply.headers["Cache-Control"] = "no-cache"
        reply.headers.setdefault("Last-Modified", providers.http_date(call.scope.now))


SERVICE = Service(
    name="placement",
    fault=fault,
    enter=enter,
    leave=leave,
    root_routes=(
        ("/", Root),
        ("/resource_providers", providers.Providers),
        ("/resource_providers/{uuid}", providers.Provider),
        ("/resource_providers/{uuid}/inventories", inventories.Inventories),
        ("/resource_providers/{uuid}/inventories/{name}", inventories.Inventory),
        ("/resource_providers/{uuid}/usages", providers.Usages),
        ("/resource_providers/{uuid}/allocations", providers.Allocations),
        ("/resource_providers/{uuid}/traits", providers.Traits),
        ("/resource_providers/{uuid}/aggregates", providers.Aggregates),
        ("/resource_classes", vocabulary.ResourceClasses),
        ("/resource_classes/{name}", vocabulary.ResourceClass),
        ("/traits", vocabulary.AllTraits),
        ("/traits/{name}", vocabulary.OneTrait),
        ("/allocation_candidates", candidates.Candidates),
        ("/allocations", allocations.ManyConsumers),
        ("/allocations/{consumer}", allocations.Consumer),
        ("/usages", allocations.ProjectUsages),
        ("/reshaper", allocations.Reshaper),
    ),
)
