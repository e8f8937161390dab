"""What this cloud has none of: backups, groups, clusters. Its lists are empty, and nothing in them is found.

A cloud without a backup service, a cluster or a group answers just so (recording cinder/139_backups; the rest was
seen on 2025.2). Making one is absent, and says so.
"""

from typing import Any, ClassVar

from cloudlab.sim.cinder.faults import invalid_input, no_such
from cloudlab.sim.cinder.filters import RESOURCE_FILTERS, wanted
from cloudlab.sim.cinder.gate import since
from cloudlab.sim.cinder.hosts import find
from cloudlab.sim.cinder.model import VOLUME_SERVICE
from cloudlab.sim.cinder.paging import page
from cloudlab.sim.errors import NotFound
from cloudlab.sim.web import Call


class Empty:
    """A list that stays empty, from minor version `start` on; `filters` are those that a client may send."""

    name: ClassVar[str]
    start: ClassVar[int] = 0
    filters: ClassVar[tuple[str, ...]] = ()

    def get(self, call: Call) -> dict[str, Any]:
        since(call, self.start)
        page(call)
        wanted(call, self.filters)
        return {self.name: []}


class Missing:
    """GET of one: it isn't there."""

    kind: ClassVar[str]
    start: ClassVar[int] = 0

    def get(self, call: Call, id: str) -> dict[str, Any]:
        since(call, self.start)
        raise no_such(self.kind, id)


class Backups(Empty):
    name, filters = "backups", RESOURCE_FILTERS["backup"]


class OneBackup(Missing):
    kind = "Backup"

    def delete(self, call: Call, id: str) -> None:
        raise no_such(self.kind, id)


class ConsistencyGroups(Empty):
    name, filters = "consistencygroups", ("name", "status")


class CgSnapshots(Empty):
    name, filters = "cgsnapshots", ("name", "status")


class Groups(Empty):
    name, start, filters = "groups", 13, RESOURCE_FILTERS["group"]


class OneGroup(Missing):
    kind, start = "Group", 13


class GroupSnapshots(Empty):
    name, start, filters = "group_snapshots", 14, RESOURCE_FILTERS["group_snapshot"]


class OneGroupSnapshot(Missing):
    kind, start = "GroupSnapshot", 14


CLUSTER_FILTERS = (
    "name", "binary", "is_up", "disabled", "num_hosts", "num_down_hosts", "replication_status", "frozen",
    "active_backend_id",
)  # fmt: skip


class Clusters:
    """GET /clusters and /clusters/detail, from 3.7, for administrators"""

    def get(self, call: Call) -> dict[str, Any]:
        since(call, 7)
        call.who.require(call.who.is_admin, "clusters:get_all")
        known = CLUSTER_FILTERS if call.at_least(26) else CLUSTER_FILTERS[:6]
        strange = [name for name, _ in call.query if name not in known]
        if strange:
            raise invalid_input(f"Invalid filter keys: {', '.join(sorted(set(strange)))}")
        return {"clusters": []}


class OneCluster:
    """GET /clusters/{name}"""

    def get(self, call: Call, name: str) -> dict[str, Any]:
        since(call, 7)
        call.who.require(call.who.is_admin, "clusters:get")
        criteria = {"binary": call.param("binary") or VOLUME_SERVICE, "name": name}
        raise NotFound(f"Cluster {criteria} could not be found.")


class Manageable:
    """What a back end holds that cinder doesn't know: nothing. For administrators, under an old and a new path."""

    name: ClassVar[str]
    rule: ClassVar[str]
    start: ClassVar[int] = 0

    def get(self, call: Call) -> dict[str, Any]:
        since(call, self.start)
        call.who.require(call.who.is_admin, f"{self.rule}:list_manageable")
        host = call.param("host")
        if not host:
            raise invalid_input("One and only one of cluster and host must be set.")
        page(call)
        find(call.scope, VOLUME_SERVICE, host.partition("#")[0])
        return {self.name: []}


class VolumesToManage(Manageable):
    name, rule = "manageable-volumes", "volume_extension"


class ManageableVolumes(VolumesToManage):
    start = 8


class SnapshotsToManage(Manageable):
    name, rule = "manageable-snapshots", "snapshot_extension"


class ManageableSnapshots(SnapshotsToManage):
    start = 8
