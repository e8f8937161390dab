"""POST /volumes/{id}/action: one table of actions, each with its schema and what it does."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cloudlab.sim.auth import service_roles
from cloudlab.sim.cinder import (
    attachments_model,
    changes,
    connections,
    image_actions,
    schemas,
    states,
    volumes_model,
)
from cloudlab.sim.cinder.bodies import asked, only, truth, whole
from cloudlab.sim.cinder.faults import invalid_volume, no_such_action
from cloudlab.sim.cinder.model import Attachment, Volume, attachments_of, get_volume, touch
from cloudlab.sim.errors import BadRequest, PathNotFound
from cloudlab.sim.validation import FORMATS
from cloudlab.sim.web import Call, Reply

ADMIN = "volume_extension:volume_admin_actions"


@dataclass(frozen=True)
class Action:
    """`run(call, volume, what the body has under the action's name)`; its value is the answer's body, or the answer.

    `schema` may differ by microversion, as (since, schema) pairs. `admin` is the rule of what is an administrator's.
    """

    schema: dict[str, Any] | tuple[tuple[int, dict[str, Any]], ...]
    run: Callable[[Call, Volume, Any], Any]
    status: int = 202
    admin: str = ""


class VolumeAction:
    """POST /volumes/{id}/action"""

    def post(self, call: Call, id: str) -> Reply:
        name = only(call)
        if name in ABSENT:
            raise PathNotFound(absent=f"POST /volumes/{{id}}/action {name}")
        if name not in ACTIONS:
            raise no_such_action(name)
        action = ACTIONS[name]
        schema = action.schema
        if isinstance(schema, tuple):
            schema = schemas.at(schema, call.version[1])
        wish = asked(call, schema)[name]
        volume = get_volume(call.scope, id)
        if action.admin:
            call.who.require(call.who.is_admin, f"{ADMIN}:{action.admin}")
        body = action.run(call, volume, wish)
        if isinstance(body, Reply):
            return body
        return Reply(action.status, body) if body is not None else Reply(action.status, raw=b"")


def by_service(call: Call) -> bool:
    """Whether another service asks for itself, as nova does when a server lets go of its volume."""
    return "service" in service_roles(call)


def _extend(call: Call, volume: Volume, wish: Any) -> None:
    attached = call.at_least(42) and volume.status == "in-use"
    volumes_model.extend(call.scope, volume, whole(wish["new_size"]), attached)


def _set_bootable(call: Call, volume: Volume, wish: Any) -> None:
    touch(call.scope, volume, bootable=truth(wish["bootable"]))


def _set_readonly(call: Call, volume: Volume, wish: Any) -> None:
    if volume.status != "available":
        raise invalid_volume(
            f"Volume {volume.id} status must be available to update readonly flag, "
            f"but current status is: {volume.status}."
        )
    volume.admin_meta["readonly"] = str(truth(wish["readonly"]))
    touch(call.scope, volume)


def _reserve(call: Call, volume: Volume, wish: Any) -> None:
    allowed = (*states.OLD_RESERVE.start, "in-use") if volume.multiattach else states.OLD_RESERVE.start
    if volume.status not in allowed:
        raise invalid_volume(
            f"Volume status must be {' or '.join(allowed)} to reserve, but the status is {volume.status}."
        )
    touch(call.scope, volume, status=states.OLD_RESERVE.to)


def _unreserve(call: Call, volume: Volume, wish: Any) -> None:
    if volume.status in states.OLD_FREE.start:
        held = attachments_of(call.scope, [volume.id])
        touch(call.scope, volume, status="in-use" if held else states.OLD_FREE.to)


def _begin_detaching(call: Call, volume: Volume, wish: Any) -> None:
    if (
        volume.status not in states.DETACH.start
        or volume.attach_status != "attached"
        or volume.migration_status
    ):
        raise invalid_volume(
            "Unable to detach volume. Volume status must be 'in-use' and attach_status must be 'attached' to detach."
        )
    touch(call.scope, volume, status=states.DETACH.to)


def _roll_detaching(call: Call, volume: Volume, wish: Any) -> None:
    if volume.status in states.KEEP.start:
        touch(call.scope, volume, status=states.KEEP.to)


def _attach(call: Call, volume: Volume, wish: Any) -> None:
    attachments_model.attach(call.scope, volume, wish)


def _detach(call: Call, volume: Volume, wish: Any) -> None:
    attachments_model.detach(call.scope, volume, (wish or {}).get("attachment_id"), by_service(call))


def _force_delete(call: Call, volume: Volume, wish: Any) -> None:
    volumes_model.start_delete(call.scope, volume, force=True)


def _reset_status(call: Call, volume: Volume, wish: Any) -> None:
    """An administrator sets a status by hand (recordings cinder/107 to 110)."""
    status, attach = (wish.get("status") or "").lower(), (wish.get("attach_status") or "").lower()
    migration = (wish.get("migration_status") or "").lower()
    _one_of("Volume status", status, states.STATUSES)
    _one_of("Volume attach status", attach, ("attached", "detached"))
    _one_of("Volume migration status", migration, states.MIGRATION_STATUSES)
    if status == "deleting":
        raise BadRequest(f"Cannot reset-state to {status}")
    held = attachments_of(call.scope, [volume.id]).get(volume.id, [])
    if status == "in-use" and not held:
        raise BadRequest("Cannot reset-state to in-use because volume does not have any attachments.")
    given = {"status": status, "attach_status": attach}
    touch(call.scope, volume, **{name: value for name, value in given.items() if value})
    if migration:
        volume.migration_status = None if migration == "none" else migration
    if attach == "detached":
        _forget(call, volume, held)


def _check_reset(wish: dict[str, Any]) -> None:
    """There must be something to set. Raises BadRequest."""
    if not (wish.get("status") or wish.get("attach_status") or wish.get("migration_status")):
        raise BadRequest("Must specify 'status', 'attach_status' or 'migration_status' for update.")


FORMATS["cinder:reset-body"] = _check_reset


def _one_of(what: str, value: str, valid: tuple[str, ...]) -> None:
    if value and value not in valid:
        raise BadRequest(f"{what}: {value} is invalid, valid statuses are: {valid}.")


def _forget(call: Call, volume: Volume, held: list[Attachment]) -> None:
    for attachment in held:
        call.scope.session.delete(attachment)
    volume.admin_meta.pop("attached_mode", None)


def _force_detach(call: Call, volume: Volume, wish: Any) -> None:
    attachments_model.detach(call.scope, volume, wish.get("attachment_id"), by_service(call))


ACTIONS: dict[str, Action] = {
    "os-extend": Action(schemas.EXTEND, _extend),
    "os-set_bootable": Action(schemas.SET_BOOTABLE, _set_bootable, status=200),
    "os-update_readonly_flag": Action(schemas.SET_READONLY, _set_readonly),
    "os-reserve": Action(schemas.RESERVE, _reserve),
    "os-unreserve": Action(schemas.UNRESERVE, _unreserve),
    "os-begin_detaching": Action(schemas.BEGIN_DETACHING, _begin_detaching),
    "os-roll_detaching": Action(schemas.ROLL_DETACHING, _roll_detaching),
    "os-attach": Action(schemas.ATTACH, _attach),
    "os-detach": Action(schemas.DETACH, _detach),
    "os-initialize_connection": Action(schemas.INITIALIZE, connections.initialize, status=200),
    "os-terminate_connection": Action(schemas.TERMINATE, connections.terminate),
    "os-retype": Action(schemas.RETYPE, changes.retype),
    "os-migrate_volume": Action(schemas.MIGRATE, changes.migrate, admin="migrate_volume"),
    "revert": Action(schemas.REVERT, changes.revert),
    "os-volume_upload_image": Action(schemas.UPLOAD_IMAGE, image_actions.upload),
    "os-reimage": Action(schemas.REIMAGE, image_actions.reimage),
    "os-set_image_metadata": Action(schemas.SET_IMAGE_METADATA, image_actions.set_metadata, status=200),
    "os-show_image_metadata": Action(schemas.SHOW_IMAGE_METADATA, image_actions.show_metadata, status=200),
    "os-unset_image_metadata": Action(schemas.UNSET_IMAGE_METADATA, image_actions.unset_metadata),
    "os-reset_status": Action(schemas.RESET_STATUS, _reset_status, admin="reset_status"),
    "os-force_detach": Action(schemas.FORCE_DETACH, _force_detach, admin="force_detach"),
    "os-force_delete": Action(schemas.FORCE_DELETE, _force_delete, admin="force_delete"),
}
# What the real service does besides.
ABSENT = ("os-migrate_volume_completion", "os-extend_volume_completion", "os-unmanage")
