"""The calls that were made between recorded steps (gold/README, 'Replaying'), by story and step."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from .walk import BASE
from .wire import Answer

if TYPE_CHECKING:
    from .story import Step
    from .walk import Walk

Before = Callable[["Walk", "Step"], None]
After = Callable[["Walk", "Step", Answer], None]


def make_volume(walk: Walk, step: Step) -> None:
    """A volume of demo's for the id in the step's body, which no answer gave."""
    recorded = next(walk.ids.unknown(step.body or ""), None)
    if recorded is None:
        return
    name = {"vol_attach": "a1", "vol_attach_nodevice": "a2"}.get(step.short, "a3")
    project = walk.ids.translate("bbe677c33b3c4436b6847a0a61eca7fc")
    url = f"{BASE['cinder']}/{project}/volumes"
    answer = walk.ask("demo@demo", "POST", url, {"volume": {"size": 1, "name": name}})
    if answer.status != 202:
        walk.missing.append(f"POST {url}: {answer.status}")
        return
    walk.ids.bind(recorded, answer.body["volume"]["id"])
    walk.wait(20)


def delete_created(walk: Walk, step: Step, answer: Answer) -> None:
    """The recorder deleted a server that came out of a request it expected to fail."""
    server = answer.headers.get("location")
    if answer.status != 202 or not server:
        return
    deleted = walk.ask("demo@demo", "DELETE", server)
    if deleted.status != 204:
        walk.missing.append(f"clean-up after {step.key}: {deleted.status}")
    walk.wait(30)


def settle(walk: Walk, step: Step) -> None:
    """Let what is under way finish: the recorder's own pace did that."""
    walk.wait(30)


def keep(walk: Walk, step: Step, answer: Answer) -> None:
    """These three were left alive: later steps count them in quotas and lists."""


BEFORE: list[tuple[str, Before]] = [
    ("nova_*/*_vol_attach", make_volume),
    ("nova_*/*_vol_attach_nodevice", make_volume),
    ("nova_*/*_vol_attach_dup_device", make_volume),
    ("nova_*/*_cinder_direct_detach_attempt", settle),
    ("nova_*/*_server_delete", settle),
]
# The first that matches.
AFTER: list[tuple[str, After]] = [
    ("nova_*/*_err_create_top_extra", keep),
    ("nova_*/*_err_create_no_ct", keep),
    ("nova_*/*_err_create_bad_ct", keep),
    ("nova_*/*_err_create_*", delete_created),
]


def before(walk: Walk, step: Step) -> None:
    """Unrecorded calls before the step."""
    for pattern, hook in BEFORE:
        if fnmatch(step.key, pattern):
            hook(walk, step)


def after(walk: Walk, step: Step, answer: Answer) -> None:
    """Unrecorded calls after the step."""
    for pattern, hook in AFTER:
        if fnmatch(step.key, pattern):
            hook(walk, step, answer)
            return
