"""The life of servers, volumes and ports in any order, in two projects, with kills: `life.py` is the machine."""

from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.attack.conftest import examples
from tests.attack.life import Life
from tests.attack.target import Target


def test_whatever_happens_in_whatever_order(target: Target) -> None:
    Life.target = target
    run_state_machine_as_test(Life, settings=settings(examples(14), stateful_step_count=30))
