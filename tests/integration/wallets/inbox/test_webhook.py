"""The webhook path: stored, verified, settled once."""

import json
import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from kombu.exceptions import OperationalError

from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.books import review_kinds
from tests.support.invariants import check_money
from tests.support.people import Customer, deliver
from tests.support.vendor import Vendor, charge
from wallets.errors import EventUnreadable, NotSettledYet
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def quiet_vendor(vendor: Vendor) -> None:
    """Nothing comes by itself: each test delivers what it wants to."""
    vendor.webhooks(drop=1000)


def event_of(tx_ref: str) -> WebhookEvent:
    return WebhookEvent.objects(raw_body__contains=tx_ref).order_by("-_id").first()


def process(tx_ref: str, **at: Any) -> WebhookEvent:
    """What a worker does with the latest event that names the reference."""
    event = event_of(tx_ref)
    inbox.process(event_id=event.pk, now=at.get("now") or clock.now())
    return WebhookEvent.objects.get(pk=event.pk)


def paid(customer: Customer, vendor: Vendor, asked: str = "1500.00", **overrides: str) -> Any:
    """A funding that has been paid: its answer and the vendor's id."""
    funding = customer.fund(asked)
    return funding, vendor.pay(funding["link"], **overrides)


# --- At the door ------------------------------------------------------------------------------


@pytest.mark.parametrize("verif_hash", ["", "wrong", "embedded-webhook-hasH", "ключ"])
def test_a_wrong_hash_stores_nothing(customer: Customer, verif_hash: str) -> None:
    """Who cannot show the secret hash gets 401, and not a byte is kept."""
    before = WebhookEvent.objects.count()

    answer = deliver(charge(1, "PFFUN"), verif_hash=verif_hash)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "webhook_unauthorised")
    assert WebhookEvent.objects.count() == before


def test_an_empty_hash_of_our_own_lets_nobody_in(settings: Any) -> None:
    """A hash that was never configured is not one that matches an empty header."""
    settings.FLUTTERWAVE_WEBHOOK_HASH = ""

    assert deliver(charge(1, "PFFUN"), verif_hash="").status_code == 401


def test_an_event_is_stored_as_it_came_and_said_to_be_received() -> None:
    """The raw body is kept to the byte; 200 is the vendor's sign to stop sending."""
    body = b'{"event": "charge.completed",  "data": {"id": "%s"}}' % str(ObjectId()).encode()

    answer = deliver(body)

    assert answer.status_code == 200
    event = WebhookEvent.objects.get(raw_body=body.decode())
    assert event.status is EventStatus.RECEIVED
    assert event.request_id == answer["X-Request-ID"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"data": 7}', b'"text"']
)
def test_whatever_comes_with_the_right_hash_is_kept(body: bytes) -> None:
    """A body that means nothing is evidence too: stored, and answered with 200."""
    assert deliver(body).status_code == 200

    kept = body.decode("utf-8", "backslashreplace")
    event = WebhookEvent.objects(raw_body=kept).first()
    assert event is not None
    if event.status is EventStatus.RECEIVED:
        try:
            inbox.process(event_id=event.pk, now=clock.now())
        except EventUnreadable:
            return
        assert WebhookEvent.objects.get(pk=event.pk).status is EventStatus.IGNORED


def test_a_body_beyond_the_limit_is_refused() -> None:
    """Nothing the vendor sends is near the limit; what is over it gets a 4xx."""
    answer = deliver(b"x" * (300 * 1024))

    assert 400 <= answer.status_code < 500


def test_the_same_event_is_stored_and_published_once(
    monkeypatch: pytest.MonkeyPatch, customer: Customer, vendor: Vendor
) -> None:
    """A repeat is answered like the first, and causes no second task."""
    published: list[str] = []
    monkeypatch.setattr(
        "wallets.flutterwave.views.process_webhook_event.delay",
        lambda event_id: published.append(event_id),
    )
    funding, payment = paid(customer, vendor)

    answers = [deliver(charge(payment, funding["tx_ref"])) for _ in range(20)]

    assert {a.status_code for a in answers} == {200}
    assert WebhookEvent.objects(raw_body__contains=funding["tx_ref"]).count() == 1
    assert published == [str(event_of(funding["tx_ref"]).pk)]


def test_a_broker_that_is_away_costs_nothing(
    monkeypatch: pytest.MonkeyPatch, customer: Customer, vendor: Vendor
) -> None:
    """The event is safe in the inbox: the vendor gets its 200 and the sweep finds the event."""

    def away(**_: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr("wallets.flutterwave.views.process_webhook_event.delay", away)
    funding, payment = paid(customer, vendor)

    answer = deliver(charge(payment, funding["tx_ref"]))

    assert answer.status_code == 200
    event = event_of(funding["tx_ref"])
    later = event.next_attempt_at + timedelta(milliseconds=1)
    assert event.pk in inbox.claim_leftovers(now=later, limit=1000)


# --- Settled ----------------------------------------------------------------------------------


def test_a_verified_payment_credits_the_wallet_once(customer: Customer, vendor: Vendor) -> None:
    """Twenty deliveries, in and out of the task, are one credit with one ledger entry."""
    funding, payment = paid(customer, vendor)

    for _ in range(20):
        deliver(charge(payment, funding["tx_ref"]))
        event = process(funding["tx_ref"])

    assert event.status is EventStatus.PROCESSED
    assert customer.wallet.balance == 1500_00
    [entry] = customer.entries()
    assert (entry.debit_account, entry.amount) == ("gateway:flutterwave", 1500_00)
    transaction = customer.transaction(funding["tx_ref"])
    assert transaction.status is TransactionStatus.SUCCESS
    assert transaction.vendor_id == str(payment)
    assert [c.status for c in transaction.history] == [
        TransactionStatus.PENDING,
        TransactionStatus.SUCCESS,
    ]
    check_money(customer.wallet)


def test_the_webhooks_own_amount_is_never_believed(customer: Customer, vendor: Vendor) -> None:
    """The body says 99,999,999; the API says 1,500; 1,500 is credited."""
    funding, payment = paid(customer, vendor)

    deliver(charge(payment, funding["tx_ref"]))
    process(funding["tx_ref"])

    assert customer.wallet.balance == 1500_00


def test_a_forged_success_of_a_failed_payment_credits_nothing(
    customer: Customer, vendor: Vendor
) -> None:
    """Only the vendor's API decides: a body that says successful proves nothing."""
    funding, payment = paid(customer, vendor, outcome="failed")

    deliver(charge(payment, funding["tx_ref"], status="successful"))
    process(funding["tx_ref"])

    assert customer.wallet.balance == 0
    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.PENDING


def test_a_payment_of_another_reference_does_not_settle_this_one(
    new_customer: Callable[[], Customer], vendor: Vendor
) -> None:
    """A body that pairs one's own reference with another's payment credits the payer."""
    payer, thief = new_customer(), new_customer()
    _, payment = paid(payer, vendor)
    mine = thief.fund("1500.00")

    deliver(charge(payment, mine["tx_ref"]))
    process(mine["tx_ref"])

    assert thief.wallet.balance == 0
    assert payer.wallet.balance == 1500_00


def test_fifty_settlements_at_once_credit_once(customer: Customer, vendor: Vendor) -> None:
    """Fifty threads with one event are one credit, and nobody fails."""
    funding, payment = paid(customer, vendor)
    deliver(charge(payment, funding["tx_ref"]))
    event = event_of(funding["tx_ref"])
    errors: list[BaseException] = []

    def settle() -> None:
        try:
            inbox.process(event_id=event.pk, now=clock.now())
        except BaseException as exc:
            errors.append(exc)

    threads = [threading.Thread(target=settle) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert customer.wallet.balance == 1500_00
    assert len(customer.entries()) == 1
    check_money(customer.wallet)


def test_ten_fundings_settled_at_once_chain_without_a_gap(
    customer: Customer, vendor: Vendor
) -> None:
    """Concurrent credits of one wallet wait for each other: every kobo and every link is there."""
    funded = [paid(customer, vendor, f"{100 + n}.00") for n in range(10)]
    for funding, payment in funded:
        deliver(charge(payment, funding["tx_ref"]))

    threads = [threading.Thread(target=process, args=(f["tx_ref"],)) for f, _ in funded]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert customer.wallet.balance == sum((100 + n) * 100 for n in range(10))
    check_money(customer.wallet)


def test_a_failed_attempt_is_shown_and_a_later_success_credits(
    customer: Customer, vendor: Vendor
) -> None:
    """One tx_ref may own several payments: the failed one adds a line, the paid one settles."""
    funding, failed = paid(customer, vendor, outcome="failed")
    deliver(charge(failed, funding["tx_ref"], "failed"))
    process(funding["tx_ref"])
    between = customer.transaction(funding["tx_ref"])

    success = vendor.pay(funding["link"])
    deliver(charge(success, funding["tx_ref"]))
    process(funding["tx_ref"])

    assert between.status is TransactionStatus.PENDING
    assert between.history[-1].reason.startswith("Attempt failed: ")
    after = customer.transaction(funding["tx_ref"])
    assert after.status is TransactionStatus.SUCCESS
    assert after.reason is None
    assert len(after.history) == 3
    check_money(customer.wallet)


@pytest.mark.parametrize("seed", range(5))
def test_events_in_any_order_end_alike(customer: Customer, vendor: Vendor, seed: int) -> None:
    """Two failed attempts and a success, shuffled and repeated, credit once."""
    funding = customer.fund("1500.00")
    attempts = [(vendor.pay(funding["link"], outcome="failed"), "failed") for _ in range(2)]
    attempts.append((vendor.pay(funding["link"]), "successful"))
    order = attempts * 3
    random.Random(seed).shuffle(order)

    for payment, status in order:
        deliver(charge(payment, funding["tx_ref"], status))
        for event in WebhookEvent.objects(raw_body__contains=funding["tx_ref"]):
            inbox.process(event_id=event.pk, now=clock.now())

    assert customer.wallet.balance == 1500_00
    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.SUCCESS
    check_money(customer.wallet)


def test_legacy_and_v3_bodies_of_one_payment_are_one_event(
    customer: Customer, vendor: Vendor
) -> None:
    """The old flat payload settles as well, and is a repeat of the new one."""
    funding, payment = paid(customer, vendor)
    legacy = {"id": payment, "txRef": funding["tx_ref"], "status": "successful", "amount": 1}

    deliver(json.dumps(legacy).encode())
    process(funding["tx_ref"])
    deliver(charge(payment, funding["tx_ref"]))

    assert customer.wallet.balance == 1500_00
    assert WebhookEvent.objects(raw_body__contains=funding["tx_ref"]).count() == 1


def test_a_body_without_an_id_is_looked_up_by_reference(customer: Customer, vendor: Vendor) -> None:
    """A payload that lost its id still leads to the payment."""
    funding, _ = paid(customer, vendor)
    body = {"event": "charge.completed", "data": {"tx_ref": funding["tx_ref"], "status": "x"}}

    deliver(json.dumps(body).encode())
    process(funding["tx_ref"])

    assert customer.wallet.balance == 1500_00


@pytest.mark.parametrize(
    ("overrides", "kind"),
    [
        ({"amount": "1499.99"}, "underpaid"),
        ({"currency": "USD"}, "wrong_currency"),
        ({"amount": "99999", "currency": "USD"}, "wrong_currency"),
    ],
)
def test_too_little_or_foreign_money_fails_and_is_looked_at(
    customer: Customer, vendor: Vendor, overrides: dict[str, str], kind: str
) -> None:
    """Nothing is credited; the customer is told why, and a review case holds the evidence."""
    funding, payment = paid(customer, vendor, **overrides)

    for _ in range(2):
        deliver(charge(payment, funding["tx_ref"]))
        process(funding["tx_ref"])

    transaction = customer.transaction(funding["tx_ref"])
    assert transaction.status is TransactionStatus.FAILED
    assert transaction.needs_review
    assert "Support will contact you" in transaction.reason
    [case] = ReviewCase.objects(transaction=funding["tx_ref"])
    assert (case.kind, case.vendor_id) == (kind, str(payment))
    assert case.evidence["requested_kobo"] == 1500_00
    assert customer.wallet.balance == 0
    check_money(customer.wallet)


def test_the_full_amount_after_a_short_one_still_credits(
    customer: Customer, vendor: Vendor
) -> None:
    """A second, sufficient payment under the same reference settles what the first failed."""
    funding, full = paid(customer, vendor, outcome="failed")
    short = vendor.pay(funding["link"], amount="100.00")
    deliver(charge(short, funding["tx_ref"]))
    process(funding["tx_ref"])
    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.FAILED

    vendor.settle(full, "successful")
    deliver(charge(full, funding["tx_ref"]))
    process(funding["tx_ref"])

    assert customer.wallet.balance == 1500_00
    assert review_kinds(funding["tx_ref"]) == {"underpaid"}
    check_money(customer.wallet)


def test_more_than_asked_is_credited_and_flagged(customer: Customer, vendor: Vendor) -> None:
    """What was verified belongs to the customer; a person looks at the difference."""
    funding, payment = paid(customer, vendor, amount="2000.00")

    deliver(charge(payment, funding["tx_ref"]))
    process(funding["tx_ref"])

    transaction = customer.transaction(funding["tx_ref"])
    assert (transaction.amount, transaction.requested_amount) == (2000_00, 1500_00)
    assert transaction.needs_review
    assert review_kinds(funding["tx_ref"]) == {"overpaid"}
    assert customer.wallet.balance == 2000_00
    check_money(customer.wallet)


def test_a_second_payment_of_a_settled_funding_is_a_review_case(
    customer: Customer, vendor: Vendor
) -> None:
    """Money that came twice is not booked by itself, nor forgotten."""
    funding, failed = paid(customer, vendor, outcome="failed")
    first = vendor.pay(funding["link"])
    deliver(charge(first, funding["tx_ref"]))
    process(funding["tx_ref"])
    vendor.settle(failed, "successful")

    for _ in range(2):
        deliver(charge(failed, funding["tx_ref"]))
        process(funding["tx_ref"])

    assert customer.wallet.balance == 1500_00
    assert review_kinds(funding["tx_ref"]) == {"paid_twice"}
    assert customer.transaction(funding["tx_ref"]).needs_review
    check_money(customer.wallet)


def test_what_was_expired_and_then_paid_is_credited(customer: Customer, vendor: Vendor) -> None:
    """A payment verified after FAILED still credits: real money came."""
    from wallets.funding.outcomes import ChangeSource, close_unpaid

    funding, payment = paid(customer, vendor)
    close_unpaid(
        reference=funding["tx_ref"], reason="Expired.", source=ChangeSource.REQUERY, now=clock.now()
    )

    deliver(charge(payment, funding["tx_ref"]))
    process(funding["tx_ref"])

    transaction = customer.transaction(funding["tx_ref"])
    assert [c.status.value for c in transaction.history] == ["PENDING", "FAILED", "SUCCESS"]
    assert customer.wallet.balance == 1500_00
    check_money(customer.wallet)


@pytest.mark.parametrize("stop", ["pause", "lock"])
def test_a_stopped_wallet_settles_what_is_in_flight(
    customer: Customer, vendor: Vendor, stop: str
) -> None:
    """Neither a pause nor a lock keeps the customer's paid money out."""
    from payflow.onboarding import services as accounts
    from wallets.ledger import locks

    funding, payment = paid(customer, vendor)
    now = clock.now()
    if stop == "pause":
        accounts.set_activity(user_id=customer.user.pk, is_active=False, now=now)
    else:
        locks.lock_wallet(wallet_id=customer.wallet.pk, reason="r", locked_by="s", now=now)

    deliver(charge(payment, funding["tx_ref"]))
    process(funding["tx_ref"])

    assert customer.wallet.balance == 1500_00


# --- Not yet, or never ------------------------------------------------------------------------


def test_a_payment_the_vendor_does_not_know_yet_is_asked_for_again(
    customer: Customer, vendor: Vendor
) -> None:
    """Not found is not failed: the event stays RECEIVED for the next try, which credits."""
    funding, payment = paid(customer, vendor)
    vendor.fault("not_found", endpoint="verify")
    deliver(charge(payment, funding["tx_ref"]))

    with pytest.raises(NotSettledYet):
        process(funding["tx_ref"])
    assert event_of(funding["tx_ref"]).status is EventStatus.RECEIVED
    process(funding["tx_ref"])

    assert customer.wallet.balance == 1500_00


@pytest.mark.parametrize(
    "kind", ["timeout_before", "timeout_after", "http_500", "malformed", "reset", "http_429"]
)
def test_a_vendor_that_cannot_be_asked_changes_nothing(
    customer: Customer, vendor: Vendor, kind: str
) -> None:
    """Every way of not answering is a reason to ask again, and never an outcome."""
    funding, payment = paid(customer, vendor)
    deliver(charge(payment, funding["tx_ref"]))
    vendor.fault(kind, endpoint="verify", times=5, hang_s=5)

    with pytest.raises(VendorUnavailable):
        process(funding["tx_ref"])

    assert event_of(funding["tx_ref"]).status is EventStatus.RECEIVED
    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.PENDING
    assert customer.wallet.balance == 0


def test_a_pending_payment_is_left_to_the_requery(customer: Customer, vendor: Vendor) -> None:
    """The event is done with, and the funding is due for a look soon."""
    funding, payment = paid(customer, vendor, outcome="pending")
    deliver(charge(payment, funding["tx_ref"], "pending"))

    event = process(funding["tx_ref"])

    assert event.status is EventStatus.PROCESSED
    transaction = customer.transaction(funding["tx_ref"])
    assert transaction.status is TransactionStatus.PENDING
    assert transaction.next_check_at < transaction.expires_at


@pytest.mark.parametrize(
    "body",
    [
        {"event": "test_assess"},
        {"event": "subscription.cancelled", "data": {"id": 1}},
        {"event": "charge.completed", "data": {"id": 1, "tx_ref": "somebody-elses"}},
        {"event": "transfer.completed", "data": {"id": 1, "reference": "x", "status": "FAILED"}},
    ],
)
def test_what_is_not_ours_is_ignored(body: dict[str, Any], vendor: Vendor) -> None:
    """An event we do not act upon is kept, marked, and costs no call to the vendor."""
    marked = {**body, "salt": str(ObjectId())}
    WebhookEvent.objects(dedupe_key__startswith="charge:1:").delete()
    WebhookEvent.objects(dedupe_key__startswith="transfer:1:").delete()
    deliver(json.dumps(marked).encode())

    event = process(marked["salt"])

    assert event.status is EventStatus.IGNORED
    assert event.note


def test_a_reference_of_our_form_that_we_never_gave_is_ignored(
    customer: Customer, vendor: Vendor
) -> None:
    """A payment under a reference of another installation is none of ours."""
    funding, payment = paid(customer, vendor)
    Transaction.objects(reference=funding["tx_ref"]).delete()

    deliver(charge(payment, funding["tx_ref"]))
    event = process(funding["tx_ref"])

    assert event.status is EventStatus.IGNORED
    assert customer.wallet.balance == 0


def test_settling_rolls_back_whole(
    customer: Customer, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the last write of the block fails, there is no entry, no balance and no status."""
    funding, payment = paid(customer, vendor)
    deliver(charge(payment, funding["tx_ref"]))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("the machine is on fire")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr("wallets.flutterwave.events.finish", broken)
        process(funding["tx_ref"])

    assert customer.wallet.balance == 0
    assert customer.entries() == []
    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.PENDING
    process(funding["tx_ref"])
    check_money(customer.wallet)
    assert customer.wallet.balance == 1500_00


# --- The inbox's own life ---------------------------------------------------------------------


def test_a_failure_is_recorded_on_the_event(customer: Customer, vendor: Vendor) -> None:
    """Support can read why an event waits, and when it is tried again."""
    deliver(charge(1, f"x{ObjectId()}"))
    event = WebhookEvent.objects.order_by("-_id").first()
    due = clock.now() + timedelta(minutes=1)

    inbox.record_failure(event_id=event.pk, error="VendorUnavailable: no", next_attempt_at=due)

    event.reload()
    assert event.status is EventStatus.RECEIVED
    assert (event.attempts, event.last_error) == (1, "VendorUnavailable: no")
    assert event.next_attempt_at == due


def test_a_dead_event_is_replayed_once_and_credits(customer: Customer, vendor: Vendor) -> None:
    """Given up, then replayed by staff: the money lands; a second replay does nothing."""
    funding, payment = paid(customer, vendor)
    deliver(charge(payment, funding["tx_ref"]))
    event = event_of(funding["tx_ref"])
    inbox.record_failure(event_id=event.pk, error="gone", next_attempt_at=None)
    assert WebhookEvent.objects.get(pk=event.pk).status is EventStatus.DEAD

    replayed = [inbox.replay(event_id=event.pk, now=clock.now()) for _ in range(2)]
    process(funding["tx_ref"])

    assert replayed == [True, False]
    assert customer.wallet.balance == 1500_00


def test_two_sweeps_at_once_claim_each_event_once(customer: Customer, vendor: Vendor) -> None:
    """A leftover is published by one sweep, however many run."""
    for _ in range(10):
        funding, payment = paid(customer, vendor)
        deliver(charge(payment, funding["tx_ref"]))
    later = clock.now() + timedelta(hours=1)
    claimed: list[ObjectId] = []

    def sweep() -> None:
        claimed.extend(inbox.claim_leftovers(now=later, limit=1000))

    threads = [threading.Thread(target=sweep) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(claimed) == len(set(claimed)) >= 10


def test_finished_events_are_nobodys_leftovers(customer: Customer, vendor: Vendor) -> None:
    """What was processed is not swept again."""
    funding, payment = paid(customer, vendor)
    deliver(charge(payment, funding["tx_ref"]))
    event = process(funding["tx_ref"])

    assert event.pk not in inbox.claim_leftovers(now=clock.now() + timedelta(days=1), limit=1000)
