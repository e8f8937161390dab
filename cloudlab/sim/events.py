"""What a task is, in words: `nova schedules MyFirstApiVm`. For whoever steps through the cloud's time.

The words say what is due, not how it ends: a handler checks its precondition when it runs.
"""

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from cloudlab.sim.store import Base
from cloudlab.sim.tasks import Task

GONE = "what is gone by now"
# Task kinds. The names in braces are those of the task's own resources, see `_names`.
WORDS = {
    "nova.nowhere": "nova finds no other host for {server}",
    "nova.arrived": "nova is done with a step of {server}, late",
    "nova.failed": "nova gives up on {server}",
    "nova.attach_failed": "nova gives up on connecting {volume} to {server}",
    "nova.detach_failed": "nova gives up on taking {volume} out of {server}",
    "cinder.volume_refused": "cinder finds no other back end for {volume}",
    "nova.attach": "nova connects {volume} to {server}",
    "nova.attach_complete": "{server} has {volume} as a disk",
    "nova.detach": "nova takes {volume} out of {server}",
    "nova.detach_forget": "nova forgets that {server} had {volume}",
    "nova.unplug": "nova takes a port out of {server}",
    "nova.refresh": "nova looks at the ports of {server} again",
    "nova.upload": "nova uploads the data of {image}",
    "nova.add_fixed_ip": "nova gives {server} another address",
    "nova.remove_fixed_ip": "nova takes an address from {server}",
    "glance.import_begun": "glance begins to import {image}",
    "glance.import_done": "glance ends the import of {image}",
    "cinder.volume_scheduled": "cinder schedules {volume}",
    "cinder.volume_made": "cinder has made {volume}",
    "cinder.volume_extended": "cinder has extended {volume}",
    "cinder.volume_gone": "cinder has deleted {volume}",
    "cinder.snapshot_made": "cinder has made {snapshot}",
    "cinder.snapshot_gone": "cinder has deleted {snapshot}",
    "cinder.volume_retyped": "cinder has changed the type of {volume}",
    "cinder.volume_not_migrated": "cinder finds no other host for {volume}",
    "cinder.volume_reverted": "cinder has reverted {volume} to {snapshot}",
    "cinder.volume_uploaded": "cinder has uploaded {volume} as {image}",
    "cinder.volume_reimaged": "cinder has written an image to {volume}",
}
# `nova.step` by the server's machine (nova/states.py), a phrase for each of its steps.
STEPS = {
    "create": (
        "nova schedules {server}",
        "nova claims room for {server} on the host",
        "nova gets a port for {server}",
        "nova connects the volumes of {server}",
        "nova starts {server}",
    ),
    "delete": ("nova deletes {server}", "nova forgets {server}"),
    "stop": ("nova has stopped {server}",),
    "start": ("nova has started {server}",),
    "reboot_soft": (
        "nova is about to reboot {server}",
        "nova reboots {server}",
        "nova has rebooted {server}",
    ),
    "reboot_hard": (
        "nova is about to reset {server}",
        "nova resets {server}",
        "nova has reset {server}",
    ),
    "pause": ("nova has paused {server}",),
    "unpause": ("nova has unpaused {server}",),
    "suspend": ("nova has suspended {server}",),
    "resume": ("nova has resumed {server}",),
    "rescue": ("nova has put {server} into rescue",),
    "unrescue": ("nova has taken {server} out of rescue",),
    "shelve": (
        "nova uploads the image of {server}",
        "nova has shelved {server}",
        "nova takes {server} off its host",
        "nova gives back the room of {server}",
    ),
    "shelve_offload": ("nova takes {server} off its host", "nova gives back the room of {server}"),
    "unshelve": ("nova schedules {server} again", "nova starts {server} again"),
    "resize": (
        "nova moves {server}",
        "nova has moved {server}",
        "nova gives {server} its new size",
        "nova has resized {server}: confirm or revert it",
    ),
    "confirm_resize": ("nova gives back the old room of {server}",),
    "revert_resize": ("nova gives {server} its old size",),
    "rebuild": (
        "nova connects the disks of {server} anew",
        "nova starts {server} from its image",
        "nova has rebuilt {server}",
    ),
    "snapshot": (
        "nova takes a snapshot of {server}",
        "nova uploads the snapshot of {server}",
        "nova has uploaded the snapshot of {server}",
    ),
    "backup": ("nova uploads the backup of {server}", "nova has uploaded the backup of {server}"),
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
    return phrase.format_map(_names(session, task.arguments))


def _of_step(session: Session, task: Task) -> str:
    machine, index = task.arguments["machine"], task.arguments["index"]
    server = Base.metadata.tables["nova_server"]
    query = select(server.c.run, server.c.deleted).where(server.c.id == task.arguments["server_id"])
    if session.execute(query).first() != (task.arguments["run"], False):
        return "nova drops a step of {server}: something else came first"
    phrases = STEPS.get(machine, ())
    return phrases[index] if index < len(phrases) else f"nova takes a step of {machine} with {{server}}"


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
        return GONE
    table = Base.metadata.tables[TABLES[what]]
    found = session.execute(select(table.c.name).where(table.c.id == resource_id)).first()
    return GONE if found is None else found.name or f"{what} {resource_id[:8]}"
