"""Stored documents of an earlier version, after `manage.py migrate`."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command

from payflow.kernel import clock
from payflow.upgrades import move_orders
from tests.support.airtime import reference_in
from tests.support.airtime import requery_purchase as requery
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.vendor import Vendor
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.withdrawals import services as withdrawals

pytestmark = pytest.mark.usefixtures("db")


def as_stored_before(reference: str, field: str) -> None:
    """The document as the earlier version wrote it."""
    transactions = Transaction._get_collection()
    row = transactions.find_one({"reference": reference})
    order = {name: value for name, value in row["order"].items() if name != "_cls"}
    transactions.update_one(
        {"reference": reference}, {"$set": {field: order}, "$unset": {"order": 1}}
    )


def test_a_withdrawal_that_was_held_before_is_sent_after(
    customer: Customer, vendor: Vendor
) -> None:
    """Its bank account moved to the new field, once."""
    customer.receive("5000.00")
    reference = customer.withdraw("1000").json()["tx_ref"]
    as_stored_before(reference, "payout")

    call_command("migrate", verbosity=0)
    assert move_orders() == 0
    withdrawals.send(reference=reference, now=clock.now())

    assert [payout["account_number"] for payout in vendor.payouts(reference)] == ["0690000031"]
    assert customer.transaction(reference).order.bank_code == "044"


def test_a_purchase_that_was_pending_before_is_requeried_after(
    customer: Customer, vendor: Vendor
) -> None:
    """Its service and phone moved to the new field."""
    customer.receive("5000.00")
    reference = reference_in(customer.PENDING.buy())
    as_stored_before(reference, "purchase")

    assert move_orders() == 1
    Networks(vendor).end(customer.transaction(reference).vendor_id, "delivered", callback=False)
    requery(reference, timedelta(minutes=1))

    assert customer.transaction(reference).status is TransactionStatus.SUCCESS
    assert customer.transaction(reference).order.service_id == "mtn"
