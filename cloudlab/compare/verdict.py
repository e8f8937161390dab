"""What differs between one call's two answers."""

from collections.abc import Iterator
from dataclasses import dataclass

from cloudlab.compare import natural
from cloudlab.compare.ids import IdMap
from cloudlab.compare.judge import Difference, Judge
from cloudlab.compare.walk import Call
from cloudlab.compare.walker import Seen


@dataclass(frozen=True)
class Verdict:
    """A call, its status there, and the places where the answers differ; or why it was left out."""

    call: Call
    status: int = 0
    differences: tuple[Difference, ...] = ()
    left_out: str = ""

    @property
    def mark(self) -> str:
        return "–" if self.left_out else "≠" if self.differences else "="


def judged(call: Call, there: Seen, here: Seen, ids: IdMap) -> Verdict:
    """Ids met for the first time are bound to each other in `ids`."""
    return Verdict(call, there.status, tuple(_differences(call, there, here, ids)))


def _differences(call: Call, there: Seen, here: Seen, ids: IdMap) -> Iterator[Difference]:
    if there.status != here.status:
        yield Difference("status", "differs", there.status, here.status)
        yield Difference("body", "differs", there.body, here.body)
        return
    yield from _states(there.states, here.states)
    judge = Judge(natural.BOOK, f"{call.method} {call.url}", ids)
    yield from judge.headers(there.headers, here.headers)
    bodies = there.body, here.body
    if call.moving:
        bodies = natural.settled(there.body), natural.settled(here.body)
    if call.figures:
        bodies = natural.without_figures(there.body), natural.without_figures(here.body)
    yield from judge.value("body", *bodies)


def _states(there: tuple[str, ...], here: tuple[str, ...]) -> list[Difference]:
    """Looks that are far apart miss short states: what was seen there must be here in that order, and end alike."""
    rest = iter(here)
    if there[-1:] == here[-1:] and all(state in rest for state in there):
        return []
    return [Difference("states", "differs", " → ".join(there), " → ".join(here))]
