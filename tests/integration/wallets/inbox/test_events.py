"""Stored events: failures, replays and sweeps."""

import secrets
from datetime import timedelta

import pytest
from bson import ObjectId

from payflow.kernel import clock
from tests.support.fundings import find_event, fund_and_pay, process_event
from tests.support.people import Customer, deliver
from tests.support.threads import run_together
from tests.support.vendor import Vendor, charge
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent

pytestmark = pytest.mark.usefixtures("db", "no_webhooks")


def test_a_failure_is_recorded_on_the_event(customer: Customer, vendor: Vendor) -> None:
    """Support can read the error, and when the next attempt is."""
    payment_id = secrets.randbelow(10**15)
    deliver(charge(payment_id, f"x{ObjectId()}"))
    event = WebhookEvent.objects.get(dedupe_key__startswith=f"charge:{payment_id}:successful")
    due = clock.now() + timedelta(minutes=1)

    inbox.record_failure(event_id=event.pk, error="VendorUnavailable: no", next_attempt_at=due)

    event.reload()
    assert event.status is EventStatus.RECEIVED
    assert (event.attempts, event.last_error) == (1, "VendorUnavailable: no")
    assert event.next_attempt_at == due


def test_a_dead_event_is_replayed_once(customer: Customer, vendor: Vendor) -> None:
    """The payment is credited; a second replay does nothing."""
    funding, payment = fund_and_pay(customer, vendor)
    deliver(charge(payment, funding["tx_ref"]))
    event = find_event(funding["tx_ref"])
    inbox.record_failure(event_id=event.pk, error="gone", next_attempt_at=None)
    assert WebhookEvent.objects.get(pk=event.pk).status is EventStatus.DEAD

    replayed = [inbox.replay(event_id=event.pk, now=clock.now()) for _ in range(2)]
    process_event(funding["tx_ref"])

    assert replayed == [True, False]
    assert customer.wallet.balance == 1500_00


def test_concurrent_sweeps_claim_each_event_once(customer: Customer, vendor: Vendor) -> None:
    """Four sweeps run together."""
    for _ in range(10):
        funding, payment = fund_and_pay(customer, vendor)
        deliver(charge(payment, funding["tx_ref"]))
    later = clock.now() + timedelta(hours=1)

    sweeps = run_together(4, lambda _: inbox.claim_leftovers(now=later, limit=1000))

    claimed = [event_id for sweep in sweeps for event_id in sweep]
    assert len(claimed) == len(set(claimed)) >= 10


def test_a_processed_event_is_not_swept(customer: Customer, vendor: Vendor) -> None:
    """Not even a day later."""
    funding, payment = fund_and_pay(customer, vendor)
    deliver(charge(payment, funding["tx_ref"]))
    event = process_event(funding["tx_ref"])

    assert event.pk not in inbox.claim_leftovers(now=clock.now() + timedelta(days=1), limit=1000)
