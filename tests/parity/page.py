"""docs/parity.md, and the README's line about it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from cloudlab.language import N_
from cloudlab.sim.microversion import text

from .ledger import Row, recorded, rows
from .operations import ABSENT, GIVEN_UP, MOUNTS, PRESENT, operations
from .versions import RANGES

HEAD = """# Parity: which operations the embedded cloud has, and what proves them

A row an operation: what it is, and who says that it is right. Nothing here is written by hand: `make docs` makes this
page from the route tables, `tests/gold`, `tests/outside` and `tests/parity/seen.json`; a test sees that it is of today.

- **method, path**: `GET HEAD` also answers a HEAD. What a body names, as `os-stop`, is an operation of its own.
- **versions**: the microversions that have it; `all` are those of the service.
- **schema**: what is judged by a schema that isn't ours, whenever a test of any kind asks for it. The `request`: by
  the one that the service publishes. The `answer`: by Tempest's ([tests/outside](../tests/outside/README.md)).
- **recorded**: how many steps OpenStack 2025.2 answered as they are answered here, field by field, refusals included
  ([tests/gold](../tests/gold/README.md)). `+ 1`: one more differs, for a reason that
  [allow.txt](../tests/gold/allow.txt) gives. The date is that of the newest of these recordings.
- **clients**: the unmodified `openstack` command or openstacksdk asks for it in `tests/clients`, and gets its answer.
- **lessons**: in whose cells it is asked for, and answered.

To check it yourself: `python -m tests.gold` replays the recordings; `python -m pytest tests/outside tests/clients` has
schemas and clients speak, `python -m pytest --nbval notebooks` the lessons. While clients and lessons run, their marks
on this page are compared with what is heard, and a mark too many or too few fails. `python -m tests.parity` makes them
anew.

An operation that is absent gets the real service's answer to an unknown path, and the header `X-Cloudlab-Absent`.
"""
COLUMNS = ("method", "path", "versions", "schema", "recorded", "clients", "lessons", "what it is for")
# What is absent of an operation that is present: what the cloud itself says in X-Cloudlab-Absent.
IN_PART = {
    "glance": ("GET /images/{image_id}/locations",),
    "placement": ("GET /allocation_candidates of several providers together",),
    "neutron": ("PUT /v2.0/routers/{id} distributed=true, ha=true",),
    "cinder": ("PUT /os-services/{action}: failover_host, failover, get-log, set-log",),
    "nova": (
        "POST /os-keypairs that generates an x509 certificate",
        "GET, PUT and DELETE /os-quota-sets/{project_id}?user_id=…",
        "PUT /servers/{server_id}/os-volume_attachments/{volume_id} with another volume",
    ),
}
FIGURES = N_(
    "[{here} operations](docs/parity.md) are here, {absent} are absent; {equal} of {all} recorded answers are "
    "equal ({share}), the other {allowed} are excused by name."
)
NO_PATH = "paths that nobody has, actions that nobody knows"


def as_markdown() -> str:
    """The whole page."""
    parts = [HEAD, "## Totals\n", *_totals(), ""]
    for name in operations():
        parts += [f"## {name.capitalize()}\n", *_about(name), *_present(name), *_absent(name), ""]
    return "\n".join(parts).rstrip() + "\n"


def figures(translate: Callable[[str], str] = str) -> str:
    """The README's line, in the language that `translate` knows."""
    here = sum(_count(name)["here"] for name in operations())
    absent = sum(_count(name)["absent"] for name in operations())
    steps = sum(recorded().values(), Counter())
    return translate(FIGURES).format(
        here=here,
        absent=absent,
        equal=f"{steps['equal']:,}",
        all=f"{_all(steps):,}",
        share=_share(steps),
        allowed=steps["allowed"],
    )


def _totals() -> Iterator[str]:
    yield from _head(("service", "here", "schema", "recorded", "clients", "lessons", "absent"))
    counts = {name.capitalize(): _count(name) for name in operations()}
    for name, count in (*counts.items(), ("all", sum(counts.values(), Counter()))):
        yield _line(
            [
                name,
                *(
                    str(count[what])
                    for what in ("here", "schema", "recorded", "clients", "lessons", "absent")
                ),
            ]
        )
    yield "\nThe recorded steps, one by one:\n"
    yield from _head(("service", "steps", "equal", "equal, %", "allowed", f"of the steps: {NO_PATH}"))
    for name, steps in (*recorded().items(), ("all", sum(recorded().values(), Counter()))):
        title = name if name == "all" else name.capitalize()
        yield _line(
            [
                title,
                str(_all(steps)),
                str(steps["equal"]),
                _share(steps),
                str(steps["allowed"]),
                str(steps["no operation"]),
            ]
        )


def _count(service: str) -> Counter[str]:
    """How many operations there are, and how many of them have each proof."""
    here = [row for row in rows(service) if row.operation.status == PRESENT]
    return Counter(
        {
            "here": len(here),
            "schema": sum(bool(row.schema) for row in here),
            "recorded": sum(bool(row.equal) for row in here),
            "clients": sum(row.clients for row in here),
            "lessons": sum(bool(row.lessons) for row in here),
            "absent": sum(row.operation.status == ABSENT for row in rows(service)),
        }
    )


def _all(steps: Counter[str]) -> int:
    return steps["equal"] + steps["allowed"]


def _share(steps: Counter[str]) -> str:
    return f"{100 * steps['equal'] / _all(steps):.1f} %"


def _about(service: str) -> Iterator[str]:
    if MOUNTS[service] and any(row.operation.mounted for row in rows(service)):
        mounts = ", ".join(f"`{mount}`" for mount in MOUNTS[service].split(", "))
        yield f"Paths are below {mounts}, but for those that begin with a version."
    if service in RANGES:
        oldest, newest = RANGES[service]
        yield f"Microversions: {text(oldest)} to {text(newest)}."
    else:
        yield "No microversions."
    yield ""


def _present(service: str) -> Iterator[str]:
    columns = [name for name in COLUMNS if name != "versions" or service in RANGES]
    yield from _head(columns)
    for row in rows(service):
        if row.operation.status == PRESENT:
            cells = dict(zip(COLUMNS, _cells(row), strict=True))
            yield _line([cells[name] for name in columns])


def _cells(row: Row) -> list[str]:
    one = row.operation
    return [
        one.method + (" HEAD" if one.head else ""),
        f"`{one.path}`" + (f" `{one.action}`" if one.action else ""),
        row.microversions,
        row.schema,
        _steps(row),
        "yes" if row.clients else "",
        " ".join(row.lessons),
        one.about.replace("|", "\\|").replace("<", "&lt;"),
    ]


def _steps(row: Row) -> str:
    told = (str(row.equal) if row.equal else "") + (f" + {row.allowed}" if row.allowed else "")
    return f"{told} ({row.recorded_on})" if told else ""


def _absent(service: str) -> Iterator[str]:
    """What the real service has besides, and what it has given up itself."""
    by_status = {
        status: [row for row in rows(service) if row.operation.status == status]
        for status in (ABSENT, GIVEN_UP)
    }
    if by_status[ABSENT]:
        yield f"\n### Absent in {service.capitalize()}\n"
        yield from _short(by_status[ABSENT])
    if service in IN_PART:
        yield "\nAbsent in part: " + ", ".join(f"`{part}`" for part in IN_PART[service]) + "."
    if by_status[GIVEN_UP]:
        yield f"\n### Given up by {service.capitalize()} itself\n"
        yield "Each is answered 410 at every version, there and here.\n"
        yield from _short(by_status[GIVEN_UP])


def _short(found: Iterable[Row]) -> Iterator[str]:
    yield from _head(("method", "path", "recorded"))
    for row in found:
        method, path, _, _, steps, *_ = _cells(row)
        yield _line([method, path, steps])


def _head(names: Iterable[str]) -> Iterator[str]:
    names = list(names)
    yield _line(names)
    yield "|" + "---|" * len(names)


def _line(cells: Iterable[str]) -> str:
    return re.sub(r" {2,}", " ", "| " + " | ".join(cells) + " |")
