"""The picture of what one call caused inside the cloud: arrows between processes, in the order in which they began.

One plan (what is said, in words) and four forms of it: HTML, plain text, Mermaid and SVG. They can't disagree.
"""

from collections.abc import Iterable
from typing import Any

from cloudlab.client.inside import Arrow
from cloudlab.show.sequence_html import as_html
from cloudlab.show.sequence_mermaid import as_mermaid
from cloudlab.show.sequence_plan import plan
from cloudlab.show.sequence_svg import as_svg
from cloudlab.show.sequence_text import as_text


class Sequence:
    """A sequence diagram of arrows; the first is the learner's own call. What matters less is folded, unless `full`.

    `title` stands above it. The lifeline of the outermost caller is "you" if `you`, else its program ("curl/8.5").
    """

    def __init__(
        self, arrows: Iterable[Arrow], title: str = "", you: bool = False, full: bool = False
    ) -> None:
        self.arrows = sorted(arrows, key=lambda arrow: arrow.number)
        self.full = full
        self._plan = plan(self.arrows, title, you, full)

    def text(self) -> str:
        """Aligned lines, one an arrow; a folded group is a sentence."""
        return as_text(self._plan)

    def mermaid(self) -> str:
        """The source of a Mermaid `sequenceDiagram`, for a page or an issue that draws it."""
        return as_mermaid(self._plan)

    def svg(self) -> str:
        """One SVG document that stands alone, in light and dark."""
        return as_svg(self._plan)

    def html(self) -> str:
        """Rows that open to the exchanges; no script, no ids. The same arrows give the same bytes."""
        return as_html(self._plan)

    def __repr__(self) -> str:
        return self.text()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        return {"text/plain": self.text(), "text/html": self.html()}
