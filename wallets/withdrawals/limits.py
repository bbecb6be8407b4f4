"""The limits of a withdrawal, its fee, and the daily limit of a customer."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from payflow.kernel import clock
from payflow.kernel.errors import InvariantBroken
from payflow.kernel.money import KOBO_PER_NAIRA, to_naira_text
from wallets.errors import AmountOutOfRange
from wallets.ledger import holds
from wallets.ledger.documents import Transaction
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


def get_daily_sum(amount_kobo: int, now: datetime) -> DailySum:
    """What a withdrawal that is asked for now adds to today's sum, and the daily limit."""
    return DailySum(
        day=clock.lagos_day(now).isoformat(),
        adds_kobo=amount_kobo,
        limit_kobo=settings.WITHDRAWAL_DAILY_KOBO,
    )


def return_to_daily_limit(transaction: Transaction) -> None:
    """The withdrawal came to nothing, so it no longer counts. Repeating it changes nothing.

    It counted on the day on which it was asked for. That can be the day before its `created_at`,
    which is never earlier than that of the wallet's transaction before it.
    """
    counted = Transaction.objects(pk=transaction.pk, order__is_returned__ne=True)
    if counted.update_one(set__order__is_returned=True):
        _add_to_its_day(transaction, -transaction.amount)


def count_again(transaction: Transaction) -> None:
    """The withdrawal was paid after all, so it counts as before. Repeating it changes nothing."""
    returned = Transaction.objects(pk=transaction.pk, order__is_returned=True)
    if returned.update_one(set__order__is_returned=False):
        _add_to_its_day(transaction, transaction.amount)


def _add_to_its_day(transaction: Transaction, kobo: int) -> None:
    counted_on = transaction.order.counted_on or clock.lagos_day(transaction.created_at).isoformat()
    holds.add_to_daily_sum(transaction.wallet, day=counted_on, adds_kobo=kobo)
