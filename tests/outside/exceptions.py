"""Where Tempest is not followed: the one list of excused differences, and the operations it has no schema for."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True)
class Difference:
    """One way in which an answer isn't what a schema says.

    `where`: the field, `*` for any item of a list. `kind`: the schema's keyword (or 'status', 'body').
    `names`: the properties that are missing or too many, where it is that.
    """

    where: str
    kind: str
    names: frozenset[str]
    text: str


@dataclass(frozen=True)
class Excuse:
    """In answers of `row`, a difference of `kind` at `where` (`*` matches all) is excused: the real service wins.

    Where it is about properties, only about `names`; with `status`, only in answers of that status.
    """

    row: str
    where: str
    kind: str
    names: frozenset[str]
    reason: str
    status: int = 0

    def covers(self, row: str, status: int, difference: Difference) -> bool:
        return (
            (row, difference.kind) == (self.row, self.kind)
            and fnmatchcase(difference.where, self.where)
            and difference.names <= self.names
            and self.status in (0, status)
        )


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NONE: frozenset[str] = frozenset()
USAGE = words(
    "server_usages start stop tenant_id total_hours total_local_gb_usage total_memory_mb_usage total_vcpus_usage"
)
GONE_WITH_2_88 = words(
    "cpu_info current_workload disk_available_least free_disk_gb free_ram_mb local_gb local_gb_used memory_mb "
    "memory_mb_used running_vms vcpus vcpus_used"
)
UPTIME = frozenset({"uptime"})
SINCE_3_14 = frozenset({"group_snapshot_id", "user_id", "consumes_quota"})

HYPERVISORS = "Tempest's newest schema is of 2.53; 2.88 took twelve fields and gave uptime (nova_v21_296/051)"
SNAPSHOTS = (
    "Tempest has no schema of 3.14 (group_snapshot_id), 3.41 (user_id), 3.65 (consumes_quota): cinder/079"
)
RESERVATION = "asked for return_reservation_id: Tempest's client leaves that answer alone"

EXCUSED: tuple[Excuse, ...] = (
    Excuse(
        "GET /os-simple-tenant-usage/{id}",
        "tenant_usage",
        "required",
        USAGE,
        "a project that had no servers has an empty object (nova_v21/058_usage)",
    ),
    Excuse("POST /servers", "", "required", frozenset({"server"}), RESERVATION),
    Excuse("POST /servers", "", "additionalProperties", frozenset({"reservation_id"}), RESERVATION),
    Excuse(
        "POST /os-server-external-events",
        "",
        "status",
        NONE,
        "207 when an event was refused, as seen on 2025.2",
        status=207,
    ),
    Excuse(
        "POST /os-server-external-events",
        "events.*.name",
        "enum",
        NONE,
        "2.51, 2.76, 2.82 and 2.93 brought events (seen on 2025.2); Tempest knows the oldest four",
    ),
    Excuse(
        "PUT /servers/{id}/tags/{tag}",
        "",
        "required",
        frozenset({"location"}),
        "a tag that was there already is answered without Location (nova's server_tags.py)",
        status=204,
    ),
    Excuse(
        "POST /flavors/{id}/os-extra_specs",
        "extra_specs.*",
        "type",
        NONE,
        "the answer repeats what was sent, numbers as numbers, as seen on 2025.2",
    ),
    Excuse(
        "GET /os-keypairs",
        "",
        "additionalProperties",
        frozenset({"keypairs_links"}),
        "pages came with 2.35, Tempest's newest schema is of 2.2; seen on 2025.2",
    ),
    Excuse(
        "GET /volumes",
        "",
        "additionalProperties",
        frozenset({"count"}),
        "?with_count came with 3.45; seen on 2025.2",
    ),
    Excuse(
        "GET /volume-transfers/detail",
        "",
        "additionalProperties",
        frozenset({"transfers_links"}),
        "pages came with 3.59, Tempest's newest schema is of 3.57; so cinder's view has it",
    ),
    Excuse(
        "GET /os-volume-transfer/detail",
        "",
        "additionalProperties",
        frozenset({"transfers_links"}),
        "the same",
    ),
    Excuse(
        "PUT /os-services/enable",
        "",
        "required",
        frozenset({"disabled_reason"}),
        "an enabled service has no reason, whatever the microversion; seen on 2025.2",
    ),
    Excuse(
        "GET /os-migrations",
        "",
        "additionalProperties",
        frozenset({"migrations_links"}),
        "pages came with 2.59, Tempest's schemas haven't got them; nova's migrations.py has",
    ),
    Excuse(
        "POST /servers/{id}/action evacuate",
        "",
        "type",
        NONE,
        "no password and so no body from 2.14 on (nova's evacuate.py); Tempest has one schema for all",
    ),
    Excuse(
        "PUT /volumes/{id}",
        "volume",
        "additionalProperties",
        words("consumes_quota volume_type_id group_id service_uuid shared_targets cluster_name"),
        "the answer grows with 3.13, 3.48, 3.63 and 3.65 as a GET's does, Tempest's schema doesn't; seen on 2025.2"
        " (cluster_name, an administrator's from 3.61: by the GET's recordings)",
    ),
    Excuse("GET /os-hypervisors/detail", "hypervisors.*", "required", GONE_WITH_2_88, HYPERVISORS),
    Excuse("GET /os-hypervisors/detail", "hypervisors.*", "additionalProperties", UPTIME, HYPERVISORS),
    Excuse("GET /os-hypervisors/{id}", "hypervisor", "required", GONE_WITH_2_88, HYPERVISORS),
    Excuse("GET /os-hypervisors/{id}", "hypervisor", "additionalProperties", UPTIME, HYPERVISORS),
    Excuse("GET /snapshots/{id}", "snapshot", "additionalProperties", SINCE_3_14, SNAPSHOTS),
    Excuse("GET /snapshots/detail", "snapshots.*", "additionalProperties", SINCE_3_14, SNAPSHOTS),
    Excuse("POST /snapshots", "snapshot", "additionalProperties", SINCE_3_14, SNAPSHOTS),
    Excuse("PUT /snapshots/{id}", "snapshot", "additionalProperties", SINCE_3_14, SNAPSHOTS),
)

NO_CLIENT = "Tempest has no client for it"
NO_SCHEMA = "Tempest's client looks at the status only"

PROXY = "a proxy that is gone since 2.36, and whose answers Tempest doesn't describe"

# Operation → why no schema of Tempest's can judge its answers
UNJUDGED: dict[str, dict[str, str]] = {
    "nova": {
        "GET /servers/{id}/topology": NO_CLIENT,
        "GET /servers/{id}/migrations/{number}": NO_CLIENT,
        "DELETE /servers/{id}/migrations/{number}": NO_CLIENT,
        "POST /servers/{id}/action os-getSPICEConsole": NO_CLIENT,
        "POST /servers/{id}/action os-getSerialConsole": NO_CLIENT,
        "POST /os-aggregates/{id}/images": NO_CLIENT,
        "DELETE /os-services/{id}": NO_CLIENT,
        "GET /extensions/{alias}": NO_SCHEMA,
        "GET /os-networks": PROXY,
        "POST /os-networks": PROXY,
        "POST /os-networks/add": PROXY,
        "GET /os-networks/{id}": PROXY,
        "DELETE /os-networks/{id}": PROXY,
        "POST /os-networks/{id}/action": PROXY,
        "POST /os-tenant-networks": PROXY,
        "DELETE /os-tenant-networks/{id}": PROXY,
        "GET /os-floating-ip-pools": PROXY,
    },
    "cinder": {
        "GET /attachments": NO_CLIENT,
        "GET /attachments/detail": NO_CLIENT,
        "GET /attachments/{id}": NO_SCHEMA,
        "POST /attachments": NO_CLIENT,
        "PUT /attachments/{id}": NO_CLIENT,
        "DELETE /attachments/{id}": NO_SCHEMA,
        "POST /attachments/{id}/action": NO_CLIENT,
        "GET /os-availability-zone": NO_SCHEMA,
        "POST /volumes/{id}/action os-begin_detaching": NO_CLIENT,
        "POST /volumes/{id}/action os-roll_detaching": NO_CLIENT,
        "POST /volumes/{id}/action os-initialize_connection": NO_CLIENT,
        "POST /volumes/{id}/action os-volume_upload_image": NO_SCHEMA,
        "POST /volumes/{id}/action os-migrate_volume": NO_SCHEMA,
        "POST /volumes/{id}/action os-reimage": NO_CLIENT,
        "POST /volumes/{id}/action revert": NO_CLIENT,
        "GET /volumes/{id}/encryption": NO_CLIENT,
        "GET /volumes/{id}/encryption/{key}": NO_CLIENT,
        "GET /manageable_volumes": NO_CLIENT,
        "GET /manageable_volumes/detail": NO_CLIENT,
        "GET /manageable_snapshots": NO_CLIENT,
        "GET /manageable_snapshots/detail": NO_CLIENT,
        "GET /os-volume-manage": NO_CLIENT,
        "GET /os-volume-manage/detail": NO_CLIENT,
        "GET /os-snapshot-manage": NO_CLIENT,
        "GET /os-snapshot-manage/detail": NO_CLIENT,
        "GET /{project}": "a project's own base; not asked of a real cinder",
        "GET /default-types": NO_CLIENT,
        "GET /default-types/{id}": NO_CLIENT,
        "PUT /default-types/{id}": NO_CLIENT,
        "DELETE /default-types/{id}": NO_CLIENT,
        "PUT /os-services/{action}": "the actions that Tempest knows are in the table by name",
        "GET /resource_filters": NO_CLIENT,
        "GET /extensions/{alias}": NO_CLIENT,
        "GET /consistencygroups": NO_CLIENT,
        "GET /consistencygroups/detail": NO_CLIENT,
        "GET /cgsnapshots": NO_CLIENT,
        "GET /cgsnapshots/detail": NO_CLIENT,
        "GET /clusters": NO_CLIENT,
        "GET /clusters/detail": NO_CLIENT,
        "GET /clusters/{name}": NO_CLIENT,
    },
}

BY_HAND = "its method reads the body without a schema"
EMPTY = "it has no body"

# Operations that take a POST, PUT or PATCH → why no published schema can judge what they are sent
UNPUBLISHED: dict[str, dict[str, str]] = {
    "nova": {
        "POST /os-networks": "removed in 2025.2",
        "POST /os-networks/add": "removed in 2025.2",
        "POST /os-networks/{id}/action": "removed in 2025.2",
        "POST /os-tenant-networks": "removed in 2025.2",
    },
    "cinder": {
        "POST /volumes/{id}/action os-reserve": EMPTY,
        "POST /volumes/{id}/action os-unreserve": EMPTY,
        "POST /volumes/{id}/action os-begin_detaching": EMPTY,
        "POST /volumes/{id}/action os-roll_detaching": EMPTY,
        "POST /volumes/{id}/action os-force_delete": EMPTY,
        "POST /volumes/{id}/action os-show_image_metadata": EMPTY,
        "POST /volumes/{id}/action revert": BY_HAND,
        "POST /snapshots/{id}/action os-force_delete": EMPTY,
        "POST /snapshots/{id}/metadata": BY_HAND,
        "PUT /snapshots/{id}/metadata": BY_HAND,
        "PUT /snapshots/{id}/metadata/{key}": BY_HAND,
        "POST /attachments/{id}/action": EMPTY,
        "PUT /os-services/{action}": BY_HAND,
    },
    "keystone": {
        "PUT /v3/projects/{id}/tags/{tag}": EMPTY,
        "PUT /v3/roles/{id}/implies/{implied}": EMPTY,
        "PUT /v3/projects/{id}/users/{user}/roles/{role}": EMPTY,
        "PUT /v3/projects/{id}/groups/{group}/roles/{role}": EMPTY,
        "PUT /v3/domains/{id}/users/{user}/roles/{role}": EMPTY,
        "PUT /v3/domains/{id}/groups/{group}/roles/{role}": EMPTY,
        "PUT /v3/system/users/{user}/roles/{role}": EMPTY,
        "PUT /v3/system/groups/{group}/roles/{role}": EMPTY,
        "PUT /v3/groups/{id}/users/{user}": EMPTY,
        "POST /v3/users/{id}/credentials/OS-EC2": BY_HAND,
        "POST /v2.0/tokens": "keystone 28 has no v2.0 any more",
    },
}

# Operations that refuse, in a schema's words, what the published schema takes; and why they may
REFUSED_BESIDES: dict[str, str] = {
    "POST /v3/projects": "a body without a project, or with enabled 'yes', makes 2025.2 drop the connection",
    "PATCH /v3/projects/{id}": "the same of enabled 'yes': it was not asked of a real keystone",
    "POST /v3/domains": "enabled 'yes' makes 2025.2 drop the connection here, too",
    "PATCH /v3/domains/{id}": "the same of enabled 'yes': it was not asked of a real keystone",
    "POST /v3/users": "enabled 'yes' makes 2025.2 drop the connection here, too",
    "PATCH /v3/users/{id}": "and enabled 'no' here",
    "POST /v3/services": "a body without a service makes 2025.2 drop the connection",
    "POST /v3/endpoints": "a body without an endpoint: 400 on 2025.2 as well, in words of Python's",
    "PUT /default-types/{id}": "a body without a default type is 2025.2's 500",
    "POST /v3/users/{id}/application_credentials": "an access rule without its service: not asked of a real keystone",
}


def excused(row: str, status: int, difference: Difference) -> bool:
    """Whether a recording, or the real service, says otherwise than Tempest here."""
    return any(excuse.covers(row, status, difference) for excuse in EXCUSED)
