"""What is done with a purchase beside settlement: what was never sent, and what stays open."""

from __future__ import annotations

from datetime import datetime

from airtime.clients import NOT_SENT, Answer, PurchaseVerdict
from airtime.purchases import AIRTIME, DATA
from airtime.purchases.kinds import PurchaseCase
from airtime.purchases.targets import REFUSALS
from payflow.kernel.db import atomic
from wallets.ledger import debits
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.vendor_objects import objects_of
from wallets.review.services import open_case


def find_purchase(reference: str) -> Transaction | None:
    return Transaction.objects(reference=reference, type__in=[AIRTIME, DATA]).first()


@atomic
def release_unsent(reference: str, now: datetime) -> None:
    """Release a purchase that was never sent. A request that then tries to send it is too late."""
    unsent = Transaction.objects(reference=reference).first()
    is_pending = unsent.status is TransactionStatus.PENDING
    if not is_pending or unsent.vendor_id is not None or objects_of(reference):
        return
    unsent.order.refusal = REFUSALS[PurchaseVerdict.NOT_SENT]
    debits.release(
        unsent,
        reason=NOT_SENT.reason,
        vendor_reason=NOT_SENT.vendor_reason,
        source=ChangeSource.REQUERY,
        now=now,
        order=unsent.order,
    )


def open_purchase_case(
    kind: PurchaseCase, transaction: Transaction, answer: Answer, now: datetime
) -> None:
    open_case(
        kind,
        transaction,
        vendor_id=transaction.vendor_id or "",
        evidence={
            "ours_kobo": transaction.amount,
            "theirs_kobo": answer.amount_kobo,
            "debited_kobo": answer.debited_kobo,
            "vendor_status": answer.verdict.value,
            "vendor_reason": answer.vendor_reason,
        },
        now=now,
    )
