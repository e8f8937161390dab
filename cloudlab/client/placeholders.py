"""What a pasted request leaves open (`$OS_TOKEN`, `[YOUR_TENANT_ID]`), filled in from what the lab knows. No I/O.

A shell would not look into single quotes; here a placeholder is filled in wherever it stands, and a note says so.
"""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.paste import Paste, has
from cloudlab.client.redact import LABEL
from cloudlab.client.session import Session
from cloudlab.language import N_, _, ngettext

OPEN = re.compile(r"\[YOUR_\w+\]|\$\{\w+\}|\$\w+")
MEANINGS = {
    "YOUR_AUTH_TOKEN": "token",
    "OS_TOKEN": "token",
    "YOUR_TENANT_ID": "project",
    "YOUR_PROJECT_ID": "project",
    "OS_PROJECT_ID": "project",
    "YOUR_PUBLIC_KEY": "key",
}
TALKS_PORTS = {
    "5000": "keystone",
    "8774": "nova",
    "8776": "cinder",
    "8778": "placement",
    "9292": "glance",
    "9696": "neutron",
}
STANDS_FOR = {
    "token": N_("{placeholder} stands for lab.token here."),
    "project": N_("{placeholder} stands for the project of lab.token here."),
    "key": N_("{placeholder} stands for lab.public_key here."),
}
NO_TOKEN = N_(
    'There is no token to put there yet. Log in, and then: lab.token = r.headers["X-Subject-Token"]'
)
STRANGER = N_(
    "lab.token is filled in for this cloud's own services alone, and this URL is none of theirs. "
    "lab.urls has each one; a service's usual port may be another program's on this machine."
)


def fill(paste: Paste, session: Session, public_key: str) -> Paste:
    """The request with nothing left open, and a note on each thing that was filled in. Raises LabError."""
    paste = _at_home(paste, session)
    filler = _Filler(session, public_key)
    url = filler.text(paste.url)
    headers = {name: filler.header(name, value) for name, value in paste.headers.items()}
    body = filler.text(paste.body.decode(), is_body=True).encode()
    if filler.unknown:
        raise LabError(_unknown(list(filler.unknown)))
    if "token" in filler.known and not session.is_ours(url):
        raise LabError(_(STRANGER))
    notes = [*paste.notes, *filler.notes]
    if session.token is not None and not has(headers, "X-Auth-Token"):
        notes.append(_("No X-Auth-Token in what you pasted, so none was sent."))
    return replace(paste, url=url, headers=headers, body=body, notes=tuple(notes))


def _at_home(paste: Paste, session: Session) -> Paste:
    """The talk's lines say 127.0.0.1 and a port: on a real cloud they go to its own service instead."""
    there = urlsplit(paste.url)
    name = TALKS_PORTS.get(there.netloc.replace("localhost", "127.0.0.1").removeprefix("127.0.0.1:"), "")
    root = session.transport.urls.get(name)
    if session.transport.real is None or root is None or session.is_ours(paste.url):
        return paste
    url = root + paste.url.partition(there.netloc)[2]
    headers = {header: value for header, value in paste.headers.items() if header.lower() != "host"}
    # Translators: {place} is 127.0.0.1:8774, {name} a service (nova), {root} its URL on a real cloud
    note = _(
        "{place} is the talk's {name}. On this cloud it is {root}.", place=there.netloc, name=name, root=root
    )
    return replace(paste, url=url, headers=headers, notes=(*paste.notes, note))


class _Filler:
    """Fills in one text after another, and remembers what was known and what wasn't."""

    def __init__(self, session: Session, public_key: str) -> None:
        self._session, self._public_key = session, public_key
        self.known: dict[str, str] = {}  # token, project, key → its value
        self.unknown: dict[str, None] = {}  # placeholders, each once, in order
        self.notes: dict[str, None] = {}

    def text(self, text: str, is_body: bool = False) -> str:
        """A `$word` in a body may be meant as it is, unless it is one of OpenStack's names."""
        label = LABEL.search(text)
        if label:
            # Translators: {label} is ‹token 1›, or another mark in the place of a secret
            raise LabError(
                _(
                    "{label} only says where a secret was. Put $OS_TOKEN, or the value, in its place.",
                    label=label[0],
                )
            )
        return OPEN.sub(lambda found: self._value(found[0], is_body), text)

    def header(self, name: str, value: str | None) -> str | None:
        """A token's header takes a variable of any name: `$1` in the talk, `$TOKEN` elsewhere."""
        if value is None:
            return None
        alone = OPEN.fullmatch(value)
        if name.lower() == "x-auth-token" and alone and not _name(value).startswith(("OS_", "YOUR_")):
            return self._filled(value, "token")
        return self.text(value)

    def _value(self, placeholder: str, is_body: bool) -> str:
        name = _name(placeholder)
        if name in MEANINGS:
            return self._filled(placeholder, MEANINGS[name])
        if not is_body or name.startswith(("OS_", "YOUR_")):
            self.unknown[placeholder] = None
        return placeholder

    def _filled(self, placeholder: str, meaning: str) -> str:
        self.notes[_(STANDS_FOR[meaning], placeholder=placeholder)] = None
        if meaning not in self.known:
            self.known[meaning] = self._look_up(meaning)
        return self.known[meaning]

    def _look_up(self, meaning: str) -> str:
        if meaning == "key":
            return self._public_key
        if self._session.token is None:
            raise LabError(_(NO_TOKEN))
        return self._session.token if meaning == "token" else _project(self._session, self._session.token)


def _name(placeholder: str) -> str:
    return placeholder.strip("[]${}")


def _unknown(placeholders: list[str]) -> str:
    return ngettext(
        "The lab can't know {placeholders}: put what it stands for in its place, from an earlier answer.",
        "The lab can't know {placeholders}: put what each of them stands for in its place, from an earlier answer.",
        len(placeholders),
        placeholders=", ".join(placeholders),
    )


def _project(session: Session, token: str) -> str:
    """The id of the project that a token is for, as the answer that brought or showed it says. Raises LabError."""
    label = session.redactor.token(token)
    for exchange in reversed(list(session.recorder)):
        scope = _scope(exchange, label)
        if scope is not None:
            if "id" not in scope:
                raise LabError(
                    _("lab.token is for no project. Log in with a scope, or put a project's id there.")
                )
            return str(scope["id"])
    raise LabError(_("The lab hasn't seen which project lab.token is for. Put the project's id there."))


def _scope(exchange: Exchange, label: str) -> dict[str, Any] | None:
    """The project in an answer about that token ({} if it is for none); None if the answer is about something else."""
    shown = exchange.headers.get("X-Subject-Token") == label  # v3
    if not exchange.ok or not (shown or b'"access"' in exchange.content):
        return None
    try:
        body = exchange.json()
    except ValueError:
        return None
    if shown:
        return body.get("token", {}).get("project") or {}
    found = body.get("access", {}).get("token", {})  # v2.0
    return (found.get("tenant") or {}) if found.get("id") == label else None
