"""Time has one source, and it never goes back."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from cloudlab.sim.clock import (
    MANUAL_START,
    ManualClock,
    SteeredClock,
    Steering,
    WallClock,
    checked_speed,
    iso_micro,
    iso_z,
    parse_iso,
)


def test_a_manual_clock_stands_until_it_is_advanced():
    clock = ManualClock()
    assert clock.now() == clock.now() == MANUAL_START
    clock.advance(1.5)
    clock.sleep(0.5)
    assert (clock.now() - MANUAL_START).total_seconds() == 2.0


def test_a_manual_clock_does_not_go_back():
    with pytest.raises(ValueError, match="does not go back"):
        ManualClock().advance(-1)


def test_the_wall_clock_is_aware_and_utc():
    assert WallClock().now().tzinfo is UTC


def test_times_are_written_as_the_services_write_them():
    moment = datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=UTC)
    assert iso_z(moment) == "2026-01-02T03:04:05Z"
    assert iso_micro(moment) == "2026-01-02T03:04:05.000678"
    assert iso_z(None) is iso_micro(None) is None


@pytest.mark.parametrize("text", ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05", "2026-01-02T12:04:05+09:00"])
def test_times_are_read_with_or_without_a_zone(text):
    assert parse_iso(text) == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


# --- a clock in somebody's hand ---


def steered(**how) -> tuple[ManualClock, SteeredClock]:
    watch = ManualClock()
    clock = SteeredClock(watch)
    clock.follow(clock.steered(**how))
    return watch, clock


def passed(clock) -> float:
    return (clock.now() - MANUAL_START).total_seconds()


def test_a_clock_that_nobody_steers_is_the_one_it_follows():
    watch, clock = steered()
    watch.advance(1 / 3)
    clock.sleep(7)
    assert clock.now() == watch.now()


@pytest.mark.parametrize(("speed", "shown"), [(0.1, 1), (1, 10), (2.5, 25), (100, 1000)])
def test_a_steered_clock_goes_at_its_speed(speed, shown):
    watch, clock = steered(speed=speed)
    watch.advance(10)
    assert passed(clock) == shown


def test_a_paused_clock_stands_and_goes_on_from_there_at_its_old_speed():
    watch, clock = steered(speed=10)
    watch.advance(1)
    clock.follow(clock.steered(paused=True))
    watch.advance(100)
    assert passed(clock) == 10
    clock.follow(clock.steered(paused=False))
    watch.advance(1)
    assert passed(clock) == 20


def test_a_steered_clock_does_not_go_back_when_the_real_time_does():
    class Real:
        moment = MANUAL_START

        def now(self):
            return self.moment

    real = Real()
    clock = SteeredClock(real)
    real.moment += timedelta(seconds=5)
    assert passed(clock) == 5
    real.moment -= timedelta(seconds=3)
    assert passed(clock) == 5
    real.moment -= timedelta(seconds=300)
    assert passed(clock) == 5


def test_only_a_saved_moment_takes_it_back():
    watch, clock = steered()
    watch.advance(100)
    clock.follow(clock.at(MANUAL_START))
    watch.advance(1)
    assert passed(clock) == 1


@pytest.mark.parametrize("speed", [0, -1, 0.09, 100.1, True, None, "1", float("nan"), float("inf"), [1]])
def test_a_bad_speed_is_told_the_range(speed):
    with pytest.raises(ValueError, match=r"0\.1 to 100"):
        checked_speed(speed)


def test_a_steering_is_kept_as_json():
    watch, clock = steered(speed=10, paused=True)
    watch.advance(1)
    kept = json.loads(json.dumps(clock.steering.as_dict()))
    assert Steering.from_dict(kept) == clock.steering
    later = SteeredClock(watch, Steering.from_dict({**kept, "paused": False}))
    assert passed(later) == 10


@pytest.mark.parametrize("wrong", [{"speed": 0}, {"paused": "no"}, {"moment": "soon"}, {"moment": 1}])
def test_what_is_no_steering_is_refused(wrong):
    _, clock = steered()
    with pytest.raises((ValueError, TypeError, AttributeError)):
        Steering.from_dict({**clock.steering.as_dict(), **wrong})
