"""The outside judges at every test's side: whatever a cloud answers while a test runs is judged, and fails that test.

The root conftest.py loads this. Clouds in this process are listened to directly, those in notebooks' kernels through a
file. `@pytest.mark.unjudged("why")` is for tests that measure, and for those that break the cloud on purpose;
`@pytest.mark.unjudged("why", but="answers")` leaves Tempest listening: for tests that send anything whatever.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from . import judges, tap

MOST = 10  # complaints that one test shows
JUDGE = pytest.StashKey["Judge"]()


class Judge:
    """Listens, judges, and keeps what there is to say until the test asks."""

    def __init__(self, from_kernels: tap.File) -> None:
        self.from_kernels = from_kernels
        self.judges = judges.ALL
        self.listeners: list[tap.Listener] = []  # who hears it all, and judges nothing
        self._said: list[str] = []

    def hear(self, exchange: tap.Exchange) -> None:
        """One exchange."""
        self._said += judges.said_of(exchange, self.judges)
        for listener in self.listeners:
            listener(exchange)

    def speak(self) -> list[str]:
        """Everything since the last call."""
        for exchange in self.from_kernels.new():
            self.hear(exchange)
        said, self._said = self._said, []
        return list(dict.fromkeys(said))


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "unjudged(why, but=''): tests/outside doesn't judge this test")
    folder = tempfile.TemporaryDirectory(prefix="cloudlab-exchanges-")
    config.add_cleanup(folder.cleanup)
    file = Path(folder.name) / "exchanges.jsonl"
    os.environ["CLOUDLAB_TEST_EXCHANGES"] = str(file)
    os.environ["PYTHONSTARTUP"] = str(Path(__file__).with_name("in_kernel.py"))
    config.stash[JUDGE] = judge = Judge(tap.File(file))
    tap.install(judge.hear)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    mark = item.get_closest_marker("unjudged")
    item.config.stash[JUDGE].judges = judges.ALL if mark is None else judges.BUT[mark.kwargs.get("but", "")]
    return (yield from _judged(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    return (yield from _judged(item))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    return (yield from _judged(item))


def _judged(item: pytest.Item) -> Any:
    """Run one phase of a test; complaints fail it, or join the failure that it has."""
    judge = item.config.stash[JUDGE]
    try:
        result = yield
    except BaseException as error:
        for text in judge.speak()[:MOST]:
            error.add_note(f"outside judge: {text}")
        raise
    said = judge.speak()
    if said:
        more = f"\n… and {len(said) - MOST} more" if len(said) > MOST else ""
        pytest.fail("outside judges (tests/outside):\n" + "\n".join(said[:MOST]) + more, pytrace=False)
    return result
