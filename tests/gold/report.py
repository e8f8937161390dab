"""What the replay found, as text a person reads."""

from __future__ import annotations

from collections import Counter
from fnmatch import fnmatch

from . import rules
from .replay import Result
from .story import read_allowed

COLUMNS = ("equal", "different", "allowed")


def excuse(results: list[Result]) -> tuple[list[Result], set[tuple[str, str]]]:
    """Take allowed differences away. Gives the results that are left different, and the allowances that were used."""
    allowed, used = read_allowed(), set()
    for result in results:
        if result.verdict != "different":
            continue
        left = []
        for difference in result.differences:
            excuses = {
                (key, where)
                for key, where in allowed
                if key == result.step.key and (where == "*" or rules.path_matches(difference.where, where))
            }
            used |= excuses
            if not excuses:
                left.append(difference)
        result.differences = left
        result.verdict = "different" if left else "allowed"
    return [result for result in results if result.verdict == "different"], used


def stale(results: list[Result], used: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Allowances for steps that were replayed and differ no longer."""
    replayed = {result.step.key for result in results}
    return [key for key in read_allowed() if key[0] in replayed and key not in used]


def counted(results: list[Result]) -> dict[str, Counter[str]]:
    """How many steps of each verdict, per service."""
    rows: dict[str, Counter[str]] = {}
    for result in results:
        rows.setdefault(result.service, Counter())[result.verdict] += 1
    return rows


def lines(rows: dict[str, Counter[str]]) -> list[str]:
    """The table of those counts, with their sum."""
    rows = {**rows, "all": sum(rows.values(), Counter())}
    head = f"{'service':14}" + "".join(f"{column:>11}" for column in COLUMNS)
    return [
        head,
        *(
            f"{name:14}" + "".join(f"{count[column]:>11}" for column in COLUMNS)
            for name, count in rows.items()
        ),
    ]


def table(results: list[Result]) -> str:
    """Equal / different / allowed, per service."""
    return "\n".join(lines(counted(results)))


def details(results: list[Result], pattern: str = "*", verbose: bool = False) -> str:
    """The differences step by step; with ``verbose`` the requests and answers too."""
    told = []
    for result in results:
        if (result.verdict != "different" and pattern == "*") or not fnmatch(result.step.key, pattern):
            continue
        step = result.step
        told.append(f"{result.verdict:9} {step.key}  {step.method} {step.url} -> {step.status or 'states'}")
        if verbose:
            told.append(f"    request  {step.headers} {step.body!r:.600}")
            told.append(f"    recorded {step.answer_headers}\n             {step.answer!r:.1500}")
            if result.answer is not None:
                told.append(f"    ours     {result.answer.status} {result.answer.headers}")
                told.append(f"             {result.answer.content[:1500]!r}")
        told += [f"    {difference}" for difference in result.differences[: 200 if verbose else 12]]
    return "\n".join(told)
