"""What the walk uses on a cloud, image, flavor and networks: the lessons' own, else the smallest that fit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cloudlab.client.errors import LabError
from cloudlab.language import _

IMAGE, FLAVOR = "cirros", "m1.tiny"
GIB, MIB = 2**30, 2**20
Ask = Callable[[str], Any]  # "{compute}/flavors/detail" → the answer's JSON; raises LabError
Json = dict[str, Any]


@dataclass(frozen=True)
class Here:
    """By name, as the lessons look for them. `networks` are for a server's body; empty where none needs naming."""

    image: str
    flavor: str
    flavor_id: str
    networks: tuple[Json, ...] = ()


def choose(ask: Ask, project: str) -> Here:
    """Raises LabError where there is nothing to start a server from."""
    image = _image(ask("{image}/v2/images?status=active&limit=100")["images"])
    flavor = _flavor(ask("{compute}/flavors/detail")["flavors"], image)
    networks = _networks(ask("{neutron}/v2.0/networks")["networks"], project)
    return Here(image["name"], flavor["name"], flavor["id"], networks)


def _image(images: list[Json]) -> Json:
    """The lessons', by its beginning (cirros-0.6.2-x86_64-disk); else the smallest."""
    named = [image for image in images if image.get("name")]
    if not named:
        raise LabError(_("This cloud has no image that a server could start from."))
    lessons = [image for image in named if image["name"].startswith(IMAGE)]
    return min(lessons or named, key=lambda image: (image.get("size") or 0, image["name"]))


def _flavor(flavors: list[Json], image: Json) -> Json:
    """The lessons'; else the smallest in which the image has room."""
    disk = max((image.get("min_disk") or 0) * GIB, image.get("virtual_size") or image.get("size") or 0)
    ram = image.get("min_ram") or 0
    fit = [f for f in flavors if f["ram"] >= ram and (f["disk"] == 0 or f["disk"] * GIB >= disk)]
    if not fit:
        raise LabError(_("No flavor of this cloud has room for the image {image}.", image=image["name"]))
    return min(fit, key=lambda f: (f["name"] != FLAVOR, f["ram"], f["disk"], f["vcpus"], f["name"]))


def _networks(networks: list[Json], project: str) -> tuple[Json, ...]:
    """Nova takes the only network that a project can use; where several are there, one has to be named."""
    mine = [network for network in networks if network.get("project_id") == project or network.get("shared")]
    usable = [network for network in mine if network.get("subnets") and network.get("admin_state_up")]
    if len(mine) < 2 or not usable:
        return ()
    first = min(usable, key=lambda n: (bool(n.get("router:external")), n["name"], n["id"]))
    return ({"uuid": first["id"]},)
