"""A resource's life: the road it has taken, with its times, and where it can go from here."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from cloudlab.language import N_, _
from cloudlab.show import mermaid, states_drawing, svg
from cloudlab.show.states_words import BY_ITSELF, call_words, kind_words
from cloudlab.show.svg import Drawing, as_lines
from cloudlab.show.words import either

OUTSIDE = N_(
    "This is a real cloud: the road that a resource took can't be seen from outside, nor which calls its state allows. "
    "You see the state that it has now; lab.wait shows each one that you poll."
)


@dataclass(frozen=True)
class Move:
    """One way from state to state. `by` is the call that begins it, "" for what follows by itself after `seconds`.

    `way` is the same for all moves that one call from one state leads to."""

    start: str
    to: str
    by: str = ""
    seconds: float = 0.0
    way: str = ""


@dataclass(frozen=True)
class Visit:
    """One state that the resource was in, since `time`."""

    state: str
    time: datetime


@dataclass(frozen=True)
class States:
    """A resource's machine and its road. Shows itself in a notebook; `.text()`, `.svg()` and `.mermaid()` (a
    stateDiagram-v2) give the same as strings. `full` draws the whole machine; `inside` is False on a real cloud."""

    kind: str
    id: str
    name: str
    moves: tuple[Move, ...]
    path: tuple[Visit, ...]
    full: bool = False
    inside: bool = True

    @property
    def now(self) -> str:
        return self.path[-1].state

    @property
    def title(self) -> str:
        """`The states of server MyFirstApiVm: ACTIVE now`"""
        # Translators: {kind} is "server", "volume" or "snapshot", {state} is such as ACTIVE
        return _(
            "The states of {kind} {name}: {state} now",
            kind=kind_words(self.kind),
            name=self.name or self.id,
            state=self.now,
        )

    def ways(self, state: str) -> list["Way"]:
        """What can begin in a state: each call, and where it leads in the end; what follows by itself comes first,
        the end of it all last."""
        found: dict[tuple[Any, ...], Way] = {}
        for way in (self._way(move) for move in self.moves if move.start == state):
            same = found.get((way.by, way.through, way.seconds), way)
            ends = tuple(dict.fromkeys(same.ends + way.ends))
            found[way.by, way.through, way.seconds] = replace(way, ends=ends)
        return sorted(found.values(), key=lambda way: (way.by != BY_ITSELF, "(" in way.by, way.end == "gone"))

    def _way(self, first: Move) -> "Way":
        """Follow what happens by itself, to where nothing more does. A fork has several ends; none is a failure."""
        through: list[str] = []
        seconds, ends, at = first.seconds, [first.to], first.to
        while True:
            nexts = [m for m in self.moves if (m.way, m.start, m.by) == (first.way, at, BY_ITSELF)]
            if not nexts or at in through:
                return Way(first.by, tuple(through), tuple(ends), round(seconds, 3))
            through.append(at)
            seconds += nexts[0].seconds
            ends, at = [move.to for move in nexts], nexts[0].to

    @property
    def remembered(self) -> str:
        """A line where the road's beginning is not known any more, "" otherwise."""
        begins = {move.to for move in self.moves if not move.start}
        if not self.inside:
            return _(OUTSIDE)
        known = self.path[0].state in begins
        return "" if known else _("How it came to its first state here is not remembered.")

    def steps(self) -> Iterator[tuple[Visit, str, str]]:
        """Each visit, how long after the first it was, and the call that led there ("" for none that is known)."""
        before, way = "", ""
        for visit in self.path:
            moves = [move for move in self.moves if (move.start, move.to) == (before, visit.state)]
            itself = [move for move in moves if move.by == BY_ITSELF and way in ("", move.way)]
            calls = [] if itself else sorted({move.by for move in moves} - {BY_ITSELF})
            way = moves[0].way if len(moves) == 1 else next((m.way for m in moves if m.by in calls), way)
            seconds = (visit.time - self.path[0].time).total_seconds()
            known = calls[0] if len(calls) == 1 else either(map(call_words, calls)) if len(calls) == 2 else ""
            yield visit, since(seconds), known
            before = visit.state

    @cached_property
    def taken(self) -> frozenset[tuple[str, str]]:
        """(state, call) of each turn of the road that is known."""
        states = ["", *(visit.state for visit in self.path)]
        return frozenset(
            (state, step[2]) for state, step in zip(states, self.steps(), strict=False) if step[2]
        )

    def heading(self, state: str) -> str:
        """What stands above the ways of a state."""
        if not self.ways(state):
            return _("Nothing leads on from {state}.", state=state)
        been = self.full and any(visit.state == state for visit in self.path)
        return ("✓ " if been else "") + _("From {state} it can go on", state=state)

    def text(self) -> str:
        """The road, then the ways on from here (with `full`, from every state)."""
        lines = [self.title, *([self.remembered] if self.remembered else []), ""]
        if self.inside:
            lines += [_("The road so far, from {time} on:", time=moment(self.path[0].time))]
        for place, (visit, after, call) in enumerate(self.steps()):
            here = "  " + _("◀ now") if place + 1 == len(self.path) else ""
            by = f"   ({call_words(call)})" if call else ""
            lines.append(f"  {after:>9}  {visit.state}{by}{here}")
        for state in self.shown:
            ways = self.ways(state)
            lines += ["", self.heading(state)]
            lines += [
                f"{'✓' if (state, way.by) in self.taken else ' '} {way.call}: {way.words}" for way in ways
            ]
        return as_lines(lines)

    @property
    def shown(self) -> list[str]:
        """The states whose ways are drawn: the one it has now; with `full` all that last."""
        if not self.full:
            return [self.now] if self.moves else []
        passing = {move.start for move in self.moves if move.by == BY_ITSELF}
        states = dict.fromkeys(move.to for move in self.moves)
        return [
            state
            for state in states
            if state not in passing and any(move.start == state for move in self.moves)
        ]

    def svg(self) -> str:
        """The picture as one SVG document, with its style, title and description."""
        return svg.whole(self._pieces, self.title, self.text())

    @cached_property
    def _pieces(self) -> list[Drawing]:
        return states_drawing.pieces(self, self.title, self.text())

    def mermaid(self) -> str:
        """The road and the ways on from here as a Mermaid stateDiagram-v2; with `full` the whole machine."""
        road = [visit.state for visit in self.path]
        walked = list(zip(["", *road], road, strict=False))
        if self.full:
            edges = [(move.start, move.to, move.by) for move in self.moves]
        else:
            edges = [(a, b, step[2]) for (a, b), step in zip(walked, self.steps(), strict=True)]
            edges += [(self.now, end, way.by) for way in self.ways(self.now) for end in way.ends]
        told = [(a, b, call_words(call) if call else "") for a, b, call in dict.fromkeys(edges)]
        return mermaid.state_diagram(told, set(walked), self.now)

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        folds = [(_("The same as text"), self.text()), (_("The same for Mermaid"), self.mermaid())]
        lines = [self.remembered] if self.remembered else []
        return {"text/plain": self.text(), "text/html": svg.page(self.title, lines, self._pieces, folds)}


@dataclass(frozen=True)
class Way:
    """A call, the states that it goes through by itself, where it ends, and after how many seconds."""

    by: str
    through: tuple[str, ...]
    ends: tuple[str, ...]
    seconds: float

    @property
    def call(self) -> str:
        return call_words(self.by)

    @property
    def end(self) -> str:
        return either(self.ends)

    @property
    def middle(self) -> str:
        """`in 1 s, by powering-off`; "" for what is done at once."""
        tasks = ", ".join(state.rpartition(" / ")[2] for state in self.through)
        if not tasks and not self.seconds:
            return ""
        time = since(self.seconds).lstrip("+ ")
        # Translators: {tasks} are states on the way, such as powering-off
        return _("in {time}, by {tasks}", time=time, tasks=tasks) if tasks else _("in {time}", time=time)

    @property
    def words(self) -> str:
        return f"{self.end} ({self.middle})" if self.middle else self.end


def read(told: dict[str, Any], full: bool = False) -> States:
    """What the embedded cloud told of a resource (`GET /states` of its control)."""
    moves = (
        Move(move["from"], move["to"], move["by"], move["seconds"], move["way"]) for move in told["moves"]
    )
    path = (Visit(mark["state"], datetime.fromisoformat(mark["time"])) for mark in told["path"])
    return States(told["kind"], told["id"], told["name"], tuple(moves), tuple(path), full)


UNITS = ((86400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s"))


def since(seconds: float) -> str:
    """`+ 0.4 s`, `+ 3 min 20 s`, `+ 2 h 5 min`, `+ 3 d 4 h`."""
    if seconds < 100:
        return f"+ {round(seconds, 2):g} s"
    unit, name, small, rest = next(row for row in UNITS if seconds >= row[0])
    return f"+ {int(seconds // unit)} {name} {int(seconds % unit // small)} {rest}"


def moment(time: datetime) -> str:
    """`2026-01-01 00:00:03 UTC`"""
    return time.strftime("%Y-%m-%d %H:%M:%S UTC")
