"""Walks the stories of tests/gold through the real cloud, each from its first contents, and writes new story files."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from tests.gold.record import Recorder, differences
from tests.gold.story import HERE as GOLD
from tests.gold.story import STORIES
from tests.gold.walk import Pace, Walk
from tests.gold.wire import socket_caller

from . import cloud, processes
from .packages import NotHereError
from .settings import API_PORTS, Home

# A look takes about 50 ms itself; after six seconds a server of the fake driver has long been built or gone.
REAL = Pace(look=0.02, settle=6.0)
PATIENCE = 120.0  # an answer may wait for a message that nobody takes: a minute


class WallClock:
    """The cloud's time passes by itself."""

    def advance(self, seconds: float) -> None:
        time.sleep(seconds)


def record(options: argparse.Namespace, home: Home) -> int:
    """Every story that is asked for. 0 if all answers are what was recorded before."""
    if not processes.running(home, "mariadb") or not home.contents.is_file():
        raise NotHereError("The real cloud isn't up: make realcloud, or python -m tests.realcloud up")
    folder: Path = GOLD / "stories" if options.write else options.into or home.path / "recorded"
    folder.mkdir(parents=True, exist_ok=True)
    found = 0
    for story in options.story or STORIES:
        print(f"{story}: the cloud is put back to its first contents", flush=True)
        cloud.fresh(home)
        found += record_story(story, folder / f"{story}.json", home)
    return 1 if found else 0


def record_story(story: str, target: Path, home: Home) -> int:
    """One story, onto a cloud that holds its first contents. How many steps differ from the recording before."""
    began = time.monotonic()
    call = socket_caller({port: port for port in API_PORTS.values()}, PATIENCE)
    recorder = Recorder(story, Walk(call, WallClock(), REAL))
    results = recorder.run()
    target.write_text(recorder.text().replace(str(home.path), "/realcloud"))  # a traceback names files
    for line in differences(recorder, results):
        print(line, flush=True)
    count = Counter(result.verdict for result in results)
    words = {"equal": "as before", "chance": "but for chance", "different": "different", "new": "new"}
    told = ", ".join(f"{count[verdict]} {word}" for verdict, word in words.items() if count[verdict])
    print(f"{story}: steps: {told}; {time.monotonic() - began:.0f} s; {target}", flush=True)
    return count["different"]
