"""Events that settle no funding: not yet, or never."""

import json
from typing import Any

import pytest
from bson import ObjectId

from payflow.kernel.errors import VendorUnavailable
from tests.support.fundings import find_event, fund_and_pay, process_event
from tests.support.invariants import check_money
from tests.support.people import Customer, deliver
from tests.support.vendor import Vendor, charge
from wallets.errors import NotSettledYet
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger.documents import TransactionStatus

pytestmark = pytest.mark.usefixtures("db", "no_webhooks")


def test_an_event_of_an_unknown_payment_is_retried(customer: Customer, vendor: Vendor) -> None:
    """Not found is not failed: the event stays RECEIVED, and the next attempt credits."""
    funding, payment = fund_and_pay(customer, vendor)
    vendor.fault("not_found", endpoint="verify")
    deliver(charge(payment, funding["tx_ref"]))

    with pytest.raises(NotSettledYet):
        process_event(funding["tx_ref"])
    assert find_event(funding["tx_ref"]).status is EventStatus.RECEIVED
    process_event(funding["tx_ref"])

    assert customer.wallet.balance == 1500_00


@pytest.mark.parametrize(
    "kind", ["timeout_before", "timeout_after", "http_500", "malformed", "reset", "http_429"]
)
def test_an_event_waits_while_the_vendor_is_unavailable(
    customer: Customer, vendor: Vendor, kind: str
) -> None:
    """Every way of not answering leaves the event RECEIVED and the funding PENDING."""
    funding, payment = fund_and_pay(customer, vendor)
    deliver(charge(payment, funding["tx_ref"]))
    vendor.fault(kind, endpoint="verify", times=5, hang_s=5)

    with pytest.raises(VendorUnavailable):
        process_event(funding["tx_ref"])

    assert find_event(funding["tx_ref"]).status is EventStatus.RECEIVED
    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.PENDING
    assert customer.wallet.balance == 0


def test_a_pending_payment_is_left_to_the_requery(customer: Customer, vendor: Vendor) -> None:
    """The event is PROCESSED, and a requery is due soon."""
    funding, payment = fund_and_pay(customer, vendor, outcome="pending")
    deliver(charge(payment, funding["tx_ref"], "pending"))

    event = process_event(funding["tx_ref"])

    assert event.status is EventStatus.PROCESSED
    transaction = customer.transaction(funding["tx_ref"])
    assert transaction.status is TransactionStatus.PENDING
    assert transaction.next_check_at < transaction.expires_at


@pytest.mark.parametrize(
    "body",
    [
        {"event": "test_assess"},
        {"event": "subscription.cancelled", "data": {"id": 1}},
        {"event": "charge.completed", "data": {"tx_ref": "somebody-elses"}},
        {"event": "transfer.completed", "data": {"id": 1, "reference": "x", "status": "FAILED"}},
    ],
)
def test_an_event_that_is_not_ours_is_ignored(body: dict[str, Any], vendor: Vendor) -> None:
    """It is stored and marked, and causes no call to the vendor."""
    marked = {**body, "salt": str(ObjectId())}
    WebhookEvent.objects(dedupe_key__startswith="transfer:1:").delete()
    deliver(json.dumps(marked).encode())

    event = process_event(marked["salt"])

    assert event.status is EventStatus.IGNORED
    assert event.note


def test_a_failed_settlement_is_rolled_back(
    customer: Customer, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the last write fails, there is no entry, no balance and no status."""
    funding, payment = fund_and_pay(customer, vendor)
    deliver(charge(payment, funding["tx_ref"]))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the machine is on fire")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr("wallets.funding.events.finish", broken)
        process_event(funding["tx_ref"])

    assert customer.wallet.balance == 0
    assert customer.entries() == []
    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.PENDING
    process_event(funding["tx_ref"])
    check_money(customer.wallet)
    assert customer.wallet.balance == 1500_00
