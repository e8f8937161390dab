"""`lab.cleanup`: lists what was made (made.py), and removes exactly that, each thing as the account that made it.

Newest first, and one at a time: what depends on a thing was made after it, so an attachment goes before its server, and
a snapshot before its volume. Each is waited for until it is gone (404). All calls are in the history, for `cleanup`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from cloudlab.client.crew import Crew, NoAccountError
from cloudlab.client.errors import LabError
from cloudlab.client.exchange import Exchange
from cloudlab.client.made import Entry, Ledger
from cloudlab.client.marks import mark_of
from cloudlab.client.session import Session
from cloudlab.client.tabular import Tabular
from cloudlab.client.wait import GONE, Say, state_of, wait
from cloudlab.language import N_, _, ngettext

if TYPE_CHECKING:
    from cloudlab.show.table import Table

PURPOSE = "cleanup"
LIMIT, EVERY = 300.0, 0.5  # seconds: for one thing to be gone, and between two looks
BUSY, SETTLED = ("creating", "downloading", "detaching", "attaching"), 60.0  # how long that may take
# Where a mark is looked for: kind, service, path, the list's name in the answer.
MARKED = (
    ("server", "compute", "/servers/detail", "servers"),
    ("snapshot", "block-storage", "/snapshots/detail", "snapshots"),
    ("volume", "block-storage", "/volumes/detail", "volumes"),
    ("image", "image", "/v2/images", "images"),
)
ADVICE = {
    401: N_("The login is refused: look at your clouds.yaml or OS_* variables."),
    403: N_("Your account may not do this: ask the cloud's operator."),
}
ELSE = N_("Look at it: something may still use it. Then run lab.cleanup(yes=True) again.")


@dataclass(repr=False)
class Listing(Tabular):
    """What was made, and how it is now: `rows` of entry and state. `others` carry the mark, and aren't noted here."""

    rows: list[tuple[Entry, str]]
    others: list[Entry] = field(default_factory=list)

    def sentence(self) -> str:
        there = [entry for entry, state in self.rows if state != GONE]
        told = ngettext(
            "{n} thing is there that was made here. lab.cleanup(yes=True) removes it.",
            "{n} things are there that were made here. lab.cleanup(yes=True) removes them.",
            len(there),
        )
        told = told if there else _("Nothing is there that was made here.")
        return f"{told}\n{_others(self.others)}" if self.others else told

    def _table(self) -> "Table":
        from cloudlab.show.table import Table

        rows = [[*_cells(entry), state] for entry, state in self.rows]
        rows += [[*_cells(entry), _("elsewhere")] for entry in self.others]
        # Translators: heads of a table of what was made
        return Table([_("what"), _("name"), _("lesson"), _("made (UTC)"), _("now")], rows)

    def __repr__(self) -> str:
        return f"{super().__repr__()}\n{self.sentence()}" if self.rows or self.others else self.sentence()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return _shown(self, self._table() if self.rows or self.others else None, self.sentence())


@dataclass(repr=False)
class Removal(Tabular):
    """What was removed, and what was not: entries, and why."""

    removed: list[Entry]
    failed: list[tuple[Entry, str]]
    others: list[Entry]

    def sentence(self) -> str:
        lines = [ngettext("{n} thing was removed.", "{n} things were removed.", len(self.removed))]
        if self.failed:
            lines.append(ngettext("{n} is still there:", "{n} are still there:", len(self.failed)))
        elif not self.removed:
            lines = [_("Nothing was there to remove.")]
        return "\n".join([*lines, *([_others(self.others)] if self.others else [])])

    def _table(self) -> "Table":
        from cloudlab.show.table import Table

        rows = [[*_cells(entry)[:2], why] for entry, why in self.failed]
        return Table([_("what"), _("name"), _("why it is still there")], rows)

    def __repr__(self) -> str:
        return f"{self.sentence()}\n{super().__repr__()}" if self.failed else self.sentence()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return _shown(self, self._table() if self.failed else None, self.sentence())


def _shown(thing: Any, table: "Table | None", sentence: str) -> dict[str, str]:
    from markupsafe import Markup

    told = Markup("").join(Markup("<p>{}</p>").format(line) for line in sentence.splitlines())
    return {"text/plain": repr(thing), "text/html": str(told) + (table._repr_html_() if table else "")}


def _cells(entry: Entry) -> list[str]:
    return [entry.kind, entry.name or entry.id, entry.lesson, entry.time[:16].replace("T", " ")]


def _others(others: list[Entry]) -> str:
    return ngettext(
        "{n} more carries the mark `cloudlab`, made on another machine or by a classmate: "
        "lab.cleanup(yes=True, everyone=True) removes it, too.",
        "{n} more carry the mark `cloudlab`, made on another machine or by a classmate: "
        "lab.cleanup(yes=True, everyone=True) removes them, too.",
        len(others),
    )


def listing(session: Session, ledger: Ledger) -> Listing:
    """How everything is that was made, newest first. What is gone is listed a last time. Raises LabError."""
    crew, entries = _begin(session, ledger)
    rows = [(entry, _state(session, crew, entry)) for entry in reversed(entries)]
    ledger.drop(*(entry.url for entry, state in rows if state == GONE))
    return Listing(rows, _elsewhere(session, crew, entries))


def remove(session: Session, ledger: Ledger, everyone: bool, say: Say) -> Removal:
    """Remove it all; what can't be removed doesn't stop the rest. Raises LabError."""
    crew, entries = _begin(session, ledger)
    others = _elsewhere(session, crew, entries)
    done = Removal([], [], [] if everyone else others)
    for entry in [*reversed(entries), *(others if everyone else [])]:
        try:
            _remove(session, crew, entry, say)
        except LabError as error:
            say(f"✗ {entry.kind} {entry.name or entry.id}: {error}", 1.0, "")
            done.failed.append((entry, str(error)))
        else:
            done.removed.append(entry)
            ledger.drop(entry.url)
    return done


def _begin(session: Session, ledger: Ledger) -> tuple[Crew, list[Entry]]:
    """Without your own login there is nothing to be done. Raises LabError."""
    crew, entries = Crew(session, PURPOSE), ledger.entries()
    if entries or session.transport.real:
        crew.headers("me")
    return crew, entries


def _headers(crew: Crew, entry: Entry) -> dict[str, str]:
    """The token of whoever made it; yours where that isn't known. Raises LabError."""
    if not entry.user:
        return crew.headers("me")
    return crew.headers(crew.role_of(entry.user, entry.project, entry.who))


def _state(session: Session, crew: Crew, entry: Entry) -> str:
    try:
        headers = _headers(crew, entry)
        return state_of(session.request("GET", entry.url, headers=headers, purpose=PURPOSE), GONE)
    except NoAccountError:
        return _("made by {who}", who=entry.who or entry.user)
    except LabError:
        return _("no answer")


def _remove(session: Session, crew: Crew, entry: Entry, say: Say) -> None:
    """Raises LabError with the reason, and what to do."""
    headers = _headers(crew, entry)
    if entry.kind in ("volume", "snapshot"):
        _make_free(session, crew, entry, headers, say)
    _delete(session, entry.url, f"{entry.kind} {entry.name or entry.id}", headers, say)


def _delete(session: Session, url: str, what: str, headers: dict[str, str], say: Say) -> None:
    answer = session.request("DELETE", url, headers=headers, purpose=PURPOSE)
    if answer.status_code == 404:
        return
    say(f"{what}: DELETE → {answer.status_code} {answer.reason}", 0.0, "")
    if not answer.ok:
        raise LabError(_refusal(answer))
    last = wait(session, url, GONE, LIMIT, EVERY, say, purpose=PURPOSE, headers=headers)
    state = state_of(last, GONE)
    if state != GONE:
        raise LabError(_("It was to be deleted, and is {state}.", state=state) + " " + _(ELSE))


def _refusal(answer: Exchange) -> str:
    from cloudlab.show.message import message_of

    status, said = f"{answer.status_code} {answer.reason}", message_of(answer.redacted())
    return f"{status}: {said} {_(ADVICE.get(answer.status_code, ELSE))}"


def _make_free(session: Session, crew: Crew, entry: Entry, headers: dict[str, str], say: Say) -> None:
    """A volume is taken from the servers that it hangs on, whosever they are; and what is being made, or detached,
    can't be deleted until that has come to an end.
    """
    answer = session.request("GET", entry.url, headers=headers, purpose=PURPOSE)
    resource = answer.json().get(entry.kind, {}) if answer.ok else {}
    servers = [place["server_id"] for place in resource.get("attachments", []) if place.get("server_id")]
    for server in servers:
        url = f"{crew.endpoint('compute')}/servers/{server}/os-volume_attachments/{entry.id}"
        _delete(session, url, f"volumeAttachment {entry.name or entry.id}", headers, say)
    if servers or resource.get("status") in BUSY:
        wait(session, entry.url, "available", SETTLED, EVERY, say, purpose=PURPOSE, headers=headers)


def _elsewhere(session: Session, crew: Crew, known: list[Entry]) -> list[Entry]:
    """What carries the mark in your project and isn't noted here, newest first. Only a real cloud has marks."""
    if session.transport.real is None:
        return []
    ids = {entry.id for entry in known}
    found = [entry for place in MARKED for entry in _marked(crew, *place) if entry.id not in ids]
    return sorted(found, key=lambda entry: entry.time[:19], reverse=True)


def _marked(crew: Crew, kind: str, service: str, path: str, key: str) -> Iterator[Entry]:
    user, project = crew.owner("me")
    try:
        root = crew.endpoint(service)
    except LabError:
        return  # this cloud hasn't got it
    for row in _pages(crew, root + path, key):
        if mark_of(row) and row.get("owner", project) == project:  # others' images are in the list, too
            url = f"{root}{path.removesuffix('/detail')}/{row['id']}"
            made = str(row.get("created") or row.get("created_at") or "")
            yield Entry(kind, row["id"], row.get("name") or "", url, mark_of(row), made, user, project)


def _pages(crew: Crew, url: str, key: str) -> Iterator[dict[str, Any]]:
    """All rows of a list. A refused one has none."""
    while url:
        answer = crew.get(url)
        body = answer.json() if answer.ok else {}
        yield from body.get(key, [])
        links = [link["href"] for link in body.get(f"{key}_links", []) if link.get("rel") == "next"]
        following = body.get("next") or (links[0] if links else "")
        url = urljoin(url, following) if following else ""
