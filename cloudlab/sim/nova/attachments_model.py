"""A server's volumes: its device names, and what nova asks of cinder (east_west_volume_attach, …_detach)."""

import re
from contextlib import suppress
from typing import Any

from sqlalchemy import select

from cloudlab.sim import processes, tasks
from cloudlab.sim.errors import BadRequest, Conflict, Forbidden, NotFound, PeerFailed
from cloudlab.sim.nova.peering import ask, words
from cloudlab.sim.nova.servers_model import BlockDevice, Server
from cloudlab.sim.nova.servers_rules import by_id, finish_event, record, start_event, volumes_of
from cloudlab.sim.nova.states import ANY, Machine
from cloudlab.sim.nova.steps import Aborted, Failed, NotYet
from cloudlab.sim.peers import Answer
from cloudlab.sim.processes import HOST
from cloudlab.sim.scope import Scope

ATTACHMENTS = {"OpenStack-API-Version": "volume 3.44"}
VOLUMES = {"OpenStack-API-Version": "volume 3.69"}
ASKED_DEVICE = r"(^/dev/x{0,1}[a-z]{0,1}d{0,1})([a-z]+)[0-9]*$"
ROOT_LETTER = "a"
CONNECT, COMPLETE, DISCONNECT, FORGET = 0.4, 0.4, 0.8, 0.5  # seconds of the classroom profile
ATTACH = Machine(
    "attach_volume", "compute_attach_volume", "attach_volume", None, (),
    ("active", "paused", "stopped", "resized", "soft-delete", "shelved", "shelved_offloaded"),
    task_states=ANY, verb="attach_volume",
)  # fmt: skip
DETACH = Machine(
    "detach_volume", "compute_detach_volume", "detach_volume", None, (),
    ("active", "paused", "suspended", "stopped", "resized", "soft-delete"),
    task_states=ANY, verb="detach_volume",
)  # fmt: skip


def cinder(scope: Scope, method: str, path: str, **how: Any) -> Answer:
    """One call to cinder for the caller."""
    return ask(scope, "cinder", method, f"/v3/{scope.who.project_id}{path}", **how)


def no_such_volume(volume_id: str) -> NotFound:
    return NotFound(f"Volume {volume_id} could not be found.")


def refusal(answer: Answer) -> str:
    """Cinder's own sentence, as its client quotes it."""
    said: Any = next(iter((answer.json or {}).values()), {})
    message = said.get("message", "") if isinstance(said, dict) else ""
    request_id = answer.headers.get("x-openstack-request-id") or answer.headers.get("x-compute-request-id")
    return f"{message} (HTTP {answer.status}) (Request-ID: {request_id})"


def get_volume(scope: Scope, volume_id: str) -> dict[str, Any]:
    """The volume as cinder shows it to the caller. Raises NotFound."""
    answer = cinder(scope, "GET", f"/volumes/{volume_id}")
    if answer.status == 404:
        raise no_such_volume(volume_id)
    volume: dict[str, Any] = answer.expect().json["volume"]
    return volume


def device_of(scope: Scope, server_id: str, volume_id: str) -> BlockDevice | None:
    """How the server holds that volume."""
    held = select(BlockDevice).where(BlockDevice.server_id == server_id, BlockDevice.volume_id == volume_id)
    return scope.session.scalars(held).first()


def free_device(asked: str | None, used: list[str]) -> str:
    """The device name: the letters that were asked for, or the first free ones after the root disk's.

    Raises Conflict when they are taken (nova_v21/120_vol_attach_dup_device).
    """
    taken = {ROOT_LETTER} | {_letters(device) for device in used}
    if asked is not None:
        if _letters(asked) in taken:
            raise Conflict(f"The supplied device path ({asked}) is in use.")
        return f"/dev/vd{_letters(asked)}"
    return "/dev/vd" + next(letters for letters in _names() if letters not in taken)


def _letters(device: str) -> str:
    found = re.match(ASKED_DEVICE, device)
    return found[2] if found else ""


def _names() -> list[str]:
    alphabet = "abcdefghijklmnopqrstuvwxyz"
    return [*alphabet, *(first + second for first in alphabet for second in alphabet)]


def attach(scope: Scope, server: Server, volume_id: str, asked: str | None, **more: Any) -> BlockDevice:
    """Reserve the volume and a device name; the connection itself follows. Raises as nova does.

    `more`: tag, delete_on_termination.
    """
    volume = get_volume(scope, volume_id)
    holders = [attachment["server_id"] for attachment in volume["attachments"]]
    if holders and not volume.get("multiattach"):
        raise BadRequest(
            f"Invalid volume: volume {volume_id} is already attached to instances: {', '.join(holders)}"
        )
    if device_of(scope, server.id, volume_id):
        raise BadRequest(f"Invalid volume: volume {volume_id} already attached")
    scope.message("call", processes.COMPUTE, "reserve_block_device_name", f"{server.id} {volume_id}")
    device = add_device(scope, server, volume_id, asked, **more)
    action = record(scope, server, ATTACH.action)
    start_event(scope, action.number, ATTACH.event, server.host)
    if scope.message("cast", processes.COMPUTE, ATTACH.cast, f"{server.id} {volume_id}"):
        scope.later(CONNECT, "nova.attach", device_id=device.id, action=action.number)
    return device


def add_device(scope: Scope, server: Server, volume_id: str, asked: str | None, **more: Any) -> BlockDevice:
    """A row for the volume, which cinder reserves for this server. Raises BadRequest when it won't."""
    used = [device.device for device in volumes_of(scope, [server.id])[server.id]]
    name = "/dev/vda" if more.get("boot") else free_device(asked, used)
    device = BlockDevice(
        id=scope.uuid("block_device", volume_id),
        server_id=server.id,
        volume_id=volume_id,
        device=name,
        **more,
    )
    wanted = {"volume_uuid": volume_id, "connector": None, "instance_uuid": server.id}
    cinder_versions(scope)
    answer = cinder(scope, "POST", "/attachments", body={"attachment": wanted}, headers=ATTACHMENTS)
    if answer.status == 403:
        raise Forbidden(refusal(answer))
    if not answer.ok:
        raise BadRequest(f"Invalid input received: {refusal(answer)}")
    device.attachment_id = answer.json["attachment"]["id"]
    scope.session.add(device)
    scope.session.flush()
    return device


def cinder_versions(scope: Scope) -> None:
    """Which microversions cinder has: asked before each use of its attachments, as recorded."""
    ask(scope, "cinder", "GET", "/")


def connect(scope: Scope, device: BlockDevice) -> None:
    """Tell cinder where the volume goes: reserved → attaching. Raises Failed."""
    cinder_versions(scope)
    cinder(scope, "GET", f"/volumes/{device.volume_id}", headers=VOLUMES)
    connector = {"ip": "127.0.0.1", "initiator": f"iqn.2010-10.org.openstack:{HOST}", "host": HOST}
    body = {"attachment": {"connector": {**connector, "mountpoint": device.device}}}
    answer = cinder(scope, "PUT", f"/attachments/{device.attachment_id}", body=body, headers=ATTACHMENTS)
    if not answer.ok:
        raise Failed(f"Invalid volume: {refusal(answer)}")


def complete(scope: Scope, device: BlockDevice) -> None:
    """The server has it: attaching → in-use. Raises Failed."""
    path = f"/attachments/{device.attachment_id}/action"
    answer = cinder(scope, "POST", path, body={"os-complete": None}, headers=ATTACHMENTS)
    if not answer.ok:
        raise Failed(f"Invalid volume: {refusal(answer)}")


def _device(scope: Scope, device_id: str) -> BlockDevice | None:
    """The row, while it and its server are still there."""
    device = scope.session.scalars(select(BlockDevice).where(BlockDevice.id == device_id)).first()
    server = by_id(scope, device.server_id) if device else None
    gone = server is None or server.deleted or server.task_state == "deleting" or server.vm_state == "deleted"
    return None if gone else device


@tasks.handler("nova.attach")
def attach_step(scope: Scope, device_id: str, action: int) -> None:
    """Compute connects the volume."""
    device = _device(scope, device_id)
    if device is None:
        return
    try:
        connect(scope, device)
    except (Failed, PeerFailed) as error:
        _undo(scope, device, action, error)
    else:
        scope.later(COMPLETE, "nova.attach_complete", device_id=device_id, action=action)


@tasks.handler("nova.attach_complete")
def attach_complete(scope: Scope, device_id: str, action: int) -> None:
    """The guest sees the disk."""
    device = _device(scope, device_id)
    if device is None:
        return
    try:
        complete(scope, device)
        finish_event(scope, action)
    except (Failed, PeerFailed) as error:
        _undo(scope, device, action, error)


def _undo(scope: Scope, device: BlockDevice, action: int, error: Failed | PeerFailed) -> None:
    """Give the volume back. Where cinder is away it stays reserved, for nobody (recorded)."""
    with suppress(PeerFailed):
        _give_back(scope, device)
    details = words(error) if isinstance(error, PeerFailed) else None
    scope.then("nova.attach_failed", device_id=device.id, action=action, details=details)


@tasks.handler("nova.attach_failed")
def attach_failed(scope: Scope, device_id: str, action: int, details: str | None) -> None:
    """The server has the volume no more, and the action says why."""
    device = _device(scope, device_id)
    if device is not None:
        scope.session.delete(device)
        finish_event(scope, action, "Error", details)


def detach(scope: Scope, server: Server, device: BlockDevice) -> None:
    """Ask cinder, then let compute do it. Raises BadRequest (nova_v21/131_vol_detach_again)."""
    path = f"/volumes/{device.volume_id}/action"
    answer = cinder(scope, "POST", path, body={"os-begin_detaching": None})
    if not answer.ok:
        raise BadRequest(f"Invalid volume: Invalid input received: {refusal(answer)}")
    action = record(scope, server, DETACH.action)
    start_event(scope, action.number, DETACH.event, server.host)
    if scope.message("cast", processes.COMPUTE, DETACH.cast, f"{server.id} {device.volume_id}"):
        scope.later(DISCONNECT, "nova.detach", device_id=device.id, action=action.number)


@tasks.handler("nova.detach")
def detach_step(scope: Scope, device_id: str, action: int) -> None:
    """Compute takes the disk out of the guest, and cinder lets go."""
    device = _device(scope, device_id)
    if device is None:
        return
    try:
        cinder_versions(scope)
        cinder(scope, "GET", f"/volumes/{device.volume_id}", headers=VOLUMES)
        _give_back(scope, device)
    except PeerFailed as error:
        scope.then("nova.detach_failed", device_id=device_id, action=action, details=words(error))
    else:
        scope.later(FORGET, "nova.detach_forget", device_id=device_id, action=action)


@tasks.handler("nova.detach_failed")
def detach_failed(scope: Scope, device_id: str, action: int, details: str) -> None:
    """The volume stays `detaching`, the server still lists it, and the action alone says that it failed (recorded)."""
    finish_event(scope, action, "Error", details)


@tasks.handler("nova.detach_forget")
def detach_forget(scope: Scope, device_id: str, action: int) -> None:
    """The server's own note of it goes last."""
    device = _device(scope, device_id)
    if device is not None:
        scope.session.delete(device)
        finish_event(scope, action)


def _give_back(scope: Scope, device: BlockDevice) -> None:
    """Cinder has the volume back. Raises PeerFailed."""
    cinder(scope, "DELETE", f"/attachments/{device.attachment_id}", headers=ATTACHMENTS)


# -- volumes that come with the server (block_device_mapping_v2)


def wait_for_devices(scope: Scope, server: Server) -> None:
    """Volumes that cinder is still making: NotYet until they are there. Raises Failed when one went wrong."""
    for device in volumes_of(scope, [server.id])[server.id]:
        if device.attachment_id is None:
            _reserve_new(scope, server, device)


def _reserve_new(scope: Scope, server: Server, device: BlockDevice) -> None:
    answer = cinder(scope, "GET", f"/volumes/{device.volume_id}", headers=VOLUMES)
    status = answer.json["volume"]["status"] if answer.ok else "error"
    failure = Aborted(
        server,
        f"Volume {device.volume_id} did not finish being created even after we waited. And its status is {status}.",
    )
    if status in ("creating", "downloading"):
        raise NotYet(0.5, failure)
    wanted = {"volume_uuid": device.volume_id, "connector": None, "instance_uuid": server.id}
    reserved = cinder(scope, "POST", "/attachments", body={"attachment": wanted}, headers=ATTACHMENTS)
    if status != "available" or not reserved.ok:
        raise failure
    device.attachment_id = reserved.json["attachment"]["id"]


def connect_devices(scope: Scope, server: Server) -> None:
    """All at once: the guest starts with them."""
    for device in volumes_of(scope, [server.id])[server.id]:
        connect(scope, device)
        complete(scope, device)


def release_devices(scope: Scope, server: Server, forget: bool = True) -> None:
    """Give every volume back; those that were to end with the server are deleted. `forget` drops the rows too.

    One that cinder does not take is only logged by compute (recorded): the row keeps the attachment.
    """
    for device in volumes_of(scope, [server.id])[server.id]:
        with suppress(PeerFailed):
            _release(scope, device)
        if forget and device.attachment_id is None:
            scope.session.delete(device)


def _release(scope: Scope, device: BlockDevice) -> None:
    if device.attachment_id is None:
        return
    _give_back(scope, device)
    device.attachment_id = None
    if device.delete_on_termination:
        cinder(scope, "DELETE", f"/volumes/{device.volume_id}")


def forget_devices(scope: Scope, server: Server) -> None:
    """The server is gone, and with it what it knew of its volumes."""
    for device in volumes_of(scope, [server.id])[server.id]:
        scope.session.delete(device)
