"""Days and times in filters."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from tests.support.people import Customer
from wallets.ledger.documents import Transaction

PATH = "/wallet/transactions"


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("date_to", "9999-12-31", 1),
        ("date_from", "9999-12-31", 0),
        ("date_from", "0001-01-01", 1),
        ("date_to", "0001-01-01", 0),
        ("date_from", "0001-01-01T00:00:00+14:00", 1),
        ("date_to", "0001-01-01T00:00:00+14:00", 0),
        ("date_to", "9999-12-31T23:59:59.999999-14:00", 1),
        ("date_from", "9999-12-31T23:59:59.999999-14:00", 0),
    ],
)
def test_the_ends_of_the_calendar_are_answered(
    rich: Customer, name: str, value: str, found: int
) -> None:
    """With a page that has what is within."""
    answer = rich.get(PATH, **{name: value})

    assert answer.status_code == 200
    assert len(answer.json()["results"]) == found


@pytest.mark.parametrize(
    "value",
    [
        "20261125",
        "2026-W05-1",
        "2026W051",
        "2026-11-5",
        "٢٠٢٦-١١-٢٥",
        "2026-11-25 10:00",
        "",
        "1",
        "20261125T100000",
        "2026-11-25T",
        "2026-11-25T10",
        "2026-11-25T25:00",
        "2026-02-30",
        "2026-11-25T10:00:00+99:99",
        "0000-01-01",
        "2026-11-25\n",
    ],
    ids=repr,
)
def test_another_spelling_of_a_day_is_refused(rich: Customer, value: str) -> None:
    """It could be read in two ways; the sentence shows how to write it."""
    for name in ("date_from", "date_to"):
        answer = rich.get(PATH, **{name: value})

        assert answer.status_code == 400
        assert "2026-01-31" in answer.json()["error"]["details"][name][0]


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        (datetime(2026, 1, 24, 23, 30, tzinfo=UTC), "2026-01-25"),  # 00:30 in Lagos
        (datetime(2026, 1, 25, 22, 59, tzinfo=UTC), "2026-01-25"),
        (datetime(2026, 1, 25, 23, 0, tzinfo=UTC), "2026-01-26"),
    ],
)
def test_a_day_is_a_day_in_lagos(rich: Customer, moment: datetime, day: str) -> None:
    """A payment half an hour after midnight in Lagos is in the new day, and in no other."""
    Transaction.objects(wallet=rich.wallet.pk).update(set__created_at=moment)

    def found(on: str) -> int:
        return len(rich.get(PATH, date_from=on, date_to=on).json()["results"])

    days = ["2026-01-24", "2026-01-25", "2026-01-26"]
    assert {on: found(on) for on in days} == {on: int(on == day) for on in days}
