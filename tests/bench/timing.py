"""Measure: medians over repetitions, in milliseconds, and the memory of a process tree."""

import json
import statistics
import time
from collections.abc import Callable
from http.client import HTTPConnection
from typing import Any

import psutil


def median_ms(act: Callable[[], Any], times: int) -> float:
    """The median duration of `act`, in ms, after three unmeasured rounds."""
    for _ in range(3):
        act()
    return statistics.median(_seconds(act) for _ in range(times)) * 1000


def side_by_side(*acts: Callable[[], Any], times: int, rounds: int = 10) -> list[float]:
    """The median of each act in ms, measured by turns: what else the machine does meanwhile meets them all."""
    found: list[list[float]] = [[] for _ in acts]
    for _ in range(rounds):
        for act, seconds in zip(acts, found, strict=True):
            act()
            seconds += [_seconds(act) for _ in range(max(1, times // rounds))]
    return [statistics.median(seconds) * 1000 for seconds in found]


def _seconds(act: Callable[[], Any]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def best_seconds(act: Callable[[], Any], times: int) -> float:
    """The median of a slow act in seconds; the first round, on a cold disk, is not counted."""
    act()
    return statistics.median(_seconds(act) for _ in range(times))


def mebibytes(pid: int) -> float:
    """Resident memory of a process and its children."""
    process = psutil.Process(pid)
    return sum(p.memory_info().rss for p in (process, *process.children(recursive=True))) / 2**20


class Wire:
    """One kept connection to a port of this machine: the same client for both clouds."""

    def __init__(self, port: int, headers: dict[str, str]) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self._headers = headers

    def ask(self, method: str, path: str, body: Any = None, expect: int = 200) -> bytes:
        """The body of the answer; AssertionError for any other status than expected."""
        data = json.dumps(body) if isinstance(body, dict) else body
        self._connection.request(method, path, data, self._headers)
        answer = self._connection.getresponse()
        content = answer.read()
        if answer.status != expect:
            raise AssertionError(f"{method} {path}: {answer.status} {content[:300]!r}")
        return content

    def close(self) -> None:
        self._connection.close()
