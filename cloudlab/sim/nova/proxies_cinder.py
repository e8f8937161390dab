"""Nova's old windows on cinder: volumes and snapshots; until 2.35 (recordings nova_*/062 and 063)."""

from typing import Any
from urllib.parse import quote

from cloudlab.sim.errors import NotFound
from cloudlab.sim.nova.attachments_model import VOLUMES, cinder, no_such_volume
from cloudlab.sim.nova.bodies import checked_query
from cloudlab.sim.nova.gone import LAST, absent_until
from cloudlab.sim.nova.paging import window
from cloudlab.sim.nova.proxies import may
from cloudlab.sim.nova.servers_schemas import PAGE
from cloudlab.sim.web import Call

Json = dict[str, Any]


def _volume(volume: Json) -> Json:
    """A volume in nova's old words."""
    held = volume["attachments"][:1]
    attached = [
        {"id": volume["id"], "volumeId": volume["id"], "serverId": one["server_id"], "device": one["device"]}
        for one in held
    ]
    return {
        "id": volume["id"],
        "status": volume["status"],
        "size": volume["size"],
        "availabilityZone": volume["availability_zone"],
        "createdAt": volume["created_at"],
        "attachments": attached or [{}],
        "displayName": volume["name"],
        "displayDescription": volume["description"],
        "volumeType": volume["volume_type"],
        "snapshotId": volume["snapshot_id"],
        "metadata": volume["metadata"],
    }


def _snapshot(snapshot: Json) -> Json:
    return {
        "id": snapshot["id"],
        "volumeId": snapshot["volume_id"],
        "status": snapshot["status"],
        "size": snapshot["size"],
        "createdAt": snapshot["created_at"],
        "displayName": snapshot["name"],
        "displayDescription": snapshot["description"],
    }


def _volumes(call: Call) -> Json:
    found = cinder(call.scope, "GET", "/volumes/detail", headers=VOLUMES).expect().json["volumes"]
    return {"volumes": [_volume(volume) for volume in window(found, checked_query(call, PAGE))]}


def _snapshots(call: Call) -> Json:
    found = cinder(call.scope, "GET", "/snapshots/detail", headers=VOLUMES).expect().json["snapshots"]
    return {"snapshots": [_snapshot(snapshot) for snapshot in window(found, checked_query(call, PAGE))]}


class Volumes:
    """`/os-volumes`."""

    def get(self, call: Call) -> Json:
        may(call, "os-volumes:list")
        return _volumes(call)

    post = absent_until("/os-volumes", LAST)


class VolumesDetail:
    """`/os-volumes/detail`: the same."""

    def get(self, call: Call) -> Json:
        may(call, "os-volumes:detail")
        return _volumes(call)


class OneVolume:
    """`/os-volumes/{volume_id}`."""

    def get(self, call: Call, volume_id: str) -> Json:
        may(call, "os-volumes:show")
        answer = cinder(call.scope, "GET", f"/volumes/{quote(volume_id, safe='')}", headers=VOLUMES)
        if not answer.ok:
            raise no_such_volume(volume_id)
        return {"volume": _volume(answer.json["volume"])}

    delete = absent_until("/os-volumes/{volume_id}", LAST)


class Snapshots:
    """`/os-snapshots`."""

    def get(self, call: Call) -> Json:
        may(call, "os-volumes:snapshots:list")
        return _snapshots(call)

    post = absent_until("/os-snapshots", LAST)


class SnapshotsDetail:
    """`/os-snapshots/detail`: the same."""

    def get(self, call: Call) -> Json:
        may(call, "os-volumes:snapshots:detail")
        return _snapshots(call)


class OneSnapshot:
    """`/os-snapshots/{snapshot_id}`."""

    def get(self, call: Call, snapshot_id: str) -> Json:
        may(call, "os-volumes:snapshots:show")
        answer = cinder(call.scope, "GET", f"/snapshots/{quote(snapshot_id, safe='')}", headers=VOLUMES)
        if not answer.ok:
            raise NotFound(f"Snapshot {snapshot_id} could not be found.")
        return {"snapshot": _snapshot(answer.json["snapshot"])}

    delete = absent_until("/os-snapshots/{snapshot_id}", LAST)
