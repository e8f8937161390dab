"""Fifty learners at once, each in their own project, walk the whole path: `python -m tests.bench class` in short.

The cloud runs in a process of its own on real sockets, a server takes 0.1 s there, and the fifty come from another one.
"""

from pathlib import Path

from tests.bench.classroom import percentile, walk_in_processes
from tests.hard.runner import Runner

LEARNERS = 50


def test_fifty_learners_at_once(runner: Runner, tmp_path: Path, record_property) -> None:
    result = walk_in_processes(runner.up(), LEARNERS, seconds=0, pause=0.3, processes=1)
    assert result.wrong == []
    assert result.walks == LEARNERS
    times = result.all_times
    figures = {f"{share:.0%}": f"{percentile(times, share) * 1000:.0f} ms" for share in (0.5, 0.95, 0.99)}
    record_property("latency", figures)
    print(f"{len(times)} requests: {figures}")
    assert (tmp_path / "runner.log").read_text() == ""
