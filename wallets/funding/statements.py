"""What Flutterwave says afterwards about payments, refunds and chargebacks, for reconciliation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import TypeVar

from payflow.kernel import clock
from wallets.clients import (
    Chargeback,
    ChargebackStatus,
    Payment,
    Refund,
    RefundStatus,
    UnreadableRow,
)
from wallets.flows import Statement, StatementSource
from wallets.funding import services, vendor
from wallets.ledger.documents import ChangeSource
from wallets.ledger.vendor_objects import ObjectKind, VendorObject

Row = TypeVar("Row", Payment, Refund, Chargeback)
_SOURCE = ChangeSource.RECONCILE


def of_refund(refund: Refund, now: datetime) -> Statement:
    return Statement(
        vendor_id=refund.vendor_id,
        reference=refund.payment_id,
        status=refund.status.value,
        has_moved=refund.status is RefundStatus.COMPLETED,
        may_move=refund.status is RefundStatus.PENDING,
        amount=refund.amount_kobo,
        apply=lambda: services.apply_refund(refund, source=_SOURCE, now=now),
    )


def of_chargeback(chargeback: Chargeback, now: datetime) -> Statement:
    return Statement(
        vendor_id=chargeback.vendor_id,
        reference=chargeback.payment_id,
        status=chargeback.status.value,
        has_moved=chargeback.status is ChargebackStatus.LOST,
        may_move=chargeback.status is ChargebackStatus.OPEN,
        amount=chargeback.amount_kobo,
        apply=lambda: services.apply_chargeback(chargeback, source=_SOURCE, now=now),
    )


def list_payments(*, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
    """Raises: VendorUnavailable."""
    return _within(vendor.client().list_payments(*_days(start, end)), _of_payment, start, end, now)


def list_refunds(*, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
    """Raises: VendorUnavailable."""
    return _within(vendor.client().list_refunds(*_days(start, end)), of_refund, start, end, now)


def list_chargebacks(*, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
    """Raises: VendorUnavailable."""
    listed = vendor.client().list_chargebacks(*_days(start, end))
    return _within(listed, of_chargeback, start, end, now)


def find_payment(*, known: VendorObject, now: datetime) -> Statement | None:
    """Raises: VendorUnavailable."""
    payment = vendor.client().find_payment(known.vendor_id)
    return None if payment is None else services.statement(payment, now=now)


def find_refund(*, known: VendorObject, now: datetime) -> Statement | None:
    """Raises: VendorUnavailable."""
    refund = vendor.client().find_refund(known.vendor_id)
    return None if refund is None else of_refund(refund, now)


def find_chargeback(*, known: VendorObject, now: datetime) -> Statement | None:
    """Raises: VendorUnavailable."""
    chargeback = vendor.client().find_chargeback(known.vendor_id)
    return None if chargeback is None else of_chargeback(chargeback, now)


def _of_payment(payment: Payment, now: datetime) -> Statement:
    return services.statement(payment, now=now)


def _days(start: datetime, end: datetime) -> tuple[date, date]:
    return clock.utc_days(start, end)  # Assumed: the vendor counts its days in UTC.


def _within(
    rows: Iterator[Row | UnreadableRow],
    describe: Callable[[Row, datetime], Statement],
    start: datetime,
    end: datetime,
    now: datetime,
) -> Iterator[Statement]:
    """The rows of this time; and those whose time cannot be read, because nobody else has them."""
    for row in rows:
        if isinstance(row, UnreadableRow):
            yield Statement.unreadable(row.vendor_id, f"{row.problem}: {row.row}")
        elif row.created_at is None or clock.is_within(row.created_at, start, end):
            yield describe(row, now)


SOURCES = (
    StatementSource(
        name="flutterwave payments",
        kind=ObjectKind.PAYMENT,
        list=list_payments,
        find=find_payment,
    ),
    StatementSource(
        name="flutterwave refunds", kind=ObjectKind.REFUND, list=list_refunds, find=find_refund
    ),
    StatementSource(
        name="flutterwave chargebacks",
        kind=ObjectKind.CHARGEBACK,
        list=list_chargebacks,
        find=find_chargeback,
    ),
)
