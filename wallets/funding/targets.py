"""What the books should say about a funding: a pure function of its vendor objects.

A funding credits what was asked once verified payments cover it. Refunds and lost chargebacks
take it back. What arrived beyond that, too little, or in another currency waits in suspense.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from payflow.kernel.money import format_naira
from wallets.clients import ChargebackStatus, PaymentStatus, RefundStatus
from wallets.funding.kinds import FundingCase
from wallets.ledger.chart import EXPENSE_VENDOR_FEES, GATEWAY_FLUTTERWAVE, SUSPENSE_FLUTTERWAVE
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.targets import CUSTOMER, Finding, Posting, Target
from wallets.ledger.vendor_objects import ObjectKind, VendorObject

_ARRIVED = (PaymentStatus.SUCCESSFUL.value, PaymentStatus.REVERSED.value)

_FINAL = (*_ARRIVED, PaymentStatus.FAILED.value)
_DISPUTED = tuple(status.value for status in ChargebackStatus)


@dataclass(frozen=True)
class _Payment:
    """A payment that arrived once, and what is left of it. Amounts as in VendorObject."""

    made: VendorObject
    refunded: int
    charged_back: int
    disputed: int  # in open chargebacks

    @property
    def is_gone(self) -> bool:
        return self.made.latest(*_FINAL) != PaymentStatus.SUCCESSFUL.value

    @property
    def left(self) -> int:
        return 0 if self.is_gone else max(self.made.amount - self.refunded - self.charged_back, 0)

    @property
    def once(self) -> int:
        """The most that the vendor said had come, before it corrected itself."""
        named = [self.made.highest.get(status, 0) for status in _ARRIVED]
        return max(self.made.amount, *named)

    @property
    def overtaken(self) -> int:
        """What refunds and lost chargebacks took beyond the payment.

        Assumed: those of a payment that is reversed are how it was reversed.
        """
        taken = self.refunded + self.charged_back
        return 0 if self.is_gone else max(taken - self.made.amount, 0)


def find_target(transaction: Transaction, objects: Sequence[VendorObject]) -> Target:
    """The target of a funding. Nothing but successful payments decides it."""
    ordered = int(transaction.requested_amount or transaction.amount)
    asked = int(transaction.accepted_kobo or ordered)
    arrived = _arrived(objects)
    naira = [each for each in arrived if each.made.currency == transaction.currency]
    is_covered = sum(each.once for each in naira) >= ordered
    left = sum(each.left for each in naira)
    credit = _credit(transaction, naira, ordered, asked) if is_covered else 0
    status, reason = _status(transaction, ordered, is_covered, arrived, naira)
    deciding = naira[0].made if naira else (arrived[0].made if arrived else None)
    return Target(
        status=status,
        first=(Posting(GATEWAY_FLUTTERWAVE, CUSTOMER, ordered),) if is_covered else (),
        final=tuple(_postings(arrived, credit, left - credit, transaction.currency)),
        frozen_kobo=credit - min(credit, max(left - _disputed(naira), 0)),
        findings=tuple(_findings(transaction, asked, is_covered, arrived, left - credit, objects)),
        reason=reason,
        vendor_id=deciding.vendor_id if deciding and status else None,
        taken_back=_taken_back(naira),
        given_back="The payment provider gave back what it had taken.",
        fields=_details(transaction, naira[0].made) if is_covered else {},
    )


def unmatched_target(transaction: Transaction, objects: Sequence[VendorObject]) -> Target:
    """The target of payments that belong to no funding: all of it waits in suspense."""
    arrived = _arrived(objects)
    left = sum(each.left for each in arrived if each.made.currency == transaction.currency)
    return Target(
        status=TransactionStatus.SUCCESS if arrived else None,
        final=tuple(_postings(arrived, 0, left, transaction.currency)),
        findings=(
            *(_finding(FundingCase.UNKNOWN_PAYMENT, each, 0) for each in arrived if each.left),
            *_overtaken(arrived),
        ),
    )


def _credit(transaction: Transaction, naira: Sequence[_Payment], ordered: int, asked: int) -> int:
    """What was ordered; and beyond that only what is left of the payments that staff accepted."""
    left = sum(each.left for each in naira)
    accepted = transaction.accepted_payments  # earlier versions did not store which
    left_of_accepted = sum(
        each.left for each in naira if not accepted or each.made.vendor_id in accepted
    )
    return max(min(ordered, left), min(asked, left_of_accepted))


def _arrived(objects: Sequence[VendorObject]) -> list[_Payment]:
    """The payments that were successful once, in the vendor's order. One of 0 moves nothing."""
    found = []
    for payment in objects:
        has_come = payment.was(*_ARRIVED) and payment.amount > 0
        if payment.kind is not ObjectKind.PAYMENT or not has_come:
            continue
        about = [each for each in objects if each.payment_id == payment.vendor_id]
        refunds = [each for each in about if each.kind is ObjectKind.REFUND]
        disputes = [each for each in about if each.kind is ObjectKind.CHARGEBACK]
        found.append(
            _Payment(
                made=payment,
                # A refund leaves our balance when it is made. Assumed: it returns if it fails.
                refunded=sum(r.amount for r in refunds if r.status != RefundStatus.FAILED.value),
                charged_back=_sum(disputes, ChargebackStatus.LOST),
                disputed=_sum(disputes, ChargebackStatus.OPEN),
            )
        )
    return found


def _disputed(naira: Sequence[_Payment]) -> int:
    """What open chargebacks can still take of the payments."""
    return sum(min(each.disputed, each.left) for each in naira)


def _sum(disputes: Sequence[VendorObject], status: ChargebackStatus) -> int:
    return sum(each.amount for each in disputes if each.status == status.value)


def _postings(
    arrived: Sequence[_Payment], credit: int, suspense: int, currency: str
) -> list[Posting]:
    """What the vendor holds of the payments, and whose it is."""
    postings = [
        Posting(GATEWAY_FLUTTERWAVE, CUSTOMER, credit),
        Posting(GATEWAY_FLUTTERWAVE, SUSPENSE_FLUTTERWAVE, suspense),
    ]
    for each in arrived:
        made = each.made
        if made.currency != currency:
            postings.append(
                Posting(GATEWAY_FLUTTERWAVE, SUSPENSE_FLUTTERWAVE, each.left, made.currency)
            )
        postings.append(
            Posting(SUSPENSE_FLUTTERWAVE, GATEWAY_FLUTTERWAVE, each.overtaken, made.currency)
        )
        if not each.is_gone:  # Assumed: the fee comes back with a payment that is reversed.
            postings.append(
                Posting(EXPENSE_VENDOR_FEES, GATEWAY_FLUTTERWAVE, made.fee, made.currency)
            )
    return [each for each in postings if each.amount]


def _status(
    transaction: Transaction,
    ordered: int,
    is_covered: bool,
    arrived: Sequence[_Payment],
    naira: Sequence[_Payment],
) -> tuple[TransactionStatus | None, str | None]:
    if is_covered:
        return TransactionStatus.SUCCESS, None
    if naira:
        paid = sum(each.made.amount for each in naira)
        return TransactionStatus.FAILED, (
            f"{format_naira(paid)} was paid instead of {format_naira(ordered)}. "
            "Support will contact you."
        )
    if arrived:
        return TransactionStatus.FAILED, (
            f"The payment came in {arrived[0].made.currency[:8]} instead of "
            f"{transaction.currency}. Support will contact you."
        )
    return None, None


def _taken_back(naira: Sequence[_Payment]) -> str:
    if any(each.charged_back for each in naira):
        return "The payer's bank took this payment back after a dispute."
    if any(each.refunded for each in naira):
        return "This payment was refunded to the payer."
    return "The payment provider took this payment back."


def _details(transaction: Transaction, deciding: VendorObject) -> dict[str, object]:
    method = deciding.details.get("method", "")
    return {"details": {**transaction.details, "payment_method": method}}


def _findings(
    transaction: Transaction,
    asked: int,
    is_covered: bool,
    arrived: Sequence[_Payment],
    suspense: int,
    objects: Sequence[VendorObject],
) -> list[Finding]:
    found, sum_before = [], 0
    accepted = transaction.accepted_payments
    # What staff accepted comes first, so that the rest is what waits.
    for each in sorted(arrived, key=lambda one: one.made.vendor_id not in accepted):
        kind = None
        if each.made.currency != transaction.currency:
            kind = FundingCase.WRONG_CURRENCY if each.left else None
        else:
            if not each.left or not suspense:
                kind = None
            elif not is_covered:
                kind = FundingCase.UNDERPAID
            elif sum_before >= asked:
                kind = FundingCase.PAID_TWICE
            elif sum_before + each.made.amount > asked:
                kind = FundingCase.OVERPAID
            sum_before += each.made.amount
        if kind:
            found.append(_finding(kind, each, asked))
    found += _overtaken(arrived)
    return found + [
        Finding(
            FundingCase.CHARGEBACK,
            each.vendor_id,
            {
                "disputed_kobo": each.amount,
                "payment_id": each.payment_id,
                "times": each.times(*_DISPUTED),
            },
            due_at=each.due_at,
        )
        for each in objects
        if each.kind is ObjectKind.CHARGEBACK and each.status == ChargebackStatus.OPEN.value
    ]


def _overtaken(arrived: Sequence[_Payment]) -> list[Finding]:
    return [
        Finding(
            FundingCase.TAKEN_TWICE,
            each.made.vendor_id,
            {
                "paid_kobo": each.made.amount,
                "refunded_kobo": each.refunded,
                "charged_back_kobo": each.charged_back,
            },
        )
        for each in arrived
        if each.overtaken
    ]


def _finding(kind: FundingCase, payment: _Payment, asked: int) -> Finding:
    made = payment.made
    return Finding(
        kind,
        made.vendor_id,
        {
            "requested_kobo": asked,
            "paid_kobo": made.amount,
            "left_kobo": payment.left,
            "currency": made.currency,
            "named_reference": made.named_reference,
            "vendor_status": made.status,
            "vendor_reason": made.details.get("reason", ""),
            "times": made.times(*_FINAL),
        },
    )
