"""Purchases, VTpass's answers, its decisions and its callbacks, true or false, in any order.

After every step the invariants of money must hold. At the end requeries settle what is open, and
the vendor's books must agree with ours. Hypothesis prints the operations that led to a failure,
and the seed that repeats them.
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

from airtime import availability
from airtime.purchases import services as purchases
from payflow.kernel import clock
from payflow.kernel.errors import PayflowError
from tests.support.airtime import purchase_update, purchases_of, requery_purchase
from tests.support.books import check_purchase
from tests.support.invariants import check_money
from tests.support.networks import Networks
from tests.support.people import Customer, deliver_callback
from tests.support.vendor import Vendor
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger.documents import Transaction, TransactionStatus

PHONES = ["08031234567", "08031234568", "08051234567"]
OTHER_RECIPIENT = {"content": {"transactions": {"unique_element": "08099999999"}}}
# The answer to the next purchase, and what the vendor records. None: the usual answer.
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
    {"status": "delivered", "record": "failed"},  # the requery says so later
    {"code": "000", "record": "delivered", "patch": OTHER_RECIPIENT},
]
FAULTS = [None, None, None, "reset", "reset_after", "http_500", "http_503_after", "malformed"]
LATER_S = [0, 30, 660, 90_000]


class PurchaseMachine(RuleBasedStateMachine):
    vendor: Vendor

    bought = Bundle("bought")

    @initialize()
    def register_customer(self) -> None:
        # No cached state of an earlier run, so that the same operations have the same results.
        cache.clear()
        self.began = ObjectId()  # later events of the inbox belong to this run
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
        """Hold the money. The request may die before it sends anything."""
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
        """Sends for the first time if the request died before; else sends nothing."""
        self.send(reference, answer, fault)

    def send(self, reference: str, answer: dict[str, Any] | None, fault: str | None) -> None:
        """The answer may be lost or wrong."""
        self.networks.behave(force=[answer] if answer else [])
        if fault:
            self.networks.fault(fault)
        purchases.send(reference=reference, now=clock.now())
        self.vendor.reset_faults()
        self.networks.behave(force=[])

    @rule(reference=bought, status=st.sampled_from(["delivered", "failed", "reversed"]))
    def decide_at_the_vendor(self, reference: str, status: str) -> None:
        """The vendor decides for the first time, or differently than before."""
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
        """Deliver a callback, true or false, for the first time or again."""
        request_id = Transaction.objects.get(reference=reference).vendor_id
        for _ in range(copies):
            answer = deliver_callback(purchase_update(request_id, claim, data=data))
            assert answer.status_code in (200, 429)

    @rule(reference=bought, fault=st.sampled_from([None, None, "http_500"]))
    def work(self, reference: str, fault: str | None) -> None:
        """A worker processes the purchase's open events. The vendor may be unavailable."""
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
        """Requery soon or late. The vendor may be unavailable, or answer about something else."""
        status = Transaction.objects.get(reference=reference).status
        # The vendor may take a failure back. It never denies what it has delivered.
        if answer and not (answer["code"] == "016" and status is TransactionStatus.SUCCESS):
            self.networks.answer_requery(answer)
        if fault:
            self.networks.fault(fault, endpoint="requery")
        requery_purchase(reference, timedelta(seconds=later_s))
        self.vendor.reset_faults()
        self.networks.behave(force_requery=[])

    @invariant()
    def money_is_right(self) -> None:
        if not hasattr(self, "customer"):
            return
        check_money(self.customer.wallet)
        for purchase in purchases_of(self.customer):
            before = self.seen.get(purchase.reference, TransactionStatus.PENDING)
            assert before is not TransactionStatus.SUCCESS or purchase.status is before
            is_open = purchase.status is TransactionStatus.PENDING
            assert before is TransactionStatus.PENDING or not is_open
            self.seen[purchase.reference] = purchase.status

    def teardown(self) -> None:
        """Requeries settle what is open; then the vendor's books agree with ours."""
        if not hasattr(self, "customer"):
            return
        for purchase in purchases_of(self.customer):
            self.work(purchase.reference, None)
            self._settle(purchase)
            check_purchase(self.networks, purchase.reference)
        check_money(self.customer.wallet)
        assert self.customer.wallet.held == 0

    def _settle(self, transaction: Transaction) -> None:
        """The vendor delivers what is pending there, and three requeries follow.

        Each is more than ten minutes after any other: only then a purchase that it does not know
        was never sent.
        """
        line = self.networks.purchase(transaction.vendor_id)
        if line and line["status"] in ("initiated", "pending"):
            self.networks.end(transaction.vendor_id, "delivered")
        for later_s in (90_700, 91_400, 92_100):
            now = clock.now() + timedelta(seconds=later_s)
            purchases.requery(reference=transaction.reference, now=now)

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
def test_no_order_of_purchases_and_answers_charges_wrongly(vendor: Vendor) -> None:
    """In any order of operations a customer is charged once, and exactly for what was delivered."""
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
