"""Two profiles. `ci`: the same few hundred examples every time. `hunt` (ATTACK=hunt in the environment): others each
time, and many; `python -m tests.attack` hunts too, and goes on after a failure.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.attack.target import Target, quiet

HUNTING = os.environ.get("ATTACK") == "hunt"
settings.register_profile(
    "ci", derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
settings.register_profile("hunt", settings.get_profile("ci"), derandomize=False, print_blob=True)


def examples(ci: int) -> settings:
    """Settings for a property with so many examples in CI, and forty times as many on a hunt."""
    return settings(
        settings.get_profile("hunt" if HUNTING else "ci"), max_examples=ci * (40 if HUNTING else 1)
    )


@pytest.fixture(scope="session")
def target() -> Iterator[Target]:
    """A cloud in which two projects own one of everything."""
    with quiet():
        yield Target()
