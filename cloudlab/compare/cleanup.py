"""Removes what the walk made, by the names it gave: so nothing is forgotten that an error or Ctrl-C kept it from noting."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cloudlab.client.errors import LabError
from cloudlab.compare.walker import Unknown, Walker

TRIES, PAUSE = 40, 0.5  # a volume is let go of some time after its server is gone


@dataclass(frozen=True)
class Place:
    """A list (`key` in its answer) in which made things may stand, and below which they are deleted by their `id`."""

    list: str
    key: str
    root: str
    id: str = "id"
    who: str = "me"


# What needs another thing stands before it.
PLACES = (
    Place("{compute}/servers", "servers", "{compute}/servers"),
    Place("{storage}/snapshots", "snapshots", "{storage}/snapshots"),
    Place("{storage}/volumes", "volumes", "{storage}/volumes"),
    Place("{image}/v2/images?visibility=private&limit=100", "images", "{image}/v2/images"),
    Place("{compute}/os-keypairs", "keypairs", "{compute}/os-keypairs", id="name"),
    Place("{compute}/flavors", "flavors", "{compute}/flavors", who="admin"),
    Place("{keystone}/v3/users", "users", "{keystone}/v3/users", who="admin"),
)


def clean(walker: Walker) -> list[str]:
    """Delete all that bears the walk's prefix; what is left in the end, by kind and name."""
    for place in PLACES:
        for name, url in _made(walker, place):
            _remove(walker, url, place.who)
    return [f"{place.key}: {name}" for place in PLACES for name, url in _made(walker, place)]


def _made(walker: Walker, place: Place) -> Iterator[tuple[str, str]]:
    """Name and URL of each. None where the list can't be had: then nothing could be made, either."""
    try:
        rows = walker.ask(place.list, place.who)[place.key]
    except (Unknown, LabError, KeyError):
        return
    for row in rows:
        thing: dict[str, Any] = row.get("keypair", row)
        name = str(thing.get("name"))
        if name.startswith(walker.names["prefix"]):
            yield name, f"{place.root}/{thing[place.id]}"


def _remove(walker: Walker, url: str, who: str) -> None:
    """Delete, and wait until it is gone."""
    clock = walker.session.transport.clock
    for _attempt in range(TRIES):
        if (
            walker.send("DELETE", url, who).status_code == 404
            or walker.send("GET", url, who).status_code == 404
        ):
            return
        clock.sleep(PAUSE)
