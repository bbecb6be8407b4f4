"""What is done with a purchase beside settlement: what was never sent, and what stays open."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from airtime.clients import NOT_SENT, Answer, PurchaseVerdict
from airtime.purchases import AIRTIME, DATA
from airtime.purchases.kinds import PurchaseCase
from airtime.purchases.targets import REFUSALS
from payflow.kernel.db import atomic
from wallets import debts
from wallets.errors import WalletLocked
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.vendor_objects import objects_of
from wallets.review.services import open_case

_LOCKED = replace(
    NOT_SENT,
    vendor_reason="it was never sent, because the wallet was locked",
    reason="The wallet was locked before the purchase was sent. Your money is back in your wallet.",
)


def find_purchase(reference: str) -> Transaction | None:
    return Transaction.objects(reference=reference, type__in=[AIRTIME, DATA]).first()


def release_unsent(reference: str, now: datetime) -> None:
    """Release a purchase that was never sent. A request that then tries to send it is too late."""
    refusal = REFUSALS[PurchaseVerdict.NOT_SENT]
    _release(reference, NOT_SENT, refusal, ChangeSource.REQUERY, now)


def release_locked(reference: str, now: datetime) -> None:
    """Release a purchase that was not sent because its wallet was locked after the hold."""
    _release(reference, _LOCKED, WalletLocked.code, ChangeSource.API, now)


@atomic
def _release(
    reference: str, answer: Answer, refusal: str, source: ChangeSource, now: datetime
) -> None:
    unsent = Transaction.objects(reference=reference).first()
    is_pending = unsent.status is TransactionStatus.PENDING
    if not is_pending or unsent.vendor_id is not None or objects_of(reference):
        return
    unsent.order.refusal = refusal
    debts.release(
        unsent,
        reason=answer.reason,
        vendor_reason=answer.vendor_reason,
        source=source,
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
