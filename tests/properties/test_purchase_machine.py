"""Any interleaving of purchases, what VTpass says of them, what it really does, and lies.

After every step the invariants of money are restated from the documents; at the end the clock
heals what is left, and the vendor's books must be ours. Hypothesis prints the operations that
led to a failure, and the seed that repeats them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from django.core.cache import cache
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
from rest_framework.test import APIClient

from airtime import availability
from airtime.purchases import services as purchases
from payflow.kernel import clock
from payflow.kernel.errors import PayflowError
from tests.support.airtime import Networks, cases, look, purchases_of, update
from tests.support.invariants import check_money
from tests.support.people import API, Customer
from tests.support.vendor import Vendor
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger.documents import LedgerEntry, Transaction, TransactionStatus

VTPASS = "payable:vtpass"
PHONES = ["08031234567", "08031234568", "08051234567"]
ELSE = {"content": {"transactions": {"unique_element": "08099999999"}}}
# What the next purchase is answered, and what becomes of it; None: as it is with the vendor.
ANSWERS: list[dict[str, Any] | None] = [
    None,
    None,
    {"code": "099", "record": "delivered"},
    {"code": "999", "record": "pending"},
    {"code": "083", "http_status": 500, "record": "delivered"},
    {"code": "016", "record": "delivered"},
    {"code": "016", "record": "failed"},
    {"code": "014", "record": "failed"},
    {"code": "019"},
    {"code": "030"},
    {"code": "018"},
    {"code": "087"},
    {"code": "085"},
    {"code": "015"},
    {"code": "040", "record": "reversed"},
    {"status": "pending", "record": "pending"},
    {"status": "delivered", "record": "failed"},  # it is mistaken, and says so later
    {"code": "000", "record": "delivered", "patch": ELSE},
]
FAULTS = [None, None, None, "reset", "reset_after", "http_500", "http_503_after", "malformed"]
LATER_S = [0, 30, 660, 90_000]


class PurchaseMachine(RuleBasedStateMachine):
    vendor: Vendor

    bought = Bundle("bought")

    @initialize()
    def register_customer(self) -> None:
        # Nothing of an earlier run, and nothing that depends on how fast this one goes: the same
        # operations do the same again.
        cache.clear()
        self.began = ObjectId()  # whatever the inbox has from here on is this run's
        self.vendor.reset()
        self.networks = Networks(self.vendor)
        self.networks.callbacks(drop=1_000)
        self.networks.behave(deliver_any=True, duplicate_window_s=600)
        self.customer = Customer()
        self.customer.receive("2500")
        self.seen: dict[str, TransactionStatus] = {}

    @rule(
        target=bought,
        phone=st.sampled_from(PHONES),
        kobo=st.sampled_from([100_00, 500_00, 777_00]),
        is_open=st.sampled_from([True, True, True, False]),
        answer=st.sampled_from(ANSWERS),
        fault=st.sampled_from(FAULTS),
        dies=st.sampled_from([False, False, False, True]),
    )
    def buy(
        self,
        phone: str,
        kobo: int,
        is_open: bool,
        answer: dict[str, Any] | None,
        fault: str | None,
        dies: bool,
    ) -> Any:
        """The money is held; the request may die before it sends anything."""
        if is_open:
            availability.CIRCUIT.record_success()
            availability.check_float()
        before = self.customer.wallet.to_mongo()
        try:
            reference = purchases.start(
                user=self.customer.user,
                service_id="mtn",
                phone=phone,
                amount_kobo=kobo,
                now=clock.now(),
            ).reference
        except PayflowError as exc:
            assert exc.code in ("insufficient_funds", "vendor_unavailable", "vendor_low_balance")
            assert self.customer.wallet.to_mongo() == before
            return multiple()
        if not dies:
            self.send(reference, answer, fault)
        return reference

    @rule(reference=bought, answer=st.sampled_from(ANSWERS), fault=st.sampled_from(FAULTS))
    def send_again(self, reference: str, answer: dict[str, Any] | None, fault: str | None) -> None:
        """For the first time where its request died; else nothing more is sent."""
        self.send(reference, answer, fault)

    def send(self, reference: str, answer: dict[str, Any] | None, fault: str | None) -> None:
        """The answer may be lost, or never have been right."""
        self.networks.behave(force=[answer] if answer else [])
        if fault:
            self.networks.fault(fault)
        purchases.send(reference=reference, now=clock.now())
        self.vendor.reset_faults()
        self.networks.behave(force=[])

    @rule(reference=bought, status=st.sampled_from(["delivered", "failed", "reversed"]))
    def decide_at_the_vendor(self, reference: str, status: str) -> None:
        """For the first time, or differently from before."""
        request_id = Transaction.objects.get(reference=reference).vendor_id
        if self.networks.purchase(request_id):
            self.networks.end(request_id, status)

    @rule(
        reference=bought,
        claim=st.sampled_from(["delivered", "failed", "reversed"]),
        data=st.booleans(),
        copies=st.sampled_from([1, 1, 2]),
    )
    def call_back(self, reference: str, claim: str, data: bool, copies: int) -> None:
        """True or not, for the first time or again."""
        request_id = Transaction.objects.get(reference=reference).vendor_id
        for _ in range(copies):
            answer = APIClient().generic(
                "POST", f"{API}/airtime/vtpass/webhook", update(request_id, claim, data=data)
            )
            assert answer.status_code in (200, 429)

    @rule(reference=bought, fault=st.sampled_from([None, None, "http_500"]))
    def work(self, reference: str, fault: str | None) -> None:
        """A worker takes what is in the inbox about it, and may find the vendor away."""
        if fault:
            self.networks.fault(fault, endpoint="requery")
        request_id = Transaction.objects.get(reference=reference).vendor_id
        if request_id:
            for event in self._open_events(request_id):
                self._process(event)
        self.vendor.reset_faults()

    @rule(
        reference=bought,
        later_s=st.sampled_from(LATER_S),
        answer=st.sampled_from(
            [None, None, None, {"code": "015"}, {"code": "087"}, {"code": "016"}]
        ),
        fault=st.sampled_from(FAULTS),
    )
    def requery(
        self, reference: str, later_s: int, answer: dict[str, Any] | None, fault: str | None
    ) -> None:
        """Soon or late; the vendor may be away, or may speak of anything but the purchase."""
        status = Transaction.objects.get(reference=reference).status
        # A vendor that takes a failure back is one; that it lies about what it delivered is not.
        if answer and not (answer["code"] == "016" and status is TransactionStatus.SUCCESS):
            self.networks.answer_requery(answer)
        if fault:
            self.networks.fault(fault, endpoint="requery")
        look(reference, timedelta(seconds=later_s))
        self.vendor.reset_faults()
        self.networks.behave(force_requery=[])

    @invariant()
    def money_is_right(self) -> None:
        if not hasattr(self, "customer"):
            return
        check_money(self.customer.wallet)
        for purchase in purchases_of(self.customer):
            before = self.seen.get(purchase.reference, TransactionStatus.PENDING)
            assert before in (TransactionStatus.PENDING, purchase.status)
            self.seen[purchase.reference] = purchase.status

    def teardown(self) -> None:
        """The clock heals what is left; then the vendor's books are ours."""
        if not hasattr(self, "customer"):
            return
        for purchase in purchases_of(self.customer):
            self.work(purchase.reference, None)
            self._heal(purchase)
            self._agrees_with_the_vendor(purchase.reference)
        check_money(self.customer.wallet)
        assert self.customer.wallet.held == 0

    def _heal(self, transaction: Transaction) -> None:
        """The vendor decides at last, and is asked until it was heard."""
        line = self.networks.purchase(transaction.vendor_id)
        if line and line["status"] in ("initiated", "pending"):
            self.networks.end(transaction.vendor_id, "delivered")
        for later_s in (660, 661, 662):
            now = clock.now() + timedelta(seconds=later_s)
            purchases.requery(reference=transaction.reference, now=now)

    def _agrees_with_the_vendor(self, reference: str) -> None:
        """Charged exactly when delivered, at its cost; or a person knows of the difference."""
        ours = Transaction.objects.get(reference=reference)
        assert ours.status is not TransactionStatus.PENDING
        line = self.networks.purchase(ours.vendor_id)
        is_delivered = line is not None and line["status"] == "delivered"
        cost = line["debited_kobo"] if line else 0
        reversals = Transaction.objects(reverses=reference)
        assert len(reversals) <= 1
        is_charged = ours.status is TransactionStatus.SUCCESS and not reversals
        told = cases(reference)
        assert not (is_charged and not is_delivered)
        if is_delivered and not is_charged:
            assert told & {"delivered_after_failed", "reversed_after_success"}
        else:
            assert self._booked_kobo(reference) == cost
        # Whatever became of it, it was asked for once under the id that we know.
        assert line is None or line["attempts"] == 1

    def _booked_kobo(self, reference: str) -> int:
        """What we say the vendor took for it, less what it gave back."""
        both = [reference, *(t.reference for t in Transaction.objects(reverses=reference))]
        return sum(
            entry.amount * ((entry.credit_account == VTPASS) - (entry.debit_account == VTPASS))
            for entry in LedgerEntry.objects(transaction__in=both)
        )

    def _open_events(self, request_id: str) -> list[WebhookEvent]:
        return list(
            WebhookEvent.objects(
                pk__gte=self.began, status=EventStatus.RECEIVED, raw_body__contains=request_id
            )
        )

    def _process(self, event: WebhookEvent) -> None:
        try:
            inbox.process(event_id=event.pk, now=clock.now())
        except PayflowError as exc:
            assert exc.code == "vendor_unavailable"
        else:
            assert WebhookEvent.objects.get(pk=event.pk).status is EventStatus.PROCESSED


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("db")
def test_money_is_right_whatever_is_bought_and_whatever_is_said(vendor: Vendor) -> None:
    """No order of events charges for what did not arrive, or twice, or gives value away."""
    PurchaseMachine.vendor = vendor

    run_state_machine_as_test(
        PurchaseMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=20,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
