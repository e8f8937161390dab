"""The register of misconceptions, `misconceptions.toml`: what learners believe, and what the wire says to it."""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cloudlab.client.exchange import Exchange
from cloudlab.language import _

FILE = Path(__file__).parent / "misconceptions.toml"
PARTS = ("of", "said", "was", "method", "path", "sent")


@dataclass(frozen=True)
class Case:
    """A wrong prediction that comes from a misconception. Regular expressions for the whole; "" matches anything."""

    of: str = ""
    said: str = ""
    was: str = ""
    method: str = ""
    path: str = ""
    sent: str = ""

    def fits(self, **facts: str) -> bool:
        return all(
            not (wanted := getattr(self, part)) or re.fullmatch(wanted, facts[part], re.I) for part in PARTS
        )


@dataclass(frozen=True)
class Misconception:
    """`name` in a line, `says` in one or two sentences; `checks` are the exercises that can tell it from the wire.

    Its words are kept in English, and read in the learner's language.
    """

    id: str
    _name: str
    _says: str
    checks: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()

    @property
    def name(self) -> str:
        return _(self._name)

    @property
    def says(self) -> str:
        return _(self._says)

    def __str__(self) -> str:
        return f"{self.name}. {self.says}"


@cache
def register() -> dict[str, Misconception]:
    """All of them by id, in the file's order."""
    with FILE.open("rb") as file:
        entries = tomllib.load(file)
    return {id: _misconception(id, **entry) for id, entry in entries.items()}


def _misconception(
    id: str, name: str, says: str, checks: Iterable[str] = (), when: Iterable[dict[str, Any]] = ()
) -> Misconception:
    return Misconception(id, name, says, tuple(checks), tuple(Case(**case) for case in when))


def behind(of: str, said: str, was: str, exchange: Exchange) -> Misconception | None:
    """The misconception behind a wrong prediction; None where the register knows none."""
    facts = {"of": of, "said": said, "was": was}
    asked = exchange.request
    call = {"method": asked.method, "path": urlsplit(asked.url).path, "sent": asked.text}
    for misconception in register().values():
        if any(case.fits(**facts, **call) for case in misconception.cases):
            return misconception
    return None
