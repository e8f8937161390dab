"""Lesson 02, make: choose the smallest flavor that fits. Judged against the flavors that the cloud has now."""

from collections.abc import Iterator
from typing import Any

from cloudlab.lessons.checks import Evidence, Finding, body_of

NEED = {"vcpus": 2, "ram": 3000, "disk": 20}  # ram in MiB, disk in GiB
TASK = "2 vCPUs, 3000 MiB of RAM and 20 GiB of disk"


def make(evidence: Evidence) -> Iterator[Finding]:
    """Answer by name: flavor, an id."""
    answer = str(evidence.answers.get("flavor") or "")
    flavors = body_of(evidence.get("compute", "/flavors/detail")).get("flavors", [])
    chosen = next((f for f in flavors if f["id"] == answer), None)
    yield Finding(chosen is not None, f"You chose a flavor for {TASK}", *_unknown(answer, flavors))
    if chosen is None:
        return
    short = [key for key, least in NEED.items() if chosen[key] < least]
    told = _too_small(chosen, short), "all-numbers-count"
    yield Finding(not short, f"{chosen['name']} is large enough", *told)
    if not short:
        best = min((f for f in flavors if _fits(f)), key=_size)
        yield Finding(
            _size(chosen) == _size(best),
            "No smaller one fits",
            f"{chosen['name']} fits, but a smaller one does too.",
            "fitting-is-not-smallest",
        )


def _fits(flavor: dict[str, Any]) -> bool:
    return all(flavor[key] >= least for key, least in NEED.items())


def _size(flavor: dict[str, Any]) -> tuple[int, int, int]:
    return flavor["vcpus"], flavor["ram"], flavor["disk"]


def _unknown(answer: str, flavors: list[dict[str, Any]]) -> tuple[str, str]:
    if not answer:
        return (
            f'Run lab.check("02-flavors.make", flavor="…") with the id of the smallest flavor for {TASK}.',
            "",
        )
    if any(f["name"] == answer for f in flavors):
        return f"{answer} is a flavor's name.", "name-is-not-id"
    return (
        f"There is no flavor with the id {answer}. GET /flavors lists ids and names.",
        "ids-are-not-guessed",
    )


def _too_small(chosen: dict[str, Any], short: list[str]) -> str:
    units = {"vcpus": "vCPUs", "ram": "MiB of RAM", "disk": "GiB of disk"}
    have = ", ".join(f"{chosen[key]} {units[key]}" for key in short)
    return f"It has only {have}; needed are {TASK}."


CHECKS = {"make": make}
ANSWERS = {"make": ("flavor",)}
