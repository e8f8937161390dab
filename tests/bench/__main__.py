"""python -m tests.bench [PART …]: start, memory, calls, pages, exchange, sequence, class, notebooks; or all.

`make-test` is a part as well, measured only when it is named: it takes minutes. Nothing here fails: it prints what was
measured, and whether the bar of DESIGN holds. `--markdown` prints the table of the README, with the machine.
"""

import argparse
import os
import platform
import sys
from pathlib import Path

from tests.bench.parts import PARTS, Line

LONG = ("make-test",)


def machine() -> str:
    """What this ran on: processor, cores, Python."""
    model = platform.processor() or platform.machine()
    about = Path("/proc/cpuinfo")
    if about.exists():
        named = [
            line.split(":", 1)[1] for line in about.read_text().splitlines() if line.startswith("model name")
        ]
        model = named[0].strip() if named else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def plain(line: Line) -> str:
    mark = "holds" if line.holds else "MISSED"
    return f"{line.what:<34} {line.ours:>9}  {line.beside:<50} {line.bar:<11} {mark}"


def markdown(line: Line) -> str:
    mark = "yes" if line.holds else "**no**"
    return f"| {line.what} | {line.ours} | {line.beside} | {line.bar} | {mark} |"


def main() -> int:
    """Measure the parts that were named, or all but the long ones."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--rounds", type=int, default=5, help="how often a start is measured (5)")
    parser.add_argument(
        "--requests", type=int, default=100_000, help="how many requests memory is held against"
    )
    parser.add_argument("--learners", type=int, default=50, help="how large the class is (50)")
    parser.add_argument("--seconds", type=float, default=60, help="how long the class goes on (60)")
    parser.add_argument("--markdown", action="store_true", help="print the README's table")
    args = parser.parse_args()
    unknown = set(args.parts) - set(PARTS)
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    print(f"Measured on {machine()}.\n")
    if args.markdown:
        print("| what | measured | beside | bar | holds |\n|---|---|---|---|---|")
    for name in args.parts or [name for name in PARTS if name not in LONG]:
        for line in PARTS[name](args):
            print((markdown if args.markdown else plain)(line), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
