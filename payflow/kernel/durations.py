"""Lengths of time as people write them (30m, 2d) and read them (3 minutes, in 2 hours)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_WRITTEN = re.compile(r"(\d{1,5})([smhd])")
_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
# The smallest length that is written in each unit: "90 minutes" says more than "1 hour".
_NAMES = ((2 * 86_400, 86_400, "day"), (2 * 3600, 3600, "hour"), (2 * 60, 60, "minute"))


class DurationInvalid(ValueError):
    """The text is not a number and one of s, m, h, d."""


def parse_duration(text: str) -> timedelta:
    """30m, 1h, 2d, 90s. Raises: DurationInvalid."""
    found = _WRITTEN.fullmatch(text.strip().lower())
    if found is None:
        raise DurationInvalid(f"{text!r} is not a duration such as 90s, 30m, 1h or 2d")
    return timedelta(seconds=int(found[1]) * _UNITS_S[found[2]])


def format_duration(length: timedelta) -> str:
    """The length in one unit, rounded down: '3 minutes', '90 minutes', '2 days'."""
    seconds = int(abs(length.total_seconds()))
    for least_s, unit_s, name in _NAMES:
        if seconds >= least_s:
            return f"{seconds // unit_s} {name}s"
    return f"{seconds} second" + ("" if seconds == 1 else "s")


def format_distance(moment: datetime, now: datetime) -> str:
    """'in 3 minutes', 'now' or '3 minutes ago'."""
    length = moment - now
    if abs(length) < timedelta(seconds=1):
        return "now"
    words = format_duration(length)
    return f"in {words}" if length > timedelta() else f"{words} ago"
