"""Payments under references that are no fundings of ours belong to the house."""

from __future__ import annotations

import pytest
from bson import ObjectId

from payflow.kernel import clock
from payflow.kernel.references import new_reference
from tests.support.books import credits_of
from tests.support.fundings import process_event
from tests.support.invariants import check_money
from tests.support.people import Customer, deliver
from tests.support.staging import asked_to_withdraw, open_cases
from tests.support.vendor import Vendor, charge
from wallets import flutterwave
from wallets.errors import NotSettledYet
from wallets.funding.services import apply_refund
from wallets.house import HOUSE
from wallets.inbox.documents import EventStatus
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus, Wallet
from wallets.ledger.vendor_objects import VendorObject

pytestmark = pytest.mark.usefixtures("db", "no_webhooks")
GATEWAY, SUSPENSE, FEES = "gateway:flutterwave", "suspense:flutterwave", "expense:vendor_fees"


@pytest.fixture
def reference() -> str:
    """Of our form, and no transaction's."""
    return new_reference("FUN")


@pytest.fixture
def house() -> list[str]:
    """The references that the house had before the test."""
    return [each.reference for each in Transaction.objects(user_id=HOUSE).only("reference")]


def added(house: list[str]) -> list[Transaction]:
    return list(Transaction.objects(user_id=HOUSE, reference__nin=house))


@pytest.mark.parametrize("their_reference", ["ours", "foreign", "a withdrawal's"])
def test_a_payment_under_no_reference_of_a_funding_waits_in_suspense(
    rich: Customer, vendor: Vendor, house: list[str], reference: str, their_reference: str
) -> None:
    """The house books it once, with the vendor's fee and a case; no customer's money moves."""
    if their_reference == "foreign":
        reference = f"invoice-{ObjectId()}"
    elif their_reference == "a withdrawal's":
        reference = asked_to_withdraw(rich)
    before = rich.wallet.to_mongo()
    payment = vendor.pay_again(reference, "700")

    for _ in range(2):
        deliver(charge(payment, reference))
        event = process_event(reference)

    [kept] = added(house)
    assert event.status is EventStatus.PROCESSED
    assert (kept.type, kept.status, kept.amount) == (
        "UNMATCHED",
        TransactionStatus.SUCCESS,
        700_00,
    )
    assert kept.details["named_reference"] == reference
    fee = vendor.books(reference)["collections"][0]["fees_kobo"]
    assert credits_of(kept.reference) == {GATEWAY: fee - 700_00, SUSPENSE: 700_00, FEES: -fee}
    assert open_cases(kept.reference) == ["unknown_payment"]
    assert Wallet.objects.get(pk=HOUSE).balance == 0
    assert rich.wallet.to_mongo() == before
    check_money(Wallet.objects.get(pk=HOUSE))


def test_a_failed_payment_under_an_unknown_reference_is_ignored(
    vendor: Vendor, house: list[str], reference: str
) -> None:
    """It moved no money: nothing is kept."""
    payment = vendor.pay_again(reference, "700", status="failed")

    deliver(charge(payment, reference, "failed"))
    event = process_event(reference)

    assert event.status is EventStatus.IGNORED
    assert event.note
    assert added(house) == []


def test_a_payment_that_the_vendor_does_not_know_is_asked_about_again(
    vendor: Vendor, house: list[str], reference: str
) -> None:
    """A webhook alone proves no payment: nothing is kept until the API knows it."""
    deliver(charge(int(clock.now().timestamp() * 1_000), reference))

    with pytest.raises(NotSettledYet):
        process_event(reference)

    assert added(house) == []


def test_a_refund_takes_an_unmatched_payment_out_of_suspense(
    vendor: Vendor, house: list[str], reference: str
) -> None:
    """Its case closes by itself; only the fee stays an expense."""
    payment = vendor.pay_again(reference, "700")
    deliver(charge(payment, reference))
    process_event(reference)
    [kept] = added(house)

    refund = vendor.refund(payment)
    refunded = VendorObject.objects(vendor_id=str(refund), kind="refund")
    _apply_refund(refund)

    assert refunded.count() == 1
    fee = vendor.books(reference)["collections"][0]["fees_kobo"]
    assert credits_of(kept.reference) == {GATEWAY: fee, FEES: -fee}
    assert open_cases(kept.reference) == []


def _apply_refund(refund_id: int) -> None:
    refund = flutterwave.collections().find_refund(str(refund_id))
    assert refund is not None
    apply_refund(refund, source=ChangeSource.WEBHOOK, now=clock.now())
