"""`lab.start("05-server")`: makes what earlier lessons would have made, by ordinary API calls, and says what it did.

What is there already is left alone. Lessons 00 and 01 start without a token, because getting one is their subject; the
others log in as `demo` and say so.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from cloudlab.client.catalog import endpoint
from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.session import Session
from cloudlab.client.wait import GO_ON, stands_still, state_of, wait
from cloudlab.show.message import message_of

KEY_FILE = Path(__file__).parent / "keys" / "cloud.key.pub"
KEY_NAME, SERVER_NAME, VOLUME_NAME = "MyFirstKeyPair", "MyFirstApiVm", "MyFirstVolume"
THEIR_SERVER = "TheirServer"
LIMIT = 120.0  # seconds that a step may take


@dataclass
class Preparation:
    """What `lab.start` did: sentences, and the calls behind them. Shows itself."""

    lesson: str
    cloud_name: str
    done: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        lines = [f"Lesson {self.lesson} on {self.cloud_name}.", *(f"  {line}" for line in self.done)]
        return "\n".join([*lines, *([f"  ({_counted(self.calls)} made for this)"] if self.calls else [])])

    def _repr_html_(self) -> str:
        done = Markup("").join(Markup("<li>{}</li>").format(line) for line in self.done)
        calls = Markup("").join(Markup("<li><code>{}</code></li>").format(call) for call in self.calls)
        folded = Markup("<details><summary>{} made for this</summary><ol>{}</ol></details>")
        head = Markup("<p>Lesson <b>{}</b> on {}.</p><ul>{}</ul>").format(self.lesson, self.cloud_name, done)
        return str(head + (folded.format(_counted(self.calls), calls) if self.calls else ""))


def _counted(calls: list[str]) -> str:
    return f"{len(calls)} call{'' if len(calls) == 1 else 's'}"


@dataclass
class Desk:
    """What a step works with: the session, and what to say afterwards."""

    session: Session
    done: list[str]

    def call(self, method: str, service: str, path: str, **kwargs: Any) -> Exchange:
        url = endpoint(self.session.catalog, service) + path
        return self.session.request(method, url, purpose="prepare", **kwargs)

    def must(self, exchange: Exchange, what: str) -> Exchange:
        """A call that must have worked. Raises LabError."""
        if not exchange.ok:
            said = message_of(exchange.redacted())
            full = " Delete what you don't need any more, and run this again." if "uota" in said else ""
            raise LabError(f"The preparation could not {what}: {exchange.status_code} {said}{full}")
        return exchange

    def need(self, exchange: Exchange, what: str) -> Any:
        """The body of a call that must have worked."""
        return self.must(exchange, what).json()

    def other(self, user: str) -> Exchange:
        """Another user's login. The learner gets no token and no catalog by it."""
        url = self.session.transport.urls["keystone"] + "/v3/auth/tokens?nocatalog"
        how: dict[str, Any] = {"headers": {"X-Auth-Token": None}, "purpose": "prepare"}
        answer = self.session.request("POST", url, json=credentials(user), **how)
        return self.must(answer, f"log in as {user}")

    def cirros(self) -> str:
        """The id of the image that servers are made from."""
        image = self.first("image", "/v2/images?name=cirros", "images", "cirros")
        if image is None:
            raise LabError("The preparation found no image named cirros, which the server needs.")
        return str(image["id"])

    def create_server(self, name: str, flavor: str = "1", **more: Any) -> str:
        """The id of a new server, which is only accepted yet."""
        server = {"name": name, "imageRef": self.cirros(), "flavorRef": flavor, **more}
        answer = self.call("POST", "compute", "/servers", json={"server": server})
        return self.need(answer, f"create the server {name}")["server"]["id"]

    def until(self, service: str, path: str, state: str) -> Exchange:
        url = endpoint(self.session.catalog, service) + path
        last = wait(self.session, url, state, LIMIT, 0.5, lambda *_: None, purpose="prepare")
        if state_of(last, state) != state and stands_still(self.session):
            raise LabError(f"The preparation can't go on: the cloud's clock is paused. {GO_ON}")
        return last

    def first(self, service: str, path: str, key: str, name: str) -> dict[str, Any] | None:
        """The first resource of a list whose name is exactly `name`."""
        listed = self.need(self.call("GET", service, path), f"list {key}")[key]
        return next((item for item in listed if item.get("name") == name), None)


Step = Callable[[Desk], None]


def credentials(user: str) -> dict[str, Any]:
    """The body that logs a user in, for the project of the same name."""
    who = {"name": user, "domain": {"id": "default"}, "password": "secret"}
    scope = {"project": {"name": user, "domain": {"id": "default"}}}
    return {"auth": {"identity": {"methods": ["password"], "password": {"user": who}}, "scope": scope}}


def log_in(desk: Desk) -> None:
    """As demo in project demo; later calls of the learner send this token."""
    desk.session.token = None
    url = desk.session.transport.urls["keystone"] + "/v3/auth/tokens"
    answer = desk.session.request("POST", url, json=credentials("demo"), purpose="prepare")
    desk.need(answer, "log in as demo")
    desk.session.token = answer.headers["X-Subject-Token"]
    desk.done.append(
        "You are logged in: lab.token is a token of user demo in project demo, and its service catalog is known."
    )


def ensure_their_server(desk: Desk) -> None:
    """A server of somebody else, for the lesson on isolation. The learner gets no token and no catalog by it."""
    token = {"X-Auth-Token": desk.other("alt_demo").headers["X-Subject-Token"]}
    how: dict[str, Any] = {"headers": token, "purpose": "prepare"}
    servers = desk.session.transport.urls["nova"] + "/v2.1/servers"
    listed = desk.need(desk.session.request("GET", servers, **how), "list alt_demo's servers")["servers"]
    if listed:
        desk.done.append("The user alt_demo has a server in a project of their own already.")
        return
    images = f"{desk.session.transport.urls['glance']}/v2/images?name=cirros"
    (image, *_) = desk.need(desk.session.request("GET", images, **how), "find the image cirros")["images"]
    body = {"server": {"name": THEIR_SERVER, "imageRef": image["id"], "flavorRef": "1"}}
    desk.need(desk.session.request("POST", servers, json=body, **how), "make alt_demo's server")
    desk.done.append(f"The user alt_demo has made a server, {THEIR_SERVER}, in a project of their own.")


def ensure_keypair(desk: Desk) -> None:
    """The kit's public key under the talk's name."""
    if desk.call("GET", "compute", f"/os-keypairs/{KEY_NAME}").ok:
        desk.done.append(f"Key pair {KEY_NAME} was there already.")
        return
    keypair = {"name": KEY_NAME, "public_key": KEY_FILE.read_text("ascii").strip()}
    desk.need(desk.call("POST", "compute", "/os-keypairs", json={"keypair": keypair}), "import the key pair")
    desk.done.append(f"Key pair {KEY_NAME} was imported.")


def ensure_server(desk: Desk) -> None:
    """The talk's server, ACTIVE."""
    found = desk.first("compute", f"/servers/detail?name={SERVER_NAME}", "servers", SERVER_NAME)
    if found is None:
        server_id = desk.create_server(SERVER_NAME, key_name=KEY_NAME)
        said = "was created and is ACTIVE."
    elif found["status"] == "SHUTOFF":
        server_id = found["id"]
        desk.call("POST", "compute", f"/servers/{server_id}/action", json={"os-start": None})
        said = "was there already, and has been started."
    else:
        server_id, said = found["id"], "was there already."
    answer = desk.until("compute", f"/servers/{server_id}", "ACTIVE")
    status = desk.need(answer, "wait for the server")["server"]["status"]
    if status != "ACTIVE":
        said = f"is there, but {status} instead of ACTIVE: delete it and run this cell again."
    desk.done.append(f"Server {SERVER_NAME} {said}")


def ensure_volume(desk: Desk) -> None:
    """A volume of 1 GiB that isn't attached."""
    found = desk.first("block-storage", f"/volumes/detail?name={VOLUME_NAME}", "volumes", VOLUME_NAME)
    said = f"was there already ({found['status']})." if found else "was created and is available."
    if found is None:
        body = {"volume": {"name": VOLUME_NAME, "size": 1}}
        made = desk.need(desk.call("POST", "block-storage", "/volumes", json=body), "create the volume")[
            "volume"
        ]
        desk.until("block-storage", f"/volumes/{made['id']}", "available")
    desk.done.append(f"Volume {VOLUME_NAME} {said}")


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


def prepare(session: Session, lesson: str) -> Preparation:
    """Run a lesson's steps. Raises LabError for an unknown lesson, or when a step fails."""
    name = next((known for known in LESSONS if lesson in (known, known.split("-", 1)[0])), None)
    if name is None:
        raise LabError(f"There is no lesson {lesson!r}. There are: {', '.join(LESSONS)}.")
    preparation = Preparation(name, session.transport.cloud_name)
    before = session.recorder.count
    for step in LESSONS[name]:
        step(Desk(session, preparation.done))
    if not LESSONS[name]:
        preparation.done.append("Nothing had to be prepared.")
    if session.token is None:
        preparation.done.append("No token is set: until you set one, none is sent.")
    preparation.calls = [_call(e) for e in session.recorder if e.ordinal > before and e.purpose == "prepare"]
    return preparation


def _call(exchange: Exchange) -> str:
    return f"{exchange.request.method} {exchange.request.url} → {exchange.status_code}"
