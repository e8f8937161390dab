"""Which calls each button of `lab.console()` makes: the one table, for what is clicked and for what is printed.

A `{word}` in a path or a body is filled when the button is pressed: `{id}` is what is chosen in the list, `{holder}`
the server that the chosen volume is attached to, `{public_key}` the kit's own; the others are fields beside the button.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import quote

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.here import Here
from cloudlab.client.roots import service_root
from cloudlab.client.session import Session
from cloudlab.language import N_, _

Json = dict[str, Any]
WORD = re.compile(r"\{(\w+)\}")
NOT_FIELDS = ("id", "holder", "public_key")
MISSING = {
    "id": N_("Choose one in the list first. Is it empty? Press Refresh."),
    "holder": N_(
        "The chosen volume is attached to no server, as far as the list knows: press Refresh to ask again."
    ),
    "name": N_("Give it a name first."),
    "size": N_("Say how many GiB first."),
    "flavor": N_("Choose a flavor first: Refresh asks which there are."),
    "image": N_("Choose an image first: Refresh asks which there are."),
    "server": N_("Choose a server first: Refresh asks which there are."),
}
NO_TOKEN = N_(
    'Log in first (lesson 01): lab.token = r.headers["X-Subject-Token"] of a POST …/v3/auth/tokens.'
)


@dataclass(frozen=True)
class Call:
    """One API call. `brings` is the name of the list in its answer."""

    method: str
    service: str  # a type of roots.ROOTS
    path: str
    body: Json | None = None
    brings: str = ""

    def filled(self, values: Json) -> "Call":
        """The call with its words replaced. Raises LabError for one that has no value."""
        path = WORD.sub(lambda word: quote(str(_value(word[1], values)), safe=""), self.path)
        return replace(self, path=path, body=_filled(self.body, values))

    def body_text(self) -> str:
        """The body as JSON; "" if there is none. A size is a number, so its word stands without quotes."""
        text = "" if self.body is None else json.dumps(self.body)
        return text.replace('"{size}"', "{size}")


@dataclass(frozen=True)
class Button:
    """A button of the section `kind`, what it is for, and its calls in order. `name` and `what` are English."""

    kind: str
    name: str
    icon: str
    what: str
    calls: tuple[Call, ...]

    @property
    def fields(self) -> list[str]:
        """The words that stand beside the button, to be filled in."""
        texts = [call.path + call.body_text() for call in self.calls]
        words = dict.fromkeys(word for text in texts for word in WORD.findall(text))
        return [word for word in words if word not in NOT_FIELDS]


TITLES = {"servers": N_("Servers"), "volumes": N_("Volumes"), "keypairs": N_("Key pairs")}
SERVERS = Call("GET", "compute", "/servers/detail", brings="servers")
FLAVORS = Call("GET", "compute", "/flavors", brings="flavors")
IMAGES = Call("GET", "image", "/images", brings="images")
VOLUMES = Call("GET", "block-storage", "/volumes/detail", brings="volumes")
KEYPAIRS = Call("GET", "compute", "/os-keypairs", brings="keypairs")
NEW_SERVER = {"server": {"name": "{name}", "flavorRef": "{flavor}", "imageRef": "{image}"}}
NEW_VOLUME = {"volume": {"name": "{name}", "size": "{size}"}}
NEW_KEYPAIR = {"keypair": {"name": "{name}", "public_key": "{public_key}"}}
ATTACHMENT = {"volumeAttachment": {"volumeId": "{id}"}}
HELD = "/servers/{holder}/os-volume_attachments/{id}"


def _changes(then: Call, method: str, service: str, path: str, body: Json | None = None) -> tuple[Call, ...]:
    """A change, and the list once more after it."""
    return (Call(method, service, path, body), then)


def _action(name: str) -> tuple[Call, ...]:
    return _changes(SERVERS, "POST", "compute", "/servers/{id}/action", {name: None})


_ATTACH = _changes(VOLUMES, "POST", "compute", "/servers/{server}/os-volume_attachments", ATTACHMENT)
_MAKE_VOLUME = _changes(VOLUMES, "POST", "block-storage", "/volumes", NEW_VOLUME)
_IMPORT = _changes(KEYPAIRS, "POST", "compute", "/os-keypairs", NEW_KEYPAIR)
BUTTONS = (
    Button(
        "servers",
        N_("Refresh"),
        "refresh",
        N_("Ask which servers, flavors and images there are"),
        (SERVERS, FLAVORS, IMAGES),
    ),
    Button("servers", N_("Stop"), "stop", N_("Stop the chosen server"), _action("os-stop")),
    Button("servers", N_("Start"), "play", N_("Start the chosen server"), _action("os-start")),
    Button(
        "servers",
        N_("Delete"),
        "trash",
        N_("Delete the chosen server"),
        _changes(SERVERS, "DELETE", "compute", "/servers/{id}"),
    ),
    Button(
        "servers",
        N_("Make"),
        "plus",
        N_("Make a server"),
        _changes(SERVERS, "POST", "compute", "/servers", NEW_SERVER),
    ),
    Button(
        "volumes",
        N_("Refresh"),
        "refresh",
        N_("Ask which volumes and servers there are"),
        (VOLUMES, SERVERS),
    ),
    Button(
        "volumes",
        N_("Detach"),
        "unlink",
        N_("Detach the chosen volume from its server"),
        _changes(VOLUMES, "DELETE", "compute", HELD),
    ),
    Button(
        "volumes",
        N_("Delete"),
        "trash",
        N_("Delete the chosen volume"),
        _changes(VOLUMES, "DELETE", "block-storage", "/volumes/{id}"),
    ),
    Button("volumes", N_("Make"), "plus", N_("Make an empty volume"), _MAKE_VOLUME),
    Button("volumes", N_("Attach"), "link", N_("Attach the chosen volume to a server"), _ATTACH),
    Button("keypairs", N_("Refresh"), "refresh", N_("Ask which key pairs there are"), (KEYPAIRS,)),
    Button(
        "keypairs",
        N_("Delete"),
        "trash",
        N_("Delete the chosen key pair"),
        _changes(KEYPAIRS, "DELETE", "compute", "/os-keypairs/{id}"),
    ),
    Button(
        "keypairs",
        N_("Import"),
        "upload",
        N_("Import the kit's public key (lab.public_key) under this name"),
        _IMPORT,
    ),
)
COLUMNS = (N_("section"), N_("button"), N_("method"), N_("service and path"), N_("body"))


def table_rows() -> list[tuple[str, str, str, str, str]]:
    """The table as text: a row for each call, and the button's name in its first."""
    return [
        (
            *(("", "") if nth else (_(TITLES[button.kind]), _(button.name))),
            call.method,
            where(call),
            call.body_text(),
        )
        for button in BUTTONS
        for nth, call in enumerate(button.calls)
    ]


def where(call: Call) -> str:
    return f"{call.service}: {call.path}"


def press(session: Session, button: Button, values: Json) -> Iterator[tuple[Call, Exchange]]:
    """Make the button's calls, in order; a refused change ends it. Raises LabError without a token or a value."""
    if not session.token:
        raise LabError(_(NO_TOKEN))
    for call in [call.filled(values) for call in button.calls]:
        url = service_root(session, call.service) + call.path
        answer = session.request(call.method, url, json=_placed(call.body, session.here))
        yield call, answer
        if call.method != "GET" and not answer.ok:
            return


def _placed(body: Any, here: Here) -> Any:
    """A new server's body names a network, where the project has several."""
    server = (body or {}).get("server")
    return {"server": {**server, **here.networks}} if server else body


def _value(word: str, values: Json) -> Any:
    value = values.get(word)
    if value in (None, ""):
        raise LabError(_(MISSING[word]))
    return value


def _filled(body: Any, values: Json) -> Any:
    if isinstance(body, dict):
        return {key: _filled(value, values) for key, value in body.items()}
    found = WORD.fullmatch(body) if isinstance(body, str) else None
    return _value(found[1], values) if found else body
