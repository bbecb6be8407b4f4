"""What the books should say about a funding of ₦1,000.00, for each story of its payments.

Every payment has a vendor fee of ₦14.00.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.support.vendor_objects import NOON, make_object
from wallets.funding.kinds import FundingCase
from wallets.funding.targets import find_target, unmatched_target
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.targets import Posting, Target
from wallets.ledger.vendor_objects import (
    Fact,
    ObjectKind,
    VendorObject,
    in_order,
)

DUE = datetime(2026, 2, 3, 12, tzinfo=UTC)
SUCCESS, FAILED = TransactionStatus.SUCCESS, TransactionStatus.FAILED
OVERPAID, UNDERPAID = FundingCase.OVERPAID, FundingCase.UNDERPAID
PAID_TWICE, WRONG_CURRENCY = FundingCase.PAID_TWICE, FundingCase.WRONG_CURRENCY
CHARGEBACK, UNKNOWN_PAYMENT = FundingCase.CHARGEBACK, FundingCase.UNKNOWN_PAYMENT

REFUNDED = "This payment was refunded to the payer."
DISPUTED = "The payer's bank took this payment back after a dispute."
GONE = "The payment provider took this payment back."


def funding(**fields: Any) -> Transaction:
    asked = {"amount": 1000_00, "requested_amount": 1000_00}
    return Transaction(reference="PFFUN1", type="FUNDING", currency="NGN", **{**asked, **fields})


def seen(kind: ObjectKind, vendor_id: str, statuses: Sequence[str], **fields: Any) -> VendorObject:
    """The object after the vendor named these statuses, an hour apart."""
    facts = [
        Fact(vendor="flutterwave", kind=kind, vendor_id=vendor_id, status=status, **fields)
        for status in statuses
    ]
    return make_object(facts, "PFFUN1")


def payment(vendor_id: str, kobo: int, *statuses: str, fee: int = 14_00, **fields: Any) -> Any:
    made_at = NOON + timedelta(minutes=int(vendor_id))
    return seen(
        ObjectKind.PAYMENT,
        vendor_id,
        statuses or ["successful"],
        amount=kobo,
        fee=fee,
        made_at=made_at,
        **fields,
    )


def refund(of: str, kobo: int, *statuses: str) -> VendorObject:
    return seen(ObjectKind.REFUND, f"R{of}", statuses, amount=kobo, payment_id=of)


def chargeback(of: str, kobo: int, *statuses: str) -> VendorObject:
    return seen(ObjectKind.CHARGEBACK, f"C{of}", statuses, amount=kobo, payment_id=of, due_at=DUE)


def credit(kobo: int) -> Posting:
    return Posting("gateway:flutterwave", "customer", kobo)


def waits(kobo: int, currency: str = "NGN") -> Posting:
    return Posting("gateway:flutterwave", "suspense:flutterwave", kobo, currency)


def fees(currency: str = "NGN") -> Posting:
    return Posting("expense:vendor_fees", "gateway:flutterwave", 14_00, currency)


@dataclass(frozen=True, kw_only=True)
class Story:
    """What was heard, and the target that follows."""

    heard: list[VendorObject]
    final: list[Posting]
    findings: list[tuple[FundingCase, str]] = field(default_factory=list)
    frozen_kobo: int = 0
    accepted_kobo: int | None = None  # what staff decided to credit


# Fundings that are covered by what was paid.
COVERED = {
    "one payment of what was asked": Story(
        heard=[payment("1", 1000_00)],
        final=[credit(1000_00), fees()],
    ),
    "a payment that was pending before": Story(
        heard=[payment("1", 1000_00, "pending", "successful")],
        final=[credit(1000_00), fees()],
    ),
    "a payment that had failed before": Story(
        heard=[payment("1", 1000_00, "failed", "successful")],
        final=[credit(1000_00), fees()],
    ),
    "a payment that is pending again stays successful": Story(
        heard=[payment("1", 1000_00, "successful", "pending")],
        final=[credit(1000_00), fees()],
    ),
    "a payment without a fee": Story(
        heard=[payment("1", 1000_00, fee=0)],
        final=[credit(1000_00)],
    ),
    "two partial payments that together cover": Story(
        heard=[payment("1", 400_00), payment("2", 600_00)],
        final=[credit(1000_00), fees(), fees()],
    ),
    "payments that are not successful do not count": Story(
        heard=[
            payment("1", 1000_00),
            payment("2", 50_00, "pending"),
            payment("3", 50_00, "failed"),
        ],
        final=[credit(1000_00), fees()],
    ),
    # Too much
    "one kobo too much": Story(
        heard=[payment("1", 1000_01)],
        final=[credit(1000_00), waits(1), fees()],
        findings=[(OVERPAID, "1")],
    ),
    "the second partial payment is too much": Story(
        heard=[payment("1", 400_00), payment("2", 600_01)],
        final=[credit(1000_00), waits(1), fees(), fees()],
        findings=[(OVERPAID, "2")],
    ),
    "the third of three partial payments is too much": Story(
        heard=[payment("1", 400_00), payment("2", 300_00), payment("3", 400_00)],
        final=[credit(1000_00), waits(100_00), fees(), fees(), fees()],
        findings=[(OVERPAID, "3")],
    ),
    "paid twice": Story(
        heard=[payment("1", 1000_00), payment("2", 1000_00)],
        final=[credit(1000_00), waits(1000_00), fees(), fees()],
        findings=[(PAID_TWICE, "2")],
    ),
    "paid twice, the second time in part": Story(
        heard=[payment("1", 1000_00), payment("2", 1)],
        final=[credit(1000_00), waits(1), fees(), fees()],
        findings=[(PAID_TWICE, "2")],
    ),
    "partial payments, then too much, then once more": Story(
        heard=[payment("1", 400_00), payment("2", 700_00), payment("3", 50_00)],
        final=[credit(1000_00), waits(150_00), fees(), fees(), fees()],
        findings=[(OVERPAID, "2"), (PAID_TWICE, "3")],
    ),
    # Staff have credited the excess
    "staff credited the whole excess": Story(
        accepted_kobo=1500_00,
        heard=[payment("1", 1500_00)],
        final=[credit(1500_00), fees()],
    ),
    "staff credited a second payment": Story(
        accepted_kobo=2000_00,
        heard=[payment("1", 1000_00), payment("2", 1000_00)],
        final=[credit(2000_00), fees(), fees()],
    ),
    "staff credited an excess, and more was paid since": Story(
        accepted_kobo=1500_00,
        heard=[payment("1", 1500_00), payment("2", 1000_00)],
        final=[credit(1500_00), waits(1000_00), fees(), fees()],
        findings=[(PAID_TWICE, "2")],
    ),
    "staff credited a part of the excess": Story(
        accepted_kobo=1200_00,
        heard=[payment("1", 1500_00)],
        final=[credit(1200_00), waits(300_00), fees()],
        findings=[(OVERPAID, "1")],
    ),
    "staff credited an excess that was refunded since": Story(
        accepted_kobo=1500_00,
        heard=[payment("1", 1500_00), refund("1", 600_00, "completed")],
        final=[credit(900_00), fees()],
    ),
    # Another currency
    "dollars beside the naira that cover": Story(
        heard=[payment("1", 5_00, currency="USD"), payment("2", 1000_00)],
        final=[credit(1000_00), waits(5_00, "USD"), fees("USD"), fees()],
        findings=[(WRONG_CURRENCY, "1")],
    ),
    "dollars beside naira that were paid twice": Story(
        heard=[
            payment("1", 1000_00),
            payment("2", 5_00, currency="USD"),
            payment("3", 1000_00),
        ],
        final=[credit(1000_00), waits(1000_00), fees(), waits(5_00, "USD"), fees("USD"), fees()],
        findings=[(WRONG_CURRENCY, "2"), (PAID_TWICE, "3")],
    ),
    # Refunds
    "a refund leaves our balance while it is pending": Story(
        heard=[payment("1", 1000_00), refund("1", 1000_00, "pending")],
        final=[fees()],
    ),
    "a refund that is completed": Story(
        heard=[payment("1", 1000_00), refund("1", 1000_00, "pending", "completed")],
        final=[fees()],
    ),
    "a refund that failed comes back": Story(
        heard=[payment("1", 1000_00), refund("1", 1000_00, "pending", "failed")],
        final=[credit(1000_00), fees()],
    ),
    "a refund of a part": Story(
        heard=[payment("1", 1000_00), refund("1", 300_00, "completed")],
        final=[credit(700_00), fees()],
    ),
    "two refunds of one payment": Story(
        heard=[
            payment("1", 1000_00),
            refund("1", 300_00, "completed"),
            refund("1", 200_00, "pending"),
        ],
        final=[credit(500_00), fees()],
    ),
    "refunds of more than was paid": Story(
        heard=[
            payment("1", 1000_00),
            refund("1", 700_00, "completed"),
            refund("1", 700_00, "completed"),
        ],
        final=[Posting("suspense:flutterwave", "gateway:flutterwave", 400_00), fees()],
        findings=[(FundingCase.TAKEN_TWICE, "1")],
    ),
    "a refund of another payment": Story(
        heard=[payment("1", 1000_00), refund("8", 1000_00, "completed")],
        final=[credit(1000_00), fees()],
    ),
    "a refund that is listed before its payment": Story(
        heard=[refund("1", 300_00, "completed"), payment("1", 1000_00)],
        final=[credit(700_00), fees()],
    ),
    "the excess was refunded": Story(
        heard=[payment("1", 1500_00), refund("1", 500_00, "completed")],
        final=[credit(1000_00), fees()],
    ),
    "a part of the excess was refunded": Story(
        heard=[payment("1", 1500_00), refund("1", 499_99, "completed")],
        final=[credit(1000_00), waits(1), fees()],
        findings=[(OVERPAID, "1")],
    ),
    "paid twice, and the first payment was refunded": Story(
        heard=[payment("1", 1000_00), payment("2", 1000_00), refund("1", 1000_00, "completed")],
        final=[credit(1000_00), fees(), fees()],
    ),
    "paid three times, and the second payment was refunded": Story(
        heard=[
            payment("1", 1000_00),
            payment("2", 1000_00),
            payment("3", 1000_00),
            refund("2", 1000_00, "completed"),
        ],
        final=[credit(1000_00), waits(1000_00), fees(), fees(), fees()],
        findings=[(PAID_TWICE, "3")],
    ),
    # Chargebacks
    "a chargeback that is open freezes what is disputed": Story(
        heard=[payment("1", 1000_00), chargeback("1", 400_00, "open")],
        final=[credit(1000_00), fees()],
        findings=[(CHARGEBACK, "C1")],
        frozen_kobo=400_00,
    ),
    "a chargeback that we won": Story(
        heard=[payment("1", 1000_00), chargeback("1", 400_00, "open", "won")],
        final=[credit(1000_00), fees()],
    ),
    "a chargeback that we lost": Story(
        heard=[payment("1", 1000_00), chargeback("1", 400_00, "open", "lost")],
        final=[credit(600_00), fees()],
    ),
    "a chargeback that we won after all": Story(
        heard=[payment("1", 1000_00), chargeback("1", 1000_00, "lost", "won")],
        final=[credit(1000_00), fees()],
    ),
    "a chargeback that is open beside one that is lost": Story(
        heard=[
            payment("1", 1000_00),
            chargeback("1", 300_00, "lost"),
            chargeback("1", 200_00, "open"),
        ],
        final=[credit(700_00), fees()],
        findings=[(CHARGEBACK, "C1")],
        frozen_kobo=200_00,
    ),
    "chargebacks of two payments freeze both": Story(
        heard=[
            payment("1", 400_00),
            payment("2", 600_00),
            chargeback("1", 400_00, "open"),
            chargeback("2", 100_00, "open"),
        ],
        final=[credit(1000_00), fees(), fees()],
        findings=[(CHARGEBACK, "C1"), (CHARGEBACK, "C2")],
        frozen_kobo=500_00,
    ),
    "no more is frozen than was credited": Story(
        heard=[payment("1", 1500_00), chargeback("1", 1500_00, "open")],
        final=[credit(1000_00), waits(500_00), fees()],
        findings=[(OVERPAID, "1"), (CHARGEBACK, "C1")],
        frozen_kobo=1000_00,
    ),
    "a refund and a chargeback of one payment": Story(
        heard=[
            payment("1", 1000_00),
            refund("1", 300_00, "completed"),
            chargeback("1", 200_00, "lost"),
        ],
        final=[credit(500_00), fees()],
    ),
    "a dispute about dollars freezes no naira": Story(
        heard=[
            payment("1", 5_00, currency="USD"),
            payment("2", 1000_00),
            chargeback("1", 5_00, "open"),
        ],
        final=[credit(1000_00), waits(5_00, "USD"), fees("USD"), fees()],
        findings=[(WRONG_CURRENCY, "1"), (CHARGEBACK, "C1")],
    ),
    # Payments that the vendor took back
    "reversed": Story(heard=[payment("1", 1000_00, "successful", "reversed")], final=[]),
    "reversed before we heard of it": Story(heard=[payment("1", 1000_00, "reversed")], final=[]),
    "failed after it was successful": Story(
        heard=[payment("1", 1000_00, "successful", "failed")], final=[]
    ),
    "reversed, and pending since": Story(
        heard=[payment("1", 1000_00, "successful", "reversed", "pending")], final=[]
    ),
    "reversed, and successful again": Story(
        heard=[payment("1", 1000_00, "successful", "reversed", "successful")],
        final=[credit(1000_00), fees()],
    ),
    "one of two partial payments is reversed": Story(
        heard=[payment("1", 400_00), payment("2", 600_00, "successful", "reversed")],
        final=[credit(400_00), fees()],
    ),
    "reversed, and paid again": Story(
        heard=[payment("1", 1000_00, "successful", "reversed"), payment("2", 1000_00)],
        final=[credit(1000_00), fees()],
    ),
    "dollars that are reversed": Story(
        heard=[payment("1", 5_00, "reversed", currency="USD"), payment("2", 1000_00)],
        final=[credit(1000_00), fees()],
    ),
}

# Fundings for which too little was paid, or nothing, or in another currency.
NOT_COVERED = {
    "nothing was heard": Story(heard=[], final=[]),
    "a payment that is pending": Story(heard=[payment("1", 1000_00, "pending")], final=[]),
    "a payment that failed": Story(heard=[payment("1", 1000_00, "failed")], final=[]),
    "a chargeback of a payment that we do not know": Story(
        heard=[chargeback("8", 1000_00, "open")],
        final=[],
        findings=[(CHARGEBACK, "C8")],
    ),
    "one kobo too little": Story(
        heard=[payment("1", 999_99)],
        final=[waits(999_99), fees()],
        findings=[(UNDERPAID, "1")],
    ),
    "two partial payments that are too little": Story(
        heard=[payment("1", 300_00), payment("2", 400_00)],
        final=[waits(700_00), fees(), fees()],
        findings=[(UNDERPAID, "1"), (UNDERPAID, "2")],
    ),
    "too little, and refunded": Story(
        heard=[payment("1", 300_00), refund("1", 300_00, "completed")],
        final=[fees()],
    ),
    "too little, and one of two payments refunded": Story(
        heard=[payment("1", 300_00), payment("2", 400_00), refund("1", 300_00, "completed")],
        final=[waits(400_00), fees(), fees()],
        findings=[(UNDERPAID, "2")],
    ),
    "too little, and reversed": Story(heard=[payment("1", 300_00, "reversed")], final=[]),
    "too little, and disputed": Story(
        heard=[payment("1", 300_00), chargeback("1", 300_00, "open")],
        final=[waits(300_00), fees()],
        findings=[(UNDERPAID, "1"), (CHARGEBACK, "C1")],
    ),
    "dollars": Story(
        heard=[payment("1", 1000_00, currency="USD")],
        final=[waits(1000_00, "USD"), fees("USD")],
        findings=[(WRONG_CURRENCY, "1")],
    ),
    "dollars that were refunded": Story(
        heard=[payment("1", 1000_00, currency="USD"), refund("1", 1000_00, "completed")],
        final=[fees("USD")],
    ),
    "dollars, and too few naira": Story(
        heard=[payment("1", 5_00, currency="USD"), payment("2", 300_00)],
        final=[waits(300_00), waits(5_00, "USD"), fees("USD"), fees()],
        findings=[(WRONG_CURRENCY, "1"), (UNDERPAID, "2")],
    ),
}


def target_of(story: Story) -> Target:
    return find_target(funding(accepted_kobo=story.accepted_kobo), story.heard)


def found(target: Target) -> list[tuple[Any, str]]:
    return [(each.kind, each.vendor_id) for each in target.findings]


@pytest.mark.parametrize("story", (COVERED | NOT_COVERED).values(), ids=COVERED | NOT_COVERED)
def test_the_books_follow_the_payments(story):
    """Postings in the end, what is frozen, and what a person has to decide."""
    target = target_of(story)

    assert list(target.final) == story.final
    assert target.frozen_kobo == story.frozen_kobo
    assert found(target) == story.findings


@pytest.mark.parametrize("story", COVERED.values(), ids=COVERED)
def test_a_funding_that_was_covered_once_is_a_success(story):
    """It books first what was ordered, also if that was taken back or raised since."""
    target = target_of(story)

    assert (target.status, target.reason) == (SUCCESS, None)
    assert target.first == (credit(1000_00),)


@pytest.mark.parametrize("story", NOT_COVERED.values(), ids=NOT_COVERED)
def test_a_funding_that_is_not_covered_credits_nobody(story):
    """Nothing is booked first, and no detail is set."""
    target = target_of(story)

    assert target.status is not SUCCESS
    assert target.first == ()
    assert target.fields == {}


@pytest.mark.parametrize(
    "name, status, reason",
    [
        ("nothing was heard", None, None),
        ("a payment that is pending", None, None),
        ("a payment that failed", None, None),
        (
            "one kobo too little",
            FAILED,
            "₦999.99 was paid instead of ₦1,000.00. Support will contact you.",
        ),
        (
            "two partial payments that are too little",
            FAILED,
            "₦700.00 was paid instead of ₦1,000.00. Support will contact you.",
        ),
        (
            "too little, and refunded",
            FAILED,
            "₦300.00 was paid instead of ₦1,000.00. Support will contact you.",
        ),
        (
            "dollars",
            FAILED,
            "The payment came in USD instead of NGN. Support will contact you.",
        ),
        (
            "dollars, and too few naira",
            FAILED,
            "₦300.00 was paid instead of ₦1,000.00. Support will contact you.",
        ),
    ],
)
def test_the_customer_reads_why_a_funding_failed(name, status, reason):
    """A sentence with what was paid. Nothing but a payment that arrived ends a funding."""
    target = target_of(NOT_COVERED[name])

    assert (target.status, target.reason) == (status, reason)


def test_a_currency_that_is_no_code_is_cut_short_in_the_sentence():
    """The vendor's text is not trusted to be three letters."""
    target = find_target(funding(), [payment("1", 5_00, currency="ABCDEFGHIJ")])

    assert target.reason == (
        "The payment came in ABCDEFGH instead of NGN. Support will contact you."
    )


@pytest.mark.parametrize(
    "heard, vendor_id",
    [
        ([], None),
        ([payment("1", 1000_00, "pending")], None),
        ([payment("1", 400_00), payment("2", 600_00)], "1"),
        ([payment("1", 1000_00, "failed"), payment("2", 1000_00)], "2"),
        ([payment("1", 5_00, currency="USD"), payment("2", 1000_00)], "2"),
        ([payment("1", 5_00, currency="USD"), payment("2", 5_00, currency="GHS")], "1"),
        ([payment("1", 1000_00, "reversed"), payment("2", 1000_00)], "1"),
    ],
)
def test_the_first_payment_in_naira_that_arrived_decides(heard, vendor_id):
    """In another currency if there is none in naira."""
    assert find_target(funding(), heard).vendor_id == vendor_id


@pytest.mark.parametrize(
    "details, method", [({"method": "card"}, "card"), ({"reason": "Approved"}, "")]
)
def test_a_success_keeps_its_details_and_adds_the_method_of_payment(details, method):
    """The method of the payment that decides; an empty text if the vendor names none."""
    transaction = funding(details={"plan": "gift", "payment_method": "unknown"})
    heard = [
        payment("1", 400_00, details=details),
        payment("2", 600_00, details={"method": "ussd"}),
    ]

    assert find_target(transaction, heard).fields == {
        "details": {"plan": "gift", "payment_method": method}
    }
    assert transaction.details == {"plan": "gift", "payment_method": "unknown"}


@pytest.mark.parametrize(
    "heard, sentence",
    [
        ([payment("1", 1000_00, "reversed")], GONE),
        ([payment("1", 1000_00), refund("1", 1, "completed")], REFUNDED),
        ([payment("1", 1000_00), refund("1", 1, "failed")], GONE),
        ([payment("1", 1000_00), chargeback("1", 1, "lost")], DISPUTED),
        ([payment("1", 1000_00), chargeback("1", 1, "open")], GONE),
        (
            [payment("1", 1000_00), chargeback("1", 1, "lost"), refund("1", 1, "completed")],
            DISPUTED,
        ),
        (
            [payment("1", 400_00), payment("2", 600_00), refund("2", 1, "completed")],
            REFUNDED,
        ),
    ],
)
def test_the_customer_reads_why_money_was_taken(heard, sentence):
    """A dispute before a refund."""
    target = find_target(funding(), heard)

    assert target.taken_back == sentence
    assert target.given_back == "The payment provider gave back what it had taken."


def test_a_finding_shows_what_was_asked_and_what_was_paid():
    """The evidence of a payment that waits in suspense."""
    heard = [
        payment(
            "1",
            1500_00,
            "successful",
            named_reference="PFFUN9",
            details={"reason": "Approved", "method": "card"},
        ),
        refund("1", 100_00, "completed"),
    ]

    (finding,) = find_target(funding(accepted_kobo=1200_00), heard).findings

    assert finding.evidence == {
        "requested_kobo": 1200_00,
        "paid_kobo": 1500_00,
        "left_kobo": 1400_00,
        "currency": "NGN",
        "named_reference": "PFFUN9",
        "vendor_status": "successful",
        "vendor_reason": "Approved",
        "times": 1,
    }
    assert finding.due_at is None


def test_a_finding_of_a_payment_without_a_reason_has_an_empty_one():
    (finding,) = find_target(funding(), [payment("1", 1, currency="USD")]).findings

    assert finding.evidence["vendor_reason"] == ""
    assert finding.evidence["currency"] == "USD"


def test_a_chargeback_has_to_be_answered_before_its_due_time():
    """The evidence names the disputed amount and the payment."""
    heard = [payment("1", 1000_00), chargeback("1", 400_00, "open")]

    (finding,) = find_target(funding(), heard).findings

    assert finding.evidence == {"disputed_kobo": 400_00, "payment_id": "1", "times": 1}
    assert finding.due_at == DUE


@pytest.mark.parametrize("fields, ordered", [({"requested_amount": None}, 700_00), ({}, 1000_00)])
def test_a_funding_orders_what_was_asked_or_else_its_amount(fields, ordered):
    """Older fundings have no requested amount."""
    target = find_target(funding(amount=700_00, **fields), [payment("1", 1000_00)])

    assert target.first == (credit(ordered),)


def test_payments_in_any_order_have_one_target():
    """The vendor's order decides which payment is the second, not the order of hearing."""
    heard = [
        payment("1", 400_00),
        payment("2", 700_00),
        payment("3", 1000_00),
        refund("3", 1_00, "pending"),
    ]
    expected = find_target(funding(), heard)

    assert found(expected) == [(OVERPAID, "2"), (PAID_TWICE, "3")]
    for order in permutations(heard):
        assert find_target(funding(), in_order(order)) == expected


# What staff credited, and what the vendor corrected


@pytest.mark.parametrize(
    "heard, accepted, kobo, final, findings",
    [
        pytest.param(
            [payment("1", 1000_00), payment("2", 500_00), payment("3", 500_00)],
            ["1", "3"],
            1500_00,
            [credit(1500_00), waits(500_00), fees(), fees(), fees()],
            [(PAID_TWICE, "2")],
            id="the payments that staff saw come first",
        ),
        pytest.param(
            [
                payment("1", 1000_00),
                payment("2", 500_00),
                refund("2", 500_00, "completed"),
                payment("3", 500_00),
            ],
            ["1", "2"],
            1500_00,
            [credit(1000_00), waits(500_00), fees(), fees(), fees()],
            [(PAID_TWICE, "3")],
            id="what came later does not replace what was refunded",
        ),
        pytest.param(
            [payment("1", 1000_00), payment("2", 1500_00)],
            ["2"],
            1500_00,
            [credit(1500_00), waits(1000_00), fees(), fees()],
            [(PAID_TWICE, "1")],
            id="only one of two payments",
        ),
        pytest.param(
            [payment("1", 1500_00, "successful", "reversed"), payment("2", 1000_00)],
            ["1"],
            1500_00,
            [credit(1000_00), fees()],
            [],
            id="another payment covers the order alone",
        ),
    ],
)
def test_beyond_the_order_only_what_staff_accepted_is_credited(
    heard, accepted, kobo, final, findings
):
    """A payment that staff have not seen waits, whatever has become of those that they saw."""
    target = find_target(funding(accepted_kobo=kobo, accepted_payments=accepted), heard)

    assert list(target.final) == final
    assert found(target) == findings


def corrected(*amounts: int, statuses: Sequence[str] = ()) -> VendorObject:
    """A payment of which the vendor named these amounts, an hour apart."""
    named = zip(amounts, statuses or ["successful"] * len(amounts), strict=True)
    facts = [
        Fact(
            vendor="flutterwave",
            kind=ObjectKind.PAYMENT,
            vendor_id="1",
            status=status,
            amount=kobo,
            made_at=NOON,
        )
        for kobo, status in named
    ]
    return make_object(facts, "PFFUN1")


@pytest.mark.parametrize(
    "heard, status, kobo",
    [
        (corrected(1000_00, 400_00), SUCCESS, 400_00),
        (corrected(999_99, 400_00), FAILED, None),
        (corrected(400_00, 1000_00), SUCCESS, 1000_00),
        (corrected(1000_00, 400_00, statuses=["reversed", "successful"]), SUCCESS, 400_00),
        (corrected(1000_00, 400_00, statuses=["pending", "successful"]), FAILED, None),
        (corrected(1000_00, 400_00, statuses=["successful", "pending"]), SUCCESS, 400_00),
    ],
)
def test_a_payment_covers_with_the_most_that_had_come(heard, status, kobo):
    """A correction takes money back, but not the SUCCESS. A pending payment covers nothing."""
    target = find_target(funding(), [heard])

    assert target.status is status
    assert [each for each in target.final if each.credit_account == "customer"] == (
        [credit(kobo)] if kobo else []
    )


def test_a_payment_of_nothing_is_none():
    """It neither decides nor fails a funding; one kobo does."""
    nothing = find_target(funding(), [payment("1", 0)])
    kobo = find_target(funding(), [payment("1", 1)])

    assert (nothing.status, nothing.final, nothing.findings) == (None, (), ())
    assert (kobo.status, kobo.vendor_id) == (FAILED, "1")


@pytest.mark.parametrize("target", [find_target, unmatched_target])
def test_what_was_taken_beyond_a_payment_is_our_loss(target):
    """A finding names each share; the customer does not pay for it."""
    heard = [
        payment("1", 1000_00),
        refund("1", 600_00, "completed"),
        chargeback("1", 400_01, "lost"),
    ]

    said = target(funding(), heard)

    assert Posting("suspense:flutterwave", "gateway:flutterwave", 1) in said.final
    (finding,) = said.findings
    assert (finding.kind, finding.vendor_id) == (FundingCase.TAKEN_TWICE, "1")
    assert finding.evidence == {
        "paid_kobo": 1000_00,
        "refunded_kobo": 600_00,
        "charged_back_kobo": 400_01,
    }


@pytest.mark.parametrize(
    "heard",
    [
        [payment("1", 1000_00), refund("1", 1000_00, "completed")],
        [payment("1", 1000_00, "successful", "reversed"), refund("1", 1500_00, "completed")],
    ],
)
def test_a_payment_that_is_gone_once_is_no_loss(heard):
    """Refunds of a payment that is reversed are how it was reversed."""
    target = find_target(funding(), heard)

    assert all(each.debit_account != "suspense:flutterwave" for each in target.final)
    assert found(target) == []


@pytest.mark.parametrize(
    "heard, frozen",
    [
        ([payment("1", 1000_00), chargeback("1", 1, "open")], 1),
        ([payment("1", 1500_00), chargeback("1", 500_00, "open")], 0),
        ([payment("1", 1500_00), chargeback("1", 500_01, "open")], 1),
        ([payment("1", 1000_00), chargeback("1", 9000_00, "open")], 1000_00),
        (
            [
                payment("1", 1000_00),
                refund("1", 300_00, "completed"),
                chargeback("1", 1000_00, "open"),
            ],
            700_00,
        ),
        (
            [payment("1", 1000_00), payment("2", 1000_00), chargeback("2", 9000_00, "open")],
            0,
        ),
        ([payment("1", 1000_00, "reversed"), chargeback("1", 1000_00, "open")], 0),
    ],
)
def test_suspense_pays_for_a_dispute_before_the_customer_does(heard, frozen):
    """Only what it cannot pay is frozen, and no dispute takes more than is left of its payment."""
    assert find_target(funding(), heard).frozen_kobo == frozen


# Payments that belong to no funding


UNMATCHED = {
    "nothing was heard": Story(heard=[], final=[]),
    "a payment that is pending": Story(heard=[payment("1", 1000_00, "pending")], final=[]),
    "one payment": Story(
        heard=[payment("1", 1000_00)],
        final=[waits(1000_00), fees()],
        findings=[(UNKNOWN_PAYMENT, "1")],
    ),
    "two payments": Story(
        heard=[payment("1", 1000_00), payment("2", 300_00)],
        final=[waits(1300_00), fees(), fees()],
        findings=[(UNKNOWN_PAYMENT, "1"), (UNKNOWN_PAYMENT, "2")],
    ),
    "dollars beside naira": Story(
        heard=[payment("1", 1000_00), payment("2", 5_00, currency="USD")],
        final=[waits(1000_00), fees(), waits(5_00, "USD"), fees("USD")],
        findings=[(UNKNOWN_PAYMENT, "1"), (UNKNOWN_PAYMENT, "2")],
    ),
    "refunded in part": Story(
        heard=[payment("1", 1000_00), refund("1", 999_99, "completed")],
        final=[waits(1), fees()],
        findings=[(UNKNOWN_PAYMENT, "1")],
    ),
    "refunded": Story(
        heard=[payment("1", 1000_00), refund("1", 1000_00, "completed")], final=[fees()]
    ),
    "reversed": Story(heard=[payment("1", 1000_00, "successful", "reversed")], final=[]),
    "disputed": Story(
        heard=[payment("1", 1000_00), chargeback("1", 1000_00, "open")],
        final=[waits(1000_00), fees()],
        findings=[(UNKNOWN_PAYMENT, "1")],
    ),
    "disputed, and lost": Story(
        heard=[payment("1", 1000_00), chargeback("1", 1000_00, "lost")], final=[fees()]
    ),
}


@pytest.mark.parametrize("story", UNMATCHED.values(), ids=UNMATCHED)
def test_payments_that_belong_to_no_funding_wait_in_suspense(story):
    """No customer is credited, nothing is frozen, and a person looks at what is left."""
    target = unmatched_target(funding(), story.heard)

    assert list(target.final) == story.final
    assert found(target) == story.findings
    assert (target.first, target.frozen_kobo, target.vendor_id) == ((), 0, None)


def test_payments_that_belong_to_no_funding_are_a_success_once_one_arrived():
    pending, arrived = payment("1", 1, "pending"), payment("2", 1, "reversed")

    assert unmatched_target(funding(), [pending]).status is None
    assert unmatched_target(funding(), [pending, arrived]).status is SUCCESS


def test_nothing_was_asked_for_a_payment_that_belongs_to_no_funding():
    """The evidence shows what was paid alone."""
    heard = [payment("1", 1000_00, named_reference="X1"), refund("1", 1_00, "completed")]

    (finding,) = unmatched_target(funding(), heard).findings

    assert finding.evidence == {
        "requested_kobo": 0,
        "paid_kobo": 1000_00,
        "left_kobo": 999_00,
        "currency": "NGN",
        "named_reference": "X1",
        "vendor_status": "successful",
        "vendor_reason": "",
        "times": 1,
    }
