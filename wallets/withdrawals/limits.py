"""The limits of a withdrawal, its fee, and the daily limit of a customer."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from payflow.kernel import clock
from payflow.kernel.errors import InvariantBroken
from payflow.kernel.money import KOBO_PER_NAIRA, to_naira_text
from wallets.errors import AmountOutOfRange, DailyLimitReached
from wallets.ledger.documents import Wallet
from wallets.ledger.holds import DailySum


def get_fee_kobo(amount_kobo: int) -> int:
    """The fee of a withdrawal of this amount, on top of it."""
    for upto, fee in settings.WITHDRAWAL_FEE_TIERS:
        if upto is None or amount_kobo <= upto:
            return int(fee)
    raise InvariantBroken("the last fee tier has an upper end")


def check_amount(amount_kobo: int) -> None:
    """Raises: AmountOutOfRange."""
    least, most = settings.WITHDRAWAL_MIN_KOBO, settings.WITHDRAWAL_MAX_KOBO
    if not least <= amount_kobo <= most:
        raise AmountOutOfRange(
            f"Withdraw between {to_naira_text(least)} and {to_naira_text(most)} naira at a time.",
            min=to_naira_text(least),
            max=to_naira_text(most),
        )
    # Assumed: whether the vendor takes kobo is not known.
    # Source: docs/vendors/flutterwave.md, section 4.
    if amount_kobo % KOBO_PER_NAIRA:
        raise AmountOutOfRange("Banks take whole naira: leave out the kobo.")


def add_to_daily_sum(wallet: Wallet, amount_kobo: int, now: datetime) -> DailySum:
    """Today's withdrawals with this one. Raises: DailyLimitReached, with what is left today."""
    today = clock.lagos_day(now).isoformat()
    before = wallet.withdrawn_kobo if wallet.withdrawn_on == today else 0
    left = settings.WITHDRAWAL_DAILY_KOBO - before
    if amount_kobo > left:
        raise DailyLimitReached(
            limit=to_naira_text(settings.WITHDRAWAL_DAILY_KOBO), left=to_naira_text(max(left, 0))
        )
    return DailySum(day=today, kobo=before + amount_kobo)
