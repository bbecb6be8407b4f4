"""What the vendor's answer does to a purchase: capture its hold, release it, or open a case.

PENDING ── delivered ─────────► SUCCESS ── reversed ──► a REVERSAL returns the money
   └────── failed, refused ───► FAILED  ── delivered ─► a person decides
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from airtime.clients import NOT_SENT, Answer, PurchaseVerdict
from airtime.purchases import AIRTIME, DATA, chart
from airtime.purchases.kinds import PurchaseCase
from payflow.kernel.db import atomic
from wallets.errors import WalletLocked
from wallets.flows import scale_wait
from wallets.ledger import debits
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.review.services import open_case

# After this time a review case is opened. A hold is never released because of its age.
_HAND_OVER_AFTER_S = 86_400
# "We do not know this request" counts only this long after the purchase was sent, and only if
# it is said twice. Source: docs/vendors/vtpass.md, section 4, "Our policy".
_ABSENT_AFTER_S = 600
_ABSENCES = 2

# The verdicts that end a purchase without delivery, and the error code that the customer gets.
REFUSALS = {
    PurchaseVerdict.REFUSED: "purchase_refused",
    PurchaseVerdict.DUPLICATE: "purchase_refused",
    PurchaseVerdict.FAILED: "purchase_failed",
    PurchaseVerdict.REVERSED: "purchase_failed",
    PurchaseVerdict.NOT_SENT: "vendor_unavailable",
    PurchaseVerdict.OUR_FAULT: "vendor_unavailable",
    PurchaseVerdict.NO_FLOAT: "vendor_low_balance",
    PurchaseVerdict.BAD_REQUEST_ID: "vendor_unavailable",
}
_LOCKED = replace(
    NOT_SENT,
    vendor_reason="it was never sent, because the wallet was locked",
    reason="The wallet was locked before the purchase was sent. Your money is back in your wallet.",
)
_TAKEN_BACK = (PurchaseVerdict.REVERSED, PurchaseVerdict.FAILED)


def find_purchase(reference: str) -> Transaction | None:
    return Transaction.objects(reference=reference, type__in=[AIRTIME, DATA]).first()


def settle_delivered(
    transaction: Transaction, answer: Answer, source: ChangeSource, now: datetime
) -> None:
    if transaction.status is TransactionStatus.FAILED:
        open_purchase_case(PurchaseCase.DELIVERED_AFTER_FAILED, transaction, answer, now)
    elif transaction.status is TransactionStatus.PENDING:
        cost_kobo = _get_cost_kobo(transaction, answer, now)
        debits.capture(
            transaction,
            shares=[
                (chart.PAYABLE_VTPASS, cost_kobo),
                (chart.INCOME_COMMISSION, transaction.amount - cost_kobo),
            ],
            source=source,
            now=now,
        )


def settle_not_delivered(
    transaction: Transaction, answer: Answer, source: ChangeSource, now: datetime
) -> None:
    if transaction.status is TransactionStatus.PENDING:
        _release(transaction, answer, source, now)
    elif transaction.status is TransactionStatus.SUCCESS and answer.verdict in _TAKEN_BACK:
        open_purchase_case(PurchaseCase.REVERSED_AFTER_SUCCESS, transaction, answer, now)
        reason = "The network took the purchase back."
        debits.reverse(transaction, reason=reason, source=source, now=now)
    elif transaction.status is TransactionStatus.SUCCESS:
        open_purchase_case(PurchaseCase.REFUSED_AFTER_SUCCESS, transaction, answer, now)


def count_absence(
    transaction: Transaction, answer: Answer, source: ChangeSource, now: datetime
) -> None:
    """Release a purchase that the vendor does not know, once it has said so often enough.

    Too early it proves nothing: the question may have overtaken the purchase.
    """
    too_early = transaction.sent_at > now - scale_wait(_ABSENT_AFTER_S)
    if transaction.status is not TransactionStatus.PENDING or too_early:
        return
    transaction.order.absences += 1
    Transaction.objects(pk=transaction.pk).update_one(inc__order__absences=1)
    if transaction.order.absences >= _ABSENCES:
        never_sent = replace(answer, verdict=PurchaseVerdict.NOT_SENT)
        _release(transaction, never_sent, source, now)


@atomic
def release_unsent(reference: str, now: datetime) -> None:
    """Release a purchase that was never sent. A request that then tries to send it is too late."""
    unsent = Transaction.objects(reference=reference).first()
    if unsent.status is TransactionStatus.PENDING and unsent.vendor_id is None:
        _release(unsent, NOT_SENT, ChangeSource.REQUERY, now)


@atomic
def release_locked(reference: str, now: datetime) -> None:
    """Release a purchase that was not sent because its wallet was locked after the hold."""
    unsent = Transaction.objects(reference=reference).first()
    if unsent.status is TransactionStatus.PENDING and unsent.vendor_id is None:
        _release(unsent, _LOCKED, ChangeSource.API, now, refusal=WalletLocked.code)


@atomic
def hand_over_if_old(transaction: Transaction, last_word: str, now: datetime) -> None:
    """After a day of requeries, stop asking and open a review case."""
    too_young = transaction.created_at > now - scale_wait(_HAND_OVER_AFTER_S)
    if transaction.status is not TransactionStatus.PENDING or too_young:
        return
    Transaction.objects(pk=transaction.pk, status=TransactionStatus.PENDING).update_one(
        unset__next_check_at=1
    )
    open_case(
        PurchaseCase.OUTCOME_UNKNOWN,
        transaction,
        vendor_id=transaction.vendor_id,
        evidence={"ours_kobo": transaction.amount, "vendor_reason": last_word},
        now=now,
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


def _get_cost_kobo(transaction: Transaction, answer: Answer, now: datetime) -> int:
    """What the vendor took from our float. The rest of the price is our commission."""
    if answer.amount_kobo not in (None, transaction.amount):
        open_purchase_case(PurchaseCase.AMOUNT_DIFFERS, transaction, answer, now)
    if answer.debited_kobo is not None and 0 < answer.debited_kobo <= transaction.amount:
        return answer.debited_kobo
    open_purchase_case(PurchaseCase.DEBIT_UNCLEAR, transaction, answer, now)
    return int(transaction.amount)


def _release(
    transaction: Transaction,
    answer: Answer,
    source: ChangeSource,
    now: datetime,
    *,
    refusal: str = "",
) -> None:
    transaction.order.refusal = refusal or REFUSALS[answer.verdict]
    debits.release(
        transaction,
        reason=answer.reason,
        vendor_reason=answer.vendor_reason,
        source=source,
        now=now,
        order=transaction.order,
    )
