"""What exists in the project, as a picture, as text and as Mermaid; what has changed lights up, by sign and frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cloudlab.language import N_, _, ngettext
from cloudlab.show import map_drawing, mermaid, svg
from cloudlab.show.scene import (
    CHANGED,
    GONE,
    KINDS,
    MARKS,
    NEW,
    SIGNS,
    Difference,
    Link,
    Scene,
    Thing,
    compare,
    counted,
    link_key,
)
from cloudlab.show.svg import Drawing, as_lines

COUNTED = {NEW: N_("{n} new"), CHANGED: N_("{n} changed"), GONE: N_("{n} gone")}


@dataclass(frozen=True)
class Map:
    """A scene, beside the one before it (None: this is the first). Shows itself in a notebook; `.text()`, `.svg()` and
    `.mermaid()` (a flowchart) give the same as strings. The same scenes give the same bytes."""

    scene: Scene
    before: Scene | None = None

    @cached_property
    def changes(self) -> Difference:
        """What is new, changed and gone since the map before."""
        return compare(self.before, self.scene)

    @property
    def title(self) -> str:
        """`What exists now: 1 server, 2 networks, no volume, …`"""
        counts = [(kind, len(self.scene.of(kind))) for kind in KINDS if kind not in self.scene.unread]
        return _("What exists now: {things}", things=", ".join(counted(kind, n) for kind, n in counts))

    @property
    def news(self) -> str:
        """One line: what has changed since the last map."""
        changes = self.changes
        if changes.first and self.before is not None:
            return _("You are in another project than at your last map: nothing is compared.")
        if changes.first:
            return _("Your first map: the next one shows what has changed since.")
        counts = [(mark, changes.count(mark)) for mark in SIGNS]
        found = ", ".join(f"{SIGNS[mark]} {_(COUNTED[mark], n=n)}" for mark, n in counts if n)
        if not found:
            return _("Since your last map: nothing has changed.")
        # Translators: {changes} is such as "+ 1 new, ~ 2 changed"
        return _("Since your last map: {changes}.", changes=found)

    def text(self) -> str:
        """All of the picture, and whole names, in lines."""
        return as_lines([self.title, self.news, *self.scene.troubles, "", *self._lines()])

    def _lines(self) -> Iterator[str]:
        scene, hung = self.scene, set[str]()
        for server in scene.of("server"):
            yield self._line(server)
            for kind in ("port", "volume"):
                for thing, link in scene.linked(server.key, kind):
                    hung.add(thing.key)
                    yield "    " + self._line(thing, link)
        for kind in ("volume", "port", "network", "keypair"):
            yield from (self._line(thing) for thing in scene.of(kind) if thing.key not in hung)
        gone = [*(thing.told for thing in self.changes.gone), *self.changes.loose]
        yield from (SIGNS[GONE] + " " + _("gone: {thing}", thing=told) for told in gone)

    def _line(self, thing: Thing, link: Link | None = None) -> str:
        marks = self.changes.marks
        mark, tied = marks.get(thing.key), bool(link and marks.get(link_key(link)))
        parts = [thing.told, thing.state, *map_drawing.words_of(thing)]
        if link and (link.label or tied):
            parts.insert(1, _place(link, tied))
        if thing.kind == "port":
            parts.insert(1, map_drawing.on_network(self.scene, thing))
        said = self.changes.words.get(thing.key, "")
        note = f" ({_(MARKS[mark])}{f': {said}' if said else ''})" if mark else ""
        return f"{SIGNS[mark] if mark else ' '} {', '.join(part for part in parts if part)}{note}"

    def svg(self) -> str:
        """The picture as one SVG document, with its style, title and description."""
        return svg.whole(self._pieces, self.title, self.text())

    @cached_property
    def _pieces(self) -> list[Drawing]:
        return map_drawing.pieces(self.scene, self.changes, self.title, self.text())

    def mermaid(self) -> str:
        """The same things and links as a Mermaid flowchart."""
        return mermaid.flowchart(self.scene, self.changes)

    @property
    def calls(self) -> str:
        return ngettext("{n} call made for this map", "{n} calls made for this map", len(self.scene.calls))

    def __repr__(self) -> str:
        told = ngettext(
            "({n} call made for this map; lab.history has them.)",
            "({n} calls made for this map; lab.history has them.)",
            len(self.scene.calls),
        )
        return f"{self.text()}\n{told}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        calls = ngettext(
            "{n} call made for this map, with your token",
            "{n} calls made for this map, with your token",
            len(self.scene.calls),
        )
        folds = [
            (calls, "\n".join(self.scene.calls)),
            (_("The same as text"), self.text()),
            (_("The same for Mermaid"), self.mermaid()),
        ]
        lines = [self.news, *self.scene.troubles]
        return {"text/plain": repr(self), "text/html": svg.page(self.title, lines, self._pieces, folds)}


def _place(link: Link, tied: bool) -> str:
    """Where a server has it; `tied` is a link that wasn't there before."""
    if tied and not link.label:
        # Translators: a port has been given to its server since the last map
        return _("({sign} new here)", sign=SIGNS[NEW])
    if tied:
        # Translators: a volume is "at /dev/vdb" of its server, since the last map
        return _("at {device} ({sign} new here)", device=link.label, sign=SIGNS[NEW])
    return _("at {device}", device=link.label)
