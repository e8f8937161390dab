"""What pictures are made of: text that fits its box, boxes, lines; and the page around them. All of it escaped.

A picture is a column of pieces, each PIECE units wide: side by side on a wide page, one under the other on a phone. No
script, no ids; colours are JupyterLab's variables, or the browser's light and dark.
"""

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from cloudlab.show.text import printable

TEMPLATES = Path(__file__).parent / "templates"
PIECE = 370.0  # fits a phone's 320 CSS pixels at 0.86 of its size: small text is then 10 pixels high
GAP = 12.0
NAME, SMALL = 13.0, 11.5  # font sizes
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# How wide letters are in DejaVu Sans, in ems; what isn't named is 0.64.
_EMS = {
    **dict.fromkeys("ijlI.,:;'|! ", 0.33),
    **dict.fromkeys('frt-/\\()[]"*', 0.47),
    **dict.fromkeys("cksxyvzJ_", 0.6),
    **dict.fromkeys("w→−+~=<>#✓", 0.86),
    **dict.fromkeys("mMW@%—…◀⋮", 1.02),
    **dict.fromkeys("DGHNOQU&", 0.79),
    **dict.fromkeys("ABCKRVXZ", 0.71),
}


def clean(text: str) -> str:
    """Text without control characters, and without what XML and UTF-8 have no place for."""
    return _NOT_XML.sub(lambda found: f"\\u{ord(found[0]):04x}", printable(text))


def safe(text: str) -> str:
    """Clean text for XML and HTML: no markup."""
    return html.escape(clean(text))


def as_lines(lines: Iterable[str]) -> str:
    """The text form of a picture."""
    return "\n".join(clean(line).rstrip() for line in lines)


def width(text: str, size: float, bold: bool = False) -> float:
    """How wide a text is at most, in the widest of the usual fonts (DejaVu, Verdana)."""
    return sum(map(_em, clean(text))) * size * (1.14 if bold else 1.0)


def _em(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF" or ord(letter) > 0xFFFF:
        return 1.05
    return _EMS.get(letter, 0.64 if letter < "\u0250" else 0.9)


def cut(text: str, room: float, size: float, bold: bool = False) -> str:
    """The text, or its beginning and `…`, in that much room."""
    if width(text, size, bold) <= room:
        return text
    kept, left = "", room - width("…", size, bold)
    for letter in text:
        left -= width(letter, size, bold)
        if left < 0:
            break
        kept += letter
    return kept.rstrip() + "…"


def number(value: float) -> str:
    """A coordinate, always in the same spelling."""
    return f"{value:.1f}".removesuffix(".0")


@dataclass
class Drawing:
    """One piece while it is drawn. `y` is how far down it has come."""

    title: str
    desc: str = ""
    y: float = 0.0
    wide: float = PIECE
    parts: list[str] = field(default_factory=list)

    def line(self, points: Sequence[tuple[float, float]], kind: str = "") -> None:
        """A line through the points."""
        path = " ".join(f"{number(x)},{number(y)}" for x, y in points)
        self.parts.append(f'<polyline class="clg-l {kind}" points="{path}"/>')

    def dot(self, x: float, y: float, kind: str = "") -> None:
        self.parts.append(f'<circle class="clg-d {kind}" cx="{number(x)}" cy="{number(y)}" r="4"/>')

    def box(self, x: float, y: float, w: float, h: float, kind: str = "", round: float = 6.0) -> None:
        where = (
            f'x="{number(x)}" y="{number(y)}" width="{number(w)}" height="{number(h)}" rx="{number(round)}"'
        )
        self.parts.append(f'<rect class="clg-b {kind}" {where}/>')

    def text(
        self,
        x: float,
        y: float,
        words: str,
        room: float,
        size: float = SMALL,
        bold: bool = False,
        end: bool = False,
    ) -> float:
        """One line of text on its baseline, cut to the room; how wide it is at most. `end`: x is its right end."""
        shown = cut(words, room, size, bold)
        kind = "clg-n" if bold else "clg-t"
        anchor = ' text-anchor="end"' if end else ""
        where = f'x="{number(x)}" y="{number(y)}" font-size="{number(size)}"{anchor}'
        self.parts.append(f'<text class="{kind}" {where}>{safe(shown)}</text>')
        return width(shown, size, bold)

    def begin(self, title: str, kind: str = "") -> None:
        """From here to `end`: one thing, with its whole name for who points at it."""
        self.parts.append(f'<g class="{kind}"><title>{safe(title)}</title>')

    def end(self) -> None:
        self.parts.append("</g>")

    def badge(self, right: float, y: float, words: str, kind: str) -> float:
        """A small pill that ends at `right`, on a line of text at `y`; how wide it is."""
        w = width(words, SMALL) + 12
        self.box(right - w, y - 12, w, 16, f"clg-p {kind}", 8)
        self.text(right - w + 6, y, words, w)
        return w

    @property
    def high(self) -> float:
        return self.y + 2

    def svg(self) -> str:
        """The piece alone. Its style is the page's."""
        return _opened(self.wide, self.high, self.title, self.desc) + "".join(self.parts) + "</svg>"


def _opened(w: float, h: float, title: str, desc: str) -> str:
    size = f'viewBox="0 0 {number(w)} {number(h)}" width="{number(w)}" height="{number(h)}"'
    words = "\n".join(map(safe, desc.split("\n")))
    told = f"<title>{safe(title)}</title>" + (f"<desc>{words}</desc>" if desc else "")
    return f'<svg xmlns="http://www.w3.org/2000/svg" class="clg" role="img" {size} aria-label="{safe(title)}">{told}'


def style() -> Markup:
    return Markup((TEMPLATES / "picture.css").read_text("utf-8").strip())


def whole(pieces: Sequence[Drawing], title: str, desc: str) -> str:
    """All pieces as one picture that needs nothing else: two columns, each piece in the one that is shorter."""
    high, parts = [0.0, 0.0], []
    for piece in pieces:
        column = 0 if high[0] <= high[1] else 1
        place = f"translate({number(column * (PIECE + GAP))} {number(high[column])})"
        parts.append(f'<g transform="{place}">{"".join(piece.parts)}</g>')
        high[column] += piece.high + GAP
    wide = PIECE if high[1] == 0 else 2 * PIECE + GAP
    opened = _opened(wide, max(high), title, desc)
    return f"{opened}<style>{style()}</style>{''.join(parts)}</svg>"


def page(
    title: str, lines: Sequence[str], pieces: Sequence[Drawing], folds: Sequence[tuple[str, str]]
) -> str:
    """The card in a notebook: what it is about, the picture, and in folds (title, text) what stands behind it."""
    from cloudlab.show.html import css, template

    drawn = [Markup(piece.svg()) for piece in pieces]
    values: dict[str, Any] = {"title": clean(title), "lines": [clean(line) for line in lines], "folds": folds}
    return template("picture.html.j2").render(css=css() + style(), pieces=drawn, **values)
