"""Attacks: random requests, broken HTTP, and the life of servers, volumes and ports in any order (hypothesis).

Hypothesis likes to vary an example that it has just tried; of requests that makes the same one many times. Here each
example shall be another, so that part of its engine is left out where it is there.
"""

from typing import Any

from hypothesis.internal.conjecture.engine import ConjectureRunner


def _another(*given: Any) -> None:
    """In place of variations of the last example."""


if hasattr(ConjectureRunner, "generate_mutations_from"):
    ConjectureRunner.generate_mutations_from = _another  # type: ignore[method-assign]
