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

Prepare = Callable[["Walk", list["Step"]], None]
Before = Callable[["Walk", "Step"], None]
After = Callable[["Walk", "Step", Answer], None]


DEMO = "bbe677c33b3c4436b6847a0a61eca7fc"
CIRROS = "130e050d-5395-42ea-8b52-f2e0fff7ba9f"
NOVA_V2 = BASE["nova"].replace("v2.1", "v2")  # takes names that /v2.1 refuses


def make_keypairs(walk: Walk, steps: list[Step]) -> None:
    """Key pairs that were there when the story began, as its first list of them shows."""
    listed = next(step for step in steps if step.short == "keypairs_empty").answer["keypairs"]
    for element in listed:
        pair = {name: element["keypair"][name] for name in ("name", "public_key")}
        walk.must("demo@demo", "POST", f"{NOVA_V2}/{walk.ids.translate(DEMO)}/os-keypairs", {"keypair": pair})


def make_servers(walk: Walk, steps: list[Step]) -> None:
    """Two servers of the story before were still there when this one began: quotas counted them."""
    server = {"name": "MyFirstApiVm", "imageRef": walk.ids.translate(CIRROS), "flavorRef": "1"}
    for _ in range(2):
        walk.must("demo@demo", "POST", f"{NOVA_V2}/{walk.ids.translate(DEMO)}/servers", {"server": server})
    walk.wait(30)


def oldest_server_goes(walk: Walk, step: Step) -> None:
    """One server of the story before goes away."""
    base = f"{NOVA_V2}/{walk.ids.translate(DEMO)}/servers"
    answer = walk.must("demo@demo", "GET", base)
    if isinstance(answer.body, dict) and answer.body.get("servers"):
        walk.must("demo@demo", "DELETE", f"{base}/{answer.body['servers'][-1]['id']}")


def make_volume(walk: Walk, step: Step) -> None:
    """A volume of demo's for the id in the step's body, which no answer gave."""
    recorded = next(walk.ids.unknown(step.body or ""), None)
    if recorded is None:
        return
    name = {"vol_attach": "a1", "vol_attach_nodevice": "a2"}.get(step.short, "a3")
    url = f"{BASE['cinder']}/{walk.ids.translate(DEMO)}/volumes"
    answer = walk.must("demo@demo", "POST", url, {"volume": {"size": 1, "name": name}})
    if answer.status == 202:
        walk.ids.bind(recorded, answer.body["volume"]["id"])
    walk.wait(20)


def delete_created(walk: Walk, step: Step, answer: Answer) -> None:
    """The recorder deleted a server that came out of a request it expected to fail."""
    server = answer.headers.get("location")
    if answer.status != 202 or not server:
        return
    walk.must("demo@demo", "DELETE", server)
    walk.wait(30)


def settle(walk: Walk, step: Step) -> None:
    """Let what is under way finish: the recorder's own pace did that."""
    walk.wait(30)


def keep(walk: Walk, step: Step, answer: Answer) -> None:
    """These three were left alive: later steps count them in quotas and lists."""


PREPARE: list[tuple[str, Prepare]] = [
    ("nova_*", make_keypairs),
    ("nova_v21", make_servers),
    ("nova_v21_296", make_servers),
]
BEFORE: list[tuple[str, Before]] = [
    ("nova_v21/*_quota_defaults", oldest_server_goes),
    ("nova_v21_296/*_quota", oldest_server_goes),
    ("nova_v21_296/*_quota", settle),
    ("nova_v21/*_quota_defaults", settle),
    ("nova_v21/*_azs", oldest_server_goes),
    ("nova_v21/*_azs", settle),
    ("nova_v21_296/*_servers_empty", oldest_server_goes),
    ("nova_v21_296/*_no_token", settle),
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


def prepare(walk: Walk, steps: list[Step]) -> None:
    """What the recorder had left before the story."""
    for pattern, hook in PREPARE:
        if fnmatch(steps[0].story, pattern):
            hook(walk, steps)


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
