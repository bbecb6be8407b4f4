"""Carrying a withdrawal out: send it once, learn how it ended, capture or release its hold.

    held ── send() ──► may have arrived ── apply_transfer() ──► captured | released
                            └── requery() ──┘

`sent_at` is committed before the vendor is called: from then on the transfer may have
arrived, and is only ever sent again under the same reference, which the vendor takes once.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

from payflow.kernel.db import atomic
from payflow.kernel.errors import OutcomeUnknown, VendorRejected, VendorUnavailable
from payflow.kernel.failpoints import failpoint
from wallets import flutterwave
from wallets.errors import TransactionNotFound
from wallets.ledger import chart, debits
from wallets.ledger.documents import (
    ChangeSource,
    Transaction,
    TransactionStatus,
    TransactionType,
    Wallet,
)
from wallets.review.services import open_case
from wallets.vendors import Transfer, TransferOrder, TransferStatus
from wallets.withdrawals.limits import lagos_day

logger = logging.getLogger(__name__)


def send(*, reference: str, now: datetime) -> None:
    """The vendor has been asked for the transfer, once, and what it said is committed.

    Harmless when repeated: what may have arrived is looked up, not sent again.
    Raises: VendorUnavailable (nothing was done: try again).
    """
    transaction = _pending(reference)
    if transaction is None:
        return
    if transaction.sent_at is not None:
        requery(reference=reference, now=now)
        return
    failpoint("before-claim")
    unsent = Transaction.objects(
        pk=transaction.pk, status=TransactionStatus.PENDING, sent_at__exists=False
    )
    if unsent.update_one(set__sent_at=now):
        _post(transaction, now)


def requery(*, reference: str, now: datetime) -> None:
    """The vendor was asked how the transfer ended, and its answer is committed.

    Sent again, under the same reference, only where the vendor still knows nothing of it
    TRANSFER_RESEND_AFTER_S later: right after an ambiguous POST an empty look-up proves
    nothing. Source: docs/vendors/flutterwave.md, section 4, "Lookups". Raises: VendorUnavailable.
    """
    transaction = _pending(reference)
    if transaction is None:
        return
    if transaction.sent_at is None:
        send(reference=reference, now=now)
        return
    transfer = _look_up(transaction)
    if transfer is not None:
        apply_transfer(transfer, source=ChangeSource.REQUERY, now=now)
    elif transaction.sent_at <= now - timedelta(seconds=settings.TRANSFER_RESEND_AFTER_S):
        failpoint("before-claim")
        again = Transaction.objects(pk=transaction.pk, sent_at=transaction.sent_at)
        if again.update_one(set__sent_at=now):
            _post(transaction, now)


def _pending(reference: str) -> Transaction | None:
    found = Transaction.objects(reference=reference).first()
    is_ours = found is not None and found.type is TransactionType.WITHDRAWAL
    return found if is_ours and found.status is TransactionStatus.PENDING else None


def _look_up(transaction: Transaction) -> Transfer | None:
    client = flutterwave.payouts()
    if transaction.vendor_id:
        return client.find_transfer(transaction.vendor_id)
    return client.find_transfer_by_reference(transaction.reference)


def _post(transaction: Transaction, now: datetime) -> None:
    try:
        transfer = flutterwave.payouts().send_transfer(_order(transaction))
    except VendorUnavailable:
        # Nothing was done, so the next try need not look first.
        Transaction.objects(pk=transaction.pk).update_one(unset__sent_at=1)
        raise
    except VendorRejected as exc:
        _refuse(transaction.reference, exc, now)
    except OutcomeUnknown as exc:
        # The hold stays; the webhook or a requery will tell.
        logger.warning("transfer %s: outcome unknown: %s", transaction.reference, exc)
    else:
        apply_transfer(transfer, source=ChangeSource.API, now=now)


def _order(transaction: Transaction) -> TransferOrder:
    payout = transaction.payout
    return TransferOrder(
        reference=transaction.reference,
        bank_code=payout.bank_code,
        account_number=payout.account_number,
        account_name=payout.account_name,
        amount_kobo=transaction.amount,
        currency=transaction.currency,
        narration=payout.narration,
    )


@atomic
def _refuse(reference: str, refusal: VendorRejected, now: datetime) -> None:
    transaction = Transaction.objects(reference=reference).first()
    if transaction.status is TransactionStatus.PENDING:
        plain, raw = str(refusal.details["plain"]), refusal.message
        _fail(transaction, plain, raw, ChangeSource.API, now)


@atomic
def apply_transfer(transfer: Transfer, *, source: ChangeSource, now: datetime) -> Transaction:
    """The withdrawal that the transfer belongs to, after all that follows is committed.

    States: PENDING -> SUCCESS (captured), PENDING -> FAILED (released). What contradicts a
    final state changes nothing but opens a review case; a transfer that came back after it
    was paid also returns the money by a REVERSAL. Applying the same again changes nothing.
    Raises: TransactionNotFound.
    """
    transaction = Transaction.objects(
        reference=transfer.reference, type=TransactionType.WITHDRAWAL
    ).first()
    if transaction is None:
        raise TransactionNotFound(reference=transfer.reference)
    if transfer.amount_kobo != transaction.amount:
        _open_case("amount_differs", transaction, transfer, now)
    elif transfer.status is TransferStatus.PENDING:
        _adopt(transaction, transfer)
    elif transfer.status is TransferStatus.SUCCESSFUL:
        _paid(transaction, transfer, source, now)
    else:
        _came_back(transaction, transfer, source, now)
    return transaction


def _adopt(transaction: Transaction, transfer: Transfer) -> None:
    """Know the vendor's id from now on."""
    Transaction.objects(pk=transaction.pk, vendor_id__exists=False).update_one(
        set__vendor_id=transfer.vendor_id
    )


def _paid(
    transaction: Transaction, transfer: Transfer, source: ChangeSource, now: datetime
) -> None:
    if transaction.status is TransactionStatus.FAILED:
        _open_case("paid_after_failed", transaction, transfer, now)
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


def _came_back(
    transaction: Transaction, transfer: Transfer, source: ChangeSource, now: datetime
) -> None:
    if transaction.status is TransactionStatus.PENDING:
        _fail(transaction, transfer.reason, transfer.vendor_reason, source, now,
              vendor_id=transfer.vendor_id)  # fmt: skip
    elif transaction.status is TransactionStatus.SUCCESS:
        _open_case("reversed_after_success", transaction, transfer, now)
        reason = "The bank returned the transfer."
        debits.reverse(transaction, reason=reason, source=source, now=now)


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
    # What came back does not count against the day on which it was asked for.
    Wallet.objects(
        pk=transaction.wallet, withdrawn_on=lagos_day(transaction.created_at)
    ).update_one(dec__withdrawn_kobo=transaction.amount)


def _open_case(kind: str, transaction: Transaction, transfer: Transfer, now: datetime) -> None:
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
