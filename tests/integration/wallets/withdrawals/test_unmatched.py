"""Transfers that PayFlow never asked for, as the house keeps them."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest

from payflow.kernel import clock
from tests.support.books import credits_of
from tests.support.staging import open_cases
from wallets.errors import TransactionNotFound
from wallets.house import HOUSE
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.vendor_objects import Fact, ObjectKind, VendorObject
from wallets.withdrawals.unmatched import apply_unmatched

pytestmark = pytest.mark.usefixtures("db")
GATEWAY, SUSPENSE, FEES = "gateway:flutterwave", "suspense:flutterwave", "expense:vendor_fees"


@pytest.fixture
def transfer_id() -> Iterator[str]:
    """The vendor's id of a transfer that is not known here."""
    id_ = str(secrets.randbits(48))
    yield id_
    VendorObject.objects(vendor_id=id_).delete()


def hear(transfer_id: str, status: str) -> Transaction:
    fact = Fact(
        vendor="flutterwave",
        kind=ObjectKind.TRANSFER,
        vendor_id=transfer_id,
        status=status,
        amount=500_00,
        fee=11_00,
        named_reference=f"invoice-{transfer_id}",
    )
    now = clock.now()
    return apply_unmatched(fact, source=ChangeSource.RECONCILE, asked_at=now, now=now)


def kept(transfer_id: str) -> list[Transaction]:
    return list(Transaction.objects(details__named_reference=f"invoice-{transfer_id}"))


def test_a_paid_transfer_is_booked_once_and_ended_by_its_return(transfer_id: str) -> None:
    """The house has one transaction of it, whose suspense and case end when it comes back."""
    for _ in range(2):
        hear(transfer_id, "successful")

    [transaction] = kept(transfer_id)
    assert transaction.reference.startswith("PFSUT")
    assert (transaction.type, transaction.user_id) == ("UNMATCHED_OUT", HOUSE)
    assert (transaction.status, transaction.amount) == (TransactionStatus.SUCCESS, 500_00)
    assert {line.source for line in transaction.history} == {ChangeSource.RECONCILE}
    assert credits_of(transaction.reference) == {GATEWAY: 511_00, SUSPENSE: -500_00, FEES: -11_00}
    assert open_cases(transaction.reference) == ["unknown_transfer"]

    hear(transfer_id, "failed")

    assert len(kept(transfer_id)) == 1
    assert credits_of(transaction.reference) == {}
    assert open_cases(transaction.reference) == []


@pytest.mark.parametrize("status", ["pending", "failed"])
def test_a_transfer_that_moved_no_money_is_not_kept(transfer_id: str, status: str) -> None:
    """Neither a transaction nor a vendor object is stored."""
    with pytest.raises(TransactionNotFound):
        hear(transfer_id, status)

    assert kept(transfer_id) == []
    assert not VendorObject.objects(vendor_id=transfer_id).first()
