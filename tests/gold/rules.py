"""Where a recorded answer and ours may differ, and why. Everything not declared here must be equal.

Already known to the comparison itself (``ids.py``): ids are mapped one to one, times must have the same format.
Paths are ``body/…`` with list positions as numbers, or ``headers/…``; ``*`` is one part of a path, ``**`` any number.
"""

from __future__ import annotations

import re
from typing import Any

from cloudlab.compare.ids import IdMap
from cloudlab.compare.rules import Extra, Rule, Rulebook, exact, http_date, same_type, shaped
from cloudlab.compare.rules import path_matches as path_matches


def same_net(recorded: Any, ours: Any) -> str | None:
    """An address of the same network; equal where it is a gateway or was asked for."""
    if recorded.endswith((".1", ".77")):
        return exact(recorded, ours)
    if not isinstance(ours, str) or not re.fullmatch(r"(\d+\.){3}\d+", ours):
        return "no address"
    return None if recorded.rsplit(".", 1)[0] == ours.rsplit(".", 1)[0] else "an address of another network"


def generated_key(recorded: Any, ours: Any) -> str | None:
    """Equal, or both generated."""
    return exact(recorded, ours) and shaped(r"ssh-rsa \S+ Generated-by-Nova\n?")(recorded, ours)


def digest(recorded: Any, ours: Any) -> str | None:
    """Equal where the same bytes were sent; the first image's digests are only of the same form."""
    if recorded.startswith(("5be8d18b", "5b16d88b")):
        return shaped(f"[0-9a-f]{{{len(recorded)}}}")(recorded, ours)
    return exact(recorded, ours)


RULES = [
    Rule("**/audit_ids/*", shaped(r"[\w-]{22}"), "random in the recording, from our own seeded source here"),
    Rule("body/server/adminPass", exact, "the password was asked for", step="*_adminPass"),
    Rule("**/adminPass", shaped(r"[A-Za-z0-9]{12}"), "generated"),
    Rule("**/hostId", shaped(r"([0-9a-f]{56})?"), "a hash of project id and host name"),
    Rule("**/addr", same_net, "allocated from a pool: which address is free differs"),
    Rule("**/ip_address", same_net, "allocated from a pool: which address is free differs"),
    Rule("**/floating_ip_address", same_net, "allocated from a pool: which address is free differs"),
    Rule("**/fixed_ip_address", same_net, "allocated from a pool: which address is free differs"),
    Rule("**/OS-EXT-IPS-MAC:mac_addr", shaped(r"fa:16:3e(:[0-9a-f]{2}){3}"), "generated"),
    Rule("**/mac_address", shaped(r"fa:16:3e(:[0-9a-f]{2}){3}"), "generated"),
    Rule("**/mac_addr", shaped(r"fa:16:3e(:[0-9a-f]{2}){3}"), "generated"),
    Rule(
        "body/keypair/private_key",
        shaped(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*"),
        "generated; left out of the recording",
    ),
    Rule(
        "body/keypair/public_key",
        shaped(r"ssh-rsa \S+ Generated-by-Nova\n?"),
        "generated",
        step="*_keypair_generate",
    ),
    Rule(
        "body/keypair/fingerprint",
        shaped(r"[0-9a-f]{2}(:[0-9a-f]{2}){15}"),
        "of a generated key",
        step="*_keypair_generate",
    ),
    Rule(
        "body/keypairs/*/keypair/public_key",
        generated_key,
        "where a generated key is listed, as where it is generated",
    ),
    Rule(
        "body/keypairs/*/keypair/fingerprint",
        shaped(r"[0-9a-f]{2}(:[0-9a-f]{2}){15}"),
        "may be of a generated key",
    ),
    Rule("**/auth_key", shaped(r"[0-9a-f]{16}"), "generated"),
    Rule("**/checksum", digest, "the first image's bytes are ours; of any other the same bytes were sent"),
    Rule(
        "**/os_hash_value", digest, "the first image's bytes are ours; of any other the same bytes were sent"
    ),
    Rule("body/application_credential/secret", shaped(r"[\w-]{86}"), "generated"),
    Rule("headers/content-md5", exact, "of bytes that were sent"),
    Rule("**/standard_attr_id", same_type, "a row number: counts rows of earlier stories"),
    Rule("body/keypair/id", same_type, "a row number: counts rows of earlier stories"),
    Rule("**/OS-EXT-SRV-ATTR:instance_name", shaped(r"instance-[0-9a-f]{8}"), "a row number in hexadecimal"),
    Rule("**/OS-EXT-SRV-ATTR:reservation_id", shaped(r"r-[a-z0-9]{8}"), "generated"),
    Rule("body/reservation_id", shaped(r"r-[a-z0-9]{8}"), "generated"),
    Rule("body/output", shaped(r".+"), "console text comes from the fake driver: ours is worth reading"),
    Rule("headers/last-modified", http_date, "a time"),
]

# Lists whose order the API doesn't promise: compared by likeness of their elements.
SETS = [
    "body/token/roles",
    "body/application_credential/roles",
    "body/application_credentials/*/roles",
    "body/token/catalog",
    "body/token/catalog/*/endpoints",
    "body/catalog",
    "body/catalog/*/endpoints",
    "body/projects",
    "body/users",
    "body/roles",
    "body/role_assignments",
    "body/role_inferences",
    "body/server_group/members",
    "body/services",
    "body/endpoints",
    "body/networks",
    "body/interfaceAttachments",
    "body/subnets",
    "body/ports",
    "body/security_groups",
    "body/security_groups/*/security_group_rules",
    "body/security_group/security_group_rules",
    "body/security_group_rules",
    "body/traits",
    "body/provider_summaries/*/traits",
    "body/security_groups/*/rules",
    "body/resource_classes",
    "**/tags",
]

TALK_ROLES = {"heat_stack_owner", "_member_"}
TALK = "first contents that the talk shows and the recorded cloud hadn't"


def of_talk_role(assignment: Any, ids: IdMap) -> bool:
    """A grant of a role that the recorded cloud doesn't know, by name or, where names aren't shown, by id."""
    role = assignment.get("role", {})
    return role["name"] in TALK_ROLES if "name" in role else role.get("id") not in ids.theirs


# Made within one second: sorted by their (random) ids in the recording, the newest first here.
SAME_SECOND = {
    "cinder/034_volumes": ["body/volumes"],
    "cinder/035_volumes_detail": ["body/volumes"],
    "nova_v21/254_reader_list": ["body/servers"],
    "nova_v21/274_servers_deleted_member": ["body/servers"],
}

EXTRAS = [
    Extra("body/roles", lambda role, ids: role.get("name") in TALK_ROLES, TALK, step="keystone/*_list_roles"),
    Extra("body/role_assignments", of_talk_role, TALK, step="keystone/*"),
    Extra(
        "body/networks",
        lambda network, ids: network.get("name") == "admin-private",
        TALK,
        step="neutron/*_admin",
    ),
]

# The service's own bug was recorded: what a client's mistake must get instead (gold/README, 'Where not to follow').
BAD_REQUEST = {
    "status": 400,
    "answer": {"badRequest": {"code": 400, "message": "'volume' is a required property"}},
}
EXPECT_INSTEAD: dict[str, dict[str, Any]] = {
    "cinder/065_err_create_nobody": BAD_REQUEST,
    "cinder/068_err_create_no_ct": BAD_REQUEST,
    "more/096_subnet_from_pool_too_large": {
        "status": 409,
        "answer": {
            "NeutronError": {
                "type": "SubnetAllocationError",
                "message": "Failed to allocate subnet: Insufficient prefix space to allocate subnet size /8.",
                "detail": "",
            }
        },
    },
}

# Texts in recordings that come from the fake drivers, rewritten before anything is compared.
REWRITES: list[tuple[str, str, str]] = [
    (r"/dev/sd([a-z])", r"/dev/vd\1", "the fake driver's bus is scsi; a libvirt host with virtio says vd"),
]

# The same story under other names (that sort alike): nothing else in an answer may depend on them.
OTHER_NAMES = {
    r"MyFirst(?=[A-Z\"&])": "MyOther",
    r"myfirst(?=[a-z])": "myother",
    r"\bgold(proj|user|img2?|net|sub|port|router|sg)\b": r"brass\1",
    r"\b(edkey|genkey|snap1|from-snap|from-image|nosize)\b": r"\1-too",
}

# The whole order of states of each kind of change. A recorder that polls may miss a short one, so: what was recorded
# must appear in ours, in order, and ours may have no state that isn't listed here.
_BUILD = ["BUILD scheduling building 0", "BUILD None building 0", "BUILD networking building 0",
          "BUILD block_device_mapping building 0", "BUILD spawning building 0", "ACTIVE None active 1"]  # fmt: skip
WHOLE_ORDERS = {
    "server_STATES": _BUILD,
    "more/208_server_deleted_STATES": ["ERROR deleting error 1", "DELETED None deleted 0", "404"],
    "volume2_STATES": ["creating", "available"],
    "cinder_volume_STATES": ["reserved", "attaching", "in-use"],
}


BOOK = Rulebook(RULES, SETS, same_second=SAME_SECOND, extras=EXTRAS, rewrites=REWRITES)
