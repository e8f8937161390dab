"""Neutron's one table: path → resource."""

import json
import re

from cloudlab.sim import schema
from cloudlab.sim.auth import authenticate
from cloudlab.sim.errors import PathNotFound
from cloudlab.sim.neutron import address_groups, extensions, extraroutes, facts, older, prefixes, quotas, tags
from cloudlab.sim.neutron.address_groups import ADDRESS_GROUPS
from cloudlab.sim.neutron.controller import collection, item
from cloudlab.sim.neutron.default_rules import DEFAULT_RULES
from cloudlab.sim.neutron.faults import fault
from cloudlab.sim.neutron.flavors import FLAVORS, SERVICE_PROFILES, ProfileOfFlavor, ProfilesOfFlavor
from cloudlab.sim.neutron.floatingips import FLOATING_IPS
from cloudlab.sim.neutron.groups import GROUPS, RULES
from cloudlab.sim.neutron.interfaces import AddInterface, RemoveInterface
from cloudlab.sim.neutron.networks import NETWORKS
from cloudlab.sim.neutron.ports import PORTS
from cloudlab.sim.neutron.rbac import RBAC_POLICIES
from cloudlab.sim.neutron.routers import ROUTERS
from cloudlab.sim.neutron.scopes import ADDRESS_SCOPES
from cloudlab.sim.neutron.subnetpools import SUBNET_POOLS
from cloudlab.sim.neutron.subnets import SUBNETS
from cloudlab.sim.neutron.topology import AutoTopology
from cloudlab.sim.web import UNSPACED, Call, Reply, Service, empty_preflight

schema.MIGRATIONS[1] = older.to_policies


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


UNSPACED_PATH = re.compile(r"/(networks|subnets|ports)(/[^/]+)?/?$")


def enter(call: Call) -> None:
    if call.path not in ("", "/"):
        authenticate(call)


def leave(call: Call, reply: Reply) -> None:
    if call.path not in ("", "/"):
        reply.headers["x-openstack-request-id"] = call.scope.request_id


def written(call: Call, reply: Reply) -> str:
    """Networks, subnets and ports have a writer of their own, without spaces (seen on 2025.2)."""
    unspaced = reply.status < 400 and UNSPACED_PATH.search(call.path)
    return json.dumps(reply.body, separators=UNSPACED if unspaced else None)


def _tags() -> tuple[tuple[str, type], ...]:
    """Tags of every kind that has them."""
    kinds = (NETWORKS, SUBNETS, PORTS, SUBNET_POOLS, ROUTERS, FLOATING_IPS, GROUPS)
    found: list[tuple[str, type]] = []
    for kind in kinds:
        path = f"/{kind.collection.replace('_', '-')}/{{id_}}/tags"
        found += [(path, tags.many(kind)), (f"{path}/{{tag}}", tags.one(kind))]
    return tuple(found)


SERVICE = Service(
    name="neutron",
    fault=fault,
    enter=enter,
    leave=leave,
    written=written,
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
        ("/quotas/tenant", quotas.WhoseQuota),
        ("/quotas/{project}", quotas.ProjectQuota),
        ("/quotas/{project}/default", quotas.DefaultQuota),
        ("/quotas/{project}/details", quotas.QuotaDetails),
        ("/quotas/{project}/details.json", quotas.QuotaDetails),
        ("/agents", facts.empty("agents", facts.AGENT_FILTERS)),
        ("/agents/{id_}", facts.Agent),
        ("/agents/{id_}/dhcp-networks", facts.Agent),
        ("/agents/{id_}/l3-routers", facts.Agent),
        ("/networks/{id_}/dhcp-agents", facts.DhcpAgents),
        ("/routers/{id_}/l3-agents", facts.L3Agents),
        ("/availability_zones", facts.empty("availability_zones", {"name", "resource", "state"})),
        ("/service-providers", facts.ServiceProviders),
        ("/network-ip-availabilities", facts.Availabilities),
        ("/network-ip-availabilities/{id_}", facts.Availability),
        ("/floatingip_pools", facts.FloatingIpPools),
        ("/subnetpools", collection(SUBNET_POOLS)),
        ("/subnetpools/{id_}", item(SUBNET_POOLS)),
        ("/subnetpools/{id_}/add_prefixes", prefixes.AddPrefixes),
        ("/subnetpools/{id_}/remove_prefixes", prefixes.RemovePrefixes),
        ("/subnetpools/{id_}/onboard_network_subnets", prefixes.Onboard),
        ("/address-scopes", collection(ADDRESS_SCOPES)),
        ("/address-scopes/{id_}", item(ADDRESS_SCOPES)),
        ("/address-groups", collection(ADDRESS_GROUPS)),
        ("/address-groups/{id_}", item(ADDRESS_GROUPS)),
        ("/address-groups/{id_}/add_addresses", address_groups.AddAddresses),
        ("/address-groups/{id_}/remove_addresses", address_groups.RemoveAddresses),
        ("/rbac-policies", collection(RBAC_POLICIES)),
        ("/rbac-policies/{id_}", item(RBAC_POLICIES)),
        ("/default-security-group-rules", collection(DEFAULT_RULES)),
        ("/default-security-group-rules/{id_}", item(DEFAULT_RULES, updates=False)),
        ("/routers", collection(ROUTERS)),
        ("/routers/{id_}", item(ROUTERS)),
        ("/routers/{id_}/add_router_interface", AddInterface),
        ("/routers/{id_}/remove_router_interface", RemoveInterface),
        ("/routers/{id_}/add_extraroutes", extraroutes.AddRoutes),
        ("/routers/{id_}/remove_extraroutes", extraroutes.RemoveRoutes),
        ("/floatingips", collection(FLOATING_IPS)),
        ("/floatingips/{id_}", item(FLOATING_IPS)),
        ("/flavors", collection(FLAVORS)),
        ("/flavors/{id_}", item(FLAVORS)),
        ("/flavors/{id_}/service_profiles", ProfilesOfFlavor),
        ("/flavors/{id_}/service_profiles/{profile}", ProfileOfFlavor),
        ("/service_profiles", collection(SERVICE_PROFILES)),
        ("/service_profiles/{id_}", item(SERVICE_PROFILES)),
        ("/auto-allocated-topology/{project}", AutoTopology),
        *_tags(),
    ),
    absent=(
        ("PUT", "/routers/{id_}/add_external_gateways"),
        ("PUT", "/routers/{id_}/update_external_gateways"),
        ("PUT", "/routers/{id_}/remove_external_gateways"),
        ("GET POST", "/ports/{id_}/bindings"),
        ("GET PUT DELETE", "/ports/{id_}/bindings/{host}"),
        ("PUT", "/ports/{id_}/bindings/{host}/activate"),
        ("GET", "/flavors/{id_}/next_providers"),
        ("GET POST", "/floatingips/{id_}/port_forwardings"),
        ("GET PUT DELETE", "/floatingips/{id_}/port_forwardings/{forwarding}"),
    ),
)
