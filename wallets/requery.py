"""Asking the vendor how a transaction ended, when no webhook came to say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from payflow.kernel.db import unless_busy
from wallets import flutterwave
from wallets.funding.outcomes import apply_payment, close_unpaid
from wallets.ledger.documents import (
    ChangeSource,
    Transaction,
    TransactionStatus,
    TransactionType,
)
from wallets.vendors import PaymentStatus
from wallets.withdrawals import services as transfers


@dataclass(frozen=True)
class Plan:
    """How one type of transaction is asked about while it is PENDING.

    waits_s: how long after each look the next one comes, the last for ever after; of these
    seconds, REQUERY_BASE_S make a minute. task: takes the `reference` that is due.
    """

    waits_s: tuple[int, ...]
    task: str


# A bank may be hours late. Each app that has debits of its own adds their plans.
_BANKS = Plan((60, 120, 300, 900, 1800, 3600), "wallets.requery")
PLANS: dict[TransactionType, Plan] = {
    TransactionType.FUNDING: _BANKS,
    TransactionType.WITHDRAWAL: _BANKS,
}


def scaled(seconds: int) -> timedelta:
    """A wait of so many seconds, of which REQUERY_BASE_S make a minute."""
    return timedelta(seconds=seconds * settings.REQUERY_BASE_S / 60)


def claim_due(*, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Task and reference of up to limit transactions that are due, claimed for this caller."""
    due = Transaction.objects(next_check_at__lte=now).order_by("next_check_at")
    return [
        (PLANS[transaction.type].task, transaction.reference)
        for transaction in due.only("reference", "type", "checks").limit(limit)
        if _claim(transaction, now)
    ]


def _claim(due: Transaction, now: datetime) -> bool:
    """Whether it is this caller's to look at: of two sweeps at once, one takes it."""
    waits = PLANS[due.type].waits_s
    wait = scaled(waits[min(due.checks, len(waits) - 1)])
    mine = Transaction.objects(pk=due.pk, checks=due.checks, next_check_at__exists=True)
    return bool(unless_busy(lambda: mine.update_one(set__next_check_at=now + wait, inc__checks=1)))


def requery(*, reference: str, now: datetime) -> None:
    """The vendor was asked about the transaction, and its answer is committed.

    Raises: VendorUnavailable.
    """
    transaction = Transaction.objects(reference=reference).only("type").first()
    if transaction is None:
        return
    if transaction.type is TransactionType.FUNDING:
        requery_funding(reference=reference, now=now)
    elif transaction.type is TransactionType.WITHDRAWAL:
        transfers.requery(reference=reference, now=now)


def requery_funding(*, reference: str, now: datetime) -> Transaction | None:
    """The vendor was asked, and its answer is committed.

    Unpaid past its expiry -> FAILED; with a payment that is still pending it stays PENDING.
    A FAILED one may have been paid after all, and is asked about like any other.
    None when there was nothing to ask. Raises: VendorUnavailable.
    """
    transaction = Transaction.objects(reference=reference, type=TransactionType.FUNDING).first()
    if transaction is None or transaction.status is TransactionStatus.SUCCESS:
        return None
    payment = flutterwave.collections().find_payment_by_reference(reference)
    if payment is not None and payment.reference == reference:
        transaction = apply_payment(payment, source=ChangeSource.REQUERY, now=now)
        if payment.status is PaymentStatus.PENDING:
            return transaction
    if transaction.status is TransactionStatus.PENDING and transaction.expires_at <= now:
        reason = "The payment page expired before anything was paid."
        return close_unpaid(
            reference=reference, reason=reason, source=ChangeSource.REQUERY, now=now
        )
    return transaction
