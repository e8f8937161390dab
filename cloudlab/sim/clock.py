"""Time has one source. Everything else asks a clock for it.

`WallClock` is the real time; `ManualClock` moves only when somebody advances it. Both give aware UTC datetimes.
"""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol

MANUAL_START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock(Protocol):
    """What the cloud and the learner's side need of time."""

    def now(self) -> datetime: ...

    def sleep(self, seconds: float) -> None: ...

    def stopwatch(self) -> float:
        """Seconds from some moment on: the difference of two says how long something took."""
        ...


class WallClock:
    """The computer's clock. The only place that really sleeps."""

    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def stopwatch(self) -> float:
        return time.perf_counter()


class ManualClock:
    """A clock that stands still until it is advanced: the same inputs give the same timestamps."""

    def __init__(self, start: datetime = MANUAL_START) -> None:
        self._now = start

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move forward by `seconds` (never backward)."""
        if seconds < 0:
            raise ValueError(f"time does not go back: {seconds}")
        self._now += timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        self.advance(seconds)

    def stopwatch(self) -> float:
        return self._now.timestamp()


def iso_z(moment: datetime | None) -> str | None:
    """`2026-01-01T00:00:00Z`, as nova, glance and neutron write a time."""
    return None if moment is None else moment.isoformat()[:19] + "Z"


def iso_micro(moment: datetime | None) -> str | None:
    """`2026-01-01T00:00:00.000000`, as cinder and nova's extended attributes write a time."""
    return None if moment is None else moment.isoformat(timespec="microseconds")[:26]


def parse_iso(text: str) -> datetime:
    """Read an ISO 8601 time; one without a zone is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
