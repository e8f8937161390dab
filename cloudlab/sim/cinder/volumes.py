"""Volumes over HTTP (API reference: Block Storage v3, Volumes)."""

from typing import Any

from sqlalchemy import ColumnElement, func, select

from cloudlab.sim.cinder import images, schemas, volumes_model
from cloudlab.sim.cinder.bodies import accepted, asked, flag, stripped, truth, whole
from cloudlab.sim.cinder.faults import invalid_volume, no_such
from cloudlab.sim.cinder.filters import RESOURCE_FILTERS, conditions, wanted
from cloudlab.sim.cinder.gate import since
from cloudlab.sim.cinder.model import Volume, find_type, get_snapshot, get_volume, touch
from cloudlab.sim.cinder.paging import listed, next_link, page
from cloudlab.sim.cinder.views import new_volume_body, volume_bodies, volume_body, volume_summary
from cloudlab.sim.errors import BadRequest
from cloudlab.sim.web import Call, Reply

NO_MULTIATTACH = (
    "multiattach parameter has been removed. The default behavior is to use multiattach enabled volume types. "
    "Contact your administrator to create a multiattach enabled volume type and use it to create multiattach volumes."
)


def _chosen(call: Call) -> list[ColumnElement[bool]]:
    """Which volumes a list or a summary is about."""
    filters = wanted(call, RESOURCE_FILTERS["volume"])
    everybody = flag(call, "all_tenants") if call.who.is_admin else False
    filters.pop("all_tenants", None)
    where = conditions(Volume, filters)
    return where if everybody else [Volume.project_id == call.who.project_id, *where]


def _list(call: Call, detail: bool) -> dict[str, Any]:
    asked_page = page(call)
    counts = call.at_least(45) and flag(call, "with_count")
    where = _chosen(call)
    rows = listed(call, select(Volume).where(*where), Volume, asked_page, get_volume)
    body: dict[str, Any] = {
        "volumes": volume_bodies(call, rows) if detail else [volume_summary(call, row) for row in rows],
        **next_link(call, asked_page, rows, "volumes", "volumes/detail" if detail else "volumes"),
    }
    if counts:
        body["count"] = call.scope.session.scalar(select(func.count()).select_from(Volume).where(*where))
    return body


class Volumes:
    """GET and POST /volumes"""

    def get(self, call: Call) -> dict[str, Any]:
        return _list(call, detail=False)

    def post(self, call: Call) -> Reply:
        """A new volume. Its answer is 202: the volume is `creating` (recording cinder/026_volume_create_doc)."""
        body = asked(call, schemas.at(schemas.CREATE_VOLUME, call.version[1]))["volume"]
        wish = _wish(call, body)
        volume = volumes_model.create(call.scope, wish)
        return Reply(202, {"volume": new_volume_body(call, volume)})


def _wish(call: Call, body: dict[str, Any]) -> volumes_model.Wish:
    """The body's names as things that exist. Raises BadRequest and NotFound."""
    scope = call.scope
    name, description = _names(body)
    size = body.get("size")
    wish = volumes_model.Wish(
        size=None if size is None else whole(size),
        name=name,
        description=description,
        zone=body.get("availability_zone"),
        metadata=body.get("metadata") or {},
    )
    if body.get("volume_type"):
        wish.type = find_type(scope, body["volume_type"])
    if body.get("snapshot_id") is not None:
        wish.snapshot = get_snapshot(scope, body["snapshot_id"])
    if body.get("source_volid") is not None:
        wish.source = get_volume(scope, body["source_volid"])
    _refuse_what_is_not_here(call, body)
    image = body.get("imageRef", body.get("image_id"))
    if image is not None:
        wish.image = images.find(scope, image)
    if truth(body.get("multiattach") or False):
        raise BadRequest(NO_MULTIATTACH)
    return wish


def _refuse_what_is_not_here(call: Call, body: dict[str, Any]) -> None:
    """There are no groups and no backups in this cloud, so none is found."""
    for name in ("consistencygroup_id", "group_id"):
        if body.get(name) is not None and (name != "group_id" or call.at_least(13)):
            raise no_such("Group", str(body[name]))
    if body.get("backup_id") and call.at_least(47):
        raise no_such("Backup", body["backup_id"])


def _names(body: dict[str, Any]) -> tuple[str | None, str | None]:
    """Name and description, under their present or their older names."""
    name = body["name"] if "name" in body else body.get("display_name")
    description = body["description"] if "description" in body else body.get("display_description")
    return stripped(name), stripped(description)


class VolumesDetail:
    """GET /volumes/detail"""

    def get(self, call: Call) -> dict[str, Any]:
        return _list(call, detail=True)


class VolumesSummary:
    """GET /volumes/summary, from 3.12"""

    def get(self, call: Call) -> dict[str, Any]:
        since(call, 12)
        everybody = call.who.is_admin and flag(call, "all_tenants")
        own = [] if everybody else [Volume.project_id == call.who.project_id]
        session = call.scope.session
        count, size = session.execute(select(func.count(), func.sum(Volume.size)).where(*own)).one()
        summary: dict[str, Any] = {"total_count": count, "total_size": size or 0}
        if call.at_least(36):
            summary["metadata"] = self._metadata(session.scalars(select(Volume.meta).where(*own)))
        return {"volume-summary": summary}

    def _metadata(self, rows: Any) -> dict[str, list[str]]:
        """Every key with its distinct values."""
        found: dict[str, list[str]] = {}
        for meta in rows:
            for key, value in meta.items():
                if value not in found.setdefault(key, []):
                    found[key].append(value)
        return found


class OneVolume:
    """GET, PUT and DELETE /volumes/{id}"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        volume = get_volume(call.scope, id)
        return {"volume": volume_body(call, volume)}

    def put(self, call: Call, id: str) -> dict[str, Any]:
        body = asked(call, schemas.at(schemas.UPDATE_VOLUME, call.version[1]))["volume"]
        name, description = _names(body)
        volume = get_volume(call.scope, id)
        if volume.status == "maintenance":
            raise invalid_volume("The volume cannot be updated during maintenance.")
        changes: dict[str, Any] = {}
        if "name" in body or "display_name" in body:
            changes["name"] = name
        if "description" in body or "display_description" in body:
            changes["description"] = description
        if "metadata" in body:
            changes["meta"] = dict(body["metadata"])
        if changes:
            touch(call.scope, volume, **changes)
        return {"volume": volume_body(call, volume, extended=False)}

    def delete(self, call: Call, id: str) -> Reply:
        """202: the volume is `deleting` (recordings cinder/145 to 149)."""
        cascade = flag(call, "cascade")
        force = call.at_least(23) and flag(call, "force")
        volume = get_volume(call.scope, id)
        if force:
            call.who.require(call.who.is_admin, "volume:force_delete")
        volumes_model.start_delete(call.scope, volume, force, cascade)
        return accepted()


class VolumeEncryption:
    """GET /volumes/{id}/encryption: no volume is encrypted here"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        get_volume(call.scope, id)
        return {"encryption_key_id": None}


class EncryptionKey:
    """GET /volumes/{id}/encryption/encryption_key_id: none, so nothing"""

    def get(self, call: Call, id: str) -> Reply:
        get_volume(call.scope, id)
        return Reply(200, raw=b"")
