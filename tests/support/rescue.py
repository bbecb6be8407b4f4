"""A paid funding whose event is dead, and the operator's steps to replay it."""

from __future__ import annotations

from bson import ObjectId

from payflow.kernel import clock
from payflow.kernel.failpoints import EXIT_CODE
from tests.support.invariants import check_money
from tests.support.letters import Desk
from tests.support.people import Customer
from tests.support.vendor import Vendor, charge
from tests.support.waiting import eventually
from wallets import flutterwave
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger.documents import TransactionStatus

TASK = "wallets.process_webhook_event"


class Rescue:
    """One customer, one payment and one event, which a worker of the desk handles."""

    def __init__(self, desk: Desk, customer: Customer, vendor: Vendor) -> None:
        self.desk, self.customer, self.vendor = desk, customer, vendor
        vendor.webhooks(drop=1000)
        self.funding = customer.fund("1500.00")
        payment = vendor.pay(self.funding["link"])
        event_id = inbox.receive(
            vendor=flutterwave.VENDOR,
            raw_body=charge(payment, self.funding["tx_ref"]),
            now=clock.now(),
        )
        assert event_id is not None
        self.event_id: ObjectId = event_id
        self.letter_id = ""

    @property
    def event(self) -> WebhookEvent:
        return WebhookEvent.objects.get(pk=self.event_id)

    def let_event_die(self) -> None:
        """Keep the vendor unavailable until the task has failed for the last time."""
        self.vendor.fault("http_500", times=1000)
        self.letter_id = self.desk.send(TASK, event_id=str(self.event_id))
        self._wait_until_dead()
        self.vendor.reset_faults()

    def replay_and_die(self) -> None:
        """Kill the command after it published the task and before it removed the letter."""
        died = self.desk.run("replay", self.letter_id, PAYFLOW_FAILPOINT=f"after-publish:{TASK}")
        assert died.code == EXIT_CODE

    def replay(self) -> None:
        eventually(lambda: self.desk.run("list").ids == [self.letter_id])
        assert self.desk.run("replay", self.letter_id).code == 0

    def fail_again(self) -> None:
        self.vendor.fault("http_500", times=1000)
        before = self.event.attempts
        self.replay()
        eventually(lambda: self.event.attempts == 2 * before)
        self._wait_until_dead()

    def check_credited_once(self) -> None:
        eventually(lambda: self.event.status is EventStatus.PROCESSED)
        self._wait_for_empty_queue()
        assert self.desk.run("list").ids == []
        assert self.customer.wallet.balance == 1500_00
        assert len(self.customer.entries()) == 2  # the credit and the vendor's fee
        transaction = self.customer.transaction(self.funding["tx_ref"])
        assert transaction.status is TransactionStatus.SUCCESS
        check_money(self.customer.wallet)

    def check_dead_again(self) -> None:
        assert self.event.last_error.startswith("VendorUnavailable")
        assert self.event.next_attempt_at is None
        assert self.customer.wallet.balance == 0
        assert self.desk.run("show", self.letter_id).code == 0

    def _wait_until_dead(self) -> None:
        eventually(lambda: self.event.status is EventStatus.DEAD)
        eventually(lambda: self.letter_id in self.desk.run("list").ids)

    def _wait_for_empty_queue(self) -> None:
        """Wait for a marker: all messages published before it are handled."""
        missing = str(ObjectId())
        marker = self.desk.send(TASK, event_id=missing)
        eventually(lambda: self.desk.worker.said(f"{TASK}[{marker}] succeeded"))
