"""What customers ask for and vendors do, and what must be true at the end."""

from __future__ import annotations

from airtime.purchases.views import Purchase
from airtime.vtpass.views import VtpassWebhook
from tests.simulation.world import World
from tests.support.airtime import purchase_update
from tests.support.books import check_funding, check_purchase, check_withdrawal
from tests.support.customer import DELIVERED, PENDING, purchase_order, withdrawal_order
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.vendor import Vendor, charge, disbursed
from wallets import requery
from wallets.funding.views import Fund
from wallets.ledger.documents import (
    LedgerEntry,
    Transaction,
    TransactionStatus,
)
from wallets.withdrawals.views import Withdraw

# How many turns a bank waits for an order that may never come.
_PATIENCE = 30


class Story:
    """One request of a customer, with one idempotency key."""

    type: str

    def __init__(self, world: World, vendor: Vendor, customer: Customer, key: str) -> None:
        self.world, self.vendor, self.customer, self.key = world, vendor, customer, key
        world.client(type(self).__name__, self.live)
        world.decide.append(self.decide)

    def transactions(self) -> list[Transaction]:
        """The transaction that was made, whether the client got an answer or not: at most one."""
        key = f"{self.customer.user.pk}:{self.type}:{self.key}"
        found = list(Transaction.objects(idempotency_key=key))
        assert len(found) <= 1
        return found

    def live(self) -> None:
        """What the client does, and what the vendor does then."""

    def decide(self) -> None:
        """Let the vendor decide all that is pending there."""

    def check(self) -> None:
        """Raises: AssertionError."""


class MoneyIn(Story):
    """A funding: attempts that fail, succeed, or have another amount, and all their webhooks."""

    type = "FUNDING"
    _reference: str | None = None

    def live(self) -> None:
        attempts = self.world.random.choice(
            [["successful"], ["failed", "successful"], ["pending"], ["failed"], ["short"], []]
        )
        order = {"amount": "500.00"}
        user = self.customer.user
        answer = self.world.repeat_until_answered(
            Fund, "/wallet/fund", order, user=user, key=self.key
        )
        if answer is None or answer.status_code != 201:
            return
        self._reference = answer.data["tx_ref"]
        for outcome in attempts:
            self._attempt(answer.data["link"], outcome)
            self.world.scheduler.pause()

    def _attempt(self, link: str, outcome: str) -> None:
        amount = {"amount": "499"} if outcome == "short" else {}
        status = outcome if outcome in ("failed", "pending") else "successful"
        paid = self.vendor.pay(link, status, **amount)
        self._call_back(paid, status)
        if outcome == "pending":
            self.world.scheduler.pause()
            assert paid is not None
            end = self.world.random.choice(["successful", "failed"])
            self.vendor.settle(paid, end)
            self._call_back(paid, end)

    def _call_back(self, paid: int | None, status: str) -> None:
        assert self._reference is not None
        copies = self.world.random.randrange(3)
        self.world.call_back(charge(paid, self._reference, status), copies=copies)

    def check(self) -> None:
        """Credited once with what was asked, if the vendor collected enough."""
        if self._reference is None:
            return
        # No webhook may have come for a payment after the page expired; reconciliation asks.
        requery.requery(reference=self._reference, now=self.world.now)
        ours = Transaction.objects.get(reference=self._reference)
        paid = check_funding(self.vendor, self._reference)
        assert len(paid) == (1 if ours.status is TransactionStatus.SUCCESS else 0)
        entries = LedgerEntry.objects(transaction=self._reference)
        assert [e.amount for e in entries if e.credit_account.startswith("wallet:")] == paid


class MoneyOut(Story):
    """A withdrawal: the bank pays it, refuses it, or does first one and then the other."""

    type = "WITHDRAWAL"
    _order = withdrawal_order("100")

    def live(self) -> None:
        yes, no = ["SUCCESSFUL"], ["FAILED"]
        self._ends = self.world.random.choice([yes, yes, no, no, yes + no, no + yes])
        user = self.customer.user
        self.world.repeat_until_answered(
            Withdraw, "/wallet/withdraw", self._order, user=user, key=self.key
        )
        for ours in self.transactions():
            self._wait_for_the_bank(ours.reference)

    def _wait_for_the_bank(self, reference: str) -> None:
        for _ in range(_PATIENCE):
            if payouts := self.vendor.payouts(reference):
                break
            self.world.scheduler.pause()
        else:
            return
        for status in self._ends:
            self.vendor.end_transfer(reference, status)
            copies = self.world.random.randrange(3)
            self.world.call_back(disbursed(payouts[0]["id"], reference, status), copies=copies)
            self.world.scheduler.pause()

    def decide(self) -> None:
        for ours in self.transactions():
            if any(row["status"] == "NEW" for row in self.vendor.payouts(ours.reference)):
                self.vendor.end_transfer(ours.reference, self._ends[-1])

    def check(self) -> None:
        """Paid at most once, and charged exactly if it was, also if the bank decided twice."""
        for ours in self.transactions():
            assert check_withdrawal(self.vendor, ours.reference, now=self.world.now)


class Airtime(Story):
    """A purchase: delivered, refused, or first pending and then one of the two."""

    type = "AIRTIME"

    def live(self) -> None:
        phone = self.world.random.choice([DELIVERED, "08031234567", PENDING])
        self._end = self.world.random.choice(["delivered", "failed"])
        order = purchase_order(phone, amount="100")
        user = self.customer.user
        self.world.repeat_until_answered(
            Purchase, "/airtime/purchase", order, user=user, key=self.key
        )
        self.world.scheduler.pause()
        for ours in self._end_pending():
            if self.world.random.randrange(2):
                body = purchase_update(ours.vendor_id, self._end)
                self.world.call_back_vtpass(VtpassWebhook, body)

    def decide(self) -> None:
        self._end_pending()

    def _end_pending(self) -> list[Transaction]:
        """End all that is pending at the vendor. Returns what was."""
        pending = [
            ours
            for ours in self.transactions()
            if (line := self._line(ours)) and line["status"] in ("initiated", "pending")
        ]
        for ours in pending:
            Networks(self.vendor).end(ours.vendor_id, self._end)
        return pending

    def _line(self, ours: Transaction) -> dict[str, object] | None:
        request_id = ours.vendor_id
        return Networks(self.vendor).purchase(request_id) if request_id else None

    def check(self) -> None:
        """Charged exactly if it was delivered; the vendor was asked once, under a known id."""
        for ours in self.transactions():
            is_delivered = check_purchase(Networks(self.vendor), ours.reference)
            assert (ours.status is TransactionStatus.SUCCESS) == is_delivered
        lines = Networks(self.vendor).books()["purchases"]
        known = Transaction.objects(user_id=self.customer.user.pk, type__in=["AIRTIME", "DATA"])
        assert {row["request_id"] for row in lines} <= {t.vendor_id for t in known}
