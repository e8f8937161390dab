"""Metadata of volumes and snapshots: the same resource for both, whole and by key."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, ClassVar

from cloudlab.sim.cinder import schemas
from cloudlab.sim.cinder.bodies import asked
from cloudlab.sim.cinder.faults import invalid_volume
from cloudlab.sim.cinder.model import Snapshot, Volume, get_snapshot, get_volume, touch
from cloudlab.sim.errors import ApiError, BadRequest, NotFound
from cloudlab.sim.scope import Scope
from cloudlab.sim.web import Call, Reply
from cloudlab.sim.webob import empty_page

Row = Volume | Snapshot


class Metadata:
    """GET, POST, PUT and DELETE under …/{id}/metadata."""

    kind: ClassVar[str]
    find: ClassVar[Callable[[Scope, str], Any]]

    def row(self, call: Call, id: str) -> Row:
        found: Row = type(self).find(call.scope, id)
        return found

    def change(self, call: Call, id: str) -> Row:
        """The row, if the caller may change its metadata now."""
        row = self.row(call, id)
        if row.status in ("maintenance", "uploading") and isinstance(row, Volume):
            raise invalid_volume(
                f"Updating volume metadata is not allowed for volumes in {row.status} status."
            )
        if call.method == "PUT":
            _check_etag(call, row)
        return row

    def missing(self, row: Row, key: str) -> ApiError:
        return NotFound(f"{self.kind} {row.id} has no metadata with key {key}.")


class AllMetadata(Metadata):
    def get(self, call: Call, id: str) -> Reply:
        row = self.row(call, id)
        headers = {"Etag": _etag(row)} if call.at_least(15) and isinstance(row, Volume) else {}
        return Reply(200, {"metadata": dict(row.meta)}, headers)

    def post(self, call: Call, id: str) -> dict[str, Any]:
        """Add to it (recording cinder/103_metadata_set)."""
        new = asked(call, schemas.SET_METADATA)["metadata"]
        row = self.change(call, id)
        touch(call.scope, row, meta={**row.meta, **new})
        return {"metadata": dict(row.meta)}

    def put(self, call: Call, id: str) -> dict[str, Any]:
        """Replace it."""
        new = asked(call, schemas.SET_METADATA)["metadata"]
        row = self.change(call, id)
        touch(call.scope, row, meta=dict(new))
        return {"metadata": dict(row.meta)}


class OneMetadata(Metadata):
    def get(self, call: Call, id: str, key: str) -> dict[str, Any]:
        row = self.row(call, id)
        if key not in row.meta:
            raise self.missing(row, key)
        return {"meta": {key: row.meta[key]}}

    def put(self, call: Call, id: str, key: str) -> dict[str, Any]:
        item = asked(call, schemas.SET_METADATA_ITEM)["meta"]
        if key not in item:
            raise BadRequest("Request body and URI mismatch")
        row = self.change(call, id)
        touch(call.scope, row, meta={**row.meta, **item})
        return {"meta": item}

    def delete(self, call: Call, id: str, key: str) -> Reply:
        row = self.row(call, id)
        if key not in row.meta:
            raise self.missing(row, key)
        row = self.change(call, id)
        touch(call.scope, row, meta={name: value for name, value in row.meta.items() if name != key})
        return empty_page(200)


class VolumeMetadata(AllMetadata):
    kind, find = "Volume", get_volume


class VolumeMetadataItem(OneMetadata):
    kind, find = "Volume", get_volume


class SnapshotMetadata(AllMetadata):
    kind, find = "Snapshot", get_snapshot


class SnapshotMetadataItem(OneMetadata):
    kind, find = "Snapshot", get_snapshot


class _Changed(ApiError):
    """412: the metadata isn't any more what the client has seen."""

    status = 412


def _etag(row: Row) -> str:
    """A checksum of the metadata's JSON, for If-Match (from 3.15)."""
    text = json.dumps({"metadata": dict(row.meta)})
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _check_etag(call: Call, row: Row) -> None:
    match = call.headers.get("if-match")
    if not match or not call.at_least(15) or not isinstance(row, Volume):
        return
    if _etag(row) not in [tag.strip().strip('"') for tag in match.split(",")]:
        raise _Changed("Precondition Failed")
