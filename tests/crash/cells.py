"""One cell of the matrix: a customer, a step at which a process dies, and what must be true after.

A cell is played in this order: prepare(), strike() while the armed process is the one that
acts, mend() as soon as it is dead, carry_on() beside whatever else is played, and wrong() when
everything has healed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

import requests

from tests.crash.site import Site
from tests.support.app import Person
from tests.support.waiting import eventually

Json = dict[str, Any]
# The balance, what is held, and type and status of each transaction, in the order of words.
State = tuple[str, str, tuple[str, ...]]

_KEY = "the-only-key"
_ANSWER_S = 60.0
# The longest a customer has to repeat a request: an abandoned funding is given up after a
# minute and its key with it, and a block that died open holds its wallet for as long.
_PATIENCE_S = 200.0
_AGAIN_AFTER_S = 1.0


class Cell:
    """What all have in common. A subclass is one flow."""

    before = "2000.00"  # what the customer owns; empty for nothing
    ends: tuple[State, ...] = ()

    def __init__(self, site: Site, step: str) -> None:
        self.site = site
        self.step = step
        self.person: Person

    def prepare(self) -> None:
        self.person = self.site.app.customer()
        if self.before:
            funding = self.person.fund(self.before)
            self.person.pay(funding)
            self._comes_to(funding["tx_ref"], "SUCCESS")

    def strike(self, api: str) -> None:
        """What kills the armed process. `api` is its address if it is a web server."""
        raise NotImplementedError

    def mend(self) -> None:
        """Undone at once, what was arranged for the strike alone."""

    def carry_on(self) -> None:
        """What the customer and the vendors do next."""

    def wrong(self) -> list[str]:
        """What should not be so, when all has healed."""
        state = self.state()
        return [] if state in self.ends else [f"{state}, not {' or '.join(map(str, self.ends))}"]

    def state(self) -> State:
        wallet = self.person.get("/wallet/")
        return wallet["balance"], wallet["held"], tuple(sorted(self._transactions()))

    def _transactions(self) -> Iterable[str]:
        for row in self._rows():
            # A page that never opened: its request died, and nobody can pay there.
            if (row["type"], row["status"]) != ("FUNDING", "FAILED"):
                yield f"{row['type']} {row['status']}"

    def _rows(self) -> list[Json]:
        return self.person.get("/wallet/transactions")["results"]

    def _comes_to(self, reference: str, status: str) -> None:
        eventually(lambda: self.person.transaction(reference)["status"] == status, within_s=60)

    def _withdraw(self, account_number: str) -> str:
        order = {"amount": "1000", "bank_code": "044", "account_number": account_number}
        return str(self.person.post("/wallet/withdraw", order)["tx_ref"])


class RequestCell(Cell):
    """The process that dies is the one that was asked; the customer asks another, the same."""

    path = ""
    body: Json = {}

    def strike(self, api: str) -> None:
        try:
            answer = self._ask(api)
        except requests.ConnectionError:
            return
        raise AssertionError(f"answered {answer.status_code}: {answer.text[:200]}")

    def carry_on(self) -> None:
        """The same request with the same key, until it is told what became of it."""
        deadline = time.monotonic() + _PATIENCE_S
        while not (told := self._told(answer := self._ask(self.site.api))):
            assert time.monotonic() < deadline, f"told {answer.status_code}: {answer.text[:200]}"
            time.sleep(_AGAIN_AFTER_S)
        self.told = told

    def wrong(self) -> list[str]:
        """Also: what the customer was told of is what there is."""
        mine = {row["reference"] for row in self._rows()}
        lost = [] if self.told["reference"] in mine else [f"told of {self.told['reference']}"]
        return [*super().wrong(), *lost]

    def _ask(self, api: str) -> requests.Response:
        headers = {**self.person.http.headers, "Idempotency-Key": _KEY}
        return requests.post(api + self.path, json=self.body, headers=headers, timeout=_ANSWER_S)

    def _told(self, answer: requests.Response) -> Json | None:
        """The transaction, where the answer says what became of the request."""
        body: Json = answer.json()
        if answer.ok:
            return body["transaction"]
        assert answer.status_code in (409, 502, 503), answer.text
        # A purchase that came to nothing is told as an error, with what it was.
        return (body["error"]["details"] or {}).get("transaction")


class StartFunding(RequestCell):
    before = ""
    path, body = "/wallet/fund", {"amount": "1500.00"}
    ends = (("1500.00", "0.00", ("FUNDING SUCCESS",)),)

    def carry_on(self) -> None:
        super().carry_on()
        self.site.vendor.pay(self.link)

    def _told(self, answer: requests.Response) -> Json | None:
        told = super()._told(answer)
        if told is not None:
            self.link = answer.json()["link"]
        return told


class ReceiveWebhook(Cell):
    """The process that dies is the one that the vendor calls; the vendor calls another again."""

    before = ""
    ends = StartFunding.ends

    def strike(self, api: str) -> None:
        funding = self.person.fund("1500.00")
        self._vendor_calls(api)
        self.person.pay(funding)

    def mend(self) -> None:
        self._vendor_calls(self.site.api)

    def _vendor_calls(self, api: str) -> None:
        self.site.vendor.webhooks(url=f"{api}/wallet/flutterwave/webhook")


class SettleFunding(ReceiveWebhook):
    def strike(self, api: str) -> None:
        self.person.pay(self.person.fund("1500.00"))

    def mend(self) -> None:
        pass


class RequestWithdrawal(RequestCell):
    path = "/wallet/withdraw"
    body = {"amount": "1000", "bank_code": "044", "account_number": "0690000031"}
    ends = (("989.25", "0.00", ("FUNDING SUCCESS", "WITHDRAWAL SUCCESS")),)


# The sandbox decides transfers to such an account only when it is told to.
_UNDECIDED = "0690000098"


class SendTransfer(Cell):
    ends = RequestWithdrawal.ends

    def strike(self, api: str) -> None:
        self.reference = self._withdraw(_UNDECIDED)

    def carry_on(self) -> None:
        eventually(lambda: self.site.vendor.payouts(self.reference), within_s=_PATIENCE_S)
        self.site.vendor.end_transfer(self.reference, "SUCCESSFUL")


class SettleTransfer(Cell):
    ends = RequestWithdrawal.ends

    def prepare(self) -> None:
        super().prepare()
        self.reference = self._withdraw(_UNDECIDED)
        eventually(lambda: self.site.vendor.payouts(self.reference))

    def strike(self, api: str) -> None:
        self.site.vendor.end_transfer(self.reference, "SUCCESSFUL")


class Reverse(Cell):
    ends = (("2000.00", "0.00", ("FUNDING SUCCESS", "REVERSAL SUCCESS", "WITHDRAWAL SUCCESS")),)

    def prepare(self) -> None:
        super().prepare()
        self.reference = self._withdraw("0690000031")
        self._comes_to(self.reference, "SUCCESS")

    def strike(self, api: str) -> None:
        self.site.vendor.end_transfer(self.reference, "FAILED")


class BuyAirtime(RequestCell):
    """Delivered at once, and if it was asked for, then once; it may also have come to nothing."""

    path = "/airtime/purchase"
    body = {"service_id": "mtn", "phone": "08011111111", "amount": "500"}
    delivered: State = ("1500.00", "0.00", ("AIRTIME SUCCESS", "FUNDING SUCCESS"))
    nothing: State = ("2000.00", "0.00", ("AIRTIME FAILED", "FUNDING SUCCESS"))

    @property
    def ends(self) -> tuple[State, ...]:  # type: ignore[override]
        if self.step.startswith("before-vendor"):
            return (self.nothing,)  # never sent, and the vendor says so
        if self.step in (
            "after-hold",
            "after-commit:wallets.withdrawals.services._record",
            "after-commit:airtime.purchases.services._record",
        ):
            # Sent by whoever comes first: the customer, or the sweep that gives it up.
            return (self.delivered, self.nothing)
        return (self.delivered,)


class BuyData(BuyAirtime):
    body = {"service_id": "mtn-data", "phone": "08011111111", "variation_code": "mtn-10mb-100"}
    delivered = ("1900.00", "0.00", ("DATA SUCCESS", "FUNDING SUCCESS"))
    nothing = ("2000.00", "0.00", ("DATA FAILED", "FUNDING SUCCESS"))


class Requery(Cell):
    """Pending at the vendor, and then delivered without a word."""

    ends = (BuyAirtime.delivered,)

    def prepare(self) -> None:
        super().prepare()
        order = {"service_id": "mtn", "phone": "201000000000", "amount": "500"}
        bought = self.person.post("/airtime/purchase", order)["transaction"]
        self.reference, self.request_id = bought["reference"], bought["provider_reference"]

    def strike(self, api: str) -> None:
        self.site.networks.end(self.request_id, "delivered")
        self.site.line.send("airtime.requery", "airtime.requery", reference=self.reference)
