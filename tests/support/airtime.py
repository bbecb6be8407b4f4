"""Purchases from VTpass, in this process."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from airtime.purchases import services as purchases
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.networks import Networks
from tests.support.people import Customer
from wallets.ledger.documents import Transaction


def buy_pending(customer: Customer, networks: Networks, phone: str) -> Transaction:
    """A purchase that is pending with us and at the vendor."""
    networks.answer(status="pending", record="pending")
    return customer.transaction(reference_in(customer.buy(phone)))


def reference_in(answer: Any) -> str:
    """The tx_ref of a purchase, from its answer or from the details of its error."""
    body = answer.json()
    found: str = body.get("error", {}).get("details", body)["tx_ref"]
    return found


def purchases_of(customer: Customer) -> list[Transaction]:
    """Oldest first."""
    mine = Transaction.objects(user_id=customer.user.pk, type__in=["AIRTIME", "DATA"])
    return list(mine.order_by("number"))


def requery_purchase(reference: str, after: timedelta = timedelta()) -> None:
    """Requery the purchase as at this time from now. A vendor that is unavailable is no error."""
    try:
        purchases.requery(reference=reference, now=clock.now() + after)
    except VendorUnavailable:
        return


def purchase_update(
    request_id: str | None, status: str = "delivered", *, data: bool = True
) -> bytes:
    """The body of a callback. Only its id is true. data: whether it is wrapped in `data`."""
    update = {
        "code": "000" if status == "delivered" else "040",
        "requestId": request_id,
        "amount": 99_999_999,
        "content": {"transactions": {"status": status, "unique_element": "08000000000"}},
    }
    wrapped = {"data": update} if data else update
    return json.dumps({"type": "transaction-update", **wrapped}).encode()
