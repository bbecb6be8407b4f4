"""What the books should say about a withdrawal of ₦500.00, for each story of its transfers.

The customer pays a fee of ₦10.75; the vendor's fee is ₦11.00.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from tests.support.vendor_objects import NOON, make_object
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.targets import CUSTOMER, Posting
from wallets.ledger.vendor_objects import (
    Fact,
    ObjectKind,
    VendorObject,
    in_order,
)
from wallets.withdrawals import charges
from wallets.withdrawals.kinds import WithdrawalCase
from wallets.withdrawals.targets import find_target

SUCCESS, FAILED = TransactionStatus.SUCCESS, TransactionStatus.FAILED
AMOUNT_DIFFERS, PAID_TWICE = WithdrawalCase.AMOUNT_DIFFERS, WithdrawalCase.PAID_TWICE
PAID_AFTER_FAILED = WithdrawalCase.PAID_AFTER_FAILED
REVERSED_AFTER_SUCCESS = WithdrawalCase.REVERSED_AFTER_SUCCESS

NOT_COMPLETED = "The transfer could not be completed. Your money is back in your wallet."
RETURNED = "The bank returned this transfer. The money is back in your wallet."
PAID_AFTER_ALL = "The bank paid this transfer after all."


def withdrawal(fee: int = 10_75) -> Transaction:
    return Transaction(
        reference="PFWDR1", type="WITHDRAWAL", amount=500_00, fee=fee, currency="NGN"
    )


def transfer(
    vendor_id: str, *statuses: str, kobo: int = 500_00, fee: int = 11_00, **fields: Any
) -> VendorObject:
    """The object after the vendor named these statuses, an hour apart."""
    facts = [
        Fact(
            vendor="flutterwave",
            kind=fields.get("kind", ObjectKind.TRANSFER),
            vendor_id=vendor_id,
            status=status,
            amount=kobo,
            fee=fee,
            currency=fields.get("currency", "NGN"),
            made_at=NOON + timedelta(minutes=int(vendor_id)),
            details=fields.get("details", {}),
        )
        for status in statuses
    ]
    return make_object(facts, "PFWDR1")


ORDER = [
    Posting(CUSTOMER, "gateway:flutterwave", 500_00),
    Posting(CUSTOMER, "income:fees", 10_75),
]
VENDOR_FEE = Posting("expense:vendor_fees", "gateway:flutterwave", 11_00)


def lost(kobo: int) -> Posting:
    return Posting("suspense:flutterwave", "gateway:flutterwave", kobo)


@dataclass(frozen=True, kw_only=True)
class Story:
    """What was heard, and the target that follows."""

    heard: Sequence[VendorObject]
    status: TransactionStatus | None
    first: list[Posting] = field(default_factory=list)
    final: list[Posting] = field(default_factory=list)
    findings: list[tuple[WithdrawalCase, str]] = field(default_factory=list)
    vendor_id: str | None


def paid(*heard: VendorObject, vendor_id: str = "1", **fields: Any) -> Story:
    """A story whose customer got the money."""
    given = {"final": [*ORDER, VENDOR_FEE], **fields}
    return Story(heard=heard, status=SUCCESS, first=ORDER, vendor_id=vendor_id, **given)


def returned(*heard: VendorObject, vendor_id: str = "1", **fields: Any) -> Story:
    """A story whose customer got the money once, and whose wallet has it again."""
    return Story(heard=heard, status=SUCCESS, first=ORDER, vendor_id=vendor_id, **fields)


def failed(*heard: VendorObject, vendor_id: str = "1", **fields: Any) -> Story:
    return Story(heard=heard, status=FAILED, vendor_id=vendor_id, **fields)


def undecided(*heard: VendorObject, vendor_id: str | None = "1", **fields: Any) -> Story:
    return Story(heard=heard, status=None, vendor_id=vendor_id, **fields)


STORIES = {
    "nothing was heard": undecided(vendor_id=None),
    "pending": undecided(transfer("1", "pending")),
    "sent": undecided(transfer("1", "sent")),
    "paid": paid(transfer("1", "successful")),
    "paid, after it was pending": paid(transfer("1", "pending", "successful")),
    "paid, and pending since": paid(transfer("1", "successful", "pending")),
    "paid, without a vendor's fee": paid(transfer("1", "successful", fee=0), final=ORDER),
    "failed": failed(transfer("1", "failed")),
    "failed, and pending since": failed(transfer("1", "failed", "pending")),
    # A transfer that changes its end
    "returned": returned(
        transfer("1", "successful", "failed"), findings=[(REVERSED_AFTER_SUCCESS, "1")]
    ),
    "returned, and pending since": returned(
        transfer("1", "successful", "failed", "pending"),
        findings=[(REVERSED_AFTER_SUCCESS, "1")],
    ),
    "paid after it had failed": paid(
        transfer("1", "failed", "successful"), findings=[(PAID_AFTER_FAILED, "1")]
    ),
    "paid after it had failed, with pending between": paid(
        transfer("1", "pending", "failed", "pending", "successful"),
        findings=[(PAID_AFTER_FAILED, "1")],
    ),
    "paid after it had failed, and returned": returned(
        transfer("1", "failed", "successful", "failed"),
        findings=[(PAID_AFTER_FAILED, "1"), (REVERSED_AFTER_SUCCESS, "1")],
    ),
    "returned, and paid again": paid(transfer("1", "successful", "failed", "successful")),
    # A retry under a new id
    "failed, and the retry is pending": undecided(
        transfer("1", "failed"), transfer("2", "pending")
    ),
    "failed, and the retry is paid": paid(
        transfer("1", "failed"), transfer("2", "successful"), vendor_id="2"
    ),
    "failed, and the retry failed": failed(transfer("1", "failed"), transfer("2", "failed")),
    "pending, and the retry failed": undecided(transfer("1", "pending"), transfer("2", "failed")),
    "pending, and the retry is paid": paid(
        transfer("1", "pending"), transfer("2", "successful"), vendor_id="2"
    ),
    "returned, and the retry is paid": paid(
        transfer("1", "successful", "failed"),
        transfer("2", "successful"),
        vendor_id="2",
        findings=[(REVERSED_AFTER_SUCCESS, "1")],
    ),
    "failed, and the retry is returned": returned(
        transfer("1", "failed"),
        transfer("2", "successful", "failed"),
        vendor_id="2",
        findings=[(REVERSED_AFTER_SUCCESS, "2")],
    ),
    # More than one was paid
    "two were paid": paid(
        transfer("1", "successful"),
        transfer("2", "successful"),
        final=[*ORDER, lost(500_00), VENDOR_FEE, VENDOR_FEE],
        findings=[(PAID_TWICE, "2")],
    ),
    "three were paid": paid(
        transfer("1", "successful"),
        transfer("2", "successful"),
        transfer("3", "successful"),
        final=[*ORDER, lost(500_00), lost(500_00), VENDOR_FEE, VENDOR_FEE, VENDOR_FEE],
        findings=[(PAID_TWICE, "2"), (PAID_TWICE, "3")],
    ),
    "two were paid, and the second is returned": paid(
        transfer("1", "successful"),
        transfer("2", "successful", "failed"),
        findings=[(REVERSED_AFTER_SUCCESS, "2")],
    ),
    "two were paid, and both are returned": returned(
        transfer("1", "successful", "failed"),
        transfer("2", "successful", "failed"),
        findings=[(REVERSED_AFTER_SUCCESS, "1"), (REVERSED_AFTER_SUCCESS, "2")],
    ),
    # Another amount
    "another amount was paid": undecided(
        transfer("1", "successful", kobo=499_99),
        vendor_id=None,
        final=[lost(499_99), VENDOR_FEE],
        findings=[(AMOUNT_DIFFERS, "1")],
    ),
    "another amount is pending": undecided(
        transfer("1", "pending", kobo=500_01),
        vendor_id=None,
        findings=[(AMOUNT_DIFFERS, "1")],
    ),
    "another amount failed": undecided(transfer("1", "failed", kobo=500_01), vendor_id=None),
    "another amount was returned": undecided(
        transfer("1", "successful", "failed", kobo=500_01), vendor_id=None
    ),
    "another amount was paid beside ours": paid(
        transfer("1", "successful", kobo=700_00),
        transfer("2", "successful"),
        vendor_id="2",
        final=[*ORDER, lost(700_00), VENDOR_FEE, VENDOR_FEE],
        findings=[(AMOUNT_DIFFERS, "1")],
    ),
    "another amount was paid, and ours failed": failed(
        transfer("1", "failed"),
        transfer("2", "successful", kobo=700_00),
        final=[lost(700_00), VENDOR_FEE],
        findings=[(AMOUNT_DIFFERS, "2")],
    ),
    "another amount beside two that were paid": paid(
        transfer("1", "successful"),
        transfer("2", "successful", kobo=700_00),
        transfer("3", "successful"),
        final=[*ORDER, lost(500_00), lost(700_00), VENDOR_FEE, VENDOR_FEE, VENDOR_FEE],
        findings=[(AMOUNT_DIFFERS, "2"), (PAID_TWICE, "3")],
    ),
    "the same amount in another currency decides nothing": undecided(
        transfer("1", "pending", currency="GHS"),
        vendor_id=None,
        findings=[(AMOUNT_DIFFERS, "1")],
    ),
    # Other objects
    "a vendor object of another kind": undecided(
        transfer("1", "successful", kind=ObjectKind.CHARGE), vendor_id=None
    ),
}


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_books_follow_the_transfers(story):
    """The first transfer that was paid is the customer's; others are ours to recover."""
    target = find_target(withdrawal(), story.heard)

    assert list(target.first) == story.first
    assert list(target.final) == story.final
    assert [(each.kind, each.vendor_id) for each in target.findings] == story.findings
    assert target.frozen_kobo == 0


@pytest.mark.parametrize("story", STORIES.values(), ids=STORIES)
def test_the_status_follows_the_transfers(story):
    """SUCCESS once one was paid, FAILED once all have failed; the deciding one is named."""
    target = find_target(withdrawal(), story.heard)

    assert target.status == story.status
    assert target.vendor_id == story.vendor_id
    assert (target.taken_back, target.given_back) == (PAID_AFTER_ALL, RETURNED)


def test_a_withdrawal_without_a_fee_has_no_posting_for_it():
    target = find_target(withdrawal(fee=0), [transfer("1", "successful")])

    assert list(target.first) == ORDER[:1]
    assert list(target.final) == [ORDER[0], VENDOR_FEE]


@pytest.mark.parametrize(
    "heard, reason",
    [
        ([], None),
        ([transfer("1", "failed")], NOT_COMPLETED),
        ([transfer("1", "failed", details={"reason": ""})], NOT_COMPLETED),
        ([transfer("1", "failed", details={"reason": "Wrong account."})], "Wrong account."),
        (
            [
                transfer("1", "failed", details={"reason": "Wrong account."}),
                transfer("2", "failed", details={"reason": "Bank is down."}),
            ],
            "Wrong account.",
        ),
        ([transfer("1", "successful", details={"reason": "Approved."})], None),
        ([transfer("1", "successful", "failed", details={"reason": "Returned."})], None),
    ],
)
def test_the_customer_reads_why_a_withdrawal_failed(heard, reason):
    """The reason of the first transfer; a SUCCESS has none, even if the money came back."""
    assert find_target(withdrawal(), heard).reason == reason


@pytest.mark.parametrize(
    "heard, vendor_reason",
    [
        ([], None),
        ([transfer("1", "failed")], None),
        ([transfer("1", "failed", details={"vendor_reason": "E51"})], "E51"),
        (
            [
                transfer("1", "failed", details={"vendor_reason": "E51"}),
                transfer("2", "successful", details={"vendor_reason": "OK"}),
            ],
            "OK",
        ),
        (
            [
                transfer("1", "failed", details={"vendor_reason": "E51"}),
                transfer("2", "successful", "failed", details={"vendor_reason": "Returned"}),
            ],
            "Returned",
        ),
    ],
)
def test_support_reads_the_words_of_the_transfer_that_decided(heard, vendor_reason):
    """A paid transfer before one that was paid once, and that before all others."""
    assert find_target(withdrawal(), heard).vendor_reason == vendor_reason


@pytest.mark.parametrize("details, words", [({}, ""), ({"vendor_reason": "E51"}, "E51")])
def test_a_finding_shows_our_amount_and_the_vendors(details, words):
    (finding,) = find_target(
        withdrawal(), [transfer("1", "pending", kobo=700_00, details=details)]
    ).findings

    assert finding.evidence == {
        "ours_kobo": 500_00,
        "theirs_kobo": 700_00,
        "vendor_status": "pending",
        "vendor_reason": words,
        "times": 0,
    }


def test_transfers_in_any_order_have_one_target():
    """The vendor's order decides which transfer is the second, not the order of hearing."""
    heard = [
        transfer("1", "failed", "successful"),
        transfer("2", "successful"),
        transfer("3", "successful", "failed"),
        transfer("4", "successful", kobo=1),
    ]
    expected = find_target(withdrawal(), heard)

    assert expected.vendor_id == "1"
    for order in permutations(heard):
        assert find_target(withdrawal(), in_order(order)) == expected


# Charges that belong to no transfer


def charge(status: str, kobo: int) -> VendorObject:
    return transfer("1", status, kobo=kobo, fee=0, kind=ObjectKind.CHARGE)


@pytest.mark.parametrize(
    "heard, final",
    [
        ([], []),
        (
            [charge("taken", 50_00)],
            [Posting("expense:duty", "gateway:flutterwave", 50_00)],
        ),
        (
            [charge("given back", 50_00)],
            [Posting("gateway:flutterwave", "expense:duty", 50_00)],
        ),
        (
            [charge("taken", 50_00), charge("given back", 20_00)],
            [
                Posting("expense:duty", "gateway:flutterwave", 50_00),
                Posting("gateway:flutterwave", "expense:duty", 20_00),
            ],
        ),
    ],
)
def test_stamp_duty_is_an_expense_until_it_is_given_back(heard, final):
    """It is booked on the house's chain, and concerns no customer."""
    target = charges.find_target(withdrawal(), heard)

    assert (target.status, list(target.final)) == (SUCCESS, final)
    assert (target.first, target.findings) == ((), ())
