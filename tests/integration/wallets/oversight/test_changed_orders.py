"""A debit whose stored order was changed after its hold is not sent."""

from __future__ import annotations

from typing import Any

import pytest

from airtime.purchases import services as purchases
from airtime.purchases.documents import Purchase
from payflow.kernel import clock
from tests.support.airtime import requery_purchase
from tests.support.people import Customer
from tests.support.staging import open_cases
from tests.support.vendor import Vendor
from tests.support.withdrawals import requery_withdrawal, send_transfer, start
from wallets.ledger import intents, seals
from wallets.ledger.documents import Transaction, TransactionStatus, Wallet

pytestmark = pytest.mark.usefixtures("db")


def change(reference: str, **fields: Any) -> None:
    """Change the stored transaction without any code of the product."""
    stored = {name.replace("__", "."): value for name, value in fields.items()}
    Transaction._get_collection().update_one({"reference": reference}, {"$set": stored})


def check_stopped(customer: Customer, reference: str, held_kobo: int) -> None:
    assert customer.transaction(reference).status is TransactionStatus.PENDING
    assert customer.wallet.held == held_kobo
    [lock] = customer.wallet.locks
    assert (lock.owner, lock.until) == ("audit", None)
    assert open_cases(customer.wallet.pk) == ["audit_seal_broken"]


@pytest.mark.parametrize(
    "fields",
    [
        {"order__account_number": "0690000032"},
        {"amount": 5000_00},
        {"order__account_number": "0690000032", "seal": "computed"},
    ],
    ids=["account", "amount", "account-with-its-seal"],
)
def test_a_changed_withdrawal_is_not_sent(
    rich: Customer, vendor: Vendor, fields: dict[str, Any]
) -> None:
    """Neither at once nor by a requery; its hold stays, and finance has a case."""
    reference = start(rich)
    change(reference, **fields)
    if "seal" in fields:
        change(reference, seal=seals.compute(rich.transaction(reference)))

    send_transfer(reference)
    requery_withdrawal(reference)

    assert vendor.payouts(reference) == []
    check_stopped(rich, reference, 1010_75)


def test_a_withdrawal_that_others_follow_is_compared_with_the_next_one(
    rich: Customer, vendor: Vendor
) -> None:
    """The same order is sent; with a new seal of its own it is not."""
    first, second, _ = start(rich), start(rich), start(rich)
    change(first, order__account_number="0690000032")
    change(first, seal=seals.compute(rich.transaction(first)))

    send_transfer(second)
    send_transfer(first)

    assert len(vendor.payouts(second)) == 1
    assert vendor.payouts(first) == []


def test_a_withdrawal_of_a_wallet_that_changed_its_owner_is_not_sent(
    rich: Customer, vendor: Vendor
) -> None:
    """The new owner's transactions are not in the seals."""
    reference = start(rich)
    Wallet.objects(pk=rich.wallet.pk).update_one(set__user_id=rich.wallet.pk)

    send_transfer(reference)

    assert vendor.payouts(reference) == []
    assert open_cases(rich.wallet.pk) == ["audit_seal_broken"]
    Wallet.objects(pk=rich.wallet.pk).update_one(set__user_id=rich.user.pk)


def test_a_changed_purchase_is_not_sent(rich: Customer, vendor: Vendor) -> None:
    """Its hold stays, also when it is looked at again."""
    one = intents.record(
        rich.wallet,
        "AIRTIME",
        user=rich.user,
        amount_kobo=500_00,
        hold_kobo=500_00,
        identity=None,
        now=clock.now(),
        order=Purchase(service_id="mtn", phone="08011111111"),
    )
    change(one.reference, order__phone="08022222222")

    purchases.send(reference=one.reference, now=clock.now())
    requery_purchase(one.reference)

    assert rich.transaction(one.reference).vendor_id is None
    check_stopped(rich, one.reference, 500_00)
