"""VTpass, seen from a test, and a customer who buys from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import requests

from airtime.services import outcomes
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.people import Customer
from tests.support.vendor import Vendor
from wallets.documents import LedgerEntry, ReviewCase, Transaction

DELIVERED, PENDING = "08011111111", "201000000000"


class Networks:
    """The sandbox's other half."""

    def __init__(self, vendor: Vendor) -> None:
        self._url = vendor.url

    def behave(self, **policy: Any) -> None:
        """How purchases go from now on; see payflow/sandbox/vtpass/policy.py."""
        self._post("/control/vtpass/policy", policy)

    def answer(self, **forced: Any) -> None:
        """The next /pay gets this answer: code, status, http_status, record, patch."""
        self.behave(force=[forced])

    def answer_requery(self, *forced: dict[str, Any]) -> None:
        self.behave(force_requery=list(forced))

    def end(self, request_id: str, status: str, *, callback: bool = False) -> None:
        """A purchase ends like this now, or after all."""
        ending = {"status": status, "callback": callback}
        self._post(f"/control/vtpass/purchases/{request_id}", ending)

    def fault(self, kind: str, endpoint: str = "pay", times: int = 1, **more: Any) -> None:
        fault = {"vendor": "vtpass", "endpoint": endpoint, "kind": kind, "times": times, **more}
        self._post("/control/faults", fault)

    def leave(self, naira: str) -> None:
        """So much is left of our float."""
        self._post("/control/vtpass/float", {"naira": naira})

    def change_plans(self, service_id: str, **changes: Any) -> None:
        self._post("/control/vtpass/variations", {"serviceID": service_id, **changes})

    def callbacks(self, **policy: Any) -> None:
        self._post("/control/webhooks", {"vendor": "vtpass", **policy})

    def books(self) -> dict[str, Any]:
        return requests.get(f"{self._url}/control/books", timeout=10).json()["vtpass"]

    def purchases(self, phone: str) -> list[dict[str, Any]]:
        return [each for each in self.books()["purchases"] if each["recipient"] == phone]

    def purchase(self, request_id: str | None) -> dict[str, Any] | None:
        """The one under this id, if it ever got there."""
        found = [each for each in self.books()["purchases"] if each["request_id"] == request_id]
        return found[0] if found else None

    def calls(self, endpoint: str) -> list[dict[str, Any]]:
        """Oldest first; a call's reference is our request id."""
        calls = requests.get(f"{self._url}/control/calls", timeout=10).json()["calls"]
        return [each for each in calls if each["endpoint"] == endpoint]

    def pays(self) -> int:
        """How often /pay was called."""
        return len(self.calls("pay"))

    def _post(self, path: str, body: dict[str, Any]) -> None:
        answer = requests.post(self._url + path, json=body, timeout=10)
        assert answer.status_code == 200, answer.text


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
    mine = Transaction.objects(user_id=customer.user.pk, purchase__exists=True)
    return list(mine.order_by("number"))


def cases(reference: str) -> set[str]:
    return {case.kind for case in ReviewCase.objects(transaction=reference)}


def booked(reference: str) -> dict[str, int]:
    """What each account got by the transaction, in kobo."""
    return {e.credit_account: e.amount for e in LedgerEntry.objects(transaction=reference)}


def look(reference: str, after: timedelta = timedelta()) -> None:
    """A requery; the vendor may be away."""
    try:
        outcomes.requery(reference=reference, now=clock.now() + after)
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
