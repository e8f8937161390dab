"""What was made, as the wire told it: every POST that answered with something new is noted, whoever sent it.

Noted are kind, id, name and URL, the lesson, the time, and whose token it was; no secret. It stands in a file where the
cloud outlives the kernel. `lab.cleanup` (cleanup.py) reads it; marks.py marks the things themselves.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.kept import Kept, Notes
from cloudlab.client.marks import PURPOSE, Marks
from cloudlab.client.session import Session
from cloudlab.language import N_

VERSION = 1
# POSTs to these make nothing that has a URL of its own.
NO_COLLECTION = frozenset({"action", "accept", "tokens", "metadata", "tags", "extra_specs", "os-extra_specs"})
Json = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """`kind` is the word of the answer's body (server, volumeAttachment); `user`, `project` and `who` are the token's:
    two ids and a name, "" where it isn't known. `time` is the lab's.
    """

    kind: str
    id: str
    name: str
    url: str
    lesson: str = ""
    time: str = ""
    user: str = ""
    project: str = ""
    who: str = ""


def empty() -> Notes:
    return {"version": VERSION, "made": []}


class Ledger(Kept):
    """The entries, oldest first; one a URL."""

    unreadable = N_("What was made is noted in {file}, which can't be read ({error}). Move that file away.")
    lost = N_("It wasn't noted what was made, so lab.cleanup() won't know of it: {error}")

    def __init__(self, file: Path | None) -> None:
        super().__init__(file, empty)

    def entries(self) -> list[Entry]:
        """Raises LabError."""
        return [Entry(**row) for row in self.read()["made"]]

    def add(self, *entries: Entry) -> None:
        new = {entry.url for entry in entries}

        def write(notes: Notes) -> None:
            kept = [row for row in notes["made"] if row["url"] not in new]
            notes["made"] = [*kept, *(asdict(entry) for entry in entries)]

        self.note(write)

    def drop(self, *urls: str) -> None:
        def write(notes: Notes) -> None:
            notes["made"] = [row for row in notes["made"] if row["url"] not in urls]

        if urls:
            self.note(write)


class Made:
    """Hears each call of the session. `lesson` says which one is being done."""

    def __init__(self, session: Session, lesson: Callable[[], str]) -> None:
        self._session, self._lesson = session, lesson
        self._owners: dict[
            str, tuple[str, str, str]
        ] = {}  # a token's label → ids of user and project, and a name
        self._marks = Marks(session) if session.transport.real else None
        self.ledger = Ledger(session.transport.made)
        session.afterwards.append(self.hear)

    def hear(self, exchange: Exchange) -> None:
        """A call has been answered. Whatever is the matter with a mark, the learner's call stays as it is."""
        if exchange.purpose in (PURPOSE, "cleanup"):
            return
        try:
            self._owners.update(_login(exchange, self._session.redactor.token))
            things = [*things_of(exchange, self._session.transport.urls), *self._companions(exchange)]
            about = self._about(exchange) if things else {}
            new = list({thing[-1]: Entry(*thing, **about) for thing in things}.values())
            if new:
                self.ledger.add(*new)
            if self._marks:
                self._marks.offer(exchange, [(entry.kind, entry.url, entry.lesson) for entry in new])
        except LabError:
            pass

    def _about(self, exchange: Exchange) -> dict[str, str]:
        user, project, who = self._owner(str(exchange.request.headers.get("X-Auth-Token") or ""))
        time = self._session.transport.clock.now().isoformat(" ", "seconds")
        return {"lesson": self._lesson(), "time": time, "user": user, "project": project, "who": who}

    def _owner(self, token: str) -> tuple[str, str, str]:
        """Whose token that is. Keystone knows it, if this session didn't see the login; else nobody: "" three times."""
        if not token:
            return "", "", ""
        label = self._session.redactor.token(token)
        if label not in self._owners:
            url = self._session.transport.urls["keystone"] + "/v3/auth/tokens?nocatalog"
            itself = {"X-Auth-Token": token, "X-Subject-Token": token}
            answer = self._session.request("GET", url, headers=itself, purpose=PURPOSE)
            self._owners[label] = _owner_in(_json(answer.content))
        return self._owners[label]

    def _companions(self, exchange: Exchange) -> list[tuple[str, str, str, str]]:
        """The servers that one POST made besides the one that its answer names: one call lists them."""
        query = _several(exchange)
        if not query:
            return []
        url = exchange.url.partition("?")[0].rstrip("/")
        token = {"X-Auth-Token": exchange.request.headers.get("X-Auth-Token")}
        answer = self._session.request("GET", f"{url}/detail?{query}", headers=token, purpose=PURPOSE)
        rows = _of_one(_json(answer.content).get("servers") or [], exchange)
        return [("server", row["id"], row["name"], f"{url}/{row['id']}") for row in rows]


def things_of(exchange: Exchange, roots: dict[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Kind, id, name and URL of what a call made, as its answer says."""
    asked = exchange.request
    if asked.method != "POST" or not exchange.ok:
        return
    url = asked.url.partition("?")[0].rstrip("/")
    last = url.rpartition("/")[2]
    if last == "action":
        yield from _image_of_action(exchange, roots)
    if last in NO_COLLECTION:
        return
    wish = _json(asked.content)
    for kind, thing in _inside(_json(exchange.content), last):
        id = _id(kind, thing)
        if id:
            name = thing.get("name") or _part(wish, kind).get("name") or thing.get("device") or ""
            yield kind, id, str(name), f"{url}/{quote(id, safe='')}"


def _inside(body: Json, collection: str) -> Iterator[tuple[str, Json]]:
    """`{"server": {…}}`; several at once, `{"networks": [{…}, {…}]}`; or a thing that isn't wrapped (an image)."""
    if "id" in body:
        yield collection.removesuffix("s"), body
        return
    for key, value in body.items():
        if isinstance(value, dict):
            yield key, value
        elif isinstance(value, list) and key == collection:
            yield from ((key.removesuffix("s"), thing) for thing in value if isinstance(thing, dict))


def _id(kind: str, thing: Json) -> str:
    """By what its URL ends. A key pair has its name there, and an attachment the volume's id."""
    key = {"keypair": "name", "volumeAttachment": "volumeId"}.get(kind, "id")
    return str(thing.get(key) or "")


def _image_of_action(exchange: Exchange, roots: dict[str, str]) -> Iterator[tuple[str, str, str, str]]:
    """Nova's createImage and Cinder's os-volume_upload_image make an image of Glance's."""
    asked, told = _json(exchange.request.content), _json(exchange.content)
    wish = _part(asked, "createImage") or _part(asked, "os-volume_upload_image")
    if not wish or "glance" not in roots:
        return
    id = (_part(told, "os-volume_upload_image") or told).get("image_id")
    id = id or str(exchange.headers.get("Location") or "").rpartition("/")[2]
    if id:
        name = wish.get("name") or wish.get("image_name") or ""
        yield "image", str(id), str(name), f"{roots['glance']}/v2/images/{id}"


def _several(exchange: Exchange) -> str:
    """The query that lists the servers of one POST, where it made several; "" where it didn't."""
    if exchange.request.method != "POST" or exchange.status_code != 202:
        return ""
    reservation = _json(exchange.content).get("reservation_id")
    if reservation:
        return f"reservation_id={quote(str(reservation))}"
    wish = _part(_json(exchange.request.content), "server")
    if all(str(wish.get(count) or 1) == "1" for count in ("min_count", "max_count")):
        return ""
    return "name=" + quote(f"^{re.escape(str(wish.get('name')))}-[0-9]+$")


def _of_one(rows: list[Json], exchange: Exchange) -> list[Json]:
    """The rows of that one POST: none is older than the one that the answer names; a list by name may hold such."""
    first = _part(_json(exchange.content), "server").get("id")
    if first is None:
        return rows
    since = next((row["created"] for row in rows if row["id"] == first), None)
    return [row for row in rows if since is not None and row["created"] >= since]


def _login(exchange: Exchange, label: Callable[[str], str]) -> dict[str, tuple[str, str, str]]:
    """Whose token a login gave: v3's or v2.0's."""
    path = exchange.url.partition("?")[0]
    if exchange.request.method != "POST" or not exchange.ok or not path.endswith("/tokens"):
        return {}
    body = _json(exchange.content)
    value = exchange.headers.get("X-Subject-Token") or _part(_part(body, "access"), "token").get("id")
    return {label(str(value)): _owner_in(body)} if value else {}


def _owner_in(body: Json) -> tuple[str, str, str]:
    """The ids of user and project, and the user's name, as a token's answer says."""
    given = _part(body, "token") or _part(body, "access")
    user = _part(given, "user")
    project = _part(given, "project") or _part(_part(given, "token"), "tenant")
    return str(user.get("id", "")), str(project.get("id", "")), str(user.get("name", ""))


def _part(body: Json, key: str) -> Json:
    """What stands there, if it is an object; else an empty one."""
    value = body.get(key)
    return value if isinstance(value, dict) else {}


def _json(content: bytes) -> Json:
    """A body that is an object; else an empty one."""
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
