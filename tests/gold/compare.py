"""A recorded answer against ours, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from . import rules
from .ids import IdMap
from .story import Step
from .wire import Answer


@dataclass(frozen=True)
class Difference:
    """One place where the answers differ."""

    where: str
    why: str
    recorded: Any = None
    ours: Any = None

    def __str__(self) -> str:
        return f"{self.where}: {self.why}\n      recorded {self.recorded!r:.300}\n      ours     {self.ours!r:.300}"


class Comparison:
    """Compares one step's answers. Ids met for the first time are learnt on the way if ``learn``.

    ``real``: the other answer is a real service's too. So what the recording says is expected, neither rewritten nor
    mended where it was the service's own bug.
    """

    def __init__(self, step: Step, ids: IdMap, learn: bool = True, real: bool = False) -> None:
        self.step, self.ids, self.learn, self.real = step, ids, learn, real

    def answer(self, ours: Answer) -> Iterator[Difference]:
        """All differences between the step's recorded answer and ours."""
        expected = {} if self.real else rules.EXPECT_INSTEAD.get(self.step.key, {})
        status = expected.get("status", self.step.status)
        if ours.status != status:
            absent = ours.headers.get("x-cloudlab-absent")
            shown = f"absent: {absent}" if absent else ours.content[:250].decode("utf-8", "replace")
            yield Difference("status", "differs", status, f"{ours.status} {shown}")
            return
        yield from self.headers(ours.headers)
        recorded_body = expected.get("answer", self.step.answer)
        yield from self.value("body", recorded_body, ours.body)

    def headers(self, ours: dict[str, str]) -> Iterator[Difference]:
        """The headers that matter: presence and value."""
        for name in rules.HEADERS:
            theirs, mine = self.step.answer_headers.get(name), ours.get(name)
            if theirs is None and mine is None:
                continue
            where = f"headers/{name}"
            if theirs is None or mine is None:
                yield Difference(where, "is missing" if mine is None else "wasn't there", theirs, mine)
            elif name == "x-subject-token":
                continue  # a symbol in the recording: the replay binds it
            elif name in rules.SET_HEADERS:
                if words(name, theirs) != words(name, mine):
                    yield Difference(where, "differs", theirs, mine)
            else:
                yield from self.value(where, theirs, mine)

    def value(self, path: str, recorded: Any, ours: Any) -> Iterator[Difference]:
        """Two JSON values."""
        rule = rules.rule_for(self.step.key, path)
        if rule and not isinstance(recorded, (dict, list)) and recorded is not None:
            problem = rule.check(recorded, ours)
            if problem:
                yield Difference(path, problem, recorded, ours)
        elif type(recorded) is not type(ours):
            yield Difference(path, f"{kind(recorded)} became {kind(ours)}", recorded, ours)
        elif isinstance(recorded, dict):
            yield from self.objects(path, recorded, ours)
        elif isinstance(recorded, list):
            yield from self.lists(path, recorded, rules.without_extras(self.step.key, path, ours, self.ids))
        elif isinstance(recorded, str):
            wanted = recorded if self.real else rules.rewritten(recorded)
            problem = self.ids.text_problem(wanted, ours, self.learn)
            if problem:
                yield Difference(path, problem, recorded, ours)
        elif recorded != ours:
            yield Difference(path, "differs", recorded, ours)

    def objects(self, path: str, recorded: dict[str, Any], ours: dict[str, Any]) -> Iterator[Difference]:
        """Two JSON objects: the same fields (ids among them through the map), and the same under each."""
        recorded = {self.ids.translate(name): value for name, value in recorded.items()}
        for name, value in recorded.items():
            if name in ours:
                yield from self.value(f"{path}/{name}", value, ours[name])
            else:
                yield Difference(f"{path}/{name}", "field is missing", value, None)
        for name in ours.keys() - recorded.keys():
            yield Difference(f"{path}/{name}", "field wasn't there", None, ours[name])

    def lists(self, path: str, recorded: list[Any], ours: list[Any]) -> Iterator[Difference]:
        """Two lists: in order, or by likeness where the order says nothing or elements are missing."""
        ordered = not rules.is_set(self.step.key, path)
        if ordered and len(recorded) == len(ours):
            for index, (theirs, mine) in enumerate(zip(recorded, ours, strict=True)):
                yield from self.value(f"{path}/{index}", theirs, mine)
            return
        pairs = self.pair(recorded, ours)
        for index, mine_at in pairs:
            yield from self.value(f"{path}/{index}", recorded[index], ours[mine_at])
        for index in sorted(set(range(len(recorded))) - {pair[0] for pair in pairs}):
            yield Difference(f"{path}/{index}", "element is missing", recorded[index], None)
        for index in sorted(set(range(len(ours))) - {pair[1] for pair in pairs}):
            yield Difference(f"{path}/{index}", "element wasn't there", None, ours[index])

    def pair(self, recorded: list[Any], ours: list[Any]) -> list[tuple[int, int]]:
        """Positions of elements that are most alike, each at most once, in the recording's order."""
        if all(isinstance(element, str) for element in [*recorded, *ours]):
            places = {text: index for index, text in enumerate(ours)}
            found = [(index, places.get(self.ids.translate(text))) for index, text in enumerate(recorded)]
            return [(index, place) for index, place in found if place is not None]
        scores = sorted(
            (-self.likeness(theirs, mine), i, j)
            for i, theirs in enumerate(recorded)
            for j, mine in enumerate(ours)
        )
        left: set[int] = set()
        right: set[int] = set()
        pairs = []
        for score, i, j in scores:
            if score < 0 and i not in left and j not in right:
                left.add(i)
                right.add(j)
                pairs.append((i, j))
        return sorted(pairs)

    def likeness(self, recorded: Any, ours: Any) -> int:
        """How much of ``recorded`` is in ``ours``: known ids and equal texts count most."""
        if isinstance(recorded, dict) and isinstance(ours, dict):
            return sum(self.likeness(value, ours[name]) for name, value in recorded.items() if name in ours)
        if isinstance(recorded, list) and isinstance(ours, list):
            return sum(self.likeness(theirs, mine) for theirs, mine in zip(recorded, ours, strict=False))
        if isinstance(recorded, str) and isinstance(ours, str):
            if self.ids.translate(recorded) == ours:
                return 10
            return 0 if self.ids.text_problem(recorded, ours, learn=False) else 2
        return int(type(recorded) is type(ours) and recorded == ours)


def words(name: str, value: str) -> set[str]:
    """The words of a comma-separated header."""
    text = value.lower() if name in rules.NO_CASE_HEADERS else value
    return {word.strip() for word in text.split(",")}


def kind(value: Any) -> str:
    """What JSON calls the type."""
    names = {dict: "object", list: "list", str: "text", bool: "boolean", int: "integer", float: "number"}
    return "null" if value is None else names[type(value)]
