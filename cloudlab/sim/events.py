"""What a task is, in words: `nova schedules MyFirstApiVm`. For whoever steps through the cloud's time.

The words say what is due, not how it ends: a handler checks its precondition when it runs.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloudlab.language import N_, said
from cloudlab.sim.store import Base
from cloudlab.sim.tasks import Task

GONE = N_("what is gone by now")
# Task kinds. The names in braces are those of the task's own resources, see `_names`.
WORDS = {
    "nova.nowhere": N_("nova finds no other host for {server}"),
    "nova.arrived": N_("nova is done with a step of {server}, late"),
    "nova.failed": N_("nova gives up on {server}"),
    "nova.attach_failed": N_("nova gives up on connecting {volume} to {server}"),
    "nova.detach_failed": N_("nova gives up on taking {volume} out of {server}"),
    "cinder.volume_refused": N_("cinder finds no other back end for {volume}"),
    "nova.attach": N_("nova connects {volume} to {server}"),
    "nova.attach_complete": N_("{server} has {volume} as a disk"),
    "nova.detach": N_("nova takes {volume} out of {server}"),
    "nova.detach_forget": N_("nova forgets that {server} had {volume}"),
    "nova.unplug": N_("nova takes a port out of {server}"),
    "nova.refresh": N_("nova looks at the ports of {server} again"),
    "nova.upload": N_("nova uploads the data of {image}"),
    "nova.add_fixed_ip": N_("nova gives {server} another address"),
    "nova.remove_fixed_ip": N_("nova takes an address from {server}"),
    "glance.import_begun": N_("glance begins to import {image}"),
    "glance.import_done": N_("glance ends the import of {image}"),
    "cinder.volume_scheduled": N_("cinder schedules {volume}"),
    "cinder.volume_made": N_("cinder has made {volume}"),
    "cinder.volume_extended": N_("cinder has extended {volume}"),
    "cinder.volume_gone": N_("cinder has deleted {volume}"),
    "cinder.snapshot_made": N_("cinder has made {snapshot}"),
    "cinder.snapshot_gone": N_("cinder has deleted {snapshot}"),
    "cinder.volume_retyped": N_("cinder has changed the type of {volume}"),
    "cinder.volume_not_migrated": N_("cinder finds no other host for {volume}"),
    "cinder.volume_reverted": N_("cinder has reverted {volume} to {snapshot}"),
    "cinder.volume_uploaded": N_("cinder has uploaded {volume} as {image}"),
    "cinder.volume_reimaged": N_("cinder has written an image to {volume}"),
}
# `nova.step` by the server's machine (nova/states.py), a phrase for each of its steps.
STEPS = {
    "create": (
        N_("nova schedules {server}"),
        N_("nova claims room for {server} on the host"),
        N_("nova gets a port for {server}"),
        N_("nova connects the volumes of {server}"),
        N_("nova starts {server}"),
    ),
    "delete": (N_("nova deletes {server}"), N_("nova forgets {server}")),
    "stop": (N_("nova has stopped {server}"),),
    "start": (N_("nova has started {server}"),),
    "reboot_soft": (
        N_("nova is about to reboot {server}"),
        N_("nova reboots {server}"),
        N_("nova has rebooted {server}"),
    ),
    "reboot_hard": (
        N_("nova is about to reset {server}"),
        N_("nova resets {server}"),
        N_("nova has reset {server}"),
    ),
    "pause": (N_("nova has paused {server}"),),
    "unpause": (N_("nova has unpaused {server}"),),
    "suspend": (N_("nova has suspended {server}"),),
    "resume": (N_("nova has resumed {server}"),),
    "rescue": (N_("nova has put {server} into rescue"),),
    "unrescue": (N_("nova has taken {server} out of rescue"),),
    "shelve": (
        N_("nova uploads the image of {server}"),
        N_("nova has shelved {server}"),
        N_("nova takes {server} off its host"),
        N_("nova gives back the room of {server}"),
    ),
    "shelve_offload": (N_("nova takes {server} off its host"), N_("nova gives back the room of {server}")),
    "unshelve": (N_("nova schedules {server} again"), N_("nova starts {server} again")),
    "resize": (
        N_("nova moves {server}"),
        N_("nova has moved {server}"),
        N_("nova gives {server} its new size"),
        N_("nova has resized {server}: confirm or revert it"),
    ),
    "confirm_resize": (N_("nova gives back the old room of {server}"),),
    "revert_resize": (N_("nova gives {server} its old size"),),
    "rebuild": (
        N_("nova connects the disks of {server} anew"),
        N_("nova starts {server} from its image"),
        N_("nova has rebuilt {server}"),
    ),
    "snapshot": (
        N_("nova takes a snapshot of {server}"),
        N_("nova uploads the snapshot of {server}"),
        N_("nova has uploaded the snapshot of {server}"),
    ),
    "backup": (N_("nova uploads the backup of {server}"), N_("nova has uploaded the backup of {server}")),
}
UNNAMED = {
    "server": N_("server {id}"),
    "volume": N_("volume {id}"),
    "snapshot": N_("snapshot {id}"),
    "image": N_("image {id}"),
}
TABLES = {
    "server": "nova_server",
    "volume": "cinder_volume",
    "snapshot": "cinder_snapshot",
    "image": "glance_image",
}


def in_words(session: Session, task: Task) -> str:
    """One phrase for a task; a kind that has none is named as it is."""
    phrase = _of_step(session, task) if task.kind == "nova.step" else WORDS.get(task.kind, task.kind)
    names = _names(session, task.arguments)
    return said(phrase, **{what: name for what, name in names.items() if f"{{{what}}}" in phrase})


def _of_step(session: Session, task: Task) -> str:
    machine, index = task.arguments["machine"], task.arguments["index"]
    server = Base.metadata.tables["nova_server"]
    query = select(server.c.run, server.c.deleted).where(server.c.id == task.arguments["server_id"])
    if session.execute(query).first() != (task.arguments["run"], False):
        return N_("nova drops a step of {server}: something else came first")
    phrases = STEPS.get(machine, ())
    return phrases[index] if index < len(phrases) else N_("nova takes a step with {server}")


def _names(session: Session, arguments: dict[str, Any]) -> dict[str, str]:
    """The name of each resource that the arguments point at."""
    ids = {what: arguments.get(f"{what}_id") for what in TABLES}
    device = arguments.get("device_id")
    if device:
        table = Base.metadata.tables["nova_block_device"]
        found = session.execute(
            select(table.c.server_id, table.c.volume_id).where(table.c.id == device)
        ).first()
        ids["server"], ids["volume"] = found or (None, None)
    return {what: _name(session, what, ids[what]) for what in TABLES}


def _name(session: Session, what: str, resource_id: str | None) -> str:
    """The name; a nameless one is told by the beginning of its id."""
    if resource_id is None:
        return said(GONE)
    table = Base.metadata.tables[TABLES[what]]
    found = session.execute(select(table.c.name).where(table.c.id == resource_id)).first()
    if found is None:
        return said(GONE)
    return found.name or said(UNNAMED[what], id=resource_id[:8])
