"""A new flow is one package and one registration; everything that serves flows then knows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from payflow import metrics
from payflow.kernel import clock
from payflow.kernel.errors import InvariantBroken
from tests.support.electricity import ELECTRICITY, VENDOR, services
from tests.support.electricity.flow import FLOW
from tests.support.invariants import check_money
from tests.support.people import Customer
from wallets import flows, requery
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger.documents import Transaction
from wallets.ledger.vendor_objects import VendorObject
from wallets.oversight.audit.wallet import audit_wallet
from wallets.oversight.reconciliation import reconcile

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def registered() -> Iterator[None]:
    flows.register(FLOW)
    yield
    # Other tests share the database, and their sweeps do not know this flow.
    Transaction.objects(type=ELECTRICITY).update(unset__next_check_at=1, unset__recheck_at=1)
    flows.unregister(FLOW)
    services.VENDOR_BOOKS.clear()


@pytest.fixture
def rich(customer: Customer) -> Customer:
    customer.receive("5000.00")
    return customer


def pay(customer: Customer) -> str:
    """The reference of a payment of 1,000 naira that the vendor was asked for."""
    started = services.start(
        user=customer.user, amount_kobo=1000_00, meter_number="45012345678", now=clock.now()
    )
    services.send(reference=started.reference, now=clock.now())
    return str(started.reference)


def hear(reference: str) -> WebhookEvent:
    """The vendor's webhook about the reference, processed."""
    body = json.dumps({"reference": reference}).encode()
    event_id = inbox.receive(vendor=VENDOR, raw_body=body, now=clock.now())
    assert event_id is not None
    inbox.process(event_id=event_id, now=clock.now())
    return WebhookEvent.objects.get(pk=event_id)


def test_a_payment_holds_its_price_until_the_vendor_decides(rich: Customer) -> None:
    """The ledger holds for the new type, and its references have the flow's code."""
    reference = pay(rich)

    assert reference.startswith("PFELE")
    assert (rich.wallet.balance, rich.wallet.held) == (5000_00, 1000_00)
    assert rich.transaction(reference).order.meter_number == "45012345678"
    check_money(rich.wallet)


def test_two_flows_of_one_vendor_each_get_their_events(rich: Customer) -> None:
    """A callback of VTpass about a payment for electricity passes the purchases by."""
    flows.register(replace(FLOW, vendor="vtpass"))
    reference = pay(rich)
    services.VENDOR_BOOKS[reference] = "delivered"
    body = json.dumps({"data": {"requestId": reference}}).encode()
    event_id = inbox.receive(vendor="vtpass", raw_body=body, now=clock.now())

    inbox.process(event_id=event_id, now=clock.now())

    assert WebhookEvent.objects.get(pk=event_id).status is EventStatus.PROCESSED
    assert rich.wallet.balance == 4000_00


def test_an_event_of_a_vendor_without_a_flow_is_not_lost(db: None) -> None:
    """A process that does not know the flow leaves the event to another attempt."""
    flows.unregister(FLOW)
    event_id = inbox.receive(vendor=VENDOR, raw_body=b"{}", now=clock.now())

    with pytest.raises(LookupError):
        inbox.process(event_id=event_id, now=clock.now())

    assert WebhookEvent.objects.get(pk=event_id).status is EventStatus.RECEIVED


def test_two_flows_cannot_share_a_type_or_a_code(db: None) -> None:
    """The type decides which flow requeries a transaction."""
    with pytest.raises(InvariantBroken):
        flows.register(replace(FLOW, name="GAS"))
    with pytest.raises(InvariantBroken):
        flows.register(replace(FLOW, name="GAS", reference_codes={"GAS": "FUN"}))


@pytest.mark.parametrize("status, balance", [("delivered", 4000_00), ("failed", 5000_00)])
def test_the_inbox_hands_the_vendors_event_to_the_flow(
    rich: Customer, status: str, balance: int
) -> None:
    """The webhook is a reason to ask the vendor; its answer captures or releases the hold."""
    reference = pay(rich)
    services.VENDOR_BOOKS[reference] = status

    event = hear(reference)

    assert event.status is EventStatus.PROCESSED
    assert (rich.wallet.balance, rich.wallet.held) == (balance, 0)
    check_money(rich.wallet)


def test_the_sweep_claims_a_pending_payment_and_a_requery_settles_it(rich: Customer) -> None:
    """No webhook came: the flow's schedule and requery serve the payment."""
    reference = pay(rich)
    services.VENDOR_BOOKS[reference] = "delivered"
    now = clock.now() + timedelta(seconds=1)

    claimed = requery.claim_due(now=now, limit=1000)
    requery.requery(reference=reference, now=now)

    assert ("wallets.requery", reference) in claimed
    assert rich.wallet.balance == 4000_00
    check_money(rich.wallet)


def test_reconciliation_asks_the_new_vendor_about_each_payment(rich: Customer) -> None:
    """A payment that the vendor denies is a difference under the flow's name."""
    reference = pay(rich)
    services.VENDOR_BOOKS[reference] = "delivered"
    hear(reference)
    far = clock.now() + timedelta(days=9000)
    Transaction.objects(reference=reference).update_one(set__completed_at=far)
    VendorObject.objects(transaction=reference).update_one(set__made_at=far)
    day = clock.lagos_day(far)

    agreed = reconcile(day=day, now=far)
    del services.VENDOR_BOOKS[reference]
    denied = reconcile(day=day, now=far + timedelta(minutes=1))

    [source] = [each for each in agreed.sources if each.name == "power payments"]
    assert (source.matched, agreed.difference_count) == (1, 0)
    assert [(d.kind, d.source) for d in denied.differences] == [("missing_there", "power payments")]


def test_the_audit_and_the_api_know_the_new_type(rich: Customer) -> None:
    """The audit counts its hold; the list filters by its type; the metrics have its backlog."""
    reference = pay(rich)

    _, findings = audit_wallet(rich.wallet.pk, full=True, now=clock.now())
    page = rich.get("/wallet/transactions", type=ELECTRICITY).json()
    wrong = rich.get("/wallet/transactions", type="GAS")

    assert findings == []
    assert [row["reference"] for row in page["results"]] == [reference]
    assert wrong.status_code == 400
    assert b'payflow_transactions_pending{type="ELECTRICITY"}' in metrics.render()


def test_the_same_key_pays_once(rich: Customer) -> None:
    """Idempotency keys work for the new flow, in a scope of the flow."""
    from payflow.kernel.idempotency import OrderIdentity

    key = OrderIdentity("power-1", "fingerprint")
    order: dict[str, Any] = {"amount_kobo": 500_00, "meter_number": "1", "identity": key}

    first = services.start(user=rich.user, now=clock.now(), **order)
    again = services.start(user=rich.user, now=clock.now(), **order)

    assert first.reference == again.reference
    assert rich.wallet.held == 500_00
