"""Money that a vendor takes back after it was credited."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from payflow.kernel.clock import LAGOS
from tests.support.people import Customer
from tests.support.staging import Worker, ask, asked_to_fund, flutterwave, staged
from tests.support.vendor import Vendor
from wallets.oversight.reconciliation import reconcile


def test_a_refunded_funding_leaves_the_wallet(
    customer: Customer, vendor: Vendor, worker: Worker, noon: datetime
) -> None:
    """A payment that was refunded in full at the vendor is not in the wallet any more."""
    started = asked_to_fund(customer, 1500_00, noon)
    payment_id = vendor.pay(started.link)
    ask(started.reference, now=noon)
    staged(customer.wallet.balance == 1500_00, "the payment was not credited")

    refund = flutterwave(vendor, "POST", f"/transactions/{payment_id}/refund", json={})["data"]
    webhook = {
        "id": refund["id"],
        "AmountRefunded": 1500,
        "status": "completed",
        "FlwRef": refund["flw_ref"],
        "TransactionId": payment_id,
    }
    worker.hear(json.dumps(webhook).encode())
    reconcile(day=noon.astimezone(LAGOS).date(), now=noon + timedelta(days=1))

    staged(vendor.books(started.reference)["refunds"], "the vendor has not refunded it")
    assert (customer.wallet.balance, customer.wallet.available) == (0, 0)
