"""What a sequence diagram says, in words and places, before it gets a form."""

import re
from collections import Counter
from dataclasses import dataclass

from cloudlab.client.inside import Arrow
from cloudlab.show.sequence_fold import ONLY_READS, folded, method
from cloudlab.show.sequence_lifelines import CLIENT, EVERYBODY, client_name, lifelines
from cloudlab.show.text import printable

LEGEND = "→ HTTP call, ⇢ message, ✗ failed"
NOTHING = "There is nothing to draw: no call was recorded."
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
            return "✗ lost"
        if self.is_message:
            return ""
        status = "refused" if self.arrow.status is None else str(self.arrow.status)
        return f"✗ {status}" if self.failed else status


@dataclass(frozen=True)
class Group:
    """Rows between two that matter more."""

    rows: tuple[Row, ...]

    @property
    def count(self) -> str:
        messages = sum(row.is_message for row in self.rows)
        return _calls_and_messages(len(self.rows) - messages, messages, "more ")

    @property
    def words(self) -> str:
        """`reading networks, quotas … (nova-api → neutron-api ×4)`"""
        paths = (row.arrow.name for row in self.rows if method(row.arrow) in ONLY_READS)
        nouns = list(dict.fromkeys(noun for noun in map(_noun, paths) if noun))
        pairs = Counter(row.who for row in self.rows)
        between = ", ".join(f"{who} ×{times}" for who, times in pairs.items())
        if not nouns:
            return between
        return f"reading {', '.join(nouns[:NOUNS])}{' …' if len(nouns) > NOUNS else ''} ({between})"


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
        receiver="everybody" if everybody else names[arrow.receiver],
        what=clean(kind + shortened(arrow.name)),
        whole=clean(kind + arrow.name),
    )


def headline(arrows: list[Arrow], parts: list[Row | Group], full: bool) -> str:
    """How much one call caused, and how much of it is shown at first."""
    if not arrows:
        return NOTHING
    calls = sum(arrow.kind == "http" for arrow in arrows)
    seconds = max((arrow.time - arrows[0].time).total_seconds() + arrow.seconds for arrow in arrows)
    size = f"{_calls_and_messages(calls, len(arrows) - calls)} between {len(lifelines(arrows))} processes"
    name = clean(shortened(arrows[0].name))
    if len(arrows) == 1:
        return f"{name} caused nothing further inside: one call, in {seconds:.2f} s."
    shown = sum(isinstance(part, Row) for part in parts)
    folds = "" if full or shown == len(arrows) else f" Shown: the {shown} that matter most."
    return f"{name} and what it caused: {size} in {seconds:.1f} s.{folds}"


def _calls_and_messages(calls: int, messages: int, more: str = "") -> str:
    counts = ((calls, "call"), (messages, "message"))
    return " and ".join(f"{n} {more}{thing}{'' if n == 1 else 's'}" for n, thing in counts if n)


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
