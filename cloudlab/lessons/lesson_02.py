"""Lesson 02, make: choose the smallest flavor that fits. Judged against the flavors that the cloud has now."""

from collections.abc import Iterator
from typing import Any

from cloudlab.lessons.checks import Evidence, Finding, body_of

NEED = {"vcpus": 2, "ram": 3000, "disk": 20}  # ram in MiB, disk in GiB
TASK = "2 VCPUs, 3000 MiB of RAM and 20 GiB of disk"


def check(evidence: Evidence) -> Iterator[Finding]:
    """Answer by name: flavor, an id."""
    answer = str(evidence.answers.get("flavor") or "")
    flavors = body_of(evidence.get("compute", "/flavors/detail")).get("flavors", [])
    chosen = next((f for f in flavors if f["id"] == answer), None)
    yield Finding(chosen is not None, f"You chose a flavor for {TASK}", _hint_choice(answer, flavors))
    if chosen is None:
        return
    short = [key for key, least in NEED.items() if chosen[key] < least]
    yield Finding(not short, f"{chosen['name']} is large enough", _hint_short(chosen, short))
    if not short:
        best = min((f for f in flavors if _fits(f)), key=_size)
        yield Finding(
            _size(chosen) == _size(best),
            "No smaller one fits",
            f"{chosen['name']} fits, but a smaller one does too. Compare VCPUs first, then RAM, then disk.",
        )


def _fits(flavor: dict[str, Any]) -> bool:
    return all(flavor[key] >= least for key, least in NEED.items())


def _size(flavor: dict[str, Any]) -> tuple[int, int, int]:
    return flavor["vcpus"], flavor["ram"], flavor["disk"]


def _hint_choice(answer: str, flavors: list[dict[str, Any]]) -> str:
    if not answer:
        return f'Run lab.check(flavor="…") with the id of the smallest flavor that has {TASK}.'
    if any(f["name"] == answer for f in flavors):
        return f"{answer} is a flavor's name. Names are for people: a request takes the id."
    return f"There is no flavor with the id {answer}. GET /flavors lists ids and names."


def _hint_short(chosen: dict[str, Any], short: list[str]) -> str:
    units = {"vcpus": "VCPUs", "ram": "MiB of RAM", "disk": "GiB of disk"}
    have = ", ".join(f"{chosen[key]} {units[key]}" for key in short)
    note = " ram is in MiB, disk in GiB." if "ram" in short or "disk" in short else ""
    return f"It has only {have}; needed are {TASK}.{note}"
