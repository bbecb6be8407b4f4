"""One cell of the matrix: a customer, a step at which a process dies, and the allowed outcomes.

A cell is played in this order: prepare(); strike() while the armed process does the work;
undo_strike() when it is dead; carry_on() beside the next cells; find_problems() when everything
is settled.
"""

from __future__ import annotations

import time
from typing import Any

import requests

from tests.crash.crash_site import CrashSite
from tests.support.customer import DELIVERED, PENDING, purchase_order, withdrawal_order
from tests.support.database import find_entries
from tests.support.http_customer import HttpCustomer
from tests.support.waiting import eventually

Json = dict[str, Any]
# The balance, the amount held, and type and status of each transaction, sorted.
State = tuple[str, str, tuple[str, ...]]

_KEY = "the-only-key"
# The longest time that a customer repeats a request: an abandoned funding fails and gives up its
# key after a minute, and an open block of a dead process holds its wallet as long.
_PATIENCE_S = 200.0
_AGAIN_AFTER_S = 1.0
# The block that commits the request id of a purchase, before the vendor is asked.
CLAIM = "airtime.purchases.services._claim"


def read_state(customer: HttpCustomer) -> State:
    """A FAILED funding is left out: its request died before its page opened, so none can pay."""
    wallet = customer.read("/wallet/")
    rows = sorted(
        f"{row['type']} {row['status']}"
        for row in customer.transactions()
        if (row["type"], row["status"]) != ("FUNDING", "FAILED")
    )
    return wallet["balance"], wallet["held"], tuple(rows)


class Cell:
    """What all cells share. A subclass is one flow."""

    funds = "2000.00"  # in the wallet before; empty for nothing
    ends: tuple[State, ...] = ()

    def __init__(self, site: CrashSite, step: str) -> None:
        self.site = site
        self.step = step
        self.customer: HttpCustomer

    def prepare(self) -> None:
        self.customer = self.site.new_customer(self.funds)

    def strike(self, api: str) -> None:
        """Cause the work in which the process dies. `api` is its address if it is a web server."""
        raise NotImplementedError

    def undo_strike(self) -> None:
        """Undo what was arranged for the strike alone."""

    def carry_on(self) -> None:
        """What the customer and the vendors do next."""

    def find_problems(self) -> list[str]:
        """What is wrong after everything is settled; a sentence each."""
        state = read_state(self.customer)
        return [] if state in self.ends else [f"{state}, not {' or '.join(map(str, self.ends))}"]

    def _wait_for(self, reference: str, status: str) -> None:
        eventually(lambda: self.customer.transaction(reference)["status"] == status, within_s=60)

    def _withdraw(self, account_number: str) -> str:
        answer = self.customer.withdraw("1000", account_number=account_number)
        assert answer.ok, answer.text
        return str(answer.json()["tx_ref"])


class RequestCell(Cell):
    """The web server that dies has the request; the customer repeats it to another."""

    path = ""
    body: Json = {}

    def strike(self, api: str) -> None:
        try:
            answer = self._ask(api)
        except requests.ConnectionError:
            return
        raise AssertionError(f"answered {answer.status_code}: {answer.text[:200]}")

    def carry_on(self) -> None:
        """The same request with the same key, until an answer has its transaction."""
        deadline = time.monotonic() + _PATIENCE_S
        while not (transaction := self._transaction_in(answer := self._ask(self.site.api))):
            assert time.monotonic() < deadline, f"still {answer.status_code}: {answer.text[:200]}"
            time.sleep(_AGAIN_AFTER_S)
        self.transaction = transaction

    def find_problems(self) -> list[str]:
        """Also: the transaction in the answer is in the customer's history."""
        mine = {row["reference"] for row in self.customer.transactions()}
        reference = self.transaction["reference"]
        lost = [] if reference in mine else [f"{reference} was answered and is not in the history"]
        return [*super().find_problems(), *lost]

    def _ask(self, api: str) -> requests.Response:
        return self.customer.at(api).post(self.path, self.body, key=_KEY)

    def _transaction_in(self, answer: requests.Response) -> Json | None:
        """The transaction, if the answer says how the request ended."""
        body: Json = answer.json()
        if answer.ok:
            return body["transaction"]
        assert answer.status_code in (409, 502, 503), answer.text
        # The error of a failed purchase has its transaction.
        return (body["error"]["details"] or {}).get("transaction")


class StartFunding(RequestCell):
    funds = ""
    path, body = "/wallet/fund", {"amount": "1500.00"}
    ends = (("1500.00", "0.00", ("FUNDING SUCCESS",)),)

    def carry_on(self) -> None:
        super().carry_on()
        self.site.vendor.pay(self.link)

    def _transaction_in(self, answer: requests.Response) -> Json | None:
        transaction = super()._transaction_in(answer)
        if transaction is not None:
            self.link = answer.json()["link"]
        return transaction


class ReceiveWebhook(Cell):
    """The web server that dies has the vendor's webhook; the vendor repeats it to another."""

    funds = ""
    ends = StartFunding.ends

    def strike(self, api: str) -> None:
        funding = self.customer.fund("1500.00")
        self._send_webhooks_to(api)
        self.customer.pay(funding)

    def undo_strike(self) -> None:
        self._send_webhooks_to(self.site.api)

    def _send_webhooks_to(self, api: str) -> None:
        self.site.vendor.webhooks(url=f"{api}/wallet/flutterwave/webhook")


class SettleFunding(ReceiveWebhook):
    def strike(self, api: str) -> None:
        self.customer.pay(self.customer.fund("1500.00"))

    def undo_strike(self) -> None:
        pass


class RequestWithdrawal(RequestCell):
    path = "/wallet/withdraw"
    body = withdrawal_order("1000")
    ends = (("989.25", "0.00", ("FUNDING SUCCESS", "WITHDRAWAL SUCCESS")),)


# The sandbox leaves a transfer to this account undecided until a test ends it.
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
        self._wait_for(self.reference, "SUCCESS")

    def strike(self, api: str) -> None:
        self.site.vendor.end_transfer(self.reference, "FAILED")


class Retry(Cell):
    """A transfer that has failed, and is paid under a new id by a retry in the dashboard."""

    ends = RequestWithdrawal.ends

    def prepare(self) -> None:
        super().prepare()
        self.reference = self._withdraw(_UNDECIDED)
        eventually(lambda: self.site.vendor.payouts(self.reference))
        self.site.vendor.end_transfer(self.reference, "FAILED")
        self._wait_for(self.reference, "FAILED")

    def strike(self, api: str) -> None:
        again = self.site.vendor.retry(self.reference)
        self.site.vendor.end_transfer(again, "SUCCESSFUL")


class PaidCell(Cell):
    """The payment of the customer's funds, about which the vendor has news."""

    def prepare(self) -> None:
        super().prepare()
        [funding] = self.customer.transactions()
        self.reference = str(funding["reference"])
        [payment] = self.site.vendor.books(self.reference)["collections"]
        self.payment_id = int(payment["id"])


class TakeBack(PaidCell):
    """A part is refunded in the vendor's dashboard."""

    ends = (("1400.00", "0.00", ("FUNDING SUCCESS", "REVERSAL SUCCESS")),)

    def strike(self, api: str) -> None:
        self.site.vendor.refund(self.payment_id, "600")


class Dispute(PaidCell):
    """The payer disputes a part, which is frozen until the vendor has decided."""

    ends = (("2000.00", "600.00", ("FUNDING SUCCESS",)),)

    def strike(self, api: str) -> None:
        self._dispute()

    def _dispute(self) -> int:
        self.site.vendor.announce_chargebacks("each")
        return self.site.vendor.charge_back(self.payment_id, "600")


class LoseDispute(Dispute):
    """The vendor takes what is frozen."""

    ends = TakeBack.ends

    def prepare(self) -> None:
        super().prepare()
        self.chargeback_id = self._dispute()
        eventually(lambda: self.customer.read("/wallet/")["held"] == "600.00", within_s=60)

    def strike(self, api: str) -> None:
        self.site.vendor.decide_chargeback(self.chargeback_id, "lost")


class PayTwice(PaidCell):
    """A second payment under the same reference waits in suspense."""

    ends = (("2000.00", "0.00", ("FUNDING SUCCESS",)),)

    def strike(self, api: str) -> None:
        self.site.vendor.pay_again(self.reference, "600")

    def find_problems(self) -> list[str]:
        """Also: it is in suspense once."""
        entries = find_entries(self.site.stack, self.reference)
        waits = [kobo for _, account, kobo in entries if account == "suspense:flutterwave"]
        wrong = [] if waits == [600_00] else [f"in suspense are {waits} kobo, not 60000"]
        return [*super().find_problems(), *wrong]


class BuyAirtime(RequestCell):
    """The purchase is delivered once. Where it may not have been sent, it may also have failed."""

    path = "/airtime/purchase"
    body = purchase_order(DELIVERED)
    delivered: State = ("1500.00", "0.00", ("AIRTIME SUCCESS", "FUNDING SUCCESS"))
    failed: State = ("2000.00", "0.00", ("AIRTIME FAILED", "FUNDING SUCCESS"))

    @property
    def ends(self) -> tuple[State, ...]:  # type: ignore[override]
        if self.step.startswith("before-vendor") or self.step == f"after-commit:{CLAIM}":
            return (self.failed,)  # never sent, and the vendor says so
        if self.step in (
            "after-hold",
            "after-commit:airtime.purchases.services._record",
            f"in-block:{CLAIM}",
            f"before-commit:{CLAIM}",
        ):
            # Either the customer's repeated request sends it, or the sweep gives it up first.
            return (self.delivered, self.failed)
        return (self.delivered,)


class BuyData(BuyAirtime):
    body = {"service_id": "mtn-data", "phone": DELIVERED, "variation_code": "mtn-10mb-100"}
    delivered = ("1900.00", "0.00", ("DATA SUCCESS", "FUNDING SUCCESS"))
    failed = ("2000.00", "0.00", ("DATA FAILED", "FUNDING SUCCESS"))


class Requery(Cell):
    """Pending at the vendor, and then delivered without a callback."""

    ends = (BuyAirtime.delivered,)

    def prepare(self) -> None:
        super().prepare()
        answer = self.customer.buy(PENDING)
        assert answer.ok, answer.text
        bought = answer.json()["transaction"]
        self.reference, self.request_id = bought["reference"], bought["provider_reference"]

    def strike(self, api: str) -> None:
        self.site.networks.end(self.request_id, "delivered")
        self.site.consumers.send("airtime.requery", "airtime.requery", reference=self.reference)
