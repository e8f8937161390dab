"""The picture of a resource's states: a road of boxes from the first to the present one, and the ways on from there."""

from typing import TYPE_CHECKING

from cloudlab.language import _
from cloudlab.show.states_words import call_words
from cloudlab.show.svg import NAME, PIECE, SMALL, Drawing

if TYPE_CHECKING:
    from cloudlab.show.states import States, Visit, Way

TIME, ROW, LATEST = 82.0, 44.0, 14  # room for the time, height of a visit, how many visits are drawn
BOX = 26.0


def pieces(states: "States", title: str, desc: str) -> list[Drawing]:
    """The road, then the ways on; `desc` tells all of it in words."""
    return [_road(states, title, desc), *_ways(states)]


def _road(states: "States", title: str, desc: str) -> Drawing:
    drawing = Drawing(title, desc)
    steps = list(states.steps())
    drawing.y = 18
    heading = _("The road so far") if states.inside else _("What it is now")
    drawing.text(2, drawing.y, heading, PIECE - 4, NAME, bold=True)
    drawing.y += 12
    hidden = 0 if states.full else max(len(steps) - LATEST, 0)
    if hidden:
        drawing.text(TIME + 12, drawing.y + 12, _("⋮ {n} earlier", n=hidden), PIECE - TIME - 14)
        drawing.y += 20
    for place, (visit, after, call) in enumerate(steps[hidden:], hidden):
        words = call_words(call) if call else ""
        _visit(drawing, visit, after, words, first=place == hidden, now=place + 1 == len(steps))
    drawing.y -= ROW - BOX - 4
    return drawing


def _visit(drawing: Drawing, visit: "Visit", after: str, call: str, first: bool, now: bool) -> None:
    """A state that was reached: its time at the left, and on the line from above the call that led there."""
    x, middle = TIME + 10, TIME + 40
    if call and first:
        drawing.text(middle + 10, drawing.y + 10, call, PIECE - middle - 12)
        drawing.y += 16
    if not first:
        top = drawing.y - (ROW - BOX)
        _arrow(drawing, middle, top, drawing.y)
        drawing.text(middle + 10, drawing.y - 6, call, PIECE - middle - 12)
    drawing.begin(_("{state}, since {time}", state=visit.state, time=visit.time.isoformat()))
    drawing.text(TIME, drawing.y + 18, after, TIME, end=True)
    drawing.box(x, drawing.y, PIECE - 2 - x, BOX, "clg-now" if now else "clg-road", 13)
    badge = drawing.badge(PIECE - 9, drawing.y + 17, _("◀ now"), "") + 8 if now else 0
    drawing.text(x + 12, drawing.y + 18, visit.state, PIECE - 16 - x - badge, NAME, bold=now)
    drawing.end()
    drawing.y += ROW


def _arrow(drawing: Drawing, x: float, top: float, bottom: float) -> None:
    drawing.line([(x, top), (x, bottom - 1)], "clg-road")
    drawing.line([(x - 4, bottom - 6), (x, bottom - 1), (x + 4, bottom - 6)], "clg-road")


def _ways(states: "States") -> list[Drawing]:
    """A piece for each state whose ways are shown: its calls, and where they lead."""
    drawings = []
    for state in states.shown:
        drawing = Drawing(states.heading(state), y=18)
        drawing.text(2, drawing.y, drawing.title, PIECE - 4, NAME, bold=True)
        drawing.y += 8
        for way in states.ways(state):
            _way(drawing, way, (state, way.by) in states.taken)
        drawings.append(drawing)
    return drawings


def _way(drawing: Drawing, way: "Way", taken: bool) -> None:
    """A call, an arrow, the state at its end; below it what it goes through."""
    half, kind = PIECE * 0.54, "clg-road" if taken else ""
    drawing.begin(f"{way.call}: {way.words}")
    drawing.text(2, drawing.y + 16, ("✓ " if taken else "") + way.call, half - 20)
    drawing.line([(half - 14, drawing.y + 12), (half - 2, drawing.y + 12)], kind)
    drawing.line([(half - 7, drawing.y + 8), (half - 2, drawing.y + 12), (half - 7, drawing.y + 16)], kind)
    drawing.box(half + 2, drawing.y, PIECE - 4 - half, 23, kind, 11)
    drawing.text(half + 12, drawing.y + 16, way.end, PIECE - 18 - half)
    drawing.y += 26
    if way.middle:
        drawing.text(16, drawing.y + 9, way.middle, PIECE - 18, SMALL)
        drawing.y += 15
    drawing.end()
    drawing.y += 3
