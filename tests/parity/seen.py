"""Who was heard asking for which operation: `seen.json`, and the listener that keeps it true.

A line is a proof: a test of tests/clients, or a lesson, and the operations that it asks for and gets. Each operation
stands once for the clients, beside a test of the quick run if there is one, and once in each lesson that asks for it.
While these tests run (they run anyway) the listener hears them, and a proof that isn't heard fails; so does an
operation that nobody has written down. `python -m tests.parity` runs them all and writes the file anew.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.outside.plugin import JUDGE
from tests.outside.tap import Exchange

FILE = Path(__file__).with_name("seen.json")
CLIENTS = "tests/clients/"
LESSONS = "notebooks/"
AGENTS = {
    CLIENTS: "openstacksdk/",
    LESSONS: "cloudlab",
}  # what their requests say of themselves: not the services'
# Cells whose calls are the kit's own: no learner has written them, nor sees them.
KITS_OWN = re.compile(r"\blab\.(start|check|drill|map|states|versions|console|request_builder)\(")
WRITE = "CLOUDLAB_PARITY_WRITE"  # the path of a file: have what was heard written there, and nothing compared

Seen = dict[str, list[str]]


def read() -> Seen:
    found: Seen = json.loads(FILE.read_text("utf-8"))
    return found


def kind_of(proof: str) -> str:
    """Of whose kind a proof is: `clients` are one, each lesson is one."""
    return CLIENTS if proof.startswith(CLIENTS) else proof


def of_kind(seen: Seen, kind: str) -> set[str]:
    """All operations that are written down for the clients, or for one lesson."""
    return {key for proof, keys in seen.items() if kind_of(proof) == kind for key in keys}


def proof_of(nodeid: str) -> str:
    """The test without its parameters, or the lesson; nothing for all other tests."""
    file, _, rest = nodeid.partition("::")
    if file.startswith(CLIENTS):
        return f"{file}::{rest.partition('[')[0]}"
    if file.startswith(LESSONS) and file.count("/") == 1:
        return file
    return ""


def complaints(proof: str, heard: Iterable[str], seen: Seen) -> list[str]:
    """What is written down and wasn't heard, and the other way round."""
    heard, written = set(heard), of_kind(seen, kind_of(proof))
    missing = [f"{proof} doesn't ask for {key} any more" for key in seen.get(proof, ()) if key not in heard]
    return missing + [f"{proof} asks for {key}" for key in sorted(heard - written)]


def chosen(heard: dict[str, list[str]], is_long: Iterable[str]) -> Seen:
    """The file's contents: of several tests that ask for the same, one of the quick run, the first of these."""
    long, written, found = set(is_long), dict[str, set[str]](), Seen()
    for proof in sorted(heard, key=lambda proof: (proof in long, proof)):
        known = written.setdefault(kind_of(proof), set())
        if new := set(heard[proof]) - known:
            found[proof] = sorted(new)
            known |= new
    return dict(sorted(found.items()))


class Listener:
    """Hears one proof's exchanges at a time: pytest runs its tests, or its cells, one after another."""

    def __init__(self) -> None:
        self.proof, self.source, self.heard, self.whole = "", "", set[str](), True
        self.said: dict[str, list[str]] = {}

    def hear(self, exchange: Exchange) -> None:
        """One exchange, of whoever. Counted when its proof's own client made it, and it went well."""
        if not self.proof or exchange.status >= 400 or KITS_OWN.search(self.source):
            return
        agent = AGENTS[CLIENTS if self.proof.startswith(CLIENTS) else LESSONS]
        if exchange.headers.get("user-agent", "").startswith(agent):
            from .operations import finder  # all rooms: no other test need wait for them

            if operation := finder().find(exchange):
                self.heard.add(f"{operation.service} {operation.key}")

    def begin(self, item: pytest.Item) -> None:
        proof = proof_of(item.nodeid)
        if proof != self.proof:
            self.proof, self.heard, self.whole = proof, set(), True
        self.source = item.cell.source if hasattr(item, "cell") else ""

    def end(self, nextitem: pytest.Item | None) -> list[str]:
        """After the proof's last test: what there is to say. Nothing, where a part was skipped or failed."""
        if not self.proof or (nextitem is not None and proof_of(nextitem.nodeid) == self.proof):
            return []
        if WRITE in os.environ:
            self.said[self.proof] = sorted(self.heard)
            return []
        return complaints(self.proof, self.heard, read()) if self.whole else []


LISTENER = pytest.StashKey[Listener]()


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    config.stash[LISTENER] = Listener()
    config.stash[JUDGE].listeners.append(config.stash[LISTENER].hear)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    item.config.stash[LISTENER].begin(item)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[pytest.TestReport]:
    report = yield
    item.config.stash[LISTENER].whole &= report.passed
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    result = yield
    said = item.config.stash[LISTENER].end(nextitem)
    if said:
        pytest.fail("docs/parity.md (python -m tests.parity; make docs):\n" + "\n".join(said), pytrace=False)
    return result


def pytest_sessionfinish(session: pytest.Session) -> None:
    """One file of one session: whoever writes runs without workers."""
    if place := os.environ.get(WRITE):
        Path(place).write_text(json.dumps(session.config.stash[LISTENER].said), "utf-8")
