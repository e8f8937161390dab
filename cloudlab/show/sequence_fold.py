"""Which arrows of a sequence diagram matter at first: one call causes thirty, and a picture of all teaches none.

What changes something or hands work on is the story. Reading is shown once for each pair of processes, to say who
knows whom; asking keystone "is this token good?" happens before nearly everything, and is shown once.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from cloudlab.client.inside import Arrow

HANDS_WORK_ON = ("cast", "call")
ONLY_READS = ("GET", "HEAD")
CHECKS_TOKENS = "keystone"


def method(arrow: Arrow) -> str:
    return arrow.name.split(" ")[0]


def essential(arrows: Iterable[Arrow]) -> list[bool]:
    """For each arrow, in order, whether it is shown at first."""
    read: set[tuple[str, str]] = set()  # the pairs of which a reading exchange was met
    return [_first_read(arrow, read) or number == 0 or _matters(arrow) for number, arrow in enumerate(arrows)]


def _matters(arrow: Arrow) -> bool:
    if arrow.failed or arrow.kind in HANDS_WORK_ON:
        return True
    return arrow.kind == "http" and method(arrow) not in ONLY_READS and arrow.receiver != CHECKS_TOKENS


def _first_read(arrow: Arrow, read: set[tuple[str, str]]) -> bool:
    """The first of its pair; to keystone, the first of all. Remembers it."""
    if arrow.kind != "http" or method(arrow) not in ONLY_READS:
        return False
    pair = ("" if arrow.receiver == CHECKS_TOKENS else arrow.sender, arrow.receiver)
    first = pair not in read
    read.add(pair)
    return first


def folded(arrows: list[Arrow]) -> Iterator[tuple[bool, list[Arrow]]]:
    """Runs of arrows that are shown at first (True) and that aren't (False), by turns."""
    runs = groupby(zip(essential(arrows), arrows, strict=True), key=lambda pair: pair[0])
    return ((shown, [arrow for _, arrow in run]) for shown, run in runs)
