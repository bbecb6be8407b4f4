"""VTpass, seen from a test, and a customer who buys from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

from airtime.purchases import services as purchases
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.networks import Networks as Networks
from tests.support.people import Customer
from wallets.ledger.documents import LedgerEntry, Transaction
from wallets.review.documents import ReviewCase

DELIVERED, PENDING = "08011111111", "201000000000"


def buy(customer: Customer, phone: str = DELIVERED, *, key: str | None = None, **more: str) -> Any:
    """The answer to an order of 500 naira of airtime, unless it says otherwise."""
    order = {"service_id": "mtn", "phone": phone, **more}
    if "variation_code" not in order:
        order.setdefault("amount", "500")
    return customer.post("/airtime/purchase", order, key=key)


def reference_in(answer: Any) -> str:
    """The tx_ref of a purchase, whatever became of it."""
    body = answer.json()
    found: str = body.get("error", {}).get("details", body)["tx_ref"]
    return found


def code(answer: Any) -> str:
    return answer.json()["error"]["code"]


def purchases_of(customer: Customer) -> list[Transaction]:
    """Oldest first."""
    mine = Transaction.objects(user_id=customer.user.pk, type__in=["AIRTIME", "DATA"])
    return list(mine.order_by("number"))


def cases(reference: str) -> set[str]:
    return {case.kind for case in ReviewCase.objects(transaction=reference)}


def booked(reference: str) -> dict[str, int]:
    """What each account got by the transaction, in kobo."""
    return {e.credit_account: e.amount for e in LedgerEntry.objects(transaction=reference)}


def look(reference: str, after: timedelta = timedelta()) -> None:
    """A requery; the vendor may be away."""
    try:
        purchases.requery(reference=reference, now=clock.now() + after)
    except VendorUnavailable:
        return


def update(request_id: str | None, status: str = "delivered", *, data: bool = True) -> bytes:
    """A callback as the vendor sends it; only the id is true. `data` is sometimes left out."""
    told = {
        "code": "000" if status == "delivered" else "040",
        "requestId": request_id,
        "amount": 99_999_999,
        "content": {"transactions": {"status": status, "unique_element": "08000000000"}},
    }
    rest = {"data": told} if data else told
    return json.dumps({"type": "transaction-update", **rest}).encode()


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """The results of work(0) to work(count - 1), all started together."""
    results: list[Any] = [None] * count
    barrier = Barrier(count)

    def run(number: int) -> None:
        barrier.wait()
        results[number] = work(number)

    threads = [Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def callback(customer: Customer, body: bytes | str) -> Any:
    """Hand a callback over, as anybody could."""
    return customer.client.generic(
        "POST", "/api/v1/airtime/vtpass/webhook", body, content_type="application/json"
    )
