"""`lab.start("05-server")`: makes what earlier lessons would have made, by ordinary API calls, and says what it did.

What is there already is left alone. Lessons 00 and 01 start without a token, because getting one is their subject; the
others log in as the learner's account (`demo` on the embedded cloud) and say so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup, escape

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.needs import lacking
from cloudlab.client.session import Session
from cloudlab.client.wait import GO_ON, print_line, stands_still, state_of, wait
from cloudlab.language import _, ngettext
from cloudlab.show.message import message_of

KEY_FILE = Path(__file__).parent / "keys" / "cloud.key.pub"
KEY_NAME, SERVER_NAME, VOLUME_NAME = "MyFirstKeyPair", "MyFirstApiVm", "MyFirstVolume"
THEIR_SERVER = "TheirServer"
LIMIT = 600.0  # seconds that a step may take: a real cloud's server may need minutes


@dataclass
class Preparation:
    """What `lab.start` did: sentences, and the calls behind them. Shows itself."""

    lesson: str
    cloud_name: str
    done: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        head = _("Lesson {lesson} on {cloud}.", lesson=self.lesson, cloud=self.cloud_name)
        lines = [head, *(f"  {line}" for line in self.done)]
        return "\n".join([*lines, *([f"  ({self._counted()})"] if self.calls else [])])

    def _repr_html_(self) -> str:
        done = Markup("").join(Markup("<li>{}</li>").format(line) for line in self.done)
        calls = Markup("").join(Markup("<li><code>{}</code></li>").format(call) for call in self.calls)
        folded = Markup("<details><summary>{}</summary><ol>{}</ol></details>")
        lesson, cloud = Markup("<b>{}</b>").format(self.lesson), escape(self.cloud_name)
        head = Markup(_("Lesson {lesson} on {cloud}.", lesson=lesson, cloud=cloud))
        told = Markup("<p>{}</p><ul>{}</ul>").format(head, done)
        return str(told + (folded.format(self._counted(), calls) if self.calls else ""))

    def _counted(self) -> str:
        return ngettext("{n} call made for this", "{n} calls made for this", len(self.calls))


@dataclass
class Desk:
    """What a step works with: the session, and what to say afterwards."""

    session: Session
    done: list[str]

    def call(self, method: str, service: str, path: str, **kwargs: Any) -> Exchange:
        url = self.session.endpoint(service) + path
        return self.session.request(method, url, purpose="prepare", **kwargs)

    def must(self, exchange: Exchange, what: str) -> Exchange:
        """A call that must have worked. `what` it was for, in the learner's language. Raises LabError."""
        if not exchange.ok:
            said = message_of(exchange.redacted())
            status = exchange.status_code
            # Translators: {what} is what was tried, such as "log in as demo"
            told = _("The preparation could not {what}: {status} {said}", what=what, status=status, said=said)
            if "uota" in said:
                told += " " + _("Delete what you don't need any more, and run this again.")
            raise LabError(told)
        return exchange

    def need(self, exchange: Exchange, what: str) -> Any:
        """The body of a call that must have worked."""
        return self.must(exchange, what).json()

    def other(self, role: str) -> Exchange:
        """Another account's login. The learner gets no token and no catalog by it."""
        account = self.session.here.account(role)
        url = self.session.transport.urls["keystone"] + "/v3/auth/tokens?nocatalog"
        how: dict[str, Any] = {"headers": {"X-Auth-Token": None}, "purpose": "prepare"}
        answer = self.session.request("POST", url, json=account.login, **how)
        return self.must(answer, _("log in as {user}", user=account.name))

    def image(self) -> str:
        """The id of the image that servers are made from."""
        name = self.session.here.image
        image = self.first("image", f"/v2/images?name={quote(name)}", "images", name)
        if image is None:
            raise LabError(
                _("The preparation found no image named {name}, which the server needs.", name=name)
            )
        return str(image["id"])

    def create_server(self, name: str, flavor: str = "", **more: Any) -> str:
        """The id of a new server, which is only accepted yet."""
        here = self.session.here
        size = {"imageRef": self.image(), "flavorRef": flavor or here.flavor_id}
        server = {"name": name, **size, **here.networks, **more}
        answer = self.call("POST", "compute", "/servers", json={"server": server})
        return self.need(answer, _("create the server {name}", name=name))["server"]["id"]

    def until(self, service: str, path: str, state: str) -> Exchange:
        url = self.session.endpoint(service) + path
        say = print_line if self.session.transport.real else lambda *line: None  # there it can take minutes
        last = wait(self.session, url, state, LIMIT, 0.5, say, purpose="prepare")
        if state_of(last, state) != state and stands_still(self.session):
            paused = _("The preparation can't go on: the cloud's clock is paused.")
            raise LabError(paused + " " + _(GO_ON))
        return last

    def first(self, service: str, path: str, key: str, name: str) -> dict[str, Any] | None:
        """The first resource of a list whose name is exactly `name`."""
        # Translators: {key} is a list's key in the answer's body, such as servers
        listed = self.need(self.call("GET", service, path), _("list {key}", key=key))[key]
        return next((item for item in listed if item.get("name") == name), None)


Step = Callable[[Desk], None]


def log_in(desk: Desk) -> None:
    """As the learner's account; later calls of the learner send this token."""
    desk.session.token = None
    me = desk.session.here.account("me")
    url = desk.session.transport.urls["keystone"] + "/v3/auth/tokens"
    answer = desk.session.request("POST", url, json=me.login, purpose="prepare")
    token = desk.need(answer, _("log in as {user}", user=me.name))["token"]
    desk.session.token = answer.headers["X-Subject-Token"]
    desk.done.append(
        _(
            "You are logged in: lab.token is a token of user {user} in project {project}, "
            "and its service catalog is known.",
            user=token["user"]["name"],
            project=token["project"]["name"],
        )
    )


def ensure_their_server(desk: Desk) -> None:
    """A server of somebody else, for the lesson on isolation. The learner gets no token and no catalog by it."""
    missing = lacking(desk.session.transport, "neighbour")
    if missing:
        desk.done.append(missing)
        return
    user, theirs = desk.session.here.account("neighbour").name, desk.session.here.choice_of("neighbour")
    token = {"X-Auth-Token": desk.other("neighbour").headers["X-Subject-Token"]}
    how: dict[str, Any] = {"headers": token, "purpose": "prepare"}
    servers = desk.session.transport.urls["nova"] + "/v2.1/servers"
    listed = desk.need(desk.session.request("GET", servers, **how), _("list {user}'s servers", user=user))
    if listed["servers"]:
        desk.done.append(_("The user {user} has a server in a project of their own already.", user=user))
        return
    images = f"{desk.session.transport.urls['glance']}/v2/images?name={quote(theirs.image)}"
    answer = desk.session.request("GET", images, **how)
    found = desk.need(answer, _("find the image {name}", name=theirs.image))["images"]
    size = {"imageRef": found[0]["id"], "flavorRef": theirs.flavor_id, **theirs.networks}
    body = {"server": {"name": THEIR_SERVER, **size}}
    answer = desk.session.request("POST", servers, json=body, **how)
    desk.need(answer, _("make {user}'s server", user=user))
    told = _(
        "The user {user} has made a server, {name}, in a project of their own.", user=user, name=THEIR_SERVER
    )
    desk.done.append(told)


def ensure_keypair(desk: Desk) -> None:
    """The kit's public key under the talk's name."""
    if desk.call("GET", "compute", f"/os-keypairs/{KEY_NAME}").ok:
        desk.done.append(_("Key pair {name} was there already.", name=KEY_NAME))
        return
    keypair = {"name": KEY_NAME, "public_key": KEY_FILE.read_text("ascii").strip()}
    answer = desk.call("POST", "compute", "/os-keypairs", json={"keypair": keypair})
    desk.need(answer, _("import the key pair"))
    desk.done.append(_("Key pair {name} was imported.", name=KEY_NAME))


def ensure_server(desk: Desk) -> None:
    """The talk's server, ACTIVE."""
    found = desk.first("compute", f"/servers/detail?name={SERVER_NAME}", "servers", SERVER_NAME)
    if found is None:
        server_id = desk.create_server(SERVER_NAME, key_name=KEY_NAME)
        said = _("Server {name} was created and is ACTIVE.", name=SERVER_NAME)
    elif found["status"] == "SHUTOFF":
        server_id = found["id"]
        desk.call("POST", "compute", f"/servers/{server_id}/action", json={"os-start": None})
        said = _("Server {name} was there already, and has been started.", name=SERVER_NAME)
    else:
        server_id, said = found["id"], _("Server {name} was there already.", name=SERVER_NAME)
    answer = desk.until("compute", f"/servers/{server_id}", "ACTIVE")
    status = desk.need(answer, _("wait for the server"))["server"]["status"]
    if status != "ACTIVE":
        said = _(
            "Server {name} is there, but {status} instead of ACTIVE: delete it and run this cell again.",
            name=SERVER_NAME,
            status=status,
        )
    desk.done.append(said)


def ensure_volume(desk: Desk) -> None:
    """A volume of 1 GiB that isn't attached."""
    found = desk.first("block-storage", f"/volumes/detail?name={VOLUME_NAME}", "volumes", VOLUME_NAME)
    if found is not None:
        said = _("Volume {name} was there already ({status}).", name=VOLUME_NAME, status=found["status"])
        desk.done.append(said)
        return
    body = {"volume": {"name": VOLUME_NAME, "size": 1}}
    answer = desk.call("POST", "block-storage", "/volumes", json=body)
    made = desk.need(answer, _("create the volume"))["volume"]
    desk.until("block-storage", f"/volumes/{made['id']}", "available")
    desk.done.append(_("Volume {name} was created and is available.", name=VOLUME_NAME))


# What each lesson needs beforehand, in order.
LESSONS: dict[str, tuple[Step, ...]] = {
    "00-start": (),
    "01-token": (ensure_their_server,),
    "02-flavors": (log_in,),
    "03-images": (log_in,),
    "04-ssh-key": (log_in,),
    "05-server": (log_in, ensure_keypair),
    "06-volume": (log_in, ensure_keypair, ensure_server),
    "07-attach": (log_in, ensure_keypair, ensure_server, ensure_volume),
    "08-inside": (log_in, ensure_volume),
    "10-capstone": (),
}


def named(lesson: str) -> str:
    """A lesson's whole name, also from its number alone. Raises LabError for an unknown one."""
    name = next((known for known in LESSONS if lesson in (known, known.split("-", 1)[0])), None)
    if name is None:
        lessons = ", ".join(LESSONS)
        raise LabError(
            _("There is no lesson {lesson!r}. There are: {lessons}.", lesson=lesson, lessons=lessons)
        )
    return name


def prepare(session: Session, lesson: str, more: tuple[Step, ...] = ()) -> Preparation:
    """Run a lesson's steps, and `more` of them. Raises LabError for an unknown lesson, or when a step fails."""
    name = named(lesson)
    preparation = Preparation(name, session.transport.cloud_name)
    before = session.recorder.count
    for step in (*LESSONS[name], *more):
        step(Desk(session, preparation.done))
    if not LESSONS[name]:
        preparation.done.append(_("Nothing had to be prepared."))
    if session.token is None:
        preparation.done.append(_("No token is set: until you set one, none is sent."))
    preparation.calls = [_call(e) for e in session.recorder if e.ordinal > before and e.purpose == "prepare"]
    return preparation


def _call(exchange: Exchange) -> str:
    return f"{exchange.request.method} {exchange.request.url} → {exchange.status_code}"
