"""What is done with a withdrawal beside settlement: refusals, and the daily limit."""

from __future__ import annotations

from datetime import datetime

from payflow.kernel.db import atomic
from payflow.kernel.errors import VendorRejected
from wallets import debts
from wallets.clients import Transfer
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.vendor_objects import objects_of
from wallets.review.services import open_case
from wallets.withdrawals import limits
from wallets.withdrawals.kinds import WithdrawalCase


@atomic
def settle_refused(reference: str, refusal: VendorRejected, now: datetime) -> None:
    """PENDING -> FAILED: the vendor gave a proven no to the first POST of the transfer.

    If the vendor knows a transfer under the reference, the refusal says nothing about it.
    """
    transaction = Transaction.objects(reference=reference).first()
    if transaction.status is not TransactionStatus.PENDING or objects_of(reference):
        return
    debts.release(
        transaction,
        reason=str(refusal.details["plain"]),
        vendor_reason=refusal.message,
        source=ChangeSource.API,
        now=now,
    )
    limits.return_to_daily_limit(transaction)


def remember_vendor_id(transaction: Transaction, transfer: Transfer) -> None:
    """Store the vendor's id: from now on the transfer is known, and never sent again."""
    Transaction.objects(pk=transaction.pk, vendor_id__exists=False).update_one(
        set__vendor_id=transfer.vendor_id
    )
    transaction.vendor_id = transfer.vendor_id


def report_unknown(transaction: Transaction, now: datetime) -> None:
    """The vendor does not know a transfer that it had acknowledged: wrong keys, another account."""
    open_case(
        WithdrawalCase.NOT_KNOWN_ANY_MORE,
        transaction,
        vendor_id=transaction.vendor_id,
        evidence={"ours_kobo": transaction.amount},
        now=now,
    )
