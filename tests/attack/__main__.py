"""The hunt: `python -m tests.attack --minutes 10 --seed 1`. Goes on after a failure, and lists what it found.

The tests stop at the first failure, as tests do; this collects one example for each bug. The outside judges listen.
"""

import argparse
import random
import re
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.attack.fire import attack
from tests.attack.grammar import Grammar
from tests.attack.judge import Wrong
from tests.attack.life import Life
from tests.attack.target import Shot, Target, quiet
from tests.outside import judges, tap

WHO: dict[str, tuple[str | None, ...]] = {
    "demo": ("demo",),
    "admin": ("admin",),
    "both": ("demo", "admin"),
    "reader": ("demo_reader",),
    "stranger": (None,),
}
found: dict[str, tuple[list[Shot], str]] = {}
counted = {"shots": 0, "examples": 0, "ok": 0, "lives": 0}
HUNT = settings(
    database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


said: list[tuple[str, str]] = []  # (which request, what an outside judge had to say) since the last example


def hear(exchange: tap.Exchange) -> None:
    """The outside judges' part of the hunt."""
    where = re.sub(r"(?<=/)[^/]*[0-9:][^/]*", "…", exchange.path)
    signature = f"outside: {exchange.method} {exchange.service} {where}"
    said.extend((signature, text) for text in judges.said_of(exchange))


def noted(target: Target, shots: list[Shot]) -> None:
    counted["examples"] += 1
    counted["shots"] += len(shots)
    try:
        counted["ok"] += sum(status < 400 for status in attack(target, shots))
    except Wrong as wrong:
        note(wrong.signature, shots, str(wrong))
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        note(
            f"{type(error).__name__} outside at {last.filename.split('/')[-1]}:{last.lineno}",
            shots,
            str(error),
        )
    for signature, text in said:
        note(signature, shots, text)
    said.clear()


def note(signature: str, shots: list[Shot], detail: str) -> None:
    """Keep the shortest example of each bug."""
    old, new = found.get(signature), (shots, detail)
    if old is None:
        print("NEW", signature, flush=True)
    if old is None or len(repr(new)) < len(repr(old)):
        found[signature] = new


def hunter(target: Target, users: tuple[str | None, ...], examples: int, number: int) -> Callable[[], Any]:
    @seed(number)
    @settings(HUNT, max_examples=examples)
    @given(Grammar(target).sequences(users))
    def hunt(shots: list[Shot]) -> None:
        noted(target, shots)

    return hunt


def live(target: Target, steps: int) -> None:
    """The state machine of life.py, once, without shrinking what it finds (that can take many minutes)."""
    Life.target, Life.often = target, 4
    counted["lives"] += 10
    try:
        run_state_machine_as_test(Life, settings=settings(HUNT, max_examples=10, stateful_step_count=steps))
    except Wrong as wrong:
        note(wrong.signature, [], "\n".join([str(wrong), *getattr(wrong, "__notes__", [])]))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.attack")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--life", action="store_true", help="the state machine instead of single requests")
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--who", choices=WHO, nargs="*", default=list(WHO))
    given_ = parser.parse_args()
    end, number = time.monotonic() + 60 * given_.minutes, given_.seed
    print("seed", number)
    tap.install(hear)
    with quiet():
        target = Target()
        while given_.life and time.monotonic() < end:
            live(target, given_.steps)
        while time.monotonic() < end:
            for who in given_.who:
                if time.monotonic() < end:
                    hunter(target, WHO[who], 40 if who in ("reader", "stranger") else 150, number)()
            number += 1
    for signature, (shots, detail) in sorted(found.items()):
        print("=" * 100, f"\n{signature}\n{detail[:6000]}")
        for shot in shots:
            print("   ", repr(shot)[:700])
    print(counted, f"{len(found)} bugs; seeds {given_.seed} to {number - 1}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
