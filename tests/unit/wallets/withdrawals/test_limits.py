"""The fee, the limits and the day of a withdrawal."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from payflow.kernel.errors import InvariantBroken
from wallets.errors import AmountOutOfRange
from wallets.ledger.holds import DailySum
from wallets.withdrawals.limits import check_amount, get_daily_sum, get_fee_kobo

TIERS = [(5_000_00, 10_75), (50_000_00, 26_88), (None, 53_75)]
RANGE = "Withdraw between 100.00 and 900.00 naira at a time."
KOBO = "Banks take whole naira: leave out the kobo."


@pytest.mark.parametrize(
    "kobo, fee",
    [
        (1, 10_75),
        (5_000_00, 10_75),
        (5_000_01, 26_88),
        (50_000_00, 26_88),
        (50_000_01, 53_75),
        (10**12, 53_75),
    ],
)
def test_the_fee_is_that_of_the_first_tier_which_the_amount_is_within(settings, kobo, fee):
    """The end of a tier belongs to it."""
    settings.WITHDRAWAL_FEE_TIERS = TIERS

    assert get_fee_kobo(kobo) == fee


def test_tiers_without_an_open_end_have_no_fee_for_what_is_above(settings):
    settings.WITHDRAWAL_FEE_TIERS = TIERS[:2]

    assert get_fee_kobo(50_000_00) == 26_88
    with pytest.raises(InvariantBroken, match=r"^the last fee tier has an upper end$"):
        get_fee_kobo(50_000_01)


@pytest.mark.parametrize("kobo", [100_00, 101_00, 900_00])
def test_an_amount_within_the_limits_is_accepted(settings, kobo):
    """Both limits are within."""
    settings.WITHDRAWAL_MIN_KOBO, settings.WITHDRAWAL_MAX_KOBO = 100_00, 900_00

    check_amount(kobo)


@pytest.mark.parametrize(
    "kobo, sentence, details",
    [
        (99_00, RANGE, {"min": "100.00", "max": "900.00"}),
        (99_99, RANGE, {"min": "100.00", "max": "900.00"}),
        (900_01, RANGE, {"min": "100.00", "max": "900.00"}),
        (901_00, RANGE, {"min": "100.00", "max": "900.00"}),
        (0, RANGE, {"min": "100.00", "max": "900.00"}),
        (-200_00, RANGE, {"min": "100.00", "max": "900.00"}),
        (100_01, KOBO, {}),
        (899_99, KOBO, {}),
        (500_50, KOBO, {}),
    ],
)
def test_an_amount_that_cannot_be_sent_is_refused(settings, kobo, sentence, details):
    """The customer reads why; a client gets the limits in naira."""
    settings.WITHDRAWAL_MIN_KOBO, settings.WITHDRAWAL_MAX_KOBO = 100_00, 900_00

    with pytest.raises(AmountOutOfRange) as caught:
        check_amount(kobo)

    assert (caught.value.message, caught.value.details) == (sentence, details)


@pytest.mark.parametrize(
    "moment, day",
    [
        (datetime(2026, 1, 31, 22, 59, 59, tzinfo=UTC), "2026-01-31"),
        (datetime(2026, 1, 31, 23, tzinfo=UTC), "2026-02-01"),
    ],
)
def test_a_withdrawal_counts_on_its_day_in_lagos(settings, moment, day):
    """Lagos is an hour ahead of UTC."""
    settings.WITHDRAWAL_DAILY_KOBO = 7

    assert get_daily_sum(5, moment) == DailySum(day=day, adds_kobo=5, limit_kobo=7)
