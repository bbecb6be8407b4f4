"""The current time, and days in Lagos. A use case reads the time once and passes it on as `now`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LAGOS = ZoneInfo("Africa/Lagos")  # where our customers are


def now() -> datetime:
    """The current time in UTC, to the millisecond: MongoDB stores nothing finer."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def lagos_day(moment: datetime) -> date:
    """The day of this moment in Lagos."""
    return moment.astimezone(LAGOS).date()


def get_lagos_day_bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day in Lagos, and the first moment of the next day."""
    start = datetime.combine(day, time(), LAGOS)
    return start, start + timedelta(days=1)


def utc_days(start: datetime, end: datetime) -> tuple[date, date]:
    """The days in UTC that contain these two moments."""
    return start.astimezone(UTC).date(), end.astimezone(UTC).date()


def is_within(moment: datetime | None, start: datetime, end: datetime) -> bool:
    """True from start (included) to end (not included). An unknown moment counts as within."""
    return moment is None or start <= moment < end
