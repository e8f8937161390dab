"""The calls that were made between recorded steps (gold/README, 'Replaying'), by story and step."""

from __future__ import annotations

import json
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


ADMIN = "f057bcc365ae493281fa446b2e9a5d18"
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
    """Two servers of the story before were still there when this one began: quotas and lists showed them.

    They were made with a key pair that had been deleted meanwhile.
    """
    base = f"{NOVA_V2}/{walk.ids.translate(DEMO)}"
    pair = json.loads(next(step for step in steps if step.short == "keypair_import").body or "")
    names = [
        server["name"]
        for server in next(s for s in steps if s.short == "servers_detail_empty").answer["servers"]
    ]
    walk.must("demo@demo", "POST", f"{base}/os-keypairs", pair)
    for name in [*reversed(names), *names][:2]:
        server = {"name": name, "imageRef": walk.ids.translate(CIRROS), "flavorRef": "1"}
        body = {"server": {**server, "key_name": pair["keypair"]["name"]}}
        walk.leftovers.append(
            walk.must("demo@demo", "POST", f"{base}/servers", body).headers.get("location", base)
        )
        walk.settle()
    walk.must("demo@demo", "DELETE", f"{base}/os-keypairs/{pair['keypair']['name']}")


def one_leftover_goes(walk: Walk, step: Step) -> None:
    """The oldest of them goes away."""
    walk.must("demo@demo", "DELETE", walk.leftovers.pop(0))
    walk.settle()


def leftovers_last_moment(walk: Walk, step: Step) -> None:
    """The rest are deleted, one soon after another, and are seen in the moment before they are gone."""
    for server in walk.leftovers:
        walk.must("demo@demo", "DELETE", server)
        walk.wait(0.1)
    walk.wait_until("demo@demo", walk.leftovers[-1], lambda answer: b'"DELETED"' in answer.content)
    walk.wait(0.01)


def oldest_leftover_gone(walk: Walk, step: Step) -> None:
    """That moment is over for the one that was deleted first."""
    walk.wait_until("demo@demo", walk.leftovers[0], lambda answer: answer.status == 404)


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
        walk.volumes.append(f"{url}/{answer.body['volume']['id']}")
    walk.settle()


def second_detached(walk: Walk, step: Step) -> None:
    """The recorder waited for its second volume to be available again; nova forgets it a moment later."""
    if len(walk.volumes) > 1:
        walk.wait_until("demo@demo", walk.volumes[1], lambda answer: b'"available"' in answer.content)


def delete_created(walk: Walk, step: Step, answer: Answer) -> None:
    """The recorder deleted a server that came out of a request it expected to fail."""
    server = answer.headers.get("location")
    if answer.status != 202 or not server:
        return
    walk.must("demo@demo", "DELETE", server)
    walk.settle()


def settle(walk: Walk, step: Step) -> None:
    """Let what is under way finish: the recorder's own pace did that."""
    walk.settle()


def raise_quota(walk: Walk, step: Step) -> None:
    """The recorder had more than ten volumes: it had raised demo's quota on the way."""
    url = f"{BASE['cinder']}/{walk.ids.translate(ADMIN)}/os-quota-sets/{walk.ids.translate(DEMO)}"
    walk.must("admin@admin", "PUT", url, {"quota_set": {"volumes": 100}})


def keep(walk: Walk, step: Step, answer: Answer) -> None:
    """These were left alive, made in different seconds: later steps count them in quotas and lists."""
    walk.wait(1)


PREPARE: list[tuple[str, Prepare]] = [
    ("nova_*", make_keypairs),
    ("nova_v21", make_servers),
    ("nova_v21_296", make_servers),
]
BEFORE: list[tuple[str, Before]] = [
    ("nova_v21_296/*_quota", one_leftover_goes),
    ("nova_v21*/*_usage", leftovers_last_moment),
    ("nova_v21/*_without_project_id", oldest_leftover_gone),
    ("nova_v21*/*_unknown_path", settle),
    ("nova_*/*_vol_attach", make_volume),
    ("nova_*/*_vol_attach_nodevice", make_volume),
    ("nova_*/*_vol_attach_dup_device", make_volume),
    ("nova_*/*_cinder_direct_detach_attempt", second_detached),
    ("nova_*/*_server_delete", settle),
    ("more/*_server_interfaces*", settle),
    ("cinder/*_volume_create_backup_id_mv347", settle),
    ("cinder/*_volume_from_image", raise_quota),
]
# The first that matches.
AFTER: list[tuple[str, After]] = [
    ("nova_*/*_server_create_auto", keep),
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
