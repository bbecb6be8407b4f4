from datetime import UTC, datetime

import pytest

from dev.sandbox.vtpass.codes import Refused
from dev.sandbox.vtpass.request_ids import BAD_DATE, NO_DATE, NOT_TODAY, check_request_id

# Already the third of November in Lagos.
NOW = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize("request_id", ["202611030030", "202611032359k7f3Q9", "202611030000" * 5])
def test_todays_date_in_lagos_is_taken(request_id):
    """Twelve digits of today's date and any time of it, then letters and digits of any length."""
    check_request_id(request_id, now=NOW)


@pytest.mark.parametrize(
    ("request_id", "text"),
    [
        ("20261103003", NO_DATE),
        ("REQ-abcdefghijkl", NO_DATE),
        ("2026-11-03T00:30", BAD_DATE),
        ("202613030030", BAD_DATE),
        ("202611032460", BAD_DATE),
        ("20261103abcdef", BAD_DATE),
        ("202611030030-abc", BAD_DATE),
        ("202611030030é", BAD_DATE),
        ("202611022330abcd", NOT_TODAY),
        ("202611040030abcd", NOT_TODAY),
    ],
)
def test_another_date_is_refused_in_one_of_three_texts(request_id, text):
    """No date, a date that is none, and a date that is not today's are told apart."""
    with pytest.raises(Refused) as refused:
        check_request_id(request_id, now=NOW)

    assert (refused.value.code, refused.value.message) == ("085", text)
