"""What a transfer does to its withdrawal: capture the hold, release it, or open a review case.

Every function but settle_refused() runs inside the atomic block of services.apply().
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from payflow.kernel.db import atomic
from payflow.kernel.errors import VendorRejected
from wallets.clients import Transfer
from wallets.ledger import chart, debits
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.review.services import open_case
from wallets.withdrawals import limits
from wallets.withdrawals.kinds import WithdrawalCase


def remember_vendor_id(transaction: Transaction, transfer: Transfer) -> None:
    """Store the vendor's id, if none is stored yet."""
    Transaction.objects(pk=transaction.pk, vendor_id__exists=False).update_one(
        set__vendor_id=transfer.vendor_id
    )


def settle_paid(
    transaction: Transaction, transfer: Transfer, source: ChangeSource, now: datetime
) -> None:
    """The transfer succeeded."""
    if transaction.status is TransactionStatus.FAILED:
        _open_case(WithdrawalCase.PAID_AFTER_FAILED, transaction, transfer, now)
    elif transaction.status is TransactionStatus.PENDING:
        debits.capture(
            transaction,
            shares=[
                (chart.PAYABLE_BANK_TRANSFER, transaction.amount),
                (chart.INCOME_FEES, transaction.fee),
            ],
            source=source,
            now=now,
            vendor_id=transfer.vendor_id,
        )


def settle_returned(
    transaction: Transaction, transfer: Transfer, source: ChangeSource, now: datetime
) -> None:
    """The transfer failed, before or after it was paid."""
    if transaction.status is TransactionStatus.PENDING:
        _fail(
            transaction,
            transfer.reason,
            transfer.vendor_reason,
            source,
            now,
            vendor_id=transfer.vendor_id,
        )
    elif transaction.status is TransactionStatus.SUCCESS:
        _open_case(WithdrawalCase.REVERSED_AFTER_SUCCESS, transaction, transfer, now)
        reason = "The bank returned the transfer."
        if debits.reverse(transaction, reason=reason, source=source, now=now):
            limits.return_to_daily_limit(transaction)


@atomic
def settle_refused(reference: str, refusal: VendorRejected, now: datetime) -> None:
    """The vendor gave a final no to the transfer's POST."""
    transaction = Transaction.objects(reference=reference).first()
    if transaction.status is TransactionStatus.PENDING:
        plain, raw = str(refusal.details["plain"]), refusal.message
        _fail(transaction, plain, raw, ChangeSource.API, now)


def report_amount(transaction: Transaction, transfer: Transfer, now: datetime) -> None:
    """The vendor names another amount: a person decides."""
    _open_case(WithdrawalCase.AMOUNT_DIFFERS, transaction, transfer, now)


def _fail(
    transaction: Transaction,
    reason: str,
    vendor_reason: str,
    source: ChangeSource,
    now: datetime,
    **fields: Any,
) -> None:
    debits.release(
        transaction, reason=reason, vendor_reason=vendor_reason, source=source, now=now, **fields
    )
    limits.return_to_daily_limit(transaction)


def _open_case(
    kind: WithdrawalCase, transaction: Transaction, transfer: Transfer, now: datetime
) -> None:
    open_case(
        kind,
        transaction,
        vendor_id=transfer.vendor_id,
        evidence={
            "ours_kobo": transaction.amount,
            "theirs_kobo": transfer.amount_kobo,
            "vendor_status": transfer.status.value,
            "vendor_reason": transfer.vendor_reason,
        },
        now=now,
    )
