"""Our cloud answers every recorded step as it was recorded: with another seed, under other names, and twice, too.

A difference is either a bug of ours or a line in allow.txt with its reason; a line that is no longer needed fails too.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from . import report, rules
from .replay import Variant, replay
from .story import STORIES, load, read_allowed
from .summary import PROPERTY

Recorder = Callable[[str, object], None]
EQUAL = 1_603  # never less: whoever records more raises it

VARIANTS = {
    "as recorded": Variant(),
    "another seed, other names": Variant(seed=7, rename=rules.OTHER_NAMES),
    "every GET twice, over sockets": Variant(twice=True, sockets=True),
}


def test_the_equal_steps_are_as_many_as_ever() -> None:
    """With the replays below: what isn't excused is equal."""
    steps = {step.key for story in STORIES for step in load(story)}
    assert len(steps - {key for key, _where in read_allowed()}) >= EQUAL


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("story", STORIES)
def test_answers_are_as_recorded(story: str, variant: str, record_property: Recorder) -> None:
    results, walk = replay(story, VARIANTS[variant])
    different, used = report.excuse(results)
    if variant == "as recorded":
        for name, counts in report.counted(results).items():
            record_property(PROPERTY, (name, dict(counts)))
    assert not different, "\n" + report.details(different)
    assert not report.stale(results, used), "equal again: remove these lines from allow.txt"
    assert not walk.missing
