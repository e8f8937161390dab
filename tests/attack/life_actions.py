"""What may be done to a server, and what is likely to be allowed in each of its states."""

from typing import Any

Json = dict[str, Any]
ACTIONS: tuple[Json, ...] = (
    {"os-start": None},
    {"os-stop": None},
    {"reboot": {"type": "SOFT"}},
    {"reboot": {"type": "HARD"}},
    {"pause": None},
    {"unpause": None},
    {"suspend": None},
    {"resume": None},
    {"rescue": {}},
    {"unrescue": None},
    {"shelve": None},
    {"unshelve": None},
    {"resize": {"flavorRef": "2"}},
    {"resize": {"flavorRef": "1"}},
    {"resize": {"flavorRef": "4"}},
    {"confirmResize": None},
    {"revertResize": None},
    {"rebuild": {"imageRef": "@image"}},
    {"createImage": {"name": "snap"}},
    {"lock": None},
    {"unlock": None},
    {"shelveOffload": None},
    {"forceDelete": None},
)
# What a server in a state can do: by chance alone most actions would be refused
LIKELY: dict[str, tuple[str, ...]] = {
    "active": (
        "os-stop",
        "pause",
        "suspend",
        "rescue",
        "shelve",
        "resize",
        "rebuild",
        "reboot",
        "createImage",
    ),
    "stopped": ("os-start", "resize", "rebuild", "shelve", "reboot"),
    "paused": ("unpause", "shelve", "reboot"),
    "suspended": ("resume", "shelve"),
    "rescued": ("unrescue",),
    "resized": ("confirmResize", "revertResize"),
    "shelved": ("unshelve",),
    "shelved_offloaded": ("unshelve",),
    "error": ("rebuild", "reboot"),
}
BY_NAME: dict[str, list[Json]] = {}
for _action in ACTIONS:
    BY_NAME.setdefault(next(iter(_action)), []).append(_action)
