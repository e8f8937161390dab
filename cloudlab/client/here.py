"""`lab.here`: what the lessons need a name for, and clouds call differently. On a real cloud it is chosen by looking.

CLOUDLAB_IMAGE, CLOUDLAB_FLAVOR and CLOUDLAB_NETWORK go first, each a name (or a network's id).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cloudlab.client.account import Account
from cloudlab.client.crew import Crew
from cloudlab.client.errors import LabError
from cloudlab.language import _

if TYPE_CHECKING:
    from cloudlab.client.session import Session

GIB = 1024**3
PURPOSE = "connect"
Wishes = Mapping[str, str]  # as the environment has them
NO_ROOT_DISK = ("iso", "aki", "ari")  # formats of images that no server starts from


@dataclass(frozen=True)
class Choice:
    """The image and the flavor of the lessons' servers, and what their body says of networks."""

    image: str
    flavor: str
    flavor_id: str
    networks: dict[str, Any] = field(default_factory=dict)
    vcpus: int = 1
    ram: int = 512  # MiB


TALKS = Choice("cirros", "m1.tiny", "1")  # the embedded cloud has the talk's


class Here:
    """Who you are on this cloud, and what its image, its small flavor and its network are called."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._project = ""
        self._choices: dict[str, Choice] = {}  # by account

    @property
    def identity(self) -> dict[str, Any]:
        """Who you are, and the proof of it, as a login's body wants it."""
        return self.account("me").identity

    @property
    def scope(self) -> dict[str, Any]:
        """`{"scope": {"project": …}}`; empty with an application credential, which brings its project."""
        return self.account("me").scope

    @property
    def project(self) -> str:
        """The name of your project (or its id, before a login has told the name)."""
        return self._project or self.account("me").project

    def arrived(self, token: dict[str, Any]) -> None:
        """A login's answer tells the project that an application credential, or an id, stands for."""
        self._project = token["project"]["name"]

    def account(self, role: str) -> Account:
        """`identity`, `scope` and `login` of "me", "admin" or "neighbour". Raises LabError where there is none."""
        found = self._session.transport.accounts.get(role)
        if found is None:
            raise LabError(_("There is no account for {role!r} on this cloud.", role=role))
        return found

    @property
    def image(self) -> str:
        """The name of the image that the lessons' servers start from."""
        return self.choice.image

    @property
    def flavor(self) -> str:
        """The name of a small flavor that the image fits into."""
        return self.choice.flavor

    @property
    def flavor_id(self) -> str:
        """That flavor's id."""
        return self.choice.flavor_id

    @property
    def networks(self) -> dict[str, Any]:
        """What a server's body needs besides: empty, or `{"networks": [{"uuid": …}]}` where there are several."""
        return self.choice.networks

    @property
    def choice(self) -> Choice:
        """Yours. Raises LabError."""
        return self.choice_of("me")

    def choice_of(self, role: str) -> Choice:
        """An account's: on a real cloud by one login and three GETs, at the first use. Raises LabError."""
        if self._session.transport.real is None:
            return TALKS
        if role not in self._choices:
            self._choices[role] = _look(self._session, role)
        return self._choices[role]

    def __repr__(self) -> str:
        account, choice = self.account("me"), self.choice
        wanted = choice.networks.get("networks", [{"uuid": _("none needs to be named")}])[0]["uuid"]
        lines = [
            _("user: {user}", user=account.name),
            _("project: {project}", project=self.project),
            _("image: {image}", image=choice.image),
            _("flavor: {flavor}", flavor=choice.flavor),
            _("network: {network}", network=wanted),
        ]
        return "\n".join(lines)


def _look(session: "Session", role: str) -> Choice:
    """Asked with a token of its own, whatever the learner's is just now. Wishes are yours alone."""
    crew = Crew(session, PURPOSE)
    wishes = os.environ if role == "me" else {}
    image = chosen_image(_asked(crew, role, "image", "/v2/images?status=active&limit=200")["images"], wishes)
    flavors = _asked(crew, role, "compute", "/flavors/detail")["flavors"]
    flavor = chosen_flavor(flavors, image, wishes)
    networks = _asked(crew, role, "network", "/v2.0/networks?router%3Aexternal=false")["networks"]
    project = crew.owner(role)[1]
    usable = [n for n in networks if n.get("shared") or n.get("project_id") == project]
    named = chosen_network(usable, wishes)
    return Choice(image["name"], flavor["name"], flavor["id"], named, flavor["vcpus"], flavor["ram"])


def _asked(crew: Crew, role: str, service: str, path: str) -> dict[str, Any]:
    """What a list's answer holds. Raises LabError where it is refused."""
    answer = crew.get(crew.endpoint(service, role) + path, role)
    if not answer.ok:
        raise LabError(_("The cloud answered {status} to {path}.", status=answer.status_code, path=path))
    return dict(answer.json())


def chosen_image(images: list[dict[str, Any]], wishes: Wishes = os.environ) -> dict[str, Any]:
    """CLOUDLAB_IMAGE; else one whose name has cirros in it; else the smallest. Raises LabError."""
    asked = wishes.get("CLOUDLAB_IMAGE")
    fit = [i for i in images if i.get("name") and i.get("disk_format") not in NO_ROOT_DISK]
    if asked:
        fit = [image for image in fit if image["name"] == asked]
    if not fit:
        told = _("This cloud shows you no image that a server could start from.")
        if asked:
            told = _("This cloud shows you no image named {name}.", name=asked)
        raise LabError(told + " " + _("Name one: CLOUDLAB_IMAGE=…"))
    return min(fit, key=lambda i: (i["name"] != "cirros", "cirros" not in i["name"], i.get("size") or 0))


def chosen_flavor(
    flavors: list[dict[str, Any]], image: dict[str, Any], wishes: Wishes = os.environ
) -> dict[str, Any]:
    """CLOUDLAB_FLAVOR; else the talk's, or the smallest that the image fits into. Raises LabError."""
    asked = wishes.get("CLOUDLAB_FLAVOR")
    disk = max(image.get("min_disk") or 0, -(-(image.get("size") or 0) // GIB))
    fit = [
        f for f in flavors if f["ram"] >= (image.get("min_ram") or 0) and (f["disk"] >= disk or not f["disk"])
    ]
    if asked:
        fit = [flavor for flavor in flavors if flavor["name"] == asked]
    if not fit:
        told = _("No flavor of this cloud fits the image {image}.", image=image["name"])
        if asked:
            told = _("This cloud shows you no flavor named {name}.", name=asked)
        raise LabError(told + " " + _("Name one: CLOUDLAB_FLAVOR=…"))
    return min(fit, key=_smallness)


def _smallness(flavor: dict[str, Any]) -> tuple[Any, ...]:
    """A flavor without a disk is for servers that start from a volume: it comes last."""
    size = flavor["vcpus"], flavor["ram"], flavor["disk"]
    return flavor["name"] != TALKS.flavor, not flavor["disk"], *size


def chosen_network(networks: list[dict[str, Any]], wishes: Wishes = os.environ) -> dict[str, Any]:
    """Nothing where Nova finds the only one by itself; else the body's part. Raises LabError."""
    asked = wishes.get("CLOUDLAB_NETWORK")
    if asked:
        networks = [network for network in networks if asked in (network["name"], network["id"])]
        if not networks:
            raise LabError(_("Your project has no network {name}.", name=asked))
    elif len(networks) < 2:
        return {}
    first = min(networks, key=lambda network: (bool(network.get("shared")), network["name"]))
    return {"networks": [{"uuid": first["id"]}]}
