"""Lesson 02, make: choose the smallest flavor that fits. Judged against the flavors that the cloud has now."""

from collections.abc import Iterator
from typing import Any

from cloudlab.language import N_, _
from cloudlab.lessons.checks import Evidence, Finding, body_of

NEED = {"vcpus": 2, "ram": 3000, "disk": 20}  # ram in MiB, disk in GiB
# Translators: how much a flavor has of each
HAS = {"vcpus": N_("{amount} vCPUs"), "ram": N_("{amount} MiB of RAM"), "disk": N_("{amount} GiB of disk")}


def _task() -> str:
    # Translators: what the flavor is for; {task} in other messages
    return _("2 vCPUs, 3000 MiB of RAM and 20 GiB of disk")


def make(evidence: Evidence) -> Iterator[Finding]:
    """Answer by name: flavor, an id."""
    answer = str(evidence.answers.get("flavor") or "")
    flavors = body_of(evidence.get("compute", "/flavors/detail")).get("flavors", [])
    chosen = next((f for f in flavors if f["id"] == answer), None)
    yield Finding(
        chosen is not None, _("You chose a flavor for {task}", task=_task()), *_unknown(answer, flavors)
    )
    if chosen is None:
        return
    short = [key for key, least in NEED.items() if chosen[key] < least]
    told = _too_small(chosen, short), "all-numbers-count"
    yield Finding(not short, _("{flavor} is large enough", flavor=chosen["name"]), *told)
    if not short:
        yield _smallest(chosen, flavors)


def _smallest(chosen: dict[str, Any], flavors: list[dict[str, Any]]) -> Finding:
    best = min((f for f in flavors if _fits(f)), key=_size)
    return Finding(
        _size(chosen) == _size(best),
        _("No smaller one fits"),
        _("{flavor} fits, but a smaller one does too.", flavor=chosen["name"]),
        "fitting-is-not-smallest",
    )


def _fits(flavor: dict[str, Any]) -> bool:
    return all(flavor[key] >= least for key, least in NEED.items())


def _size(flavor: dict[str, Any]) -> tuple[int, int, int]:
    return flavor["vcpus"], flavor["ram"], flavor["disk"]


def _unknown(answer: str, flavors: list[dict[str, Any]]) -> tuple[str, str]:
    if not answer:
        told = _(
            'Run lab.check("02-flavors.make", flavor="…") with the id of the smallest flavor for {task}.',
            task=_task(),
        )
        return told, ""
    if any(f["name"] == answer for f in flavors):
        return _("{answer} is a flavor's name.", answer=answer), "name-is-not-id"
    return (
        _("There is no flavor with the id {answer}. GET /flavors lists ids and names.", answer=answer),
        "ids-are-not-guessed",
    )


def _too_small(chosen: dict[str, Any], short: list[str]) -> str:
    have = ", ".join(_(HAS[key], amount=chosen[key]) for key in short)
    return _("It has only {have}; needed are {task}.", have=have, task=_task())


CHECKS = {"make": make}
ANSWERS = {"make": ("flavor",)}
