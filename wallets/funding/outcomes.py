"""What a verified payment does to its funding: credit it, fail it, or open a review case.

Every function runs inside the atomic block of services.apply().
"""

from __future__ import annotations

from datetime import datetime

from payflow.kernel.money import format_naira
from wallets.clients import Payment
from wallets.funding.kinds import FundingCase
from wallets.ledger import chart, postings, transitions
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.review.services import open_case


def credit(
    transaction: Transaction, payment: Payment, source: ChangeSource, now: datetime
) -> Transaction:
    """Book what the vendor verified, even if it is more than was asked."""
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
        _open_case(FundingCase.OVERPAID, transaction, payment, now)
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


def find_shortfall(transaction: Transaction, payment: Payment) -> tuple[FundingCase, str] | None:
    """Why the payment does not suffice, as a kind of case and a sentence for the customer."""
    if payment.currency != transaction.currency:
        return FundingCase.WRONG_CURRENCY, (
            f"The payment came in {payment.currency[:8]} instead of {transaction.currency}. "
            "Support will contact you."
        )
    if payment.amount_kobo < transaction.requested_amount:
        return FundingCase.UNDERPAID, (
            f"{format_naira(payment.amount_kobo)} was paid instead of "
            f"{format_naira(transaction.requested_amount)}. Support will contact you."
        )
    return None


def refuse(
    transaction: Transaction,
    payment: Payment,
    problem: tuple[FundingCase, str],
    source: ChangeSource,
    now: datetime,
) -> Transaction | None:
    """Open a case for a payment that does not suffice, and fail a PENDING funding."""
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


def fail_attempt(
    transaction: Transaction, payment: Payment, source: ChangeSource, now: datetime
) -> Transaction | None:
    """A failed attempt ends the funding only if no other attempt can follow it.

    Source: docs/vendors/flutterwave.md, section 2: the page stays open for another try.
    """
    if transaction.status is not TransactionStatus.PENDING:
        return None
    reason = payment.reason or "The payment failed."
    if transaction.expires_at > now:
        return transitions.add_note(
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


def refuse_second_payment(transaction: Transaction, payment: Payment, now: datetime) -> Transaction:
    """Open a case for a second successful payment. It is real money, but it is not booked."""
    if payment.vendor_id != transaction.vendor_id:
        _open_case(FundingCase.PAID_TWICE, transaction, payment, now)
    return transaction


def fail_unpaid(
    transaction: Transaction, reason: str, source: ChangeSource, now: datetime
) -> Transaction:
    """PENDING -> FAILED, without a payment."""
    # Without a link its request died half-way. The key is given back, for the same request again.
    released = {} if transaction.link else {"idempotency_key": None}
    return transitions.move(
        transaction,
        to=TransactionStatus.FAILED,
        source=source,
        at=now,
        reason=reason,
        **released,
    )


def _open_case(
    kind: FundingCase, transaction: Transaction, payment: Payment, now: datetime
) -> None:
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
