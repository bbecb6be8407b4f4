"""What customers want and vendors do, and what must be true of it in the end."""

from __future__ import annotations

from airtime.purchases.views import Purchase
from airtime.vtpass.views import VtpassWebhook
from tests.simulation.world import World
from tests.support.airtime import Networks, update
from tests.support.people import Customer
from tests.support.vendor import Vendor, charge, disbursed
from wallets import flutterwave, requery
from wallets.funding.views import Fund
from wallets.ledger.documents import (
    ChangeSource,
    LedgerEntry,
    Transaction,
    TransactionStatus,
)
from wallets.review.documents import ReviewCase
from wallets.withdrawals.services import apply as apply_transfer
from wallets.withdrawals.views import Withdraw

_ASKED_KOBO = 500_00
# How long a bank waits for an order that may never come, in turns.
_PATIENCE = 30


class Story:
    """One wish of a customer's, under one idempotency key."""

    type: str

    def __init__(self, world: World, vendor: Vendor, customer: Customer, key: str) -> None:
        self.world, self.vendor, self.customer, self.key = world, vendor, customer, key
        world.client(type(self).__name__, self.live)
        world.decide.append(self.decide)

    def transactions(self) -> list[Transaction]:
        """What came of it, be the client told or not: at most one."""
        key = f"{self.customer.user.pk}:{self.type}:{self.key}"
        found = list(Transaction.objects(idempotency_key=key))
        assert len(found) <= 1
        return found

    def live(self) -> None:
        """What the client does, and the vendor about it."""

    def decide(self) -> None:
        """The vendor ends at last what is pending there."""

    def check(self) -> None:
        """Raises: AssertionError."""


class MoneyIn(Story):
    """Attempts that fail, succeed, or are of another amount, and all their webhooks."""

    type = "FUNDING"
    _reference: str | None = None

    def live(self) -> None:
        attempts = self.world.random.choice(
            [["successful"], ["failed", "successful"], ["pending"], ["failed"], ["short"], []]
        )
        order = {"amount": "500.00"}
        user = self.customer.user
        answer = self.world.insist(Fund, "/wallet/fund", order, user=user, key=self.key)
        if answer is None or answer.status_code != 201:
            return
        self._reference = answer.data["tx_ref"]
        for outcome in attempts:
            self._attempt(answer.data["link"], outcome)
            self.world.scheduler.pause()

    def _attempt(self, link: str, outcome: str) -> None:
        amount = {"amount": "499"} if outcome == "short" else {}
        said = outcome if outcome in ("failed", "pending") else "successful"
        paid = self.vendor.pay(link, said, **amount)
        self._tell(paid, said)
        if outcome == "pending":
            self.world.scheduler.pause()
            assert paid is not None
            end = self.world.random.choice(["successful", "failed"])
            self.vendor.settle(paid, end)
            self._tell(paid, end)

    def _tell(self, paid: int | None, status: str) -> None:
        assert self._reference is not None
        copies = self.world.random.randrange(3)
        self.world.call_back(charge(paid, self._reference, status), copies=copies)

    def check(self) -> None:
        """Credited once, what the vendor collected, if that was enough."""
        if self._reference is None:
            return
        # A payment after the page's end, of which no webhook told, is found by reconciliation.
        requery.requery(reference=self._reference, now=self.world.now)
        ours = Transaction.objects.get(reference=self._reference)
        paid = [
            row["amount"]
            for row in self.vendor.books(self._reference)["collections"]
            if row["status"] == "successful" and row["amount"] >= _ASKED_KOBO
        ]
        assert [e.amount for e in LedgerEntry.objects(transaction=self._reference)] == paid
        assert len(paid) == (1 if ours.status is TransactionStatus.SUCCESS else 0)


class MoneyOut(Story):
    """A withdrawal: the bank takes it, refuses it, or changes its mind."""

    type = "WITHDRAWAL"
    _order = {"amount": "100", "bank_code": "044", "account_number": "0690000031"}

    def live(self) -> None:
        yes, no = ["SUCCESSFUL"], ["FAILED"]
        self._ends = self.world.random.choice([yes, yes, no, no, yes + no, no + yes])
        user = self.customer.user
        self.world.insist(Withdraw, "/wallet/withdraw", self._order, user=user, key=self.key)
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
        """Paid at most once, and charged exactly if it was.

        Where the bank changed its mind we may differ, and then a person knows.
        """
        for ours in self.transactions():
            reference = ours.reference
            payouts = self.vendor.payouts(reference)
            assert len(payouts) <= 1
            for payout in payouts:
                # A change of mind that no webhook told of is found by reconciliation.
                transfer = flutterwave.payouts().find_transfer(str(payout["id"]))
                assert transfer is not None
                ours = apply_transfer(transfer, source=ChangeSource.RECONCILE, now=self.world.now)
            returned = Transaction.objects(reverses=reference).count()
            charged = ours.status is TransactionStatus.SUCCESS and not returned
            is_paid = bool(payouts) and payouts[0]["status"] == "SUCCESSFUL"
            assert not (charged and not is_paid)
            if is_paid and not charged:
                told = {case.kind for case in ReviewCase.objects(transaction=reference)}
                assert told & {"paid_after_failed", "reversed_after_success"}
                assert len(self._ends) > 1


class Airtime(Story):
    """Delivered, refused, or pending and then one of both."""

    type = "AIRTIME"

    def live(self) -> None:
        number = self.world.random.choice(["08011111111", "08031234567", "201000000000"])
        self._end = self.world.random.choice(["delivered", "failed"])
        order = {"service_id": "mtn", "phone": number, "amount": "100"}
        user = self.customer.user
        self.world.insist(Purchase, "/airtime/purchase", order, user=user, key=self.key)
        self.world.scheduler.pause()
        for ours in self._ended_there():
            if self.world.random.randrange(2):
                body = update(ours.vendor_id, self._end)
                self.world.call_back_vtpass(VtpassWebhook, body)

    def decide(self) -> None:
        self._ended_there()

    def _ended_there(self) -> list[Transaction]:
        """What was pending at the vendor, and is not any more."""
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
        """Charged exactly if it was delivered, and asked for once."""
        for ours in self.transactions():
            line = self._line(ours)
            assert line is None or line["attempts"] == 1
            delivered = line is not None and line["status"] == "delivered"
            assert (ours.status is TransactionStatus.SUCCESS) == delivered
        lines = Networks(self.vendor).books()["purchases"]
        known = Transaction.objects(user_id=self.customer.user.pk, type__in=["AIRTIME", "DATA"])
        assert {row["request_id"] for row in lines} <= {t.vendor_id for t in known}
