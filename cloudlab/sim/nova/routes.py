"""Nova's one table: path → resource. Paths are below /v2.1, /v2.1/{project_id}, /v2 and /v2/{project_id}."""

import re

from cloudlab.sim.nova.faults import fault
from cloudlab.sim.nova.flavors import Flavors, FlavorsDetail, OneFlavor
from cloudlab.sim.nova.flavors_extra import Access, ExtraSpec, ExtraSpecs, FlavorAction
from cloudlab.sim.nova.keypairs import KeyPairs, OneKeyPair
from cloudlab.sim.nova.negotiation import enter, leave, ready
from cloudlab.sim.nova.quotas import Limits, QuotaSet, QuotaSetDefaults, QuotaSetDetail
from cloudlab.sim.nova.versions import Version, Versions
from cloudlab.sim.nova.zones import Zones, ZonesDetail
from cloudlab.sim.web import Service

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
SERVER_ROUTES: tuple[tuple[str, type], ...] = ()

# What the real nova has and this one hasn't
ABSENT: tuple[tuple[str, str], ...] = ()

SERVICE = Service(
    name="nova",
    fault=fault,
    mount=re.compile(r"^/(?P<api>v2\.1|v2)(?:/(?P<project>[0-9a-f-]+))?(?=/|$)"),
    enter=enter,
    ready=ready,
    leave=leave,
    root_routes=(("/", Versions),),
    routes=CATALOGUE_ROUTES + SERVER_ROUTES,
    absent=ABSENT,
)
