"""Settling a funding: what a payment that the vendor has verified does to the wallet.

Every caller (webhook, requery, reconciliation) comes through apply_payment(); it may be
called any number of times, in any order, with anything the vendor ever said.
"""

from __future__ import annotations

from datetime import datetime

from payflow.kernel.db import atomic
from payflow.kernel.documents import find_one
from payflow.kernel.money import format_naira
from wallets.errors import TransactionNotFound
from wallets.ledger import chart, postings, transitions
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.signals import announce_on_commit
from wallets.review.services import open_case
from wallets.vendors import Payment, PaymentStatus


@atomic
def apply_payment(payment: Payment, *, source: ChangeSource, now: datetime) -> Transaction:
    """The funding that the payment belongs to, after all that follows from it is committed.

    States: PENDING -> SUCCESS (credited), PENDING -> FAILED, FAILED -> SUCCESS (the money
    came after all). Units: kobo. Applying the same payment again changes nothing.
    Raises: TransactionNotFound.
    """
    transaction = find_one(Transaction, {"reference": payment.reference})
    if transaction is None:
        raise TransactionNotFound(reference=payment.reference)
    if payment.status is PaymentStatus.PENDING:
        return transaction
    if payment.status is PaymentStatus.FAILED:
        changed = _attempt_failed(transaction, payment, source, now)
    elif transaction.status is TransactionStatus.SUCCESS:
        return _paid_again(transaction, payment, now)
    elif problem := _shortfall(transaction, payment):
        changed = _refuse(transaction, payment, problem, source, now)
    else:
        changed = _credit(transaction, payment, source, now)
    if changed is None:
        return transaction
    announce_on_commit(changed)
    return changed


def _credit(
    transaction: Transaction, payment: Payment, source: ChangeSource, now: datetime
) -> Transaction:
    """Book what the vendor verified, be it more than was asked."""
    wallet = postings.post(
        transaction.wallet,
        reference=transaction.reference,
        postings=[
            postings.Posting(
                debit_account=chart.GATEWAY_FLUTTERWAVE,
                credit_account=chart.wallet_account(transaction.wallet),
                amount=payment.amount_kobo,
            )
        ],
        at=now,
    )
    if payment.amount_kobo > transaction.requested_amount:
        _open_case("overpaid", transaction, payment, now)
    return transitions.move(
        transaction,
        to=TransactionStatus.SUCCESS,
        source=source,
        at=now,
        balance=wallet.balance,
        amount=payment.amount_kobo,
        vendor_id=payment.vendor_id,
        details={**transaction.details, "payment_method": payment.method},
    )


def _shortfall(transaction: Transaction, payment: Payment) -> tuple[str, str] | None:
    """A review case's kind and a reason for the customer, when the payment does not suffice."""
    if payment.currency != transaction.currency:
        return "wrong_currency", (
            f"The payment came in {payment.currency[:8]} instead of {transaction.currency}. "
            "Support will contact you."
        )
    if payment.amount_kobo < transaction.requested_amount:
        return "underpaid", (
            f"{format_naira(payment.amount_kobo)} was paid instead of "
            f"{format_naira(transaction.requested_amount)}. Support will contact you."
        )
    return None


def _refuse(
    transaction: Transaction,
    payment: Payment,
    problem: tuple[str, str],
    source: ChangeSource,
    now: datetime,
) -> Transaction | None:
    kind, reason = problem
    _open_case(kind, transaction, payment, now)
    if transaction.status is not TransactionStatus.PENDING:
        return None
    return transitions.move(
        transaction,
        to=TransactionStatus.FAILED,
        source=source,
        at=now,
        reason=reason,
        vendor_id=payment.vendor_id,
    )


def _attempt_failed(
    transaction: Transaction, payment: Payment, source: ChangeSource, now: datetime
) -> Transaction | None:
    """A failed attempt ends the funding only when no other can follow it.

    Source: docs/vendors/flutterwave.md, section 2: the page stays open for another try.
    """
    if transaction.status is not TransactionStatus.PENDING:
        return None
    reason = payment.reason or "The payment failed."
    if transaction.expires_at > now:
        return transitions.note(
            transaction, reason=f"Attempt failed: {reason}", source=source, at=now
        )
    return transitions.move(
        transaction,
        to=TransactionStatus.FAILED,
        source=source,
        at=now,
        reason=reason,
        vendor_id=payment.vendor_id,
    )


def _paid_again(transaction: Transaction, payment: Payment, now: datetime) -> Transaction:
    """A second successful payment on a settled funding is real money that is not booked."""
    if payment.vendor_id != transaction.vendor_id:
        _open_case("paid_twice", transaction, payment, now)
    return transaction


def _open_case(kind: str, transaction: Transaction, payment: Payment, now: datetime) -> None:
    open_case(
        kind,
        transaction,
        vendor_id=payment.vendor_id,
        evidence={
            "requested_kobo": transaction.requested_amount,
            "paid_kobo": payment.amount_kobo,
            "currency": payment.currency,
            "vendor_status": payment.status.value,
            "vendor_reason": payment.reason,
        },
        now=now,
    )


@atomic
def close_unpaid(
    *, reference: str, reason: str, source: ChangeSource, now: datetime
) -> Transaction | None:
    """A PENDING funding that nobody can have paid is FAILED; None when it is settled already.

    Only for callers that have just asked the vendor. A payment verified later still credits.
    """
    transaction = Transaction.objects(reference=reference, status=TransactionStatus.PENDING).first()
    if transaction is None:
        return None
    # Without a link its request died half-way: the key goes back, so that it can be made again.
    released = {} if transaction.link else {"idempotency_key": None}
    failed = transitions.move(
        transaction, to=TransactionStatus.FAILED, source=source, at=now, reason=reason, **released
    )
    announce_on_commit(failed)
    return failed
