"""What the books should say about a transfer that PayFlow never asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest

from tests.support.vendor_objects import NOON, make_object
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.targets import Posting
from wallets.ledger.vendor_objects import Fact, ObjectKind, VendorObject
from wallets.withdrawals.kinds import WithdrawalCase
from wallets.withdrawals.unmatched import find_target

SUSPENSE, FEES = "suspense:flutterwave", "expense:vendor_fees"


def transfer(
    vendor_id: str, *statuses: str, kobo: int = 500_00, fee: int = 11_00, currency: str = "NGN"
) -> VendorObject:
    """The object after the vendor named these statuses, an hour apart."""
    facts = [
        Fact(
            vendor="flutterwave",
            kind=ObjectKind.TRANSFER,
            vendor_id=vendor_id,
            status=status,
            amount=kobo,
            fee=fee,
            currency=currency,
            named_reference="invoice-7",
            made_at=NOON + timedelta(minutes=int(vendor_id)),
        )
        for status in statuses
    ]
    return make_object(facts, "PFSUT1")


def out(debit: str, kobo: int, currency: str = "NGN") -> Posting:
    return Posting(debit, "gateway:flutterwave", kobo, currency)


PAID = [out(SUSPENSE, 500_00), out(FEES, 11_00)]
STORIES: dict[str, tuple[Sequence[VendorObject], list[Posting], list[str]]] = {
    "nothing was heard": ([], [], []),
    "pending": ([transfer("1", "pending")], [], []),
    "paid": ([transfer("1", "successful")], PAID, ["1"]),
    "paid, and pending since": ([transfer("1", "successful", "pending")], PAID, ["1"]),
    "paid without a fee": ([transfer("1", "successful", fee=0)], PAID[:1], ["1"]),
    "a fee for nothing": ([transfer("1", "successful", kobo=0)], PAID[1:], ["1"]),
    "one kobo": (
        [transfer("1", "successful", kobo=1, fee=1)],
        [out(SUSPENSE, 1), out(FEES, 1)],
        ["1"],
    ),
    "failed": ([transfer("1", "failed")], [], []),
    "came back": ([transfer("1", "successful", "failed")], [], []),
    "came back, and pending since": ([transfer("1", "successful", "failed", "pending")], [], []),
    "paid after all": ([transfer("1", "failed", "successful")], PAID, ["1"]),
    "dollars": (
        [transfer("1", "successful", currency="USD")],
        [out(SUSPENSE, 500_00, "USD"), out(FEES, 11_00, "USD")],
        ["1"],
    ),
    "one of two came back": (
        [transfer("1", "successful", "failed"), transfer("2", "successful")],
        PAID,
        ["2"],
    ),
    "two were paid": (
        [transfer("1", "successful"), transfer("2", "successful")],
        [*PAID, *PAID],
        ["1", "2"],
    ),
}


@pytest.mark.parametrize(("heard", "final", "found"), STORIES.values(), ids=STORIES)
def test_what_was_paid_out_for_nothing_of_ours_waits_in_suspense(heard, final, found):
    """With the vendor's fee, in its currency, until it comes back; a person looks at each."""
    target = find_target(Transaction(reference="PFSUT1"), heard)

    assert list(target.final) == final
    assert [(each.kind, each.vendor_id) for each in target.findings] == [
        (WithdrawalCase.UNKNOWN_TRANSFER, vendor_id) for vendor_id in found
    ]
    assert target.status is (TransactionStatus.SUCCESS if heard else None)
    assert (target.first, target.frozen_kobo, target.vendor_id) == ((), 0, None)


def test_its_finding_names_the_amount_and_the_vendors_reference():
    (finding,) = find_target(
        Transaction(reference="PFSUT1"), [transfer("1", "successful")]
    ).findings

    assert finding.evidence == {"paid_kobo": 500_00, "named_reference": "invoice-7"}
