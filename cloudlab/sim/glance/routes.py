"""Glance's one table: path → resource."""

import re

from cloudlab.sim.auth import authenticate
from cloudlab.sim.glance import images, imports, info, members, metadefs, tasks, versions
from cloudlab.sim.glance.faults import LONGEST_ID, IdTooLong, fault
from cloudlab.sim.glance.versions import MultipleChoices
from cloudlab.sim.web import Call, Reply, Service, empty_preflight


def enter(call: Call) -> None:
    """First the version in the path (300 when there is none), then who is asking."""
    if call.path in ("/", "", "/versions", "/versions/"):
        return
    if not call.api or not versions.is_known(call.api):
        raise MultipleChoices()
    sent = call.headers.get("x-openstack-request-id", "").strip()
    if sent and len(sent) <= LONGEST_ID and sent.isascii() and sent.isprintable():
        call.scope.request_id = sent  # glance alone takes over the id of who asks (east_west_server_create)
    authenticate(call)
    if len(sent) > LONGEST_ID:
        raise IdTooLong


def leave(call: Call, reply: Reply) -> None:
    """What the pipeline answers before the application has no request id."""
    if call.api and reply.status not in (300, 401):
        own = call.scope.request_id
        reply.headers["x-openstack-request-id"] = own if own.startswith("req-") else f"req-{own}"


SERVICE = Service(
    name="glance",
    fault=fault,
    enter=enter,
    leave=leave,
    preflight=empty_preflight,
    mount=re.compile(r"^/(?P<api>v2(?:\.\d+)?)(?=/|$)"),
    root_routes=(("/", versions.Root), ("/versions", versions.Versions)),
    routes=(
        ("/images", images.Images),
        ("/images/{image_id}", images.OneImage),
        ("/images/{image_id}/file", images.Data),
        ("/images/{image_id}/tags/{tag}", images.Tag),
        ("/images/{image_id}/actions/deactivate", images.Deactivate),
        ("/images/{image_id}/actions/reactivate", images.Reactivate),
        ("/images/{image_id}/members", members.Members),
        ("/images/{image_id}/members/{member_id}", members.OneMember),
        ("/images/{image_id}/stage", imports.Stage),
        ("/images/{image_id}/import", imports.Import),
        ("/images/{image_id}/tasks", tasks.ImageTasks),
        ("/images/{image_id}/locations", info.Locations),
        ("/stores/{store_id}/{image_id}", imports.DeleteFromStore),
        ("/tasks", tasks.Tasks),
        ("/tasks/{task_id}", tasks.OneTask),
        ("/metadefs/namespaces", metadefs.Namespaces),
        ("/metadefs/namespaces/{namespace}", metadefs.OneNamespace),
        ("/metadefs/resource_types", metadefs.ResourceTypes),
        ("/cache", info.Cache),
        ("/cache/{image_id}", info.CachedImage),
        ("/schemas/{name}", info.Schema),
        ("/schemas/image", info.ImageSchema),
        ("/schemas/images", info.ImagesSchema),
        ("/info/stores", info.Stores),
        ("/info/stores/detail", info.StoresDetail),
        ("/info/import", info.Import),
        ("/info/usage", info.Usage),
    ),
    absent=(
        ("POST", "/tasks"),
        ("POST", "/metadefs/namespaces"),
        ("PUT DELETE", "/metadefs/namespaces/{namespace}"),
        ("GET POST DELETE", "/metadefs/namespaces/{namespace}/objects"),
        ("GET POST DELETE", "/metadefs/namespaces/{namespace}/properties"),
        ("GET POST PUT DELETE", "/metadefs/namespaces/{namespace}/tags"),
        ("GET POST", "/metadefs/namespaces/{namespace}/resource_types"),
        ("GET", "/schemas/metadefs/namespace"),
        ("GET", "/schemas/metadefs/namespaces"),
    ),
)
