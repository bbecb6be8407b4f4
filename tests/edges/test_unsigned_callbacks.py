"""Anybody can send a callback of VTpass: what it costs us is bounded."""

from __future__ import annotations

import json
import secrets
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from payflow.kernel import clock
from tests.support.airtime import buy_pending, purchase_update, reference_in
from tests.support.invariants import check_money
from tests.support.networks import Networks
from tests.support.people import API, Customer, deliver_callback
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent
from wallets.ledger.documents import TransactionStatus

PHONE = "08031234567"
LIMIT = 16 * 1024


@pytest.fixture(autouse=True)
def delivering(networks: Networks) -> None:
    networks.behave(deliver_any=True)


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the events whose task is published."""
    found: list[str] = []
    monkeypatch.setattr(
        "wallets.inbox.tasks.process_webhook_event.delay", lambda event_id: found.append(event_id)
    )
    return found


def count_events() -> int:
    return WebhookEvent.objects(vendor="vtpass").count()


def plans_changed(service_id: object, **more: object) -> bytes:
    return json.dumps({"type": "variations-update", "serviceID": service_id, **more}).encode()


@pytest.mark.parametrize("size", [LIMIT + 1, 250_000, 300_000])
def test_a_callback_of_more_than_16_kilobytes_is_refused(size: int) -> None:
    """It is not read, and not stored."""
    before = count_events()

    answer = deliver_callback(b'{"type": "x"}'.ljust(size))

    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "body_too_large")
    assert count_events() == before


def test_a_callback_of_16_kilobytes_is_read(rich: Customer, networks: Networks) -> None:
    """The vendor's longest callback is far shorter."""
    purchase = buy_pending(rich, networks, PHONE)

    answer = deliver_callback(purchase_update(purchase.vendor_id).ljust(LIMIT))

    assert answer.status_code == 200
    assert len(events_of(purchase.vendor_id)) == 1


@pytest.mark.parametrize(
    "body",
    [
        b'{"type":"transaction-update","data":{"requestId":"\\ud800"}}',
        b'{"type":"transaction-update","data":{"requestId":"\\u0000"}}',
        b'{"type":"transaction-update","data":{"requestId":"202611250000aaaa"}}',
        b'{"type":"transaction-update","data":{"requestId":' + b"[" * 5000 + b"]" * 5000 + b"}}",
        b'{"requestId":"' + b"x" * 10_000 + b'"}',
        b'{"requestId":"JOS\xc9"}',
        plans_changed("\ud800"),
        plans_changed("no-such-service"),
        plans_changed(["mtn-data"]),
        plans_changed("x" * 5000),
        b"",
        b"\xff\xfe",
        b"[" * 10_000,
        b"NaN",
        b"type=transaction-update&requestId=1",
    ],
    ids=lambda body: repr(body[:70]),
)
def test_what_names_nothing_of_ours_is_acknowledged_and_not_kept(
    published: list[str], networks: Networks, body: bytes
) -> None:
    """The answer ends the vendor's repetitions. Nothing is stored, published or asked."""
    before = count_events()

    answer = deliver_callback(body)

    assert (answer.status_code, answer.json()) == (200, {"response": "success"})
    assert count_events() == before
    assert published == []
    assert networks.calls("requery") == networks.calls("variations") == []


def test_half_of_a_surrogate_pair_in_a_stored_callback_is_ignored_with_a_note() -> None:
    """Callbacks that older versions stored come to an end, too."""
    body = b'{"type":"transaction-update","data":{"requestId":"\\ud800"},"n":"%s"}'
    event_id = inbox.receive(
        vendor="vtpass", raw_body=body % secrets.token_hex(8).encode(), now=clock.now()
    )
    assert event_id is not None

    inbox.process(event_id=event_id, now=clock.now())

    event = WebhookEvent.objects.get(pk=event_id)
    assert event.status is EventStatus.IGNORED
    assert event.note == "PayFlow does not act on events of this kind."


def test_many_callbacks_about_one_purchase_are_one_event_and_one_question(
    rich: Customer, networks: Networks, published: list[str]
) -> None:
    """Each body differs. The vendor is asked at once, and again a minute later, and not between."""
    purchase = buy_pending(rich, networks, PHONE)
    asked: list[int] = []
    start = clock.now()

    for number in range(100):
        body = json.loads(purchase_update(purchase.vendor_id))
        deliver_callback(json.dumps({**body, "n": number}))
        while published:
            inbox.process(event_id=event_of(purchase.vendor_id).pk, now=start)
            published.pop()
            asked.append(number)

    event = event_of(purchase.vendor_id)
    assert asked == [0]
    assert len(networks.calls("requery")) == 1
    assert event.status is EventStatus.RECEIVED
    assert event.next_attempt_at == start + timedelta(minutes=1)
    assert inbox.claim_leftovers(now=start + timedelta(seconds=59), limit=1000).count(event.pk) == 0
    assert event.pk in inbox.claim_leftovers(now=start + timedelta(seconds=60), limit=1000)


def test_a_second_callback_in_the_same_minute_is_acted_upon_later(
    rich: Customer, networks: Networks
) -> None:
    """Delivered, and taken back seconds later: the sweep asks when the minute is over."""
    purchase = rich.transaction(reference_in(rich.buy(PHONE)))
    deliver_callback(purchase_update(purchase.vendor_id))
    inbox.process(event_id=event_of(purchase.vendor_id).pk, now=clock.now())
    networks.end(purchase.vendor_id, "reversed")
    before = rich.wallet.balance

    deliver_callback(purchase_update(purchase.vendor_id, "reversed"))
    event = event_of(purchase.vendor_id)
    later = clock.now() + timedelta(seconds=60)
    assert event.pk in inbox.claim_leftovers(now=later, limit=1000)
    inbox.process(event_id=event.pk, now=later)

    assert (before, rich.wallet.balance) == (9_500_00, 10_000_00)
    assert rich.transaction(purchase.reference).status is TransactionStatus.SUCCESS
    check_money(rich.wallet)


def test_many_callbacks_about_one_service_are_one_refresh(
    rich: Customer, networks: Networks, published: list[str]
) -> None:
    """120 callbacks that differ: one event, one call for the plans in 30 seconds."""
    rich.get("/airtime/services")
    before = count_events()
    start = clock.now()

    for number in range(120):
        assert deliver_callback(plans_changed("mtn-data", n=number)).status_code == 200
        while published:
            inbox.process(event_id=event_of("mtn-data", "service").pk, now=start)
            published.pop()

    event = event_of("mtn-data", "service")
    assert len(networks.calls("variations")) == 1
    assert count_events() <= before + 1
    assert event.next_attempt_at == start + timedelta(seconds=30)


def test_one_address_sends_a_bounded_number_of_callbacks() -> None:
    """120 a minute, whatever they name; another address is not affected."""
    client = APIClient()

    def post(address: str) -> Any:
        path = f"{API}/airtime/vtpass/webhook"
        return client.generic("POST", path, b"{}", REMOTE_ADDR=address)

    statuses = [post("192.0.2.1").status_code for _ in range(121)]
    refused = post("192.0.2.1")

    assert statuses == [200] * 120 + [429]
    assert refused.json()["error"]["code"] == "rate_limited"
    assert int(refused.headers["Retry-After"]) > 0
    assert post("192.0.2.2").status_code == 200


def events_of(name: str, kind: str = "purchase") -> list[WebhookEvent]:
    return list(WebhookEvent.objects(vendor="vtpass", dedupe_key=f"{kind}:{name}"))


def event_of(name: str, kind: str = "purchase") -> WebhookEvent:
    [event] = events_of(name, kind)
    return event
