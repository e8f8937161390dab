"""``python -m tests.realcloud up | down | status | record``: the OpenStack that was recorded, on this machine."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from . import cloud, packages
from .settings import DEFAULT_HOME, Home

INSIDE = "REALCLOUD_NETNS"  # in the environment of the same command, once it is in the network


def parser() -> argparse.ArgumentParser:
    """The command line."""
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--home", type=Path, default=DEFAULT_HOME, help="the folder that holds all of it (%(default)s)"
    )
    shared.add_argument("--netns", metavar="NAME", help="in a network of its own, beside an embedded cloud")
    whole = argparse.ArgumentParser(prog="python -m tests.realcloud", description=__doc__)
    commands = whole.add_subparsers(dest="command", required=True)
    commands.add_parser("up", parents=[shared], help="install what is missing, start, and fill")
    commands.add_parser("down", parents=[shared], help="stop; what it holds stays")
    commands.add_parser("status", parents=[shared], help="what runs")
    record = commands.add_parser(
        "record", parents=[shared], help="walk the stories again and write the answers down"
    )
    record.add_argument("story", nargs="*", help="names of tests/gold/stories; all if none")
    record.add_argument("--into", type=Path, metavar="FOLDER", help="where to (default: recorded/ in --home)")
    record.add_argument("--write", action="store_true", help="replace the committed stories")
    return whole


def main(words: list[str]) -> int:
    """Do it; what this machine lacks is said in words."""
    options = parser().parse_args(words)
    home = Home(options.home.resolve())
    try:
        if options.command == "up":
            packages.check_machine()
            home.path.mkdir(parents=True, exist_ok=True)
            packages.install(home)  # out here: a network of its own has no way to a registry
        if options.netns and options.netns != os.environ.get(INSIDE):
            os.environ[INSIDE] = options.netns
            return cloud.enter(options.netns, [sys.executable, "-m", "tests.realcloud", *words])
        return run(options, home)
    except packages.NotHereError as error:
        print(error, file=sys.stderr)
        return 1


def run(options: argparse.Namespace, home: Home) -> int:
    """One command, in the network in which the cloud is."""
    if options.command == "up":
        cloud.up(home)
    elif options.command == "down":
        cloud.down(home)
    elif options.command == "status":
        return cloud.status(home)
    else:
        # Not before: it needs the judge, and the embedded cloud's libraries; the others need Python only.
        from .record import record

        return record(options, home)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
