"""Any interleaving of money coming in and going out, vendors' words, and stops.

After every step the invariants of money are restated from the documents; at the end the clock
heals what is left, and the vendor's books must be ours. Hypothesis prints the operations that
led to a failure, and the seed that repeats them.
"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
import requests
from bson import ObjectId
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from dev.stack.stack import Stack
from payflow.kernel import clock
from payflow.kernel.errors import PayflowError
from tests.support.invariants import check_money
from tests.support.people import Customer, deliver
from tests.support.vendor import Vendor, charge, disbursed
from wallets import flutterwave, requery
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger import locks
from wallets.ledger.documents import (
    ChangeSource,
    Transaction,
    TransactionStatus,
)
from wallets.review.documents import ReviewCase
from wallets.withdrawals import services as transfers

FULL = "500.00"


class MoneyMachine(RuleBasedStateMachine):
    vendor: Vendor

    fundings = Bundle("fundings")
    payments = Bundle("payments")
    withdrawals = Bundle("withdrawals")

    @initialize()
    def open_accounts(self) -> None:
        self.began = ObjectId()  # whatever the inbox has from here on is this run's
        self.customers = [Customer(), Customer()]
        self.vendor.webhooks(drop=1_000)
        self.vendor.transfers(outcome="pending")
        self.customers[0].receive("3000")
        self.expected_status: dict[str, str] = {}

    @rule(target=fundings, who=st.sampled_from([0, 1]))
    def fund(self, who: int) -> Any:
        answer = self.customers[who].post("/wallet/fund", {"amount": FULL})
        assert answer.status_code in (201, 409, 423), answer.content
        return answer.json() if answer.status_code == 201 else multiple()

    @rule(
        target=payments,
        funding=fundings,
        outcome=st.sampled_from(["successful", "successful", "failed", "pending"]),
        more=st.sampled_from(
            [{}, {}, {"amount": "499.99"}, {"amount": "501"}, {"currency": "USD"}]
        ),
    )
    def pay(self, funding: dict[str, Any], outcome: str, more: dict[str, str]) -> Any:
        try:
            return self.vendor.pay(funding["link"], outcome, **more), funding["tx_ref"], outcome
        except requests.HTTPError:  # the page is closed: it was paid already
            return multiple()

    @rule(payment=payments, status=st.sampled_from(["successful", "failed"]))
    def end_at_the_vendor(self, payment: tuple[int, str, str], status: str) -> None:
        if payment[2] == "pending":
            try:
                self.vendor.settle(payment[0], status)
            except AssertionError:  # it has ended before
                return

    @rule(payment=payments, claim=st.sampled_from(["successful", "failed", "pending", "odd"]))
    def deliver(self, payment: tuple[int, str, str], claim: str) -> None:
        """A webhook, true or not, once more or for the first time."""
        assert deliver(charge(payment[0], payment[1], claim)).status_code == 200

    @rule(payment=payments)
    def deliver_garbage(self, payment: tuple[int, str, str]) -> None:
        assert deliver(json.dumps({"data": {"id": payment[0]}}).encode()).status_code == 200

    @rule(
        target=withdrawals,
        who=st.sampled_from([0, 0, 1]),
        amount=st.sampled_from(["100", "900", "2500"]),
        account=st.sampled_from(["0690000031", "0690000031", "0690000036"]),
    )
    def withdraw(self, who: int, amount: str, account: str) -> Any:
        before = self.customers[who].wallet
        answer = self.customers[who].withdraw(amount, account_number=account)
        if answer.status_code == 202:
            return answer.json()["tx_ref"]
        assert answer.status_code in (409, 422, 423), answer.content
        assert self.customers[who].wallet.to_mongo() == before.to_mongo()
        return multiple()

    @rule(reference=withdrawals, lost=st.sampled_from([None, None, "reset", "reset_after"]))
    def send(self, reference: str, lost: str | None) -> None:
        """A worker sends it, once more or for the first time, and may never hear the answer."""
        if lost:
            self.vendor.fault(lost, endpoint="transfers")
        transfers.send(reference=reference, now=clock.now())
        self.vendor.reset_faults()

    @rule(reference=withdrawals, status=st.sampled_from(["SUCCESSFUL", "FAILED"]))
    def decide_at_the_bank(self, reference: str, status: str) -> None:
        """For the first time, or differently from before."""
        if self.vendor.payouts(reference):
            self.vendor.end_transfer(reference, status)

    @rule(reference=withdrawals, claim=st.sampled_from(["SUCCESSFUL", "FAILED", "NEW"]))
    def deliver_transfer(self, reference: str, claim: str) -> None:
        for payout in self.vendor.payouts(reference):
            assert deliver(disbursed(payout["id"], reference, claim)).status_code == 200

    @rule(reference=withdrawals, later_s=st.sampled_from([0, 60, 3 * 3600]))
    def requery_transfer(self, reference: str, later_s: int) -> None:
        now = clock.now() + timedelta(seconds=later_s)
        requery.requery(reference=reference, now=now)

    @rule()
    def work(self) -> None:
        """A worker takes whatever is in the inbox, finished or not."""
        for event in WebhookEvent.objects(pk__gte=self.began):
            self._process(event)

    @rule(funding=fundings, later_s=st.sampled_from([0, 60, 3 * 3600]))
    def requery(self, funding: dict[str, Any], later_s: int) -> None:
        now = clock.now() + timedelta(seconds=later_s)
        requery.requery(reference=funding["tx_ref"], now=now)

    @rule(who=st.sampled_from([0, 1]), active=st.booleans())
    def pause_or_activate(self, who: int, active: bool) -> None:
        user_id = self.customers[who].user.pk
        locks.set_activity(user_id=user_id, is_active=active, now=clock.now())

    @rule(who=st.sampled_from([0, 1]), locked=st.booleans())
    def lock_or_unlock(self, who: int, locked: bool) -> None:
        wallet_id, now = self.customers[who].wallet.pk, clock.now()
        if locked:
            locks.lock_wallet(wallet_id=wallet_id, reason="r", locked_by="s", now=now)
        else:
            locks.unlock_wallet(wallet_id=wallet_id, now=now)

    @invariant()
    def money_is_right(self) -> None:
        for customer in getattr(self, "customers", []):
            check_money(customer.wallet)
            self._history_never_goes_back(customer)

    def _history_never_goes_back(self, customer: Customer) -> None:
        for transaction in Transaction.objects(user_id=customer.user.pk):
            before = self.expected_status.get(transaction.reference, "PENDING")
            assert not (before == "SUCCESS" and transaction.status is not TransactionStatus.SUCCESS)
            self.expected_status[transaction.reference] = transaction.status.value

    def teardown(self) -> None:
        """The clock heals what is left; then the vendor's books are ours."""
        if not hasattr(self, "customers"):
            return
        self.work()
        later = clock.now() + timedelta(hours=3)
        for customer in self.customers:
            for transaction in Transaction.objects(user_id=customer.user.pk):
                requery.requery(reference=transaction.reference, now=later)
                if transaction.type == "WITHDRAWAL":
                    self._paid_out_once(transaction.reference, later)
                elif transaction.requested_amount == 500_00:
                    self._agrees_with_the_vendor(transaction.reference)
            check_money(customer.wallet)

    def _paid_out_once(self, reference: str, later: datetime) -> None:
        """At most one payout; and what the bank says now is where our books end."""
        requery.requery(reference=reference, now=later + timedelta(hours=1))
        ours = Transaction.objects.get(reference=reference)
        payouts = self.vendor.payouts(reference)
        assert len(payouts) <= 1
        for payout in payouts:
            transfer = flutterwave.payouts().find_transfer(str(payout["id"]))
            assert transfer is not None
            ours = transfers.apply(transfer, source=ChangeSource.RECONCILE, now=later)
        states = [payout["status"] for payout in payouts]
        returned = Transaction.objects(reverses=reference).count()
        told = {case.kind for case in ReviewCase.objects(transaction=reference)}
        if states == ["SUCCESSFUL"]:
            # Paid and kept, or a contradiction that a person knows of.
            assert (ours.status, returned) == (TransactionStatus.SUCCESS, 0) or told
        elif states == ["FAILED"]:
            assert ours.status is TransactionStatus.FAILED or returned == 1
        elif states:
            assert ours.status is TransactionStatus.PENDING
        else:
            assert ours.status is not TransactionStatus.SUCCESS

    def _agrees_with_the_vendor(self, reference: str) -> None:
        ours = Transaction.objects.get(reference=reference)
        paid = [
            row
            for row in self.vendor.books(reference)["collections"]
            if row["status"] == "successful"
        ]
        enough = [r for r in paid if r["currency"] == "NGN" and r["amount"] >= 500_00]
        if ours.status is TransactionStatus.SUCCESS:
            [settled] = [r for r in enough if str(r["id"]) == ours.vendor_id]
            assert settled["amount"] == ours.amount
            spare = [r for r in enough if r is not settled]
        else:
            spare = enough
        told = {c.vendor_id for c in ReviewCase.objects(transaction=reference)}
        delivered = {e.dedupe_key.split(":")[1] for e in WebhookEvent.objects(reference=reference)}
        # Money that came and was not credited is known to people, once a webhook told of it.
        assert {str(r["id"]) for r in spare} & delivered <= told
        assert ours.status is TransactionStatus.SUCCESS or not enough

    def _process(self, event: WebhookEvent) -> None:
        try:
            inbox.process(event_id=event.pk, now=clock.now())
        except PayflowError as exc:
            due = clock.now() + timedelta(minutes=1)
            inbox.record_failure(event_id=event.pk, error=str(exc), next_attempt_at=due)
        else:
            state = WebhookEvent.objects.get(pk=event.pk).status
            assert state in (EventStatus.PROCESSED, EventStatus.IGNORED)


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("db")
def test_money_is_right_whatever_happens_in_whatever_order(vendor: Vendor, servers: Stack) -> None:
    """No order of events creates, loses or doubles a kobo."""
    MoneyMachine.vendor = vendor

    run_state_machine_as_test(
        MoneyMachine,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
