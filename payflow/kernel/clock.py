"""The time, asked once at the edge of a use case and passed in from there."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time in UTC, to the millisecond: MongoDB keeps no more."""
    at = datetime.now(UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
