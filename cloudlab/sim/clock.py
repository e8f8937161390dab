"""Time has one source. Everything else asks a clock for it.

`WallClock` is the real time; `ManualClock` moves only when somebody advances it; `SteeredClock` follows one of them at
its own speed, and can stand still. All give aware UTC datetimes.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from cloudlab.language import said

MANUAL_START = datetime(2026, 1, 1, tzinfo=UTC)
SLOWEST, FASTEST = 0.1, 100.0


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


@dataclass(frozen=True)
class Steering:
    """How a cloud's time follows the real one: it was `moment` when the real time was `real`, and since then it went
    `speed` times as quickly, or (`paused`) not at all.
    """

    moment: datetime
    real: datetime
    speed: float = 1.0
    paused: bool = False

    def at(self, real: datetime) -> datetime:
        """The cloud's time at a real one."""
        if self.paused:
            return self.moment
        passed = real - self.real
        return self.moment + (passed if self.speed == 1 else passed * self.speed)

    def as_dict(self) -> dict[str, Any]:
        """For JSON; `from_dict` reads it."""
        times = {"moment": self.moment.isoformat(), "real": self.real.isoformat()}
        return {**times, "speed": self.speed, "paused": self.paused}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> "Steering":
        """Raises ValueError, KeyError or TypeError for what is no steering."""
        speed, paused = checked_speed(kept["speed"]), kept["paused"]
        if not isinstance(paused, bool):
            raise TypeError(f"paused is {paused!r}")
        return cls(parse_iso(kept["moment"]), parse_iso(kept["real"]), speed, paused)


def checked_speed(speed: object) -> float:
    """The speed as a number. Raises ValueError, which says the range."""
    a_number = isinstance(speed, int | float) and not isinstance(speed, bool)
    if not a_number or not SLOWEST <= speed <= FASTEST:  # type: ignore[operator]
        raise ValueError(
            said(
                "A clock's speed is a number from {slowest} to {fastest}, 1 is real time; this is {given}.",
                slowest=SLOWEST,
                fastest=int(FASTEST),
                given=repr(speed)[:40],
            )
        )
    return float(speed)  # type: ignore[arg-type]


class SteeredClock:
    """A cloud's time in somebody's hand: another clock's, at a speed from SLOWEST to FASTEST, or standing still.

    All that the cloud does goes by it: at 100 × a token ends after 36 s instead of an hour. It never goes back, but to
    the moment of a saved cloud (`follow`): not when the real time is put back, either.
    """

    def __init__(self, base: Clock, steering: Steering | None = None) -> None:
        self._base = base
        self.steering = steering or Steering(base.now(), base.now())
        self._latest = self.steering.moment

    def now(self) -> datetime:
        moment = self.steering.at(self._base.now())
        if moment > self._latest:
            self._latest = moment
        return self._latest

    def sleep(self, seconds: float) -> None:
        """`seconds` of the clock that this one follows."""
        self._base.sleep(seconds)

    def stopwatch(self) -> float:
        """That of the clock that this one follows: how long work takes, no steering changes."""
        return self._base.stopwatch()

    def steered(self, speed: float | None = None, paused: bool | None = None) -> Steering:
        """From now on so; what is None stays. It begins with `follow`. Raises ValueError for a bad speed."""
        wanted = self.steering.speed if speed is None else checked_speed(speed)
        stands = self.steering.paused if paused is None else paused
        return Steering(self.now(), self._base.now(), wanted, stands)

    def at(self, moment: datetime) -> Steering:
        """The same speed from another moment on; also an earlier one, of a cloud that was saved."""
        return replace(self.steering, moment=moment, real=self._base.now())

    def follow(self, steering: Steering) -> None:
        """Go on like this."""
        self.steering, self._latest = steering, steering.moment


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
