"""Nova's one table: path → resource. Paths are below /v2.1, /v2.1/{project_id}, /v2 and /v2/{project_id}."""

import re

import cloudlab.sim.nova.life  # noqa: F401 - from its import on, the trail knows servers
from cloudlab.sim.nova.actions import RemoteConsoles, ServerAction
from cloudlab.sim.nova.aggregates import AggregateAction, AggregateImages, Aggregates, OneAggregate
from cloudlab.sim.nova.attachments import Attachment, Attachments
from cloudlab.sim.nova.console_tokens import ConsoleToken
from cloudlab.sim.nova.diagnostics import Diagnostics
from cloudlab.sim.nova.extensions import Extensions, OneExtension
from cloudlab.sim.nova.external_events import ExternalEvents
from cloudlab.sim.nova.faults import fault
from cloudlab.sim.nova.flavors import Flavors, FlavorsDetail, OneFlavor
from cloudlab.sim.nova.flavors_extra import Access, ExtraSpec, ExtraSpecs, FlavorAction
from cloudlab.sim.nova.gone import PROXY_ROUTES, REMOVED_ROUTES
from cloudlab.sim.nova.hypervisors import (
    Hypervisors,
    HypervisorsDetail,
    OneHypervisor,
    Search,
    SearchServers,
    Statistics,
    Uptime,
)
from cloudlab.sim.nova.images import ImageMetadata, ImageMetadataItem, Images, ImagesDetail, OneImage
from cloudlab.sim.nova.instance_actions import Action, Actions
from cloudlab.sim.nova.interfaces import Interface, Interfaces
from cloudlab.sim.nova.keypairs import KeyPairs, OneKeyPair
from cloudlab.sim.nova.migrations import (
    Migrations,
    ServerMigration,
    ServerMigrationAction,
    ServerMigrations,
)
from cloudlab.sim.nova.negotiation import enter, leave, ready
from cloudlab.sim.nova.old_hosts import Hosts, OneHost, Reboot, Shutdown, Startup
from cloudlab.sim.nova.proxies import (
    FloatingIpPools,
    FloatingIps,
    Networks,
    OldGroups,
    OneFloatingIp,
    OneNetwork,
    OneOldGroup,
    OneTenantNetwork,
    TenantNetworks,
)
from cloudlab.sim.nova.proxies_cinder import (
    OneSnapshot,
    OneVolume,
    Snapshots,
    SnapshotsDetail,
    Volumes,
    VolumesDetail,
)
from cloudlab.sim.nova.quota_classes import QuotaClassSet
from cloudlab.sim.nova.quotas import Limits, QuotaSet, QuotaSetDefaults, QuotaSetDetail
from cloudlab.sim.nova.server_groups import OneServerGroup, ServerGroups
from cloudlab.sim.nova.server_parts import (
    Addresses,
    Metadata,
    MetadataItem,
    NetworkAddresses,
    Password,
    SecurityGroups,
    Shares,
    Tag,
    Tags,
    Topology,
)
from cloudlab.sim.nova.servers import OneServer, Servers, ServersDetail
from cloudlab.sim.nova.services import OneService, Services
from cloudlab.sim.nova.usage import ProjectUsage, Usages
from cloudlab.sim.nova.versions import Version, Versions
from cloudlab.sim.nova.zones import Zones, ZonesDetail
from cloudlab.sim.web import Service, empty_preflight

# Versions, flavors, images, key pairs, limits, quotas, availability zones
CATALOGUE_ROUTES: tuple[tuple[str, type], ...] = (
    ("/", Version),
    ("/flavors", Flavors),
    ("/flavors/detail", FlavorsDetail),
    ("/flavors/{flavor_id}", OneFlavor),
    ("/flavors/{flavor_id}/os-extra_specs", ExtraSpecs),
    ("/flavors/{flavor_id}/os-extra_specs/{key}", ExtraSpec),
    ("/flavors/{flavor_id}/os-flavor-access", Access),
    ("/flavors/{flavor_id}/action", FlavorAction),
    ("/images", Images),
    ("/images/detail", ImagesDetail),
    ("/images/{image_id}", OneImage),
    ("/images/{image_id}/metadata", ImageMetadata),
    ("/images/{image_id}/metadata/{key}", ImageMetadataItem),
    ("/os-keypairs", KeyPairs),
    ("/os-keypairs/{name}", OneKeyPair),
    ("/limits", Limits),
    ("/os-quota-sets/{project_id}", QuotaSet),
    ("/os-quota-sets/{project_id}/detail", QuotaSetDetail),
    ("/os-quota-sets/{project_id}/defaults", QuotaSetDefaults),
    ("/os-availability-zone", Zones),
    ("/os-availability-zone/detail", ZonesDetail),
)

# Servers, their actions, their volumes and what happened to them
SERVER_ROUTES: tuple[tuple[str, type], ...] = (
    ("/servers", Servers),
    ("/servers/detail", ServersDetail),
    ("/servers/{server_id}", OneServer),
    ("/servers/{server_id}/action", ServerAction),
    ("/servers/{server_id}/remote-consoles", RemoteConsoles),
    ("/servers/{server_id}/ips", Addresses),
    ("/servers/{server_id}/ips/{network}", NetworkAddresses),
    ("/servers/{server_id}/metadata", Metadata),
    ("/servers/{server_id}/metadata/{key}", MetadataItem),
    ("/servers/{server_id}/tags", Tags),
    ("/servers/{server_id}/tags/{tag}", Tag),
    ("/servers/{server_id}/os-security-groups", SecurityGroups),
    ("/servers/{server_id}/os-interface", Interfaces),
    ("/servers/{server_id}/os-interface/{port_id}", Interface),
    ("/servers/{server_id}/os-server-password", Password),
    ("/servers/{server_id}/diagnostics", Diagnostics),
    ("/servers/{server_id}/topology", Topology),
    ("/servers/{server_id}/os-instance-actions", Actions),
    ("/servers/{server_id}/os-instance-actions/{request_id}", Action),
    ("/servers/{server_id}/os-volume_attachments", Attachments),
    ("/servers/{server_id}/os-volume_attachments/{volume_id}", Attachment),
    ("/os-server-external-events", ExternalEvents),
)

# What administrators look at, and server groups
ADMIN_ROUTES: tuple[tuple[str, type], ...] = (
    ("/os-hypervisors", Hypervisors),
    ("/os-hypervisors/detail", HypervisorsDetail),
    ("/os-hypervisors/statistics", Statistics),
    ("/os-hypervisors/{node_id}", OneHypervisor),
    ("/os-hypervisors/{node_id}/uptime", Uptime),
    ("/os-hypervisors/{node_id}/search", Search),
    ("/os-hypervisors/{node_id}/servers", SearchServers),
    ("/os-services", Services),
    ("/os-services/{key}", OneService),
    ("/os-aggregates", Aggregates),
    ("/os-aggregates/{key}", OneAggregate),
    ("/os-aggregates/{key}/action", AggregateAction),
    ("/os-aggregates/{key}/images", AggregateImages),
    ("/os-migrations", Migrations),
    ("/servers/{server_id}/shares", Shares),
    ("/servers/{server_id}/migrations", ServerMigrations),
    ("/servers/{server_id}/migrations/{number}", ServerMigration),
    ("/servers/{server_id}/migrations/{number}/action", ServerMigrationAction),
    ("/os-simple-tenant-usage", Usages),
    ("/os-simple-tenant-usage/{project_id}", ProjectUsage),
    ("/os-server-groups", ServerGroups),
    ("/os-server-groups/{group_id}", OneServerGroup),
    ("/os-quota-class-sets/{name}", QuotaClassSet),
    ("/os-console-auth-tokens/{token}", ConsoleToken),
    ("/extensions", Extensions),
    ("/extensions/{alias}", OneExtension),
)

# Windows on other services, gone with 2.36 (os-hosts with 2.43)
OLD_ROUTES: tuple[tuple[str, type], ...] = (
    ("/os-networks", Networks),
    ("/os-networks/{network_id}", OneNetwork),
    ("/os-tenant-networks", TenantNetworks),
    ("/os-tenant-networks/{network_id}", OneTenantNetwork),
    ("/os-floating-ip-pools", FloatingIpPools),
    ("/os-floating-ips", FloatingIps),
    ("/os-floating-ips/{floating_id}", OneFloatingIp),
    ("/os-security-groups", OldGroups),
    ("/os-security-groups/{group_id}", OneOldGroup),
    ("/os-volumes", Volumes),
    ("/os-volumes/detail", VolumesDetail),
    ("/os-volumes/{volume_id}", OneVolume),
    ("/os-snapshots", Snapshots),
    ("/os-snapshots/detail", SnapshotsDetail),
    ("/os-snapshots/{snapshot_id}", OneSnapshot),
    ("/os-hosts", Hosts),
    ("/os-hosts/{host}", OneHost),
    ("/os-hosts/{host}/startup", Startup),
    ("/os-hosts/{host}/shutdown", Shutdown),
    ("/os-hosts/{host}/reboot", Reboot),
)

# What the real nova has and this one hasn't
ABSENT: tuple[tuple[str, str], ...] = (
    ("GET POST", "/os-volumes_boot"),
    ("GET", "/os-volumes_boot/detail"),
    ("GET PUT DELETE", "/os-volumes_boot/{server_id}"),
    ("POST", "/os-volumes_boot/{server_id}/action"),
    ("POST", "/servers/{server_id}/shares"),
    ("GET DELETE", "/servers/{server_id}/shares/{share_id}"),
    ("POST", "/os-assisted-volume-snapshots"),
    ("DELETE", "/os-assisted-volume-snapshots/{id}"),
    ("GET", "/os-instance_usage_audit_log"),
    ("GET", "/os-instance_usage_audit_log/{id}"),
)

SERVICE = Service(
    name="nova",
    limited=True,
    fault=fault,
    mount=re.compile(r"^/(?P<api>v2\.1|v2)(?:/(?P<project>[0-9a-f-]+))?(?=/|$)"),
    enter=enter,
    ready=ready,
    leave=leave,
    preflight=empty_preflight,
    root_routes=(("/", Versions),),
    routes=CATALOGUE_ROUTES + SERVER_ROUTES + ADMIN_ROUTES + OLD_ROUTES + PROXY_ROUTES + REMOVED_ROUTES,
    absent=ABSENT,
)
