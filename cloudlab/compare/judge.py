"""A real answer against ours, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cloudlab.compare import rules
from cloudlab.compare.ids import IdMap
from cloudlab.compare.rules import Rulebook

MISSING, MORE = "is missing", "wasn't there"  # of ours: a header, a field, an element of a list


@dataclass(frozen=True)
class Difference:
    """One place where the answers differ."""

    where: str
    why: str
    recorded: Any = None
    ours: Any = None

    def __str__(self) -> str:
        return f"{self.where}: {self.why}\n      recorded {self.recorded!r:.300}\n      ours     {self.ours!r:.300}"


class Judge:
    """Compares the answers to one step. Ids met for the first time are learnt on the way if `learn`."""

    def __init__(self, book: Rulebook, step: str, ids: IdMap, learn: bool = True) -> None:
        self.book, self.key, self.ids, self.learn = book, step, ids, learn

    def headers(self, recorded: Mapping[str, str], ours: Mapping[str, str]) -> Iterator[Difference]:
        """The headers that matter: presence and value."""
        for name in rules.HEADERS:
            theirs, mine = recorded.get(name), ours.get(name)
            if theirs is None and mine is None:
                continue
            where = f"headers/{name}"
            if theirs is None or mine is None:
                yield Difference(where, MISSING if mine is None else MORE, theirs, mine)
            elif name == "x-subject-token":
                continue  # as secret as it is random
            elif name in rules.SET_HEADERS:
                if words(name, theirs) != words(name, mine):
                    yield Difference(where, "differs", theirs, mine)
            else:
                yield from self.value(where, theirs, mine)

    def value(self, path: str, recorded: Any, ours: Any) -> Iterator[Difference]:
        """Two JSON values."""
        rule = self.book.rule_for(self.key, path)
        if rule and not isinstance(recorded, (dict, list)) and (rule.null or recorded is not None):
            problem = rule.check(recorded, ours)
            if problem:
                yield Difference(path, problem, recorded, ours)
        elif type(recorded) is not type(ours):
            yield Difference(path, f"{kind(recorded)} became {kind(ours)}", recorded, ours)
        elif isinstance(recorded, dict):
            yield from self.objects(path, recorded, ours)
        elif isinstance(recorded, list):
            ours = self.book.without_extras(self.key, path, ours, self.ids)
            yield from (self.samples if self.book.is_sample(path) else self.lists)(path, recorded, ours)
        elif isinstance(recorded, str):
            problem = self.ids.text_problem(self.book.rewritten(recorded), ours, self.learn)
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
                yield from self.one_sided(path, name, MISSING, value, None)
        for name in ours.keys() - recorded.keys():
            yield from self.one_sided(path, name, MORE, None, ours[name])

    def one_sided(self, path: str, name: str, why: str, recorded: Any, ours: Any) -> Iterator[Difference]:
        """A field that only one has."""
        if not self.book.is_sample(path):
            yield Difference(f"{path}/{name}", why, recorded, ours)

    def lists(self, path: str, recorded: list[Any], ours: list[Any]) -> Iterator[Difference]:
        """Two lists: in order, or by likeness where the order says nothing or elements are missing."""
        ordered = not self.book.is_set(self.key, path)
        if ordered and len(recorded) == len(ours):
            for index, (theirs, mine) in enumerate(zip(recorded, ours, strict=True)):
                yield from self.value(f"{path}/{index}", theirs, mine)
            return
        pairs = self.pair(recorded, ours)
        for index, mine_at in pairs:
            yield from self.value(f"{path}/{index}", recorded[index], ours[mine_at])
        for index in sorted(set(range(len(recorded))) - {pair[0] for pair in pairs}):
            yield Difference(f"{path}/{index}", MISSING, recorded[index], None)
        for index in sorted(set(range(len(ours))) - {pair[1] for pair in pairs}):
            yield Difference(f"{path}/{index}", MORE, None, ours[index])

    def samples(self, path: str, recorded: list[Any], ours: list[Any]) -> Iterator[Difference]:
        """Two lists of what each cloud has its own: pairs are alike, not the same thing: each with its own ids."""
        for index, mine_at in self.pair(recorded, ours):
            apart = Judge(self.book, self.key, IdMap())
            yield from apart.value(f"{path}/{index}", recorded[index], ours[mine_at])

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
        """How much of `recorded` is in `ours`: known ids and equal texts count most."""
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
