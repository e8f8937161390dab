"""Where two clouds' answers differ naturally, and why: their own contents, names and sizes. The rest must be equal."""

import re
from typing import Any

from cloudlab.compare.rules import Rule, Rulebook, http_date, path_matches, same_type, shaped

# What a thing that is on its way shows by chance.
MOVING = (
    "status",
    "progress",
    "updated",
    "hostId",
    "addresses",
    "OS-EXT-AZ:availability_zone",
    "OS-EXT-STS:task_state",
    "OS-EXT-STS:vm_state",
    "OS-EXT-STS:power_state",
    "OS-EXT-SRV-ATTR:host",
    "OS-EXT-SRV-ATTR:hypervisor_hostname",
    "OS-EXT-SRV-ATTR:instance_name",
    "OS-SRV-USG:launched_at",
    "security_groups",
)


def or_null(recorded: Any, ours: Any) -> str | None:
    """The same JSON type, or null on either side."""
    return None if recorded is None or ours is None else same_type(recorded, ours)


def anything(recorded: Any, ours: Any) -> str | None:
    """Whatever it is."""
    return None


def as_empty(recorded: Any, ours: Any) -> str | None:
    """Both are empty, or neither is."""
    return same_type(recorded, ours) or (None if bool(recorded) == bool(ours) else "only one is empty")


THEIR_FLAVOR = "the flavor is the cloud's own"
RULES = (
    Rule("**/audit_ids/*", shaped(r"[\w-]+"), "random"),
    Rule("**/domain/*", same_type, "whose the account is"),
    Rule("body/token/user/*", or_null, "whose the account is", null=True),
    Rule("body/token/project/*", same_type, "whose the account is"),
    Rule("body/token/roles/*/*", same_type, "whose the account is"),
    Rule("body/token/methods/*", same_type, "how the account logs in"),
    Rule("body/token/application_credential/*", same_type, "the user's own"),
    Rule("body/token/catalog/**", same_type, "which services there are, and where"),
    Rule("body/projects/*/*", or_null, "which projects the account has", null=True),
    Rule("body/users/*/*", or_null, "whom the cloud knows", null=True),
    Rule("body/user/id", same_type, "how long ids are is for the domain's driver to say"),
    Rule("**/domain_id", same_type, "whose the account is"),
    Rule("**/user_id", same_type, "how long ids are is for the domain's driver to say"),
    Rule("body/flavors/*/swap", anything, THEIR_FLAVOR),
    Rule("body/flavors/*/*", or_null, THEIR_FLAVOR, null=True),
    Rule("body/flavor/swap", anything, THEIR_FLAVOR, step="GET *"),
    Rule("body/flavor/*", or_null, THEIR_FLAVOR, step="GET *", null=True),
    Rule("body/server/flavor/id", same_type, THEIR_FLAVOR),
    Rule("body/images/*/*", or_null, "the images are the cloud's own", null=True),
    Rule(
        "body/servers/**", or_null, "servers that were there already", step="* {compute}/servers", null=True
    ),
    Rule("**/stores", same_type, "the store's name is the cloud's own"),
    Rule("headers/openstack-image-store-ids", same_type, "the store's name is the cloud's own"),
    Rule("body/limits/absolute/*", same_type, "quotas, and what is used of them"),
    Rule("body/keypair/id", same_type, "a row's number"),
    Rule("body/keypairs/*/keypair/*", same_type, "key pairs that were there already"),
    Rule("**/adminPass", same_type, "generated, and hidden"),
    Rule("**/hostId", as_empty, "a hash of project id and host name"),
    Rule("**/OS-EXT-AZ:availability_zone", as_empty, "the zone's name is the cloud's own"),
    Rule("**/availability_zone", as_empty, "the zone's name is the cloud's own"),
    Rule("**/addr", same_type, "which address is free"),
    Rule("**/OS-EXT-IPS-MAC:mac_addr", shaped(r"([0-9a-f]{2}:){5}[0-9a-f]{2}"), "generated"),
    Rule("body/volume/volume_type", same_type, "the type's name is the cloud's own"),
    Rule("body/volumes/*/volume_type", same_type, "the type's name is the cloud's own"),
    Rule("body/volume_type/*", or_null, "the types are the cloud's own", null=True),
    Rule("body/volume_types/*/*", or_null, "the types are the cloud's own", null=True),
    Rule("**/host_name", same_type, "the host's name is the cloud's own"),
    Rule("**/os-vol-host-attr:host", same_type, "the host's name is the cloud's own"),
    Rule("**/OS-EXT-SRV-ATTR:host", same_type, "the host's name is the cloud's own"),
    Rule("**/OS-EXT-SRV-ATTR:hypervisor_hostname", same_type, "the host's name is the cloud's own"),
    Rule("**/OS-EXT-SRV-ATTR:instance_name", as_empty, "a row's number"),
    Rule("**/device", shaped(r"/dev/[a-z]+"), "which letter is free, and the bus, are the host's to say"),
    Rule("body/output", as_empty, "what a server's console says is the image's"),
    Rule("headers/last-modified", http_date, "a time"),
)
# Lists whose elements, and objects whose fields, are each cloud's own.
SAMPLES = (
    "body/versions",
    "body/versions/values",
    "body/token/roles",
    "body/token/catalog",
    "body/token/catalog/*/endpoints",
    "body/projects",
    "body/projects/*",
    "body/users",
    "body/users/*",
    "body/token/user",
    "body/flavors",
    "body/images",
    "body/images/*",
    "body/servers",
    "body/keypairs",
    "body/volume_types",
    "**/extra_specs",
    "**/properties",
    "**/addresses/*",
)
BOOK = Rulebook(RULES, samples=SAMPLES)


def settled(body: Any) -> Any:
    """An answer without what a thing on its way shows by chance."""
    if not isinstance(body, dict):
        return body
    return {
        name: {key: held for key, held in value.items() if key not in MOVING}
        if isinstance(value, dict)
        else value
        for name, value in body.items()
    }


def without_figures(body: Any) -> Any:
    """Words without the numbers in them."""
    if isinstance(body, dict):
        return {name: without_figures(value) for name, value in body.items()}
    return re.sub(r"\d+", "‹n›", body) if isinstance(body, str) else body


def hides(rule: Rule, where: str) -> bool:
    """Whether what is at that place may say something of the cloud that the report keeps to itself."""
    return path_matches(where, rule.where)
