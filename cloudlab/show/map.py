"""What exists in the project, as a picture, as text and as Mermaid; what has changed lights up, by sign and frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cloudlab.show import map_drawing, mermaid, svg
from cloudlab.show.scene import (
    GONE,
    KINDS,
    NEW,
    SIGNS,
    WORDS,
    Difference,
    Link,
    Scene,
    Thing,
    compare,
    link_key,
)
from cloudlab.show.svg import Drawing, as_lines


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
        return "What exists now: " + ", ".join(_counted(kind, count) for kind, count in counts)

    @property
    def news(self) -> str:
        """One line: what has changed since the last map."""
        changes = self.changes
        if changes.first and self.before is not None:
            return "You are in another project than at your last map: nothing is compared."
        if changes.first:
            return "Your first map: the next one shows what has changed since."
        counts = [(mark, changes.count(mark)) for mark in SIGNS]
        found = ", ".join(f"{SIGNS[mark]} {count} {mark}" for mark, count in counts if count)
        return f"Since your last map: {found or 'nothing has changed'}."

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
        yield from (f"{SIGNS[GONE]} gone: {WORDS[t.kind][0]} {t.called}" for t in self.changes.gone)
        yield from (f"{SIGNS[GONE]} gone: {words}" for words in self.changes.loose)

    def _line(self, thing: Thing, link: Link | None = None) -> str:
        marks = self.changes.marks
        mark, tied = marks.get(thing.key), marks.get(link_key(link)) if link else None
        parts = [f"{WORDS[thing.kind][0]} {thing.called}", thing.state, *map_drawing.words_of(thing)]
        if link and (link.label or tied):
            parts.insert(1, f"at {link.label}" + (f" ({SIGNS[NEW]} new here)" if tied else ""))
        if thing.kind == "port":
            parts.insert(1, map_drawing.network_of(self.scene, thing))
        said = self.changes.words.get(thing.key, "")
        note = f" ({mark}{f': {said}' if said else ''})" if mark else ""
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
        count = len(self.scene.calls)
        return f"{count} call{'s' if count != 1 else ''} made for this map"

    def __repr__(self) -> str:
        return f"{self.text()}\n({self.calls}; lab.history has them.)"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        folds = [
            (f"{self.calls}, with your token", "\n".join(self.scene.calls)),
            ("The same as text", self.text()),
            ("The same for Mermaid", self.mermaid()),
        ]
        lines = [self.news, *self.scene.troubles]
        return {"text/plain": repr(self), "text/html": svg.page(self.title, lines, self._pieces, folds)}


def _counted(kind: str, count: int) -> str:
    one, many = WORDS[kind]
    return f"{count or 'no'} {one if count < 2 else many}"
