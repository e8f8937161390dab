"""The picture of a resource's states: a road of boxes from the first to the present one, and the ways on from there."""

from typing import TYPE_CHECKING

from cloudlab.show.svg import NAME, PIECE, SMALL, Drawing

if TYPE_CHECKING:
    from cloudlab.show.states import States, Visit, Way

TIME, ROW, LATEST = 82.0, 42.0, 14  # room for the time, height of a visit, how many visits are drawn
BOX = 26.0
ONE_COLUMN = 14  # ways; more stand in two


def pieces(states: "States", title: str, desc: str) -> list[Drawing]:
    """The road, then the ways on; `desc` tells all of it in words."""
    return [_road(states, title, desc), *_ways(states)]


def _road(states: "States", title: str, desc: str) -> Drawing:
    drawing = Drawing(title, desc)
    steps = list(states.steps())
    drawing.y = 18
    heading = "The road so far" if states.inside else "What it is now"
    drawing.text(2, drawing.y, heading, PIECE - 4, NAME, bold=True)
    drawing.y += 12
    hidden = 0 if states.full else max(len(steps) - LATEST, 0)
    if hidden:
        drawing.text(TIME + 12, drawing.y + 12, f"⋮ {hidden} earlier", PIECE - TIME - 14)
        drawing.y += 20
    for place, (visit, after, call) in enumerate(steps[hidden:], hidden):
        _visit(drawing, visit, after, call, first=place == hidden, now=place + 1 == len(steps))
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
        drawing.text(middle + 10, drawing.y - 5, call, PIECE - middle - 12)
    drawing.begin(f"{visit.state}, since {visit.time.isoformat()}")
    drawing.text(TIME, drawing.y + 18, after, TIME, end=True)
    drawing.box(x, drawing.y, PIECE - 2 - x, BOX, "clg-now" if now else "clg-road", 13)
    badge = drawing.badge(PIECE - 9, drawing.y + 17, "◀ now", "") + 8 if now else 0
    drawing.text(x + 12, drawing.y + 18, visit.state, PIECE - 16 - x - badge, NAME, bold=now)
    drawing.end()
    drawing.y += ROW


def _arrow(drawing: Drawing, x: float, top: float, bottom: float) -> None:
    drawing.line([(x, top), (x, bottom - 1)], "clg-road")
    drawing.line([(x - 4, bottom - 6), (x, bottom - 1), (x + 4, bottom - 6)], "clg-road")


def _ways(states: "States") -> list[Drawing]:
    """Under each state's name, the calls that it allows; in one piece or two of about the same height."""
    blocks = [(state, states.ways(state)) for state in states.shown]
    drawings: list[Drawing] = []
    taken = {visit.state for visit in states.path}
    limit = max(sum(len(ways) + 1 for _, ways in blocks) / 2, ONE_COLUMN)
    count = limit
    for state, ways in blocks:
        if not drawings or (count >= limit and len(drawings) < 3):
            drawings.append(Drawing(f"Ways on from {state}"))
            count = 0
        _block(drawings[-1], state, ways, state in taken)
        count += len(ways) + 1
    return drawings


def _block(drawing: Drawing, state: str, ways: "list[Way]", taken: bool) -> None:
    drawing.y += 18
    words = f"From {state} it can go on" if ways else f"From {state} no call leads on"
    been = ", where it has been" if taken and ways else ""
    drawing.text(2, drawing.y, words + been, PIECE - 4, NAME, bold=True)
    drawing.y += 8
    for way in ways:
        _way(drawing, way)


def _way(drawing: Drawing, way: "Way") -> None:
    """A call, an arrow, the state at its end; below it what it goes through."""
    half = PIECE * 0.46
    drawing.begin(f"{way.call}: {way.words}")
    drawing.text(8, drawing.y + 16, way.call, half - 26)
    drawing.line([(half - 14, drawing.y + 12), (half - 2, drawing.y + 12)])
    drawing.line([(half - 7, drawing.y + 8), (half - 2, drawing.y + 12), (half - 7, drawing.y + 16)])
    drawing.box(half + 2, drawing.y, PIECE - 4 - half, 23, "", 11)
    drawing.text(half + 12, drawing.y + 16, way.end, PIECE - 22 - half)
    drawing.y += 26
    if way.middle:
        drawing.text(24, drawing.y + 9, way.middle, PIECE - 26, SMALL)
        drawing.y += 15
    drawing.end()
    drawing.y += 3
