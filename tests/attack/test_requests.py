"""Random requests, in random orders, to every row of every route table: what never happens, whatever is asked.

Never a 5xx, a traceback, a body of no form; never another project's data, nor a change of it; a reader changes nothing,
a stranger sees nothing. `judge.py` says it exactly.
"""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.attack.conftest import examples
from tests.attack.corpus import routes
from tests.attack.fire import attack
from tests.attack.grammar import Grammar
from tests.attack.target import Shot, Target

# Of random bodies the published schemas find differences in words without end; test_form_first.py asks them instead.
pytestmark = pytest.mark.unjudged("sends anything whatever", but="answers")

WHO: dict[str, tuple[tuple[str | None, ...], int]] = {
    "a member": (("demo",), 110),
    "an administrator": (("admin",), 90),
    "both at once": (("demo", "admin"), 40),
    "a reader": (("demo_reader",), 40),
    "a stranger": ((None,), 20),
}


@pytest.mark.parametrize("who", WHO)
def test_no_request_does_harm(target: Target, who: str) -> None:
    users, number = WHO[who]

    @examples(number)
    @given(Grammar(target).sequences(users))
    def property_(shots: list[Shot]) -> None:
        attack(target, shots)

    property_()


def test_the_attack_hits(target: Target) -> None:
    """An attack that only ever met 404 would prove nothing: of its requests many succeed, in every service."""
    met: Counter[tuple[str, int]] = Counter()

    @examples(120)
    @given(st.lists(Grammar(target).shots(("admin",)), min_size=1, max_size=4))
    def look(shots: list[Shot]) -> None:
        for shot, status in zip(shots, attack(target, shots), strict=True):
            met[shot.service, status // 100] += 1

    look()
    for service in {route.service for route in routes()}:
        assert met[service, 2] and met[service, 4], (service, met)
    assert sum(n for (_, hundreds), n in met.items() if hundreds == 2) * 5 > met.total(), met
