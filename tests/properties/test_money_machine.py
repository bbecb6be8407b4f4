"""Fundings, refunds, chargebacks, withdrawals, webhooks, pauses and locks, in any order.

After every step the invariants of money must hold. At the end requeries settle what is open, and
the vendor's books must agree with ours. Hypothesis prints the operations that led to a failure,
and the seed that repeats them.
"""

from __future__ import annotations

import json
from collections import Counter
from contextlib import suppress
from datetime import timedelta
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

from accounts.roles import Role
from payflow.kernel import clock
from payflow.kernel.errors import PayflowError
from tests.support.books import check_funding, check_withdrawal, customer_kobo
from tests.support.customer import MEANT
from tests.support.invariants import check_money
from tests.support.locks import lock
from tests.support.people import Customer, deliver
from tests.support.vendor import Vendor, charge, disbursed
from wallets import requery
from wallets.funding.polling import poll_refunds
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger import locks
from wallets.ledger.documents import (
    Transaction,
    TransactionStatus,
)
from wallets.withdrawals import services as transfers

FULL = "500.00"


class MoneyMachine(RuleBasedStateMachine):
    vendor: Vendor

    fundings = Bundle("fundings")
    payments = Bundle("payments")
    withdrawals = Bundle("withdrawals")
    chargebacks = Bundle("chargebacks")

    @initialize()
    def open_accounts(self) -> None:
        self.began = ObjectId()  # later events of the inbox belong to this run
        self.customers = [Customer(), Customer()]
        self.vendor.webhooks(drop=1_000)
        self.vendor.transfers(outcome="pending")
        self.customers[0].receive("3000")
        self.last_status: dict[str, str] = {}

    @rule(target=fundings, who=st.sampled_from([0, 1]))
    def fund(self, who: int) -> Any:
        answer = self.customers[who].post("/wallet/fund", {"amount": FULL, **MEANT})
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
        except requests.HTTPError:  # the page is closed after a payment
            return multiple()

    @rule(payment=payments, status=st.sampled_from(["successful", "failed"]))
    def settle_at_the_vendor(self, payment: tuple[int, str, str], status: str) -> None:
        if payment[2] == "pending":
            try:
                self.vendor.settle(payment[0], status)
            except AssertionError:  # it is settled already
                return

    @rule(target=payments, funding=fundings, amount=st.sampled_from(["500", "250"]))
    def pay_beside_the_page(self, funding: dict[str, Any], amount: str) -> Any:
        """A bank transfer under the same reference: the first payment, a second, or a part."""
        payment = self.vendor.pay_again(funding["tx_ref"], amount)
        return payment, funding["tx_ref"], "successful"

    @rule(
        payment=payments,
        amount=st.sampled_from([None, "200"]),
        fails=st.sampled_from([False, False, True]),
    )
    def refund(self, payment: tuple[int, str, str], amount: str | None, fails: bool) -> None:
        """The vendor's dashboard gives the payment, or a part, back. The refund may fail."""
        with suppress(AssertionError):  # there is nothing left to refund
            refund = self.vendor.refund(payment[0], amount)
            if fails:
                self.vendor.move_refund(refund, "failed")

    @rule(target=chargebacks, payment=payments, amount=st.sampled_from([None, "300"]))
    def charge_back(self, payment: tuple[int, str, str], amount: str | None) -> Any:
        try:
            return self.vendor.charge_back(payment[0], amount)
        except AssertionError:  # there is nothing left to dispute
            return multiple()

    @rule(chargeback=chargebacks, decision=st.sampled_from(["won", "lost", "accepted"]))
    def decide_chargeback(self, chargeback: int, decision: str) -> None:
        self.vendor.decide_chargeback(chargeback, decision)

    @rule()
    def poll(self) -> None:
        poll_refunds(now=clock.now())

    @rule(payment=payments, claim=st.sampled_from(["successful", "failed", "pending", "odd"]))
    def deliver(self, payment: tuple[int, str, str], claim: str) -> None:
        """Deliver a webhook, true or false, for the first time or again."""
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
        """A worker sends it, for the first time or again. The answer may be lost."""
        if lost:
            self.vendor.fault(lost, endpoint="transfers")
        transfers.send(reference=reference, now=clock.now())
        self.vendor.reset_faults()

    @rule(reference=withdrawals, status=st.sampled_from(["SUCCESSFUL", "FAILED"]))
    def decide_at_the_bank(self, reference: str, status: str) -> None:
        """The bank decides for the first time, or differently than before."""
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
        """A worker processes every event of the inbox, finished or not."""
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
            lock(wallet_id, now=now)
        else:
            locks.lift_locks(wallet_id=wallet_id, by_role=Role.SUPPORT, now=now)

    @invariant()
    def money_is_right(self) -> None:
        for customer in getattr(self, "customers", []):
            check_money(customer.wallet)
            self._check_status_is_final(customer)

    def _check_status_is_final(self, customer: Customer) -> None:
        """No transaction leaves SUCCESS."""
        for transaction in Transaction.objects(user_id=customer.user.pk):
            before = self.last_status.get(transaction.reference, "PENDING")
            assert not (before == "SUCCESS" and transaction.status is not TransactionStatus.SUCCESS)
            self.last_status[transaction.reference] = transaction.status.value

    def teardown(self) -> None:
        """Requeries settle what is open; then the vendor's books agree with ours."""
        if not hasattr(self, "customers"):
            return
        self.work()
        self.poll()
        later = clock.now() + timedelta(hours=3)
        for customer in self.customers:
            # Nothing is sent from a locked wallet.
            locks.lift_locks(wallet_id=customer.wallet.pk, by_role=Role.SUPPORT, now=later)
            for transaction in Transaction.objects(user_id=customer.user.pk):
                requery.requery(reference=transaction.reference, now=later)
                if transaction.type == "WITHDRAWAL":
                    after = later + timedelta(hours=1)
                    requery.requery(reference=transaction.reference, now=after)
                    check_withdrawal(self.vendor, transaction.reference, now=later)
                elif transaction.requested_amount == 500_00:
                    self._check_funding(transaction.reference)
            check_money(customer.wallet)

    def _check_funding(self, reference: str) -> None:
        """As check_funding(), also if a part of the payments was given back or taken back."""
        books = self.vendor.books(reference)
        kept, disputed = Counter[int](), 0
        for row in books["collections"]:
            if row["status"] == "successful" and row["currency"] == "NGN":
                kept[row["id"]] += row["amount"]
        is_covered = sum(kept.values()) >= 500_00
        for row in books["refunds"]:
            if row["transaction_id"] in kept and row["status"] != "failed":
                kept[row["transaction_id"]] -= row["amount"]
        for row in books["chargebacks"]:
            if row["transaction_id"] in kept and row["status"] in ("lost", "accepted"):
                kept[row["transaction_id"]] -= row["amount"]
            disputed += row["amount"] * (row["status"] == "initiated")
        if not books["refunds"] and not books["chargebacks"]:
            check_funding(self.vendor, reference)
        left = min(500_00, sum(kept.values())) if is_covered else 0
        assert customer_kobo(reference) == left
        assert int(Transaction.objects.get(reference=reference).frozen or 0) <= disputed

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
def test_no_order_of_fundings_and_withdrawals_creates_or_loses_money(vendor: Vendor) -> None:
    """In any order of operations the invariants hold and the vendor's books agree with ours."""
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
