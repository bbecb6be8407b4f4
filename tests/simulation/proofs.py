"""What must be booked for one transaction, computed from the vendor's own books alone."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.support.books import credits_of, customer_kobo, family_of
from tests.support.vendor import Vendor
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.review.documents import CaseState, ReviewCase

Json = dict[str, Any]

_OF_SUSPENSE = ("overpaid", "paid_twice", "underpaid")


def check_money_in(vendor: Vendor, reference: str) -> None:
    """The customer has what was asked, less what was refunded or lost; suspense has the rest.

    Nothing is frozen once every chargeback is decided.
    """
    ours = Transaction.objects.get(reference=reference)
    asked = ours.requested_amount
    books = vendor.books(reference)
    paid = [row for row in books["collections"] if row["status"] == "successful"]
    is_covered = sum(row["amount"] for row in paid) >= asked
    left = _sum_left(books, paid)
    credit = min(asked, left) if is_covered else 0
    fees = sum(row["fees_kobo"] for row in paid)
    assert (ours.status is TransactionStatus.SUCCESS) == is_covered
    assert not ours.frozen
    assert customer_kobo(reference) == credit
    booked = {
        "gateway:flutterwave": fees - left,
        "suspense:flutterwave": left - credit,
        "expense:vendor_fees": -fees,
    }
    assert credits_of(*family_of(reference)) == _without_zeros(booked)
    assert bool(_open_cases(reference) & {*_OF_SUSPENSE}) == (left > credit)
    assert "chargeback" not in _open_cases(reference)


def _sum_left(books: Json, paid: list[Json]) -> int:
    """What the vendor has collected and neither given back nor lost."""
    left = Counter({row["id"]: row["amount"] for row in paid})
    taken = [row for row in books["refunds"] if row["status"] != "failed"]
    taken += [row for row in books["chargebacks"] if row["status"] != "won"]
    assert all(row["status"] != "initiated" for row in books["chargebacks"])
    for row in taken:
        left[row["transaction_id"]] -= row["amount"]
    return left.total()


def check_money_out(vendor: Vendor, reference: str) -> None:
    """Charged once if any transfer is paid. What was paid a second time waits in suspense."""
    ours = Transaction.objects.get(reference=reference)
    assert len(vendor.payouts(reference)) <= 1, "sent twice"
    paid = payouts_of(vendor, reference, "SUCCESSFUL")
    fees = sum(row["fees_kobo"] for row in paid)
    second = sum(row["amount"] for row in paid[1:])
    assert ours.status is not TransactionStatus.PENDING
    assert -customer_kobo(reference) == (ours.amount + ours.fee if paid else 0)
    booked = {
        "gateway:flutterwave": sum(row["amount"] for row in paid) + fees,
        "suspense:flutterwave": -second,
        "expense:vendor_fees": -fees,
        "income:fees": ours.fee if paid else 0,
    }
    assert credits_of(*family_of(reference)) == _without_zeros(booked)
    assert ("transfer_paid_twice" in _open_cases(reference)) == bool(second)


def payouts_of(vendor: Vendor, reference: str, status: str) -> list[Json]:
    """The transfers of this status: the one that was sent, then its retries."""
    return [
        row
        for row in vendor.books()["payouts"]
        if row["reference"].partition("_RETRY_")[0] == reference and row["status"] == status
    ]


def _open_cases(reference: str) -> set[str]:
    found = ReviewCase.objects(transaction=reference, state=CaseState.OPEN)
    return {case.kind for case in found}


def _without_zeros(kobo_by_account: dict[str, int]) -> dict[str, int]:
    return {account: kobo for account, kobo in kobo_by_account.items() if kobo}
