"""Every operation of the six services: a row for each in docs/parity.md. Read from the route tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cache

from cloudlab.sim.cinder import schemas, volume_actions
from cloudlab.sim.nova import actions, aggregates, flavors_extra, gone
from cloudlab.sim.rooms import services
from cloudlab.sim.web import METHODS, Service
from tests.outside.paths import Rows
from tests.outside.tap import Exchange

MOUNTS = {
    "keystone": "/v3",
    "nova": "/v2.1, /v2.1/{project_id}, /v2/{project_id}",
    "cinder": "/v3/{project_id}, /v3",
    "glance": "/v2",
    "neutron": "/v2.0",
    "placement": "",
}
# What a body can name at these paths; each is an operation of its own. Those without a table in the code, by hand.
ACTIONS: dict[tuple[str, str], tuple[str, ...]] = {
    ("nova", "/servers/{server_id}/action"): tuple(actions.ROWS),
    ("nova", "/servers/{server_id}/migrations/{number}/action"): ("force_complete",),
    ("nova", "/flavors/{flavor_id}/action"): tuple(flavors_extra.ACTIONS),
    ("nova", "/os-aggregates/{key}/action"): tuple(aggregates.ACTIONS),
    ("cinder", "/volumes/{id}/action"): tuple(volume_actions.ACTIONS),
    ("cinder", "/snapshots/{id}/action"): (
        "os-reset_status",
        "os-update_snapshot_status",
        "os-force_delete",
    ),
    ("cinder", "/types/{id}/action"): tuple(schemas.TYPE_ACTIONS),
    ("cinder", "/attachments/{id}/action"): ("os-complete",),
}
ABSENT_ACTIONS = {
    ("cinder", "/volumes/{id}/action"): volume_actions.ABSENT,
    ("cinder", "/snapshots/{id}/action"): ("os-unmanage",),
}
METHOD = r"(?:GET|HEAD|POST|PUT|PATCH|DELETE)"
SAID_ALREADY = re.compile(
    rf"^(?:{METHOD}(?:, | and )?)*\s*(?:`[^`]*`|[…/]\S*?|List and create|List|One \w+)(?:[:,.]\s+|\.?$)"
)
RECORDING = re.compile(r"\s*\(recordings? [^)]*\)")
PRESENT, ABSENT, GIVEN_UP = "present", "absent", "given up"


@dataclass(frozen=True)
class Operation:
    """One row. `path` is below the service's mount where `mounted`; `about` says what the path is for, once a path.

    A HEAD beside a GET is no row of its own: `head` says that it is there. `given up`: by the real service, too.
    """

    service: str
    method: str
    path: str
    action: str = ""
    status: str = PRESENT
    mounted: bool = True
    head: bool = False
    about: str = ""
    resource: type = object

    @property
    def key(self) -> str:
        """As tests/outside writes it, and after the service's name seen.json."""
        path = self.path + "/" if re.fullmatch(r"/v[\d.]+", self.path) else self.path
        return f"{self.method} {path} {self.action}".strip()

    def example(self) -> Exchange:
        """An exchange of this operation, so that other tables can be asked for their row."""
        path = self.path if not self.mounted else base(self.service) + self.path
        body = json.dumps({self.action: {}} if self.action else {})
        return Exchange(self.service, self.method, re.sub(r"\{\w+\}", "x1", path), "", {}, body, 200, {}, "")


def base(service: str) -> str:
    """The mount that names no project."""
    return min(MOUNTS[service].split(", "), key=len)


@cache
def operations() -> dict[str, tuple[Operation, ...]]:
    """By service, in the order of its table, the absent ones last."""
    return {name: tuple(_of(service)) for name, service in services().items()}


def _of(service: Service) -> Iterator[Operation]:
    yield from _of_table(service, service.root_routes, mounted=False)
    yield from _of_table(service, service.routes, mounted=True)
    mounted = service.mount is not None
    for methods, path in service.absent:
        for method in sorted(methods.split(), key=METHODS.index):
            if not (method == "HEAD" and "GET" in methods):
                yield Operation(service.name, method, path, status=ABSENT, mounted=mounted)


def _of_table(service: Service, table: tuple[tuple[str, type], ...], mounted: bool) -> Iterator[Operation]:
    for path, resource in table:
        if mounted and path in ("", "/"):
            path, below = base(service.name), False
        else:
            below = mounted
        about = _about(resource)
        for method in METHODS:
            if hasattr(resource, method.lower()) and not (method == "HEAD" and hasattr(resource, "get")):
                found = Operation(
                    service.name,
                    method,
                    path,
                    status=_status(resource, method),
                    mounted=below,
                    head=method == "GET" and hasattr(resource, "head"),
                    about=about,
                    resource=resource,
                )
                yield from _by_action(found)
                about = ""


def _by_action(found: Operation) -> Iterator[Operation]:
    """The operation itself, or one for each action."""
    place = found.service, found.path
    if found.method != "POST" or place not in ACTIONS:
        yield found
        return
    for index, action in enumerate(ACTIONS[place]):
        yield replace(found, action=action, about="" if index else found.about)
    for action in ABSENT_ACTIONS.get(place, ()):
        yield replace(found, action=action, about="", status=ABSENT)


def _status(resource: type, method: str) -> str:
    """A method may only be there to say that it is absent, or that nova itself has given it up."""
    if getattr(getattr(resource, method.lower()), "absent", False):
        return ABSENT
    return GIVEN_UP if getattr(resource, method.lower()) is gone.farewell else PRESENT


def _about(resource: type) -> str:
    """What a resource's docstring says beyond the path."""
    first = " ".join((resource.__doc__ or "").split("\n\n")[0].split())
    return SAID_ALREADY.sub("", RECORDING.sub("", first)).strip(" .")


class Finder:
    """Which operation an exchange is of."""

    def __init__(self, found: dict[str, tuple[Operation, ...]]) -> None:
        self._by_key = {name: {one.key: one for one in some} for name, some in found.items()}
        self._rows = {name: Rows(name, _literal_first(keys)) for name, keys in self._by_key.items()}

    def find(self, exchange: Exchange) -> Operation | None:
        """None where nothing is at that path, or nobody has the action."""
        if exchange.service == "nova" and exchange.path.rstrip("/") == "/v2":
            exchange = replace(exchange, path="/v2.1/")
        key = self._rows[exchange.service].find(exchange)
        if key is None and exchange.method == "HEAD":
            key = self._rows[exchange.service].find(replace(exchange, method="GET"))
        return self._by_key[exchange.service].get(key or "")


def _literal_first(keys: Iterable[str]) -> list[str]:
    """`/flavors/detail` before `/flavors/{id}`: a brace sorts behind letters."""
    return sorted(keys, key=lambda key: key.split(" ")[1])


@cache
def finder() -> Finder:
    return Finder(operations())
