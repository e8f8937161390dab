"""Volume types and their extra specs: read by everybody, managed by administrators."""

from typing import Any

from sqlalchemy import delete, select

from cloudlab.sim.cinder import schemas
from cloudlab.sim.cinder.bodies import FALSE, TRUE, accepted, asked, truth
from cloudlab.sim.cinder.model import (
    ProjectDefaultType,
    Snapshot,
    TypeAccess,
    Volume,
    VolumeType,
    default_type,
    get_type,
    visible_types,
)
from cloudlab.sim.cinder.paging import page
from cloudlab.sim.errors import BadRequest, Conflict, NotFound
from cloudlab.sim.web import Call, Reply

SEEN_BY_ALL = ("RESKEY:availability_zones", "multiattach", "replication_enabled")
SPECS = "volume_extension:types_extra_specs"


def _body(call: Call, type: VolumeType, with_access: bool = True, with_qos: bool = True) -> dict[str, Any]:
    """One type (recordings cinder/008 to 011); `is_public` also under the name of the extension that added it."""
    body = {
        "id": type.id,
        "name": type.name,
        "is_public": type.is_public,
        "description": type.description,
        "extra_specs": _specs(call, type),
    }
    if call.who.is_admin and with_qos:
        body["qos_specs_id"] = type.qos_specs_id
    if with_access:
        body["os-volume-type-access:is_public"] = type.is_public
    return body


def _specs(call: Call, type: VolumeType) -> dict[str, str | None]:
    """All to an administrator; to the others only what is theirs to know."""
    return {k: v for k, v in type.extra_specs.items() if call.who.is_admin or k in SEEN_BY_ALL}


def _public_filter(call: Call, text: str | None) -> bool | None:
    if not call.who.is_admin or text is None:
        return True
    if text.lower() == "none":
        return None
    if text.lower() not in TRUE | FALSE:
        raise BadRequest(f"Invalid is_public filter [{text}]")
    return truth(text)


class Types:
    """GET and POST /types"""

    def get(self, call: Call) -> dict[str, Any]:
        asked_page = page(call)
        public = _public_filter(call, call.param("is_public"))
        types = visible_types(call.scope, public)
        if asked_page.marker is not None:
            ids = [t.id for t in types]
            if asked_page.marker not in ids:
                raise NotFound(f"Volume type {asked_page.marker} could not be found.")
            types = types[ids.index(asked_page.marker) + 1 :]
        chosen = types[asked_page.offset :][: asked_page.limit]
        return {"volume_types": [_body(call, t) for t in chosen]}

    def post(self, call: Call) -> dict[str, Any]:
        wish = asked(call, schemas.CREATE_TYPE)["volume_type"]
        call.who.require(call.who.is_admin, "volume_extension:type_create")
        name = wish["name"].strip()
        if not name:
            raise BadRequest("The 'name' can not be empty.")
        _check_free(call, name)
        new = VolumeType(
            id=call.scope.uuid("volume type", name),
            name=name,
            description=wish.get("description"),
            is_public=truth(wish.get("os-volume-type-access:is_public", True)),
            created_at=call.scope.now,
            extra_specs=dict(wish.get("extra_specs", {})),
        )
        call.scope.session.add(new)
        return {"volume_type": _body(call, new, with_qos=False)}


def _check_free(call: Call, name: str, but: VolumeType | None = None) -> None:
    taken = call.scope.session.scalars(select(VolumeType).filter_by(name=name)).first()
    if taken is not None and taken is not but:
        raise Conflict(f"Volume Type {name} already exists.")


class DefaultType:
    """GET /types/default"""

    def get(self, call: Call) -> dict[str, Any]:
        return {"volume_type": _body(call, default_type(call.scope), with_access=False)}


class OneType:
    """GET, PUT and DELETE /types/{id}"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        return {"volume_type": _body(call, get_type(call.scope, id))}

    def put(self, call: Call, id: str) -> dict[str, Any]:
        wish = asked(call, schemas.UPDATE_TYPE)["volume_type"]
        call.who.require(call.who.is_admin, "volume_extension:type_update")
        name, public = wish.get("name"), wish.get("is_public")
        if name is not None and not name.strip():
            raise BadRequest("Volume type name can not be empty.")
        if name is None and public is None and wish.get("description") is None:
            raise BadRequest("Specify volume type name, description, is_public or a combination thereof.")
        type = get_type(call.scope, id)
        if name is not None:
            _check_free(call, name.strip(), but=type)
            type.name = name.strip()
        if wish.get("description") is not None:
            type.description = wish["description"]
        if public is not None:
            type.is_public = truth(public)
        return {"volume_type": _body(call, type, with_access=False, with_qos=False)}

    def delete(self, call: Call, id: str) -> Reply:
        call.who.require(call.who.is_admin, "volume_extension:type_delete")
        type = get_type(call.scope, id)
        session = call.scope.session
        somebodys = select(ProjectDefaultType).filter_by(volume_type_id=type.id).limit(1)
        if type.is_default or session.scalars(somebodys).first():
            raise BadRequest(f"The volume type {type.id} is a default volume type and cannot be deleted.")
        if _in_use(call, type):
            raise BadRequest("Target volume type is still in use.")
        session.execute(delete(TypeAccess).where(TypeAccess.volume_type_id == type.id))
        session.delete(type)
        return accepted()


def _in_use(call: Call, type: VolumeType) -> bool:
    session = call.scope.session
    return any(
        session.scalars(select(table.id).filter_by(volume_type_id=type.id).limit(1)).first()
        for table in (Volume, Snapshot)
    )


class ExtraSpecs:
    """GET and POST /types/{id}/extra_specs"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        return {"extra_specs": _specs(call, get_type(call.scope, id))}

    def post(self, call: Call, id: str) -> dict[str, Any]:
        wish = asked(call, schemas.SET_SPECS)
        _set_specs(call, id, wish["extra_specs"], f"{SPECS}:create")
        return wish


class ExtraSpec:
    """GET, PUT and DELETE /types/{id}/extra_specs/{key}"""

    def get(self, call: Call, id: str, key: str) -> dict[str, Any]:
        specs = _specs(call, get_type(call.scope, id))
        if key not in specs:
            raise _no_spec(id, key)
        return {key: specs[key]}

    def put(self, call: Call, id: str, key: str) -> dict[str, Any]:
        wish = asked(call, schemas.SET_SPEC)
        if key not in wish:
            raise BadRequest("Request body and URI mismatch")
        _set_specs(call, id, wish, f"{SPECS}:update")
        return wish

    def delete(self, call: Call, id: str, key: str) -> Reply:
        call.who.require(call.who.is_admin, f"{SPECS}:delete")
        type = get_type(call.scope, id)
        if key not in type.extra_specs:
            raise _no_spec(id, key)
        _refuse_in_use(call, type)
        type.extra_specs = {name: value for name, value in type.extra_specs.items() if name != key}
        return Reply(202, raw=b"")


def _no_spec(id: str, key: str) -> NotFound:
    return NotFound(f"Volume Type {id} has no extra specs with key {key}.")


def _set_specs(call: Call, id: str, specs: dict[str, str | None], rule: str) -> None:
    call.who.require(call.who.is_admin, rule)
    type = get_type(call.scope, id)
    _refuse_in_use(call, type)
    type.extra_specs = {**type.extra_specs, **specs}


def _refuse_in_use(call: Call, type: VolumeType) -> None:
    if _in_use(call, type):
        raise BadRequest("Volume Type is currently in use.")
