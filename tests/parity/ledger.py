"""The ledger: each operation with what proves it. Nothing is replayed here: tests hold each of the sources.

Recorded steps are equal unless allow.txt names them (tests/gold/test_gold.py); schemas are those of tests/outside;
clients and lessons are in seen.json (seen.py, while they run).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from tests.gold.story import STORIES, Step, load, read_allowed
from tests.outside import bodies, responses
from tests.outside.recordings import SERVICES, as_exchange

from . import versions
from .operations import PRESENT, Operation, finder, operations
from .seen import CLIENTS, LESSONS, Seen, read

IMAGES = ("glance", "POST /images")  # tests/outside/images.py, which has only this one


@dataclass(frozen=True)
class Row:
    """An operation and its proofs. `equal` and `allowed` count recorded steps; lessons are numbers, as `05`."""

    operation: Operation
    microversions: str
    schema: str
    equal: int
    allowed: int
    recorded_on: str  # when the newest of these steps was recorded; "" where there is none
    clients: bool
    lessons: tuple[str, ...]


@cache
def rows(service: str) -> tuple[Row, ...]:
    """One a present, absent or given up operation, in the order of the service's table."""
    steps, seen = _steps(), read()
    return tuple(_row(one, steps, seen) for one in operations()[service])


def _row(one: Operation, steps: Counter[tuple[Operation | None, str]], seen: Seen) -> Row:
    proofs = [proof for proof, keys in seen.items() if f"{one.service} {one.key}" in keys]
    return Row(
        one,
        versions.text(one) if one.service in versions.RANGES and one.status == PRESENT else "",
        _schema(one),
        steps[one, "equal"],
        steps[one, "allowed"],
        _dates().get(one, ""),
        any(proof.startswith(CLIENTS) for proof in proofs),
        tuple(proof.removeprefix(LESSONS)[:2] for proof in proofs if proof.startswith(LESSONS)),
    )


def _schema(one: Operation) -> str:
    """Which of the two, request and answer, has a schema that isn't ours."""
    tables = {"request": bodies.ROWS, "answer": responses.ROWS}
    judged = [
        what
        for what, table in tables.items()
        if one.service in table and table[one.service].find(one.example())
    ]
    return " + ".join(["request"] if (one.service, one.key) == IMAGES else judged)


@cache
def _steps() -> Counter[tuple[Operation | None, str]]:
    """How many recorded steps each operation has, equal and allowed; None: those of no operation (unknown paths)."""
    allowed = {key for key, _ in read_allowed()}
    return Counter(
        (found, "allowed" if step.key in allowed else "equal") for step, _, found in steps_of_operations()
    )


@cache
def _dates() -> dict[Operation | None, str]:
    """The newest date of each operation's recorded steps."""
    dates: dict[Operation | None, str] = {}
    for step, _, found in steps_of_operations():
        dates[found] = max(dates.get(found, ""), step.at[:10])
    return dates


def steps_of_operations() -> Iterator[tuple[Step, str, Operation | None]]:
    """(step, service, operation) of every recorded step; an order of states is its GET's."""
    for story in STORIES:
        for step in load(story):
            service = SERVICES[urlsplit(step.url).port or 0]
            yield step, service, finder().find(as_exchange(service, step))


@cache
def recorded() -> dict[str, Counter[str]]:
    """Steps by service: equal, allowed, and of these both `no operation`."""
    allowed, found = {key for key, _ in read_allowed()}, dict[str, Counter[str]]()
    for step, service, operation in steps_of_operations():
        counts = found.setdefault(service, Counter())
        counts["allowed" if step.key in allowed else "equal"] += 1
        counts["no operation"] += operation is None
    return {service: found[service] for service in operations()}
