"""Who may use a volume type that isn't public; which type is a project's default. For administrators."""

from typing import Any
from urllib.parse import quote

from sqlalchemy import select

from cloudlab.sim.cinder import schemas
from cloudlab.sim.cinder.bodies import accepted, asked, only
from cloudlab.sim.cinder.faults import no_such_action
from cloudlab.sim.cinder.gate import since
from cloudlab.sim.cinder.model import ProjectDefaultType, TypeAccess, VolumeType, find_type, get_type
from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, NotFound
from cloudlab.sim.web import Call, Reply

RULE = "volume_extension:volume_type_access"


class TypeAccessList:
    """GET /types/{id}/os-volume-type-access"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        call.who.require(call.who.is_admin, f"{RULE}:get_all_for_type")
        if get_type(call.scope, id).is_public:
            raise NotFound("Access list not available for public volume types.")
        rows = call.scope.session.scalars(select(TypeAccess).filter_by(volume_type_id=id))
        return {"volume_type_access": [{"volume_type_id": id, "project_id": row.project_id} for row in rows]}


class TypeAction:
    """POST /types/{id}/action: addProjectAccess and removeProjectAccess"""

    def post(self, call: Call, id: str) -> Reply:
        name = only(call)
        if name not in schemas.TYPE_ACTIONS:
            raise no_such_action(name)
        project_id = asked(call, schemas.TYPE_ACTIONS[name])[name]["project"]
        call.who.require(call.who.is_admin, f"{RULE}:{name}")
        volume_type = get_type(call.scope, id)
        if volume_type.is_public:
            raise BadRequest(
                "Invalid volume type: Type access modification is not applicable to public volume type."
            )
        (_add if name == "addProjectAccess" else _remove)(call, volume_type, project_id)
        return accepted()


def _add(call: Call, volume_type: VolumeType, project_id: str) -> None:
    if call.scope.session.get(TypeAccess, (volume_type.id, project_id)):
        raise Conflict(f"Volume type access for {volume_type.id} / {project_id} combination already exists.")
    call.scope.session.add(TypeAccess(volume_type_id=volume_type.id, project_id=project_id))


def _remove(call: Call, volume_type: VolumeType, project_id: str) -> None:
    row = call.scope.session.get(TypeAccess, (volume_type.id, project_id))
    if row is None:
        raise NotFound(f"Volume type access not found for {volume_type.id} / {project_id} combination.")
    call.scope.session.delete(row)


class TypeEncryption:
    """GET /types/{id}/encryption: none has it"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        call.who.require(call.who.is_admin, "volume_extension:volume_type_encryption:get")
        get_type(call.scope, id)
        return {}


def _ready(call: Call) -> None:
    """From 3.62, for administrators. Raises NotFound and Forbidden."""
    since(call, 62)
    if not call.who.is_admin:
        raise Forbidden("You are not authorized to perform this operation.")


class DefaultTypes:
    """GET /default-types"""

    def get(self, call: Call) -> dict[str, Any]:
        _ready(call)
        rows = call.scope.session.scalars(select(ProjectDefaultType))
        return {"default_types": [_default(row.project_id, row.volume_type_id) for row in rows]}


def _default(project_id: str, type_id: str) -> dict[str, str]:
    return {"project_id": project_id, "volume_type_id": type_id}


class DefaultTypeOf:
    """GET, PUT and DELETE /default-types/{project id}"""

    def get(self, call: Call, id: str) -> dict[str, Any]:
        _known_project(call, id)
        row = call.scope.session.get(ProjectDefaultType, id)
        if row is None:
            raise NotFound(f"Default type for project {id} not found.")
        return {"default_type": _default(id, row.volume_type_id)}

    def put(self, call: Call, id: str) -> dict[str, Any]:
        since(call, 62)
        wish = asked(call, schemas.SET_DEFAULT_TYPE)["default_type"]
        _known_project(call, id)
        try:
            volume_type = find_type(call.scope, wish["volume_type"])
        except NotFound as error:
            raise BadRequest(error.message) from error
        call.scope.session.merge(ProjectDefaultType(project_id=id, volume_type_id=volume_type.id))
        return {"default_type": _default(id, volume_type.id)}

    def delete(self, call: Call, id: str) -> Reply:
        _known_project(call, id)
        row = call.scope.session.get(ProjectDefaultType, id)
        if row is not None:
            call.scope.session.delete(row)
        return Reply(204, raw=b"")


def _known_project(call: Call, id: str) -> None:
    """Keystone is asked whether there is such a project. Raises NotFound."""
    _ready(call)
    if not call.scope.ask("keystone", "GET", f"/v3/projects/{quote(id, safe='')}").ok:
        raise NotFound(f"Project with id {id} not found.")
