"""VTpass's callbacks are unsigned: they are stored and acknowledged, and not trusted."""

from __future__ import annotations

import json

import pytest

from airtime.purchases import services as purchases
from airtime.vtpass.callbacks import read_hint
from airtime.vtpass.request_ids import new_request_id
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.airtime import (
    buy_pending,
    purchase_update,
    purchases_of,
    reference_in,
)
from tests.support.books import credits_of, family_of, review_kinds
from tests.support.invariants import check_money
from tests.support.networks import Networks
from tests.support.people import Customer, deliver_callback
from tests.support.threads import run_together
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db")
PHONE = "08031234567"
SUCCESS = {"response": "success"}


@pytest.fixture(autouse=True)
def delivering(networks: Networks) -> None:
    networks.behave(deliver_any=True)


def events(body: bytes) -> list[WebhookEvent]:
    """The event of the purchase or the service that this callback names."""
    hint = read_hint(inbox.parse_json(body))
    key = f"purchase:{hint.request_id}" if hint.request_id else f"service:{hint.service_id}"
    return list(WebhookEvent.objects(vendor="vtpass", dedupe_key=key))


def process_callback(body: bytes) -> WebhookEvent:
    """Deliver a callback and process its event."""
    answer = deliver_callback(body)
    assert (answer.status_code, answer.json()) == (200, SUCCESS)
    [event] = events(body)
    inbox.process(event_id=event.pk, now=clock.now())
    return WebhookEvent.objects.get(pk=event.pk)


# --- Stored and answered ----------------------------------------------------------------------


def test_a_callback_is_stored_and_acknowledged(rich: Customer, networks: Networks) -> None:
    """The answer is the one that ends the vendor's repetitions; nothing is settled yet."""
    purchase = buy_pending(rich, networks, PHONE)
    body = purchase_update(purchase.vendor_id)

    answer = deliver_callback(body)

    assert (answer.status_code, answer.json()) == (200, SUCCESS)
    [event] = events(body)
    assert (event.status, event.raw_body) == (EventStatus.RECEIVED, body.decode())
    assert networks.calls("requery") == []
    assert rich.wallet.held == 500_00


def test_the_same_callback_is_stored_once(rich: Customer, networks: Networks) -> None:
    """Eight copies at the same time get the same answer: one event, one settlement."""
    purchase = buy_pending(rich, networks, PHONE)
    networks.end(purchase.vendor_id, "delivered")
    body = purchase_update(purchase.vendor_id)

    answers = run_together(8, lambda _: deliver_callback(body))
    event = process_callback(body)

    assert {(a.status_code, a.json()["response"]) for a in answers} == {(200, "success")}
    assert len(events(body)) == 1
    assert event.status is EventStatus.PROCESSED
    assert len(networks.calls("requery")) == 1
    assert len(rich.entries()) == 3


@pytest.mark.parametrize("data", [True, False], ids=["wrapped", "unwrapped"])
def test_a_callback_with_an_unknown_id_is_not_kept(networks: Networks, data: bool) -> None:
    """The vendor is not asked, so outsiders cannot make us call it."""
    body = purchase_update(new_request_id(clock.now()), data=data)

    answer = deliver_callback(body)

    assert (answer.status_code, answer.json()) == (200, SUCCESS)
    assert events(body) == []
    assert networks.calls("requery") == []


def test_a_callback_with_another_vendors_id_is_not_kept(rich: Customer, networks: Networks) -> None:
    """The vendor id of a funding is no purchase's."""
    funding = Transaction.objects.get(wallet=rich.wallet.pk, type="FUNDING")

    body = purchase_update(funding.vendor_id)

    assert deliver_callback(body).status_code == 200
    assert events(body) == []
    assert networks.calls("requery") == []


# --- A callback only causes a requery ---------------------------------------------------------


@pytest.mark.parametrize("data", [True, False], ids=["wrapped", "unwrapped"])
def test_a_callback_causes_a_requery_that_settles(
    rich: Customer, networks: Networks, data: bool
) -> None:
    """The requery says delivered: the hold is captured, with the webhook as its source."""
    purchase = buy_pending(rich, networks, PHONE)
    networks.end(purchase.vendor_id, "delivered")

    event = process_callback(purchase_update(purchase.vendor_id, data=data))

    settled = rich.transaction(purchase.reference)
    assert (event.status, event.reference) == (EventStatus.PROCESSED, purchase.reference)
    assert (settled.status, settled.history[-1].source) == (TransactionStatus.SUCCESS, "webhook")
    assert credits_of(purchase.reference)["float:vtpass"] == 482_50
    check_money(rich.wallet)


@pytest.mark.parametrize("claim", ["delivered", "failed", "reversed", "odd"])
def test_a_false_callback_about_a_pending_purchase_changes_nothing(
    rich: Customer, networks: Networks, claim: str
) -> None:
    """The requery says pending, whatever the callback claims: the hold stays."""
    purchase = buy_pending(rich, networks, PHONE)

    event = process_callback(purchase_update(purchase.vendor_id, claim))

    assert event.status is EventStatus.PROCESSED
    assert rich.transaction(purchase.reference).status is TransactionStatus.PENDING
    assert (rich.wallet.held, len(rich.entries())) == (500_00, 1)


@pytest.mark.parametrize("claim", ["failed", "reversed"])
def test_a_false_reversal_returns_no_money(rich: Customer, networks: Networks, claim: str) -> None:
    """A callback that claims a reversal does not reverse a delivered purchase."""
    purchase = rich.transaction(reference_in(rich.buy(PHONE)))

    process_callback(purchase_update(purchase.vendor_id, claim))

    assert rich.wallet.balance == 9_500_00
    assert Transaction.objects(reverses=purchase.reference).count() == 0
    assert review_kinds(purchase.reference) == set()


def test_a_false_delivery_charges_nothing(rich: Customer, networks: Networks) -> None:
    """A callback that claims a delivery does not charge a failed purchase or open a review case."""
    networks.answer(code="016", record="failed")
    purchase = rich.transaction(reference_in(rich.buy(PHONE)))

    process_callback(purchase_update(purchase.vendor_id, "delivered"))

    assert rich.transaction(purchase.reference).status is TransactionStatus.FAILED
    assert (rich.wallet.available, review_kinds(purchase.reference)) == (10_000_00, set())


def test_a_reversal_after_the_delivery_returns_the_money(
    rich: Customer, networks: Networks
) -> None:
    """One REVERSAL and one review case, however often the callback comes."""
    purchase = rich.transaction(reference_in(rich.buy(PHONE)))
    networks.end(purchase.vendor_id, "reversed")

    for data in (True, False):
        process_callback(purchase_update(purchase.vendor_id, "reversed", data=data))

    [reversal] = Transaction.objects(reverses=purchase.reference)
    assert (reversal.type, reversal.status, reversal.amount) == (
        "REVERSAL",
        TransactionStatus.SUCCESS,
        500_00,
    )
    assert reversal.details["direction"] == "in"
    assert credits_of(purchase.reference, reversal.reference) == {}
    assert rich.transaction(purchase.reference).status is TransactionStatus.SUCCESS
    assert (rich.wallet.balance, rich.wallet.held) == (10_000_00, 0)
    assert review_kinds(purchase.reference) == {"reversed_after_success"}
    check_money(rich.wallet)


def test_a_delivery_after_the_release_is_charged(rich: Customer, networks: Networks) -> None:
    """Once, however often the callback comes, with one review case."""
    networks.answer(code="016", record="failed")
    purchase = rich.transaction(reference_in(rich.buy(PHONE)))
    released = rich.wallet.available
    networks.end(purchase.vendor_id, "delivered")

    for data in (True, False):
        process_callback(purchase_update(purchase.vendor_id, data=data))

    settled = rich.transaction(purchase.reference)
    assert released == 10_000_00
    assert [change.status for change in settled.history] == ["PENDING", "FAILED", "SUCCESS"]
    assert rich.wallet.available == 9_500_00
    assert credits_of(purchase.reference) == {"float:vtpass": 482_50, "income:commission": 17_50}
    assert review_kinds(purchase.reference) == {"delivered_after_failed"}
    check_money(rich.wallet)


def test_what_the_balance_does_not_cover_of_a_late_delivery_is_a_debt(
    rich: Customer, networks: Networks
) -> None:
    """The money came back and was spent meanwhile; the next funding repays the debt first."""
    networks.answer(code="016", record="failed")
    purchase = rich.transaction(reference_in(rich.buy(PHONE)))
    rich.buy(PHONE, amount="9800")
    networks.end(purchase.vendor_id, "delivered")

    process_callback(purchase_update(purchase.vendor_id))
    indebted = rich.wallet
    in_debt = review_kinds(f"wallet:{indebted.pk}")
    check_money(indebted)
    rich.receive("1000")

    assert rich.transaction(purchase.reference).status is TransactionStatus.SUCCESS
    assert (indebted.balance, indebted.owed, indebted.available) == (0, 300_00, 0)
    assert in_debt == {"in_debt"}
    assert credits_of(purchase.reference) == {"float:vtpass": 482_50, "income:commission": 17_50}
    assert (rich.wallet.balance, rich.wallet.owed) == (700_00, 0)
    check_money(rich.wallet)


def test_a_delivery_that_is_taken_back_and_made_again_is_charged_again(
    rich: Customer, networks: Networks
) -> None:
    """Two REVERSALs, in and out; the case of the taken-back delivery closes by itself."""
    purchase = rich.transaction(reference_in(rich.buy(PHONE)))
    balances = []
    for status in ("reversed", "delivered"):
        networks.end(purchase.vendor_id, status)
        purchases.requery(reference=purchase.reference, now=clock.now())
        balances.append(rich.wallet.balance)

    reversals = Transaction.objects(reverses=purchase.reference).order_by("number")
    assert [(r.details["direction"], r.amount) for r in reversals] == [
        ("in", 500_00),
        ("out", 500_00),
    ]
    assert balances == [10_000_00, 9_500_00]
    assert credits_of(*family_of(purchase.reference)) == {
        "float:vtpass": 482_50,
        "income:commission": 17_50,
    }
    cases = ReviewCase.objects(transaction=purchase.reference)
    closed_by = {case.kind: case.closed_by for case in cases}
    assert closed_by["reversed_after_success"] == "settlement"
    check_money(rich.wallet)


def test_a_callback_may_arrive_before_the_answer_to_the_purchase(
    rich: Customer, networks: Networks
) -> None:
    """The customer's request is still open: the second outcome changes nothing."""
    networks.answer(status="pending", record="delivered")
    reference = reference_in(rich.buy(PHONE))
    request_id = rich.transaction(reference).vendor_id

    run_together(2, lambda n: process_callback(purchase_update(request_id, data=bool(n))))

    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert (len(rich.entries()), len(purchases_of(rich))) == (3, 1)
    check_money(rich.wallet)


def test_a_callback_waits_while_the_vendor_is_unavailable(
    rich: Customer, networks: Networks
) -> None:
    """The event stays RECEIVED for a retry; its claim settles nothing."""
    purchase = buy_pending(rich, networks, PHONE)
    networks.end(purchase.vendor_id, "delivered")
    networks.fault("http_500", endpoint="requery")
    body = purchase_update(purchase.vendor_id)
    deliver_callback(body)
    [event] = events(body)

    with pytest.raises(VendorUnavailable):
        inbox.process(event_id=event.pk, now=clock.now())
    between = events(body)[0].status, rich.wallet.held
    inbox.process(event_id=event.pk, now=clock.now())

    assert between == (EventStatus.RECEIVED, 500_00)
    assert events(body)[0].status is EventStatus.PROCESSED
    assert rich.transaction(purchase.reference).status is TransactionStatus.SUCCESS


# --- Plans ------------------------------------------------------------------------------------


def plans_changed(service_id: str) -> bytes:
    """The body of a callback about changed plans. Its prices are wrong, and must not matter."""
    plan = {"variation_code": "mtn-10mb-100", "variation_amount": "1.00", "fixedPrice": "Yes"}
    content = {"serviceID": service_id, "variations": [plan]}
    update = {"type": "variations-update", "serviceID": service_id, "data": {"content": content}}
    return json.dumps({**update, "datetime": clock.now().isoformat()}).encode()


def test_a_variations_callback_refreshes_the_plans(rich: Customer, networks: Networks) -> None:
    """The new price is read from the vendor's list, not from the callback."""
    path = "/airtime/services/mtn-data/variations"
    old = rich.get(path).json()["results"][0]
    change = {"variation_code": "mtn-10mb-100", "naira": "150"}
    networks.change_plans("mtn-data", updated=[change], callback=False)
    kept = rich.get(path).json()["results"][0]

    event = process_callback(plans_changed("mtn-data"))

    new = rich.get(path).json()["results"][0]
    assert event.status is EventStatus.PROCESSED
    assert old == kept
    assert (old["amount"], new["amount"]) == ("100.00", "150.00")
    rich.buy(PHONE, service_id="mtn-data", variation_code="mtn-10mb-100")
    assert rich.wallet.balance == 9_850_00


@pytest.mark.parametrize("service_id", ["spectranet", "foreign-airtime", "nothing"])
def test_a_variations_callback_for_another_service_is_not_kept(
    networks: Networks, service_id: str
) -> None:
    """The vendor is not asked for plans that we do not sell."""
    body = plans_changed(service_id)

    assert deliver_callback(body).status_code == 200
    assert events(body) == []
    assert networks.calls("variations") == []
