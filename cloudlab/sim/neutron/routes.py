"""Neutron's one table: path → resource."""

import re

from cloudlab.sim.auth import authenticate
from cloudlab.sim.errors import PathNotFound
from cloudlab.sim.neutron import extensions, quotas
from cloudlab.sim.neutron.controller import collection, item
from cloudlab.sim.neutron.faults import fault
from cloudlab.sim.neutron.floatingips import FLOATING_IPS
from cloudlab.sim.neutron.groups import GROUPS, RULES
from cloudlab.sim.neutron.networks import NETWORKS
from cloudlab.sim.neutron.ports import PORTS
from cloudlab.sim.neutron.routers import ROUTERS, AddInterface, RemoveInterface
from cloudlab.sim.neutron.subnets import SUBNETS
from cloudlab.sim.web import Call, Reply, Service, empty_preflight


class Root:
    """GET /: which versions there are. Needs no token."""

    def get(self, call: Call) -> Reply:
        links = [{"rel": "self", "href": f"{call.root}/v2.0/"}]
        return Reply(200, {"versions": [{"id": "v2.0", "status": "CURRENT", "links": links}]})


class Version:
    """GET /v2.0/: the core resources. Without the slash it is no path at all (recording neutron/003)."""

    def get(self, call: Call) -> Reply:
        if not call.path.endswith("/"):
            raise PathNotFound()
        core = [
            {
                "name": name,
                "collection": f"{name}s",
                "links": [{"rel": "self", "href": f"{call.root}/v2.0/{name}s"}],
            }
            for name in ("network", "subnet", "subnetpool", "port")
        ]
        return Reply(200, {"resources": core})


def _empty(name: str) -> type:
    """A list of which there is none here, truthfully: nothing makes one."""

    class Empty:
        def get(self, call: Call) -> Reply:
            return Reply(200, {name: []})

    return Empty


def enter(call: Call) -> None:
    if call.path not in ("", "/"):
        authenticate(call)


def leave(call: Call, reply: Reply) -> None:
    if call.path not in ("", "/"):
        reply.headers["x-openstack-request-id"] = call.scope.request_id


SERVICE = Service(
    name="neutron",
    fault=fault,
    enter=enter,
    leave=leave,
    preflight=empty_preflight,
    strange="GET",
    mount=re.compile(r"^/(?P<api>v2\.0)(?=/|$)"),
    root_routes=(("/", Root),),
    routes=(
        ("", Version),
        ("/extensions", extensions.Extensions),
        ("/extensions/{alias}", extensions.Extension),
        ("/networks", collection(NETWORKS)),
        ("/networks/{id_}", item(NETWORKS)),
        ("/subnets", collection(SUBNETS)),
        ("/subnets/{id_}", item(SUBNETS)),
        ("/ports", collection(PORTS)),
        ("/ports/{id_}", item(PORTS)),
        ("/security-groups", collection(GROUPS)),
        ("/security-groups/{id_}", item(GROUPS)),
        ("/security-group-rules", collection(RULES)),
        ("/security-group-rules/{id_}", item(RULES, updates=False)),
        ("/quotas", quotas.Quotas),
        ("/quotas/{project}", quotas.ProjectQuota),
        ("/quotas/{project}/default", quotas.DefaultQuota),
        ("/quotas/{project}/details", quotas.QuotaDetails),
        ("/quotas/{project}/details.json", quotas.QuotaDetails),
        ("/agents", _empty("agents")),
        ("/availability_zones", _empty("availability_zones")),
        ("/subnetpools", _empty("subnetpools")),
        ("/routers", collection(ROUTERS)),
        ("/routers/{id_}", item(ROUTERS)),
        ("/routers/{id_}/add_router_interface", AddInterface),
        ("/routers/{id_}/remove_router_interface", RemoveInterface),
        ("/floatingips", collection(FLOATING_IPS)),
        ("/floatingips/{id_}", item(FLOATING_IPS)),
    ),
    absent=(
        ("PUT", "/routers/{id_}/add_extraroutes"),
        ("PUT", "/routers/{id_}/remove_extraroutes"),
        ("GET POST", "/floatingips/{id_}/port_forwardings"),
        ("GET POST", "/address-groups"),
        ("GET POST", "/address-scopes"),
        ("GET POST", "/rbac-policies"),
        ("GET POST", "/default-security-group-rules"),
        ("GET", "/network-ip-availabilities"),
        ("GET", "/service-providers"),
        ("GET POST", "/flavors"),
        ("GET PUT DELETE", "/networks/{id_}/tags"),
        ("GET PUT DELETE", "/subnets/{id_}/tags"),
        ("GET PUT DELETE", "/ports/{id_}/tags"),
        ("GET PUT DELETE", "/security-groups/{id_}/tags"),
    ),
)
