"""Time has one source, and it never goes back."""

from datetime import UTC, datetime

import pytest

from cloudlab.sim.clock import MANUAL_START, ManualClock, WallClock, iso_micro, iso_z, parse_iso


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
