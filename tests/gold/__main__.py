"""``python -m tests.gold [story…] [--step PATTERN] [--verbose]``: where our cloud differs from the recordings."""

from __future__ import annotations

import argparse

from . import report, rules
from .replay import Result, Variant, replay
from .story import STORIES


def main() -> int:
    """Replay, print, and say by the exit code whether every step is equal or allowed."""
    parser = argparse.ArgumentParser(prog="python -m tests.gold", description=__doc__)
    parser.add_argument("story", nargs="*", help=f"of {', '.join(STORIES)}; all if none")
    parser.add_argument(
        "--step", default="*", help="show only steps like this, e.g. '*_err_create_*' (also equal ones)"
    )
    parser.add_argument("--verbose", action="store_true", help="show requests and answers")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rename", action="store_true", help="the same story under other names")
    parser.add_argument("--twice", action="store_true", help="every GET twice")
    parser.add_argument("--sockets", action="store_true", help="over real sockets, on free ports")
    options = parser.parse_args()
    variant = Variant(
        options.seed, rules.OTHER_NAMES if options.rename else {}, options.twice, options.sockets
    )
    results: list[Result] = []
    for story in options.story or STORIES:
        found, walk = replay(story, variant)
        results += found
        for line in walk.missing:
            print(f"{story}: first contents: {line}")
    different, used = report.excuse(results)
    pattern = options.step if "/" in options.step or options.step == "*" else f"*/{options.step}"
    print(report.details(results, pattern, options.verbose))
    for key, where in report.stale(results, used):
        print(f"allow.txt: {key} {where} is equal again: remove it")
    print(report.table(results))
    return 1 if different else 0


if __name__ == "__main__":
    raise SystemExit(main())
