"""Lengths of time, as people write and read them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from payflow.kernel.durations import (
    DurationInvalid,
    format_distance,
    format_duration,
    parse_duration,
)


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        ("1h", timedelta(hours=1)),
        (" 2D ", timedelta(days=2)),
    ],
)
def test_a_number_with_its_unit_is_a_duration(text: str, length: timedelta) -> None:
    """Seconds, minutes, hours and days."""
    assert parse_duration(text) == length


@pytest.mark.parametrize("text", ["", "1", "h", "1w", "-1h", "1.5h", "1h30m", "999999d"])
def test_anything_else_is_refused(text: str) -> None:
    """One number and one unit, and no more digits than a date can bear."""
    with pytest.raises(DurationInvalid):
        parse_duration(text)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=119), "119 seconds"),
        (timedelta(minutes=2, seconds=59), "2 minutes"),
        (timedelta(minutes=119), "119 minutes"),
        (timedelta(hours=47), "47 hours"),
        (timedelta(days=3, hours=5), "3 days"),
    ],
)
def test_a_duration_is_written_in_one_unit(length: timedelta, words: str) -> None:
    """A larger unit takes over from two of it on."""
    assert format_duration(length) == words


def test_a_moment_is_before_or_after_now() -> None:
    """'in' and 'ago' say on which side of now it is."""
    now = datetime(2026, 1, 31, tzinfo=UTC)

    assert format_distance(now + timedelta(minutes=3), now) == "in 3 minutes"
    assert format_distance(now - timedelta(hours=2), now) == "2 hours ago"
    assert format_distance(now, now) == "now"
