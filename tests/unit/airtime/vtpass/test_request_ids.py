"""VTpass's rules for request ids."""

from datetime import UTC, datetime

import pytest

from airtime.vtpass.request_ids import new_request_id


@pytest.mark.parametrize(
    ("now", "digits"),
    [
        (datetime(2026, 11, 3, 14, 42, tzinfo=UTC), "202611031542"),
        (datetime(2026, 11, 3, 22, 59, 59, tzinfo=UTC), "202611032359"),
        (datetime(2026, 11, 3, 23, 0, tzinfo=UTC), "202611040000"),
        (datetime(2026, 12, 31, 23, 0, tzinfo=UTC), "202701010000"),
        (datetime(2026, 7, 1, 0, 5, tzinfo=UTC), "202607010105"),
    ],
)
def test_a_request_id_begins_with_the_time_in_lagos(now: datetime, digits: str) -> None:
    """Date, hour and minute, an hour ahead of UTC in summer and winter."""
    made = new_request_id(now)

    assert made.startswith(digits)
    assert len(made) == 32
    assert made.isascii()
    assert made.isalnum()
    assert made == made.lower()


def test_request_ids_of_one_moment_differ() -> None:
    """A thousand ids are all different."""
    now = datetime(2026, 11, 3, tzinfo=UTC)

    assert len({new_request_id(now) for _ in range(1000)}) == 1000
