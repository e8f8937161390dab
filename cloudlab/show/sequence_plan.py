"""What a sequence diagram says, in words and places, before it gets a form."""

import re
from collections import Counter
from dataclasses import dataclass

from cloudlab.client.inside import Arrow
from cloudlab.language import N_, _, ngettext
from cloudlab.show.sequence_fold import ONLY_READS, folded, method
from cloudlab.show.sequence_lifelines import CLIENT, EVERYBODY, client_name, lifelines
from cloudlab.show.text import printable

LEGEND = N_("→ HTTP call, ⇢ message, ✗ failed")
NOTHING = N_("There is nothing to draw: no call was recorded.")
QUERY = 24  # characters of a query that a row shows
NOUNS = 2  # kinds of things that a folded group names
_ID = re.compile(r"\b([0-9a-f]{8})(?:[0-9a-f]{24}|-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\b", re.I)
_NOT_XML = re.compile("[\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Row:
    """One arrow. `start` and `end` count lifelines from the left; a fanout has no end."""

    arrow: Arrow
    offset: float  # seconds since the first arrow
    start: int
    end: int | None
    sender: str
    receiver: str
    what: str  # ids and the query shortened
    whole: str

    @property
    def is_message(self) -> bool:
        return self.arrow.kind != "http"

    @property
    def failed(self) -> bool:
        return self.arrow.failed

    @property
    def who(self) -> str:
        return f"{self.sender} {'⇢' if self.is_message else '→'} {self.receiver}"

    @property
    def outcome(self) -> str:
        if self.arrow.lost:
            return "✗ " + _("lost")
        if self.is_message:
            return ""
        status = _("refused") if self.arrow.status is None else str(self.arrow.status)
        return f"✗ {status}" if self.failed else status


@dataclass(frozen=True)
class Group:
    """Rows between two that matter more."""

    rows: tuple[Row, ...]

    @property
    def count(self) -> str:
        messages = sum(row.is_message for row in self.rows)
        calls = len(self.rows) - messages
        return _both(
            ngettext("{n} more call", "{n} more calls", calls) if calls else "",
            ngettext("{n} more message", "{n} more messages", messages) if messages else "",
        )

    @property
    def words(self) -> str:
        """`reading networks, quotas … (nova-api → neutron-api ×4)`"""
        paths = (row.arrow.name for row in self.rows if method(row.arrow) in ONLY_READS)
        nouns = list(dict.fromkeys(noun for noun in map(_noun, paths) if noun))
        pairs = Counter(row.who for row in self.rows)
        between = ", ".join(f"{who} ×{times}" for who, times in pairs.items())
        if not nouns:
            return between
        things = ", ".join(nouns[:NOUNS]) + (" …" if len(nouns) > NOUNS else "")
        # Translators: {things} are parts of paths, such as networks; {between} is who reads from whom
        return _("reading {things} ({between})", things=things, between=between)


@dataclass(frozen=True)
class Plan:
    """`lifelines` are the names above the lines; the parts are in order."""

    title: str
    headline: str
    lifelines: tuple[str, ...]
    parts: tuple[Row | Group, ...]
    full: bool


def plan(arrows: list[Arrow], title: str, you: bool, full: bool) -> Plan:
    processes = lifelines(arrows)
    names = {name: clean(client_name(arrows, you) if name == CLIENT else name) for name in processes}
    parts: list[Row | Group] = []
    for shown, run in folded(arrows):
        rows = [_row(arrow, arrows[0], names) for arrow in run]
        parts += rows if shown else [Group(tuple(rows))]
    return Plan(clean(title), headline(arrows, parts, full), tuple(names.values()), tuple(parts), full)


def _row(arrow: Arrow, first: Arrow, names: dict[str, str]) -> Row:
    places = list(names)
    everybody = arrow.receiver in EVERYBODY
    kind = "" if arrow.kind == "http" else f"{arrow.kind} "
    return Row(
        arrow,
        offset=(arrow.time - first.time).total_seconds(),
        start=places.index(arrow.sender),
        end=None if everybody else places.index(arrow.receiver),
        sender=names[arrow.sender],
        receiver=_("everybody") if everybody else names[arrow.receiver],
        what=clean(kind + shortened(arrow.name)),
        whole=clean(kind + arrow.name),
    )


def headline(arrows: list[Arrow], parts: list[Row | Group], full: bool) -> str:
    """How much one call caused, and how much of it is shown at first."""
    if not arrows:
        return _(NOTHING)
    shown = sum(isinstance(part, Row) for part in parts)
    if full or shown == len(arrows):
        return _caused(arrows)
    return _caused(arrows) + " " + _("Shown: the {n} that matter most.", n=shown)


def _caused(arrows: list[Arrow]) -> str:
    seconds = max((arrow.time - arrows[0].time).total_seconds() + arrow.seconds for arrow in arrows)
    values = {"call": clean(shortened(arrows[0].name)), "seconds": seconds}
    # Translators: {call} is such as POST /v2.1/servers
    if len(arrows) == 1:
        return _("{call} caused nothing further inside: one call, in {seconds:.2f} s.", **values)
    return _(
        "{call} and what it caused: {counts} between {n} processes in {seconds:.1f} s.",
        counts=_counts(arrows),
        n=len(lifelines(arrows)),
        **values,
    )


def _counts(arrows: list[Arrow]) -> str:
    """`5 calls and 1 message`"""
    calls = sum(arrow.kind == "http" for arrow in arrows)
    messages = len(arrows) - calls
    return _both(
        ngettext("{n} call", "{n} calls", calls) if calls else "",
        ngettext("{n} message", "{n} messages", messages) if messages else "",
    )


def _both(calls: str, messages: str) -> str:
    if calls and messages:
        # Translators: "5 calls and 1 message"
        return _("{calls} and {messages}", calls=calls, messages=messages)
    return calls or messages


def shortened(name: str) -> str:
    """A method and path, or a message's name, for one row: ids by their first 8 characters, the query's beginning."""
    path, mark, query = _ID.sub(r"\1…", name).partition("?")
    return path + mark + (query if len(query) <= QUERY else f"{query[:QUERY]}…")


def _noun(name: str) -> str:
    """What a path is about: `networks` of `GET /v2.0/networks/5e9c…?fields=id`."""
    steps = name.partition(" ")[2].partition("?")[0].split("/")
    words = [step for step in steps if step.replace("-", "").replace("_", "").isalpha()]
    return clean(words[-1]) if words else ""


def clean(text: str) -> str:
    """On one line, and nothing in it that a terminal would obey."""
    return legal(printable(" ".join(text.split())))


def legal(text: str) -> str:
    """Without what XML and UTF-8 can't hold."""
    return _NOT_XML.sub("�", text)
