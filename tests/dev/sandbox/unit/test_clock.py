from datetime import UTC, datetime, timedelta, timezone

from dev.sandbox.clock import Clock, timestamp


def test_timestamps_are_utc_with_milliseconds():
    """A time in any zone is written in UTC, with milliseconds and Z."""
    lagos = timezone(timedelta(hours=1))

    text = timestamp(datetime(2025, 3, 14, 10, 21, 7, tzinfo=lagos))

    assert text == "2025-03-14T09:21:07.000Z"


def test_the_clock_moves_forward_and_back_to_the_present():
    """Advancing shifts now by that much; a reset takes the shift away."""
    clock = Clock()

    clock.advance(3_600)
    ahead = clock.now() - datetime.now(UTC)
    clock.reset()

    assert timedelta(minutes=59) < ahead <= timedelta(hours=1)
    assert clock.now() - datetime.now(UTC) <= timedelta()
