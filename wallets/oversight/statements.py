"""The vendors' own lists, as reconciliation reads them: what they say happened on a day.

Each source applies what it is told on the way, through the services that webhooks and requeries
use: reconciliation heals first, and reports what then still differs.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from wallets import flutterwave
from wallets.errors import TransactionNotFound
from wallets.funding.outcomes import apply_payment
from wallets.ledger.documents import (
    ChangeSource,
    Transaction,
    TransactionStatus,
    TransactionType,
)
from wallets.vendors import Payment, PaymentStatus, Transfer, TransferStatus
from wallets.withdrawals.services import apply_transfer


@dataclass(frozen=True)
class Statement:
    """One movement, as its vendor tells it afterwards. `reference` is ours, as they keep it."""

    reference: str
    vendor_id: str
    status: TransactionStatus
    kobo: int


class StatementSource(Protocol):
    """One vendor's word on one kind of movement."""

    name: str
    types: frozenset[TransactionType]

    def of_day(self, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
        """What the vendor lists between two moments, each applied before it is yielded.

        Nothing where the vendor has no list. Raises: VendorUnavailable.
        """
        ...

    def of_transaction(self, transaction: Transaction, now: datetime) -> Statement | None:
        """The vendor's word on one of ours; None where it knows of none.

        Raises: VendorUnavailable.
        """
        ...


_PAYMENTS = {
    PaymentStatus.SUCCESSFUL: TransactionStatus.SUCCESS,
    PaymentStatus.FAILED: TransactionStatus.FAILED,
    PaymentStatus.PENDING: TransactionStatus.PENDING,
}
_TRANSFERS = {
    TransferStatus.SUCCESSFUL: TransactionStatus.SUCCESS,
    TransferStatus.FAILED: TransactionStatus.FAILED,
    TransferStatus.PENDING: TransactionStatus.PENDING,
}


class Payments:
    """Money in, by Flutterwave's list of transactions."""

    name = "flutterwave payments"
    types = frozenset({TransactionType.FUNDING})

    def of_day(self, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
        client = flutterwave.collections()
        for payment in client.list_payments(*_days(start, end)):
            if _within(payment.created_at, start, end):
                yield self._applied(payment, now)

    def of_transaction(self, transaction: Transaction, now: datetime) -> Statement | None:
        payment = flutterwave.collections().find_payment(transaction.vendor_id)
        return None if payment is None else self._applied(payment, now)

    def _applied(self, payment: Payment, now: datetime) -> Statement:
        with suppress(TransactionNotFound):
            apply_payment(payment, source=ChangeSource.RECONCILE, now=now)
        return Statement(
            payment.reference,
            payment.vendor_id,
            _PAYMENTS[payment.status],
            payment.amount_kobo,
        )


class Transfers:
    """Money out, by Flutterwave's list of transfers."""

    name = "flutterwave transfers"
    types = frozenset({TransactionType.WITHDRAWAL})

    def of_day(self, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
        for transfer in flutterwave.payouts().list_transfers(*_days(start, end)):
            if _within(transfer.created_at, start, end):
                yield self._applied(transfer, now)

    def of_transaction(self, transaction: Transaction, now: datetime) -> Statement | None:
        transfer = flutterwave.payouts().find_transfer(transaction.vendor_id)
        return None if transfer is None else self._applied(transfer, now)

    def _applied(self, transfer: Transfer, now: datetime) -> Statement:
        with suppress(TransactionNotFound):
            apply_transfer(transfer, source=ChangeSource.RECONCILE, now=now)
        return Statement(
            transfer.reference,
            transfer.vendor_id,
            _TRANSFERS[transfer.status],
            transfer.amount_kobo,
        )


def _days(start: datetime, end: datetime) -> tuple[date, date]:
    """The vendor's days that a day of ours touches. Assumed: it counts them in UTC."""
    return start.astimezone(UTC).date(), end.astimezone(UTC).date()


def _within(moment: datetime | None, start: datetime, end: datetime) -> bool:
    """Whether it belongs to the day; what has no readable time is looked at all the same."""
    return moment is None or start <= moment < end
