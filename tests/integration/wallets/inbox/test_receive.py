"""The webhook endpoint: an event is verified, stored and acknowledged."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from kombu.exceptions import OperationalError

from payflow.kernel import clock
from tests.support.fundings import find_event, fund_and_pay
from tests.support.invariants import check_money
from tests.support.people import Customer, deliver
from tests.support.vendor import Vendor, charge
from wallets.errors import EventUnreadable
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent

pytestmark = pytest.mark.usefixtures("db", "no_webhooks")


@pytest.mark.parametrize("verif_hash", ["", "wrong", "embedded-webhook-hasH", "ключ"])
def test_a_wrong_hash_stores_nothing(customer: Customer, verif_hash: str) -> None:
    """A request without the secret hash gets 401."""
    before = WebhookEvent.objects.count()

    answer = deliver(charge(1, "PFFUN"), verif_hash=verif_hash)

    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "webhook_unauthorised")
    assert WebhookEvent.objects.count() == before


def test_an_unset_hash_accepts_no_webhook(settings: Any) -> None:
    """An empty header does not match a hash that is not configured."""
    settings.FLUTTERWAVE_WEBHOOK_HASH = ""

    assert deliver(charge(1, "PFFUN"), verif_hash="").status_code == 401


def test_an_event_is_stored_byte_for_byte_and_acknowledged() -> None:
    """200 tells the vendor to stop sending it."""
    body = b'{"event": "charge.completed",  "data": {"id": "%s"}}' % str(ObjectId()).encode()

    answer = deliver(body)

    assert answer.status_code == 200
    event = WebhookEvent.objects.get(raw_body=body.decode())
    assert event.status is EventStatus.RECEIVED
    assert event.request_id == answer["X-Request-ID"]


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000, b'{"data": 7}', b'"text"']
)
def test_an_unreadable_body_with_the_right_hash_is_stored(body: bytes) -> None:
    """It is evidence too: stored, and answered with 200."""
    assert deliver(body).status_code == 200

    event = WebhookEvent.objects(raw_body=body.decode("latin-1")).first()
    assert event is not None
    if event.status is EventStatus.RECEIVED:
        try:
            inbox.process(event_id=event.pk, now=clock.now())
        except EventUnreadable:
            return
        assert WebhookEvent.objects.get(pk=event.pk).status is EventStatus.IGNORED


def test_a_body_beyond_the_limit_is_refused() -> None:
    """A 4xx. No body of the vendor comes near the limit."""
    answer = deliver(b"x" * (300 * 1024))

    assert 400 <= answer.status_code < 500


def test_the_same_event_is_stored_and_published_once(
    monkeypatch: pytest.MonkeyPatch, customer: Customer, vendor: Vendor
) -> None:
    """A repeat gets the same answer, and no second task."""
    published: list[str] = []
    monkeypatch.setattr(
        "wallets.flutterwave.views.process_webhook_event.delay",
        lambda event_id: published.append(event_id),
    )
    funding, payment = fund_and_pay(customer, vendor)

    answers = [deliver(charge(payment, funding["tx_ref"])) for _ in range(20)]

    assert {a.status_code for a in answers} == {200}
    assert WebhookEvent.objects(raw_body__contains=funding["tx_ref"]).count() == 1
    assert published == [str(find_event(funding["tx_ref"]).pk)]


def test_an_event_that_comes_again_later_is_acted_upon_again(
    customer: Customer, vendor: Vendor
) -> None:
    """Paid, returned, paid again: the third body is the first one's, and tells of a change."""
    funding, payment = fund_and_pay(customer, vendor)
    body, now = charge(payment, funding["tx_ref"]).decode(), clock.now()
    deliver(body.encode())
    event = find_event(funding["tx_ref"])
    inbox.process(event_id=event.pk, now=now)

    def receive(after_s: float) -> ObjectId | None:
        return inbox.receive(
            vendor=event.vendor,
            raw_body=body.encode(),
            dedupe_key=event.dedupe_key,
            now=now + timedelta(seconds=after_s),
        )

    assert receive(after_s=59) is None
    assert receive(after_s=61) == event.pk
    assert find_event(funding["tx_ref"]).status is EventStatus.RECEIVED
    assert receive(after_s=62) is None
    inbox.process(event_id=event.pk, now=now + timedelta(seconds=62))
    assert find_event(funding["tx_ref"]).status is EventStatus.PROCESSED
    check_money(customer.wallet)


def test_an_event_without_a_broker_is_found_by_the_sweep(
    monkeypatch: pytest.MonkeyPatch, customer: Customer, vendor: Vendor
) -> None:
    """It is stored and answered with 200."""

    def away(**_: object) -> None:
        raise OperationalError("no broker")

    monkeypatch.setattr("wallets.flutterwave.views.process_webhook_event.delay", away)
    funding, payment = fund_and_pay(customer, vendor)

    answer = deliver(charge(payment, funding["tx_ref"]))

    assert answer.status_code == 200
    event = find_event(funding["tx_ref"])
    later = event.next_attempt_at + timedelta(milliseconds=1)
    assert event.pk in inbox.claim_leftovers(now=later, limit=1000)
