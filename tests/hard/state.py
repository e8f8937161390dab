"""A cloud's state as its API shows it, held against the ledger and against itself."""

import threading
from collections.abc import Iterable, Iterator
from typing import Any

from tests.hard.stream import Thing, Writer
from tests.hard.wire import CINDER, GLANCE, NOVA, Wire

SETTLED_VOLUME, SETTLED_SERVER = ("available", "in-use"), ("ACTIVE",)
LIMIT = 30.0  # seconds until whatever was acknowledged is done
Json = dict[str, Any]


class State:
    """What a project has, by id; and what the administrator sees of it in placement."""

    def __init__(self, wire: Wire, admin: Wire) -> None:
        volumes = f"{CINDER}/{wire.project_id}"
        self.servers = _by_id(_get(wire, "nova", f"{NOVA}/servers/detail", "servers"))
        self.volumes = _by_id(_get(wire, "cinder", f"{volumes}/volumes/detail", "volumes"))
        self.attachments = _get(wire, "cinder", f"{volumes}/attachments/detail", "attachments")
        self.images = _by_id(_get(wire, "glance", f"{GLANCE}/images?limit=1000&visibility=shared", "images"))
        self.keys = {one["keypair"]["name"] for one in _get(wire, "nova", f"{NOVA}/os-keypairs", "keypairs")}
        self.ports = _get(wire, "neutron", "/v2.0/ports", "ports")
        self.used = _get(wire, "nova", f"{NOVA}/limits", "limits")["absolute"]
        self.volumes_used = _get(wire, "cinder", f"{volumes}/limits", "limits")["absolute"]
        self.consumers = _consumers(admin)

    @property
    def settled(self) -> bool:
        """Whether nothing is under way."""
        return all(
            s["OS-EXT-STS:task_state"] is None and s["status"] != "BUILD" for s in self.servers.values()
        ) and all(not v["status"].endswith("ing") for v in self.volumes.values())


def settled(wire: Wire, admin: Wire) -> State:
    """The state once nothing is under way any more."""
    pause = threading.Event()
    for _ in range(int(LIMIT / 0.02)):
        state = State(wire, admin)
        if state.settled:
            return state
        pause.wait(0.02)
    raise AssertionError(f"never done: {state.servers} {state.volumes}")


def half_made(state: State) -> Iterator[str]:
    """What contradicts itself: orphan ports, allocations and attachments, wrong states, wrong sums."""
    for server in state.servers.values():
        if server["status"] not in SETTLED_SERVER:
            yield f"server {server['name']} is {server['status']} {server.get('fault')}"
    for volume in state.volumes.values():
        if volume["status"] not in SETTLED_VOLUME:
            yield f"volume {volume['name']} is {volume['status']}"
    yield from _differ("servers and the ports' devices", state.servers, _devices(state))
    yield from _differ("servers and allocations", state.servers, state.consumers)
    nova = {
        (v["id"], s["id"]) for s in state.servers.values() for v in s["os-extended-volumes:volumes_attached"]
    }
    cinder = {(v["id"], a["server_id"]) for v in state.volumes.values() for a in v["attachments"]}
    rows = {(a["volume_id"], a["instance"]) for a in state.attachments}
    yield from _differ("volumes of servers and servers of volumes", nova, cinder)
    yield from _differ("attachments and servers of volumes", rows, cinder)
    in_use = [v["id"] for v in state.volumes.values() if v["status"] == "in-use"]
    yield from _differ("volumes in use and attached", in_use, [v for v, _ in cinder])
    counted = (state.used["totalInstancesUsed"], state.volumes_used["totalVolumesUsed"])
    if counted != (len(state.servers), len(state.volumes)):
        yield f"the quotas count {counted}, there are {len(state.servers)} and {len(state.volumes)}"


def broken_promises(state: State, writer: Writer) -> Iterator[str]:
    """What was acknowledged and isn't so. What was in doubt is looked up, and the ledger knows it from then on."""
    for thing in writer.things:
        there = _find(state, thing)
        if thing.made is None:
            thing.made, thing.id = there is not None, there or ""
        elif thing.made and thing.gone is False and there is None:
            yield f"{thing.kind} {thing.name} was acknowledged and is not there"
            thing.gone = True
        elif thing.gone and there is not None:
            yield f"{thing.kind} {thing.name} was deleted and is there"
        if thing.gone is None:
            thing.gone = there is None
    for thing in [thing for thing in writer.things if thing.live]:
        yield from _as_left(state, thing)
    writer.things = [thing for thing in writer.things if thing.live]


def _as_left(state: State, thing: Thing) -> Iterator[str]:
    """A live thing's bytes and its server."""
    if thing.kind == "image":
        status = state.images[thing.id]["status"]
        if thing.data is None:
            thing.data = status == "active"
        if status != ("active" if thing.data else "queued"):
            yield f"image {thing.name} is {status}"
    if thing.kind == "volume":
        tied = {a["server_id"] for a in state.volumes[thing.id]["attachments"]}
        if thing.tied is None:
            thing.tied = bool(tied)
        if tied != ({thing.server.id} if thing.tied and thing.server else set()):
            yield f"volume {thing.name} is attached to {tied}; acknowledged: {thing.tied}"


def _find(state: State, thing: Thing) -> str | None:
    """The thing's id, if it is there."""
    if thing.kind == "key":
        return thing.name if thing.name in state.keys else None
    shown = {"server": state.servers, "volume": state.volumes, "image": state.images}[thing.kind]
    return next((id for id, one in shown.items() if one["name"] == thing.name), None)


def _devices(state: State) -> list[str]:
    return [port["device_id"] for port in state.ports if port["device_owner"].startswith("compute:")]


def _consumers(admin: Wire) -> set[str]:
    found: set[str] = set()
    for provider in _get(admin, "placement", "/resource_providers", "resource_providers"):
        found |= set(
            _get(admin, "placement", f"/resource_providers/{provider['uuid']}/allocations", "allocations")
        )
    return found


def _differ(what: str, one: Iterable[Any], other: Iterable[Any]) -> Iterator[str]:
    first, second = sorted(one), sorted(other)
    if first != second:
        yield f"{what} differ: {first} {second}"


def _get(wire: Wire, service: str, path: str, name: str) -> Any:
    got = wire.ask("GET", service, path)
    assert got.status == 200, f"{path}: {got}"
    return got.json[name]


def _by_id(found: list[Json]) -> dict[str, Json]:
    return {one["id"]: one for one in found}
