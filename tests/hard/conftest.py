"""A preloaded process that starts clouds on this test's folder; it and its cloud end with the test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hard.runner import Runner


@pytest.fixture
def runner(tmp_path: Path) -> Iterator[Runner]:
    runner = Runner(tmp_path)
    yield runner
    runner.close()
