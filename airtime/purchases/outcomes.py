"""How a purchase ended: what the vendor says is applied once, whoever heard it and how often.

PENDING ── delivered ─────────► SUCCESS ── reversed ──► a REVERSAL returns the money
   └────── failed, refused ───► FAILED  ── delivered ─► a person decides
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from airtime import vtpass
from airtime.availability import CIRCUIT
from airtime.vendors import Answer, PurchaseVerdict
from payflow.kernel.db import atomic
from payflow.kernel.errors import VendorUnavailable
from wallets.ledger import chart, debits
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.requery import Plan, scaled
from wallets.review.services import open_case

# The first look comes FIRST_LOOK_S after the call, the next ones after these waits.
FIRST_LOOK_S = 10
PLAN = Plan((30, 60, 120, 300, 900, 1800, 3600), "airtime.requery")
# From then on a person has to find out; age alone never gives money back.
_GIVE_UP_AFTER_S = 86_400
# "We know no such request" counts only so long after it was sent, and only when said twice.
# Source: docs/vendors/vtpass.md, section 4, "Our policy".
_ABSENT_AFTER_S = 600
_ABSENCES = 2

# What the customer is told where a debit comes to nothing, by the API's code for it. Verdicts
# that are not here decide nothing.
_REFUSALS = {
    PurchaseVerdict.REFUSED: "purchase_refused",
    PurchaseVerdict.DUPLICATE: "purchase_refused",
    PurchaseVerdict.FAILED: "purchase_failed",
    PurchaseVerdict.REVERSED: "purchase_failed",
    PurchaseVerdict.NOT_SENT: "vendor_unavailable",
    PurchaseVerdict.OUR_FAULT: "vendor_unavailable",
    PurchaseVerdict.NO_FLOAT: "vendor_low_balance",
    PurchaseVerdict.BAD_REQUEST_ID: "vendor_unavailable",
}
_TAKEN_BACK = (PurchaseVerdict.REVERSED, PurchaseVerdict.FAILED)
# A refusal answers an attempt to buy; to a question it is no answer at all.
_NO_ANSWER_TO_A_REQUERY = (
    PurchaseVerdict.REFUSED,
    PurchaseVerdict.NO_FLOAT,
    PurchaseVerdict.BAD_REQUEST_ID,
)


def find_purchase(reference: str) -> Transaction | None:
    found = Transaction.objects(reference=reference).first()
    return found if found is not None and found.purchase is not None else None


def requery(*, reference: str, source: ChangeSource = ChangeSource.REQUERY, now: datetime) -> None:
    """The vendor was asked how the purchase ended, and its answer is committed.

    Also for one that has ended, since a reversal may come later. One whose request died
    before it was sent is released. Raises: VendorUnavailable.
    """
    transaction = find_purchase(reference)
    if transaction is None:
        return
    if transaction.vendor_id is None:
        _abandon(reference, now)
        return
    try:
        answer = ask(transaction)
    except VendorUnavailable as exc:
        _give_up_if_old(transaction, exc.message, now)
        raise
    transaction = apply_answer(answer, reference=reference, source=source, now=now)
    _give_up_if_old(transaction, answer.vendor_reason, now)


def ask(transaction: Transaction) -> Answer:
    """The vendor's word on a purchase that was sent. Raises: VendorUnavailable."""
    try:
        answer = vtpass.requery(transaction.vendor_id, transaction.purchase.phone)
    except VendorUnavailable:
        CIRCUIT.failure()
        raise
    if answer.verdict is PurchaseVerdict.OUR_FAULT:
        CIRCUIT.trip(answer.vendor_reason)
        raise VendorUnavailable(answer.vendor_reason)
    CIRCUIT.success()
    if answer.verdict in _NO_ANSWER_TO_A_REQUERY:
        return replace(answer, verdict=PurchaseVerdict.UNKNOWN)
    return answer


@atomic
def apply_answer(
    answer: Answer, *, reference: str, source: ChangeSource, now: datetime
) -> Transaction:
    """The purchase, after all that follows from the answer is committed.

    States: PENDING -> SUCCESS (captured), PENDING -> FAILED (released). What contradicts a
    final state opens a review case; value that was taken back after it was delivered also
    returns the money. Applying the same answer again changes nothing.
    """
    transaction: Transaction = Transaction.objects(reference=reference).first()
    if answer.is_mismatched:
        _open_case("answer_mismatch", transaction, answer, now)
    elif answer.verdict is PurchaseVerdict.DELIVERED:
        _delivered(transaction, answer, source, now)
    elif answer.verdict is PurchaseVerdict.ABSENT:
        _absent(transaction, answer, source, now)
    elif answer.verdict in _REFUSALS:
        _not_delivered(transaction, answer, source, now)
    return transaction


@atomic
def _abandon(reference: str, now: datetime) -> None:
    """A purchase that was never sent is FAILED; a request that sends it now finds it so."""
    unsent = Transaction.objects(reference=reference).first()
    if unsent.status is TransactionStatus.PENDING and unsent.vendor_id is None:
        _release(unsent, vtpass.NOT_SENT, ChangeSource.REQUERY, now)


def _delivered(
    transaction: Transaction, answer: Answer, source: ChangeSource, now: datetime
) -> None:
    if transaction.status is TransactionStatus.FAILED:
        _open_case("delivered_after_failed", transaction, answer, now)
    elif transaction.status is TransactionStatus.PENDING:
        cost = _cost(transaction, answer, now)
        debits.capture(
            transaction,
            shares=[
                (chart.PAYABLE_VTPASS, cost),
                (chart.INCOME_COMMISSION, transaction.amount - cost),
            ],
            source=source,
            now=now,
        )


def _cost(transaction: Transaction, answer: Answer, now: datetime) -> int:
    """What the vendor took from our float, in kobo. The rest of the price is our commission."""
    if answer.amount_kobo not in (None, transaction.amount):
        _open_case("amount_differs", transaction, answer, now)
    if answer.debited_kobo is not None and 0 < answer.debited_kobo <= transaction.amount:
        return answer.debited_kobo
    _open_case("debit_unclear", transaction, answer, now)
    return int(transaction.amount)


def _not_delivered(
    transaction: Transaction, answer: Answer, source: ChangeSource, now: datetime
) -> None:
    if transaction.status is TransactionStatus.PENDING:
        _release(transaction, answer, source, now)
    elif transaction.status is TransactionStatus.SUCCESS and answer.verdict in _TAKEN_BACK:
        _open_case("reversed_after_success", transaction, answer, now)
        reason = "The network took the purchase back."
        debits.reverse(transaction, reason=reason, source=source, now=now)
    elif transaction.status is TransactionStatus.SUCCESS:
        _open_case("refused_after_success", transaction, answer, now)


def _absent(transaction: Transaction, answer: Answer, source: ChangeSource, now: datetime) -> None:
    """An early "unknown" may have overtaken the purchase itself, and says nothing."""
    too_early = transaction.sent_at > now - scaled(_ABSENT_AFTER_S)
    if transaction.status is not TransactionStatus.PENDING or too_early:
        return
    transaction.purchase.absences += 1
    Transaction.objects(pk=transaction.pk).update_one(inc__purchase__absences=1)
    if transaction.purchase.absences >= _ABSENCES:
        gone = replace(answer, verdict=PurchaseVerdict.NOT_SENT)
        _release(transaction, gone, source, now)


def _release(transaction: Transaction, answer: Answer, source: ChangeSource, now: datetime) -> None:
    transaction.purchase.refusal = _REFUSALS[answer.verdict]
    debits.release(
        transaction,
        reason=answer.reason,
        vendor_reason=answer.vendor_reason,
        source=source,
        now=now,
        purchase=transaction.purchase,
    )


@atomic
def _give_up_if_old(transaction: Transaction, last_word: str, now: datetime) -> None:
    """After a day of questions nobody asks any more but people."""
    too_young = transaction.created_at > now - scaled(_GIVE_UP_AFTER_S)
    if transaction.status is not TransactionStatus.PENDING or too_young:
        return
    Transaction.objects(pk=transaction.pk, status=TransactionStatus.PENDING).update_one(
        unset__next_check_at=1
    )
    open_case(
        "outcome_unknown",
        transaction,
        vendor_id=transaction.vendor_id,
        evidence={"ours_kobo": transaction.amount, "vendor_reason": last_word},
        now=now,
    )


def _open_case(kind: str, transaction: Transaction, answer: Answer, now: datetime) -> None:
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
