"""The map from a real cloud's ids to ours, and text comparison that knows ids and times.

Of a recorded cloud (tests/gold), or of one that is asked now (walk.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
HEX = r"(?<![0-9A-Za-z])[0-9a-f]{32}(?![0-9A-Za-z])"
TIME = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?"
ID = re.compile(f"{UUID}|{HEX}")
TOKEN = re.compile(f"(?P<time>{TIME})|(?P<uuid>{UUID})|(?P<hex>{HEX})")
NIL = "00000000-0000-0000-0000-000000000000"


def skeleton(text: str) -> tuple[str, list[str]]:
    """``text`` with ids and times replaced by their kind, and the ids in order. The nil id stays: requests send it."""
    ids: list[str] = []

    def replace(match: re.Match[str]) -> str:
        if match["time"]:
            return "<time " + re.sub(r"\d", "9", match["time"]) + ">"
        if match[0] == NIL:
            return match[0]
        ids.append(match[0])
        return "<uuid>" if match["uuid"] else "<hex>"

    return TOKEN.sub(replace, text), ids


def path_form(path: str) -> str:
    """A path without its ids and the values of its query: what kind of question it is."""
    where, _, query = path.partition("?")
    names = dict.fromkeys(sorted(pair.split("=")[0] for pair in query.split("&") if pair))
    return ID.sub("{id}", where) + ("?" + "&".join(names) if names else "")


class IdMap:
    """Recorded id → our id, one to one."""

    def __init__(self) -> None:
        self.ours: dict[str, str] = {}
        self.theirs: dict[str, str] = {}

    def bind(self, recorded: str, ours: str) -> str | None:
        """Remember the pair; say what is wrong if either is already somebody else's."""
        known, taken = self.ours.get(recorded), self.theirs.get(ours)
        if known == ours:
            return None
        if known is not None:
            return f"{recorded} is our {known}, not {ours}"
        if taken is not None:
            return f"our {ours} already stands for {taken}, it can't stand for {recorded} too"
        self.ours[recorded], self.theirs[ours] = ours, recorded
        return None

    def translate(self, text: str) -> str:
        """``text`` with every known recorded id replaced by ours; unknown ids stay (a client made them up)."""
        return ID.sub(lambda match: self.ours.get(match[0], match[0]), text)

    def unknown(self, text: str) -> Iterator[str]:
        """Ids in ``text`` that no answer has given yet."""
        return (found for found in ID.findall(text) if found not in self.ours and found != NIL)

    def text_problem(self, recorded: str, ours: str, learn: bool) -> str | None:
        """Why the texts differ, ids and times aside; None if they don't. ``learn``: bind ids met for the first time."""
        bones, recorded_ids = skeleton(recorded)
        our_bones, our_ids = skeleton(ours)
        if bones != our_bones:
            return "text differs"
        for theirs, mine in zip(recorded_ids, our_ids, strict=True):
            if learn:
                problem = self.bind(theirs, mine)
                if problem:
                    return problem
            elif self.ours.get(theirs, mine) != mine or self.theirs.get(mine, theirs) != theirs:
                return f"{theirs} is our {self.ours.get(theirs)}, not {mine}"
        return None
