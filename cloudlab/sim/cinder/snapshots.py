"""Snapshots over HTTP (API reference: Block Storage v3, Volume snapshots)."""

from typing import Any

from sqlalchemy import func, select

from cloudlab.sim.cinder import schemas, snapshots_model, states
from cloudlab.sim.cinder.bodies import accepted, asked, flag, only, stripped, truth
from cloudlab.sim.cinder.faults import no_such, no_such_action
from cloudlab.sim.cinder.filters import conditions, wanted
from cloudlab.sim.cinder.model import Snapshot, get_snapshot, get_volume, touch
from cloudlab.sim.cinder.paging import listed, next_link, page
from cloudlab.sim.cinder.views import snapshot_body, snapshot_summary
from cloudlab.sim.clock import iso_micro
from cloudlab.sim.errors import BadRequest, PathNotFound
from cloudlab.sim.web import Call, Reply

FILTERS = ("name", "status", "volume_id", "consumes_quota")
FILTERS_322 = (*FILTERS, "metadata")
FORCE_IS_OVER = (
    "Since microversion 3.66 the 'force' flag is invalid for this request.  For backward compatability, however, "
    "when the 'force' flag is passed with a value evaluating to True, it is silently ignored."
)
RESET = "volume_extension:snapshot_admin_actions"


def _list(call: Call, detail: bool) -> dict[str, Any]:
    asked_page = page(call)
    counts = call.at_least(45) and flag(call, "with_count")
    filters = wanted(call, FILTERS_322 if call.at_least(22) else FILTERS)
    everybody = call.who.is_admin and flag(call, "all_tenants")
    filters.pop("all_tenants", None)
    where = conditions(Snapshot, filters)
    if not everybody:
        where.append(Snapshot.project_id == call.who.project_id)
    rows = listed(call, select(Snapshot).where(*where), Snapshot, asked_page, get_snapshot)
    body: dict[str, Any] = {
        "snapshots": [snapshot_body(call, row) if detail else snapshot_summary(row) for row in rows],
        **next_link(call, asked_page, rows, "snapshots", "snapshots/detail" if detail else "snapshots"),
    }
    if counts:
        body["count"] = call.scope.session.scalar(select(func.count()).select_from(Snapshot).where(*where))
    return body


class Snapshots:
    """GET and POST /snapshots"""

    def get(self, call: Call) -> dict[str, Any]:
        return _list(call, detail=False)

    def post(self, call: Call) -> Reply:
        """A new snapshot. Its answer is 202: the snapshot is `creating` (recording cinder/073_snapshot_create)."""
        body = asked(call, schemas.CREATE_SNAPSHOT)["snapshot"]
        if body["volume_id"] is None:
            raise no_such("Volume", "None")
        volume = get_volume(call.scope, body["volume_id"])
        in_use_too = self._in_use_too(call, body.get("force"))
        name = body["name"] if "name" in body else body.get("display_name")
        snapshot = snapshots_model.create(
            call.scope,
            volume,
            stripped(name),
            stripped(body.get("description")),
            body.get("metadata") or {},
            in_use_too,
        )
        shown = snapshot_body(call, snapshot, extended=False)
        return Reply(202, {"snapshot": {**shown, "created_at": iso_micro(snapshot.created_at)}})

    def _in_use_too(self, call: Call, force: bool | str | None) -> bool:
        """Of a volume in use only with `force`; from 3.66 always, and `force` is over."""
        forced = force is not None and truth(force)
        if call.at_least(66):
            if force is not None and not forced:
                raise BadRequest(FORCE_IS_OVER)
            return True
        return forced


class SnapshotsDetail:
    """GET /snapshots/detail"""

    def get(self, call: Call) -> dict[str, Any]:
        return _list(call, detail=True)


class OneSnapshot:
    """GET, PUT and DELETE /snapshots/{id}"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        return {"snapshot": snapshot_body(call, get_snapshot(call.scope, id))}

    def put(self, call: Call, id: str) -> dict[str, Any]:
        body = asked(call, schemas.UPDATE_SNAPSHOT)["snapshot"]
        snapshot = get_snapshot(call.scope, id)
        changes = {}
        for field in ("name", "description"):
            for key in (f"display_{field}", field):
                if key in body:
                    changes[field] = stripped(body[key])
        touch(call.scope, snapshot, **changes)
        return {"snapshot": snapshot_body(call, snapshot, extended=False)}

    def delete(self, call: Call, id: str) -> Reply:
        """202: the snapshot is `deleting` (recordings cinder/141 to 144)."""
        snapshot = get_snapshot(call.scope, id)
        get_volume(call.scope, snapshot.volume_id)  # it may have become another project's (seen on 2025.2)
        snapshots_model.start_delete(call.scope, snapshot)
        return accepted()


class SnapshotAction:
    """POST /snapshots/{id}/action: what an administrator, or the compute service, does by hand"""

    def post(self, call: Call, id: str) -> Reply:
        name = only(call)
        if name == "os-unmanage":
            raise PathNotFound(absent=f"POST /snapshots/{{id}}/action {name}")
        if name == "os-reset_status":
            return self._reset(call, id)
        if name == "os-update_snapshot_status":
            return self._update_status(call, id)
        if name == "os-force_delete":
            asked(call, schemas.FORCE_DELETE)
            snapshot = get_snapshot(call.scope, id)
            call.who.require(call.who.is_admin, f"{RESET}:force_delete")
            snapshots_model.start_delete(call.scope, snapshot, force=True)
            return Reply(202, raw=b"")
        raise no_such_action(name)

    def _reset(self, call: Call, id: str) -> Reply:
        status = asked(call, schemas.RESET_SNAPSHOT)["os-reset_status"]["status"].lower()
        if status not in states.SNAPSHOT_STATUSES:
            valid = states.SNAPSHOT_STATUSES
            raise BadRequest(f"Snapshot status: {status} is invalid, valid statuses are: {valid}.")
        snapshot = get_snapshot(call.scope, id)
        call.who.require(call.who.is_admin, f"{RESET}:reset_status")
        touch(call.scope, snapshot, status=status)
        return Reply(202, raw=b"")

    def _update_status(self, call: Call, id: str) -> Reply:
        """Nova says how a snapshot fares that it makes; only from some statuses to some (seen on 2025.2)."""
        wish = asked(call, schemas.UPDATE_SNAPSHOT_STATUS)["os-update_snapshot_status"]
        snapshot = get_snapshot(call.scope, id)
        allowed = states.SNAPSHOT_UPDATES.get(snapshot.status)
        if allowed is None:
            raise BadRequest(f"Snapshot status {snapshot.status} not allowed for update_snapshot_status")
        if wish["status"] not in allowed:
            raise BadRequest(
                f"Provided snapshot status {wish['status']} not allowed for snapshot with status {snapshot.status}."
            )
        touch(call.scope, snapshot, status=wish["status"])
        if wish.get("progress"):
            snapshot.progress = wish["progress"]
        return accepted()
