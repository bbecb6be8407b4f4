"""Documents of an earlier version, after `manage.py migrate`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import call_command

from payflow import upgrades
from payflow.kernel import clock
from tests.support.airtime import reference_in, requery_purchase
from tests.support.customer import DELIVERED, PENDING
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.vendor import Vendor
from wallets.ledger.documents import Transaction, TransactionStatus, Wallet
from wallets.oversight import audit
from wallets.withdrawals import services as withdrawals

pytestmark = pytest.mark.usefixtures("db")

# What the earlier version stored for a wallet and for a transaction, whatever its flow.
WALLET = {
    "_id", "user_id", "currency", "balance", "held", "is_active", "is_locked", "entry_seq",
    "entry_hash", "tx_seq", "tx_at", "withdrawn_kobo", "created_at", "updated_at",
}  # fmt: skip
TRANSACTION = {
    "_id", "reference", "number", "wallet", "user_id", "type", "status", "amount", "fee",
    "currency", "provider", "provider_reference", "history", "checks", "needs_review", "meta",
    "created_at", "updated_at", "completed_at",
}  # fmt: skip


@pytest.fixture(autouse=True)
def never_upgraded(db: None) -> Iterator[None]:
    """As a database that the earlier version left."""
    applied = Transaction._get_db()["upgrades"]
    applied.delete_many({})
    yield
    upgrades.apply_upgrades()


def as_stored_before(reference: str, field: str) -> None:
    """The document as the earlier version wrote it."""
    transactions = Transaction._get_collection()
    row = transactions.find_one({"reference": reference})
    order = {name: value for name, value in row["order"].items() if name != "_cls"}
    transactions.update_one(
        {"reference": reference}, {"$set": {field: order}, "$unset": {"order": 1}}
    )


def test_wallets_and_transactions_keep_their_stored_fields(customer: Customer) -> None:
    """A rename in the code is none in the database."""
    customer.receive("5000.00")

    wallet = Wallet._get_collection().find_one({"_id": customer.wallet.pk})
    [transaction] = Transaction._get_collection().find({"user_id": customer.user.pk})

    assert set(wallet) == WALLET
    assert set(transaction) >= TRANSACTION


def test_a_withdrawal_that_was_held_before_is_sent_after(
    customer: Customer, vendor: Vendor
) -> None:
    """Its bank account moved to the new field, once."""
    customer.receive("5000.00")
    reference = customer.withdraw("1000").json()["tx_ref"]
    as_stored_before(reference, "payout")

    call_command("migrate", verbosity=0)
    assert upgrades.move_orders() == 0
    withdrawals.send(reference=reference, now=clock.now())

    assert [payout["account_number"] for payout in vendor.payouts(reference)] == ["0690000031"]
    assert customer.transaction(reference).order.bank_code == "044"


def test_a_purchase_that_was_pending_before_is_requeried_after(
    customer: Customer, vendor: Vendor
) -> None:
    """Its service and phone moved to the new field."""
    customer.receive("5000.00")
    reference = reference_in(customer.buy(PENDING))
    as_stored_before(reference, "purchase")

    upgrades.apply_upgrades()
    Networks(vendor).end(customer.transaction(reference).vendor_id, "delivered", callback=False)
    requery_purchase(reference, timedelta(minutes=1))

    assert customer.transaction(reference).status is TransactionStatus.SUCCESS
    assert customer.transaction(reference).order.service_id == "mtn"


@pytest.mark.parametrize("phone", [DELIVERED, "08030000000"], ids=["delivered", "refused"])
def test_a_purchase_that_ended_before_can_be_read_after(customer: Customer, phone: str) -> None:
    """The API, the audit and a repeated key read its order."""
    customer.receive("5000.00")
    first = customer.buy(phone, key="k-1")
    reference = reference_in(first)
    as_stored_before(reference, "purchase")

    upgrades.apply_upgrades()
    again = customer.buy(phone, key="k-1")
    found = customer.get(f"/airtime/transactions/{reference}")
    _, findings = audit.audit_wallet(customer.wallet.pk, full=True, now=clock.now())

    assert (again.status_code, reference_in(again)) == (first.status_code, reference)
    assert found.json()["reference"] == reference
    assert findings == []
