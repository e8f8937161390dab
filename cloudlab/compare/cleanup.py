"""Removes what the walk made, by the names it gave: even what an error or Ctrl-C kept it from noting."""

from dataclasses import dataclass

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
    Place("{image}/v2/images?limit=100", "images", "{image}/v2/images"),
    Place("{compute}/os-keypairs", "keypairs", "{compute}/os-keypairs", id="name"),
    # Where the account may make one, though it shouldn't.
    Place("{compute}/flavors", "flavors", "{compute}/flavors"),
    Place("{compute}/flavors", "flavors", "{compute}/flavors", who="admin"),
    Place("{keystone}/v3/users", "users", "{keystone}/v3/users", who="admin"),
)


def clean(walker: Walker) -> list[str]:
    """Delete all that bears the walk's prefix; what is left in the end, or can't be looked for."""
    left: list[str] = []
    for place in PLACES:
        try:
            for url in _made(walker, place):
                _remove(walker, url, place.who)
            left += _made(walker, place)
        except Unknown:
            continue  # no such service, no such account: nothing was made
        except LabError as error:
            left.append(f"{place.key} ({error})")
    return left


def _made(walker: Walker, place: Place) -> list[str]:
    """The URLs of the walk's own things in a list. Raises LabError, and Unknown."""
    rows = [row.get("keypair", row) for row in walker.ask(place.list, place.who)[place.key]]
    prefix = walker.names["prefix"]
    return [f"{place.root}/{row[place.id]}" for row in rows if str(row.get("name")).startswith(prefix)]


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
