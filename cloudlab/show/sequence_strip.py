"""The drawn part of a row: lifelines, and an arrow from one to another. SVG without a scale: x in percent, y in pixels.

So it fits any width, an arrow's head keeps its form, and the same strip serves the notebook and the SVG document.
"""

from markupsafe import Markup

from cloudlab.show.sequence_plan import Row

HEIGHT = 24  # pixels of a row
MIDDLE = 9  # near the label, which stands beside the arrow or above it
EDGE = 0.7  # cells left of the first lifeline and right of the last: half of a name (sequence.css: 0.2 + 0.5)
LOOP = 4  # pixels above and below the middle, of an arrow to its own sender
FAR = 999  # lifelines run on above and below the strip, and whoever places it cuts them off
CROSS = '<path class="x" d="M-4-4 4 4M-4 4 4-4"/>'
RIGHT, LEFT = "M0 0-8-4V4z", "M0 0 8-4V4z"
OPEN_RIGHT, OPEN_LEFT = "M-7-4 0 0-7 4", "M7-4 0 0 7 4"


def lifeline_strip(count: int) -> Markup:
    return Markup("".join(_upright(n, count, f"-{FAR}", str(FAR)) for n in range(count)))


def head_strip(count: int, turns: int) -> Markup:
    """Lifelines from the middles of their names downwards; the names take turns on so many lines."""
    tops = (f"{(n % turns + 0.5) / turns:.0%}" for n in range(count))
    return Markup("".join(_upright(n, count, top, "100%") for n, top in enumerate(tops)))


def _upright(place: float, count: int, top: str, bottom: str) -> str:
    x = at(place, count)
    return f'<line x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>'


def arrow_strip(row: Row, count: int) -> Markup:
    """The arrow of a row among `count` lifelines. One that failed bears a cross, and one that was lost ends there."""
    start, end = float(row.start), float(row.start if row.end is None else row.end)
    if row.end is None:
        end = turn = _aside(start, 0.5, count)
    elif start == end:
        turn = _aside(start, 0.4, count)
    else:
        turn = (start + end) / 2
    if row.arrow.lost:
        drawn = _line(start, turn, count)
    elif start == end:
        drawn = _loop(start, turn, count)
    else:
        drawn = _line(start, end, count) + _head(end, end > start, row.is_message, count)
    cross = _placed(CROSS, turn, count) if row.failed else ""
    return Markup(f'<g class="{_kind(row)}">{drawn}{cross}</g>')


def _kind(row: Row) -> str:
    return ("m" if row.is_message else "h") + (" f" if row.failed else "")


def _aside(start: float, far: float, count: int) -> float:
    """A place beside a lifeline: to its right, but for the last one."""
    return start - far if start == count - 1 > 0 else start + far


def _loop(start: float, turn: float, count: int) -> str:
    """To itself: there and back again."""
    up, down = MIDDLE - LOOP, MIDDLE + LOOP
    side = _upright(turn, count, str(up), str(down))
    there, back = _line(start, turn, count, up), _line(turn, start, count, down)
    return there + side + back + _head(start, turn < start, False, count, down)


def _line(start: float, end: float, count: int, y: int = MIDDLE) -> str:
    return f'<line x1="{at(start, count)}" x2="{at(end, count)}" y1="{y}" y2="{y}"/>'


def _head(end: float, rightwards: bool, open_: bool, count: int, y: int = MIDDLE) -> str:
    if open_:
        return _placed(f'<path class="o" d="{OPEN_RIGHT if rightwards else OPEN_LEFT}"/>', end, count, y)
    return _placed(f'<path d="{RIGHT if rightwards else LEFT}"/>', end, count, y)


def _placed(shape: str, place: float, count: int, y: int = MIDDLE) -> str:
    """A shape in pixels around a point in percent: an SVG of its own, which shows what leaves it."""
    return f'<svg x="{at(place, count)}" y="{y}" overflow="visible">{shape}</svg>'


def at(place: float, count: int) -> str:
    """Where a lifeline is, or a place between two: so many cells from the left."""
    return f"{(place + EDGE) / (count - 1 + 2 * EDGE) * 100:.2f}%"
