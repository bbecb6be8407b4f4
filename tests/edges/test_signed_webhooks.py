"""A signed webhook is stored, and is processed if anybody could read it."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from rest_framework.test import APIClient

from payflow.kernel import clock
from payflow.kernel.errors import PayflowError
from tests.support.fundings import fund_and_pay, process_event
from tests.support.invariants import check_money
from tests.support.people import API, Customer
from tests.support.vendor import Vendor, charge
from wallets.errors import EventUnreadable
from wallets.inbox import services as inbox
from wallets.inbox.documents import EventStatus, WebhookEvent

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def send(body: bytes, content_type: str = JSON, **headers: str) -> Any:
    """Post this body with the right hash, unless a flutterwave-signature is given."""
    if "flutterwave-signature" not in headers:
        headers["verif-hash"] = settings.FLUTTERWAVE_WEBHOOK_HASH
    path = f"{API}/wallet/flutterwave/webhook"
    return APIClient().generic("POST", path, body, content_type=content_type, headers=headers)


def sign(body: bytes) -> str:
    digest = hmac.new(settings.FLUTTERWAVE_WEBHOOK_HASH.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def newest() -> WebhookEvent:
    return WebhookEvent.objects(vendor="flutterwave").order_by("-id").first()


def check_stored(answer: Any, before: WebhookEvent | None) -> WebhookEvent:
    """The answer is 200, and the newest event is new."""
    assert (answer.status_code, answer.json()) == (200, {"status": "received"})
    event = newest()
    assert before is None or event.pk != before.pk
    return event


def with_name(payment: int | None, reference: str, name: bytes) -> bytes:
    """The body of a payment's webhook with this customer's name, in whatever encoding."""
    body = charge(payment, reference)
    return body.replace(b'"data": {', b'"data": {"name": "' + name + b'", ')


@pytest.mark.parametrize(
    "name",
    [b"JOS\xc9", b"\xed\xa0\x80", b"\\ud800", b"\xff\xfe", b"\x80\x81", b"\xc3\xa9 \xc9"],
    ids=repr,
)
def test_a_body_with_odd_bytes_is_processed(
    customer: Customer, vendor: Vendor, name: bytes
) -> None:
    """A raw byte of Latin-1, a broken surrogate: the payment is credited all the same."""
    funding, payment = fund_and_pay(customer, vendor)

    answer = send(with_name(payment, funding["tx_ref"], name))
    event = process_event(funding["tx_ref"])

    assert answer.status_code == 200
    assert event.status is EventStatus.PROCESSED
    assert customer.wallet.balance == 1500_00
    check_money(customer.wallet)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1"])
def test_a_body_in_another_encoding_is_processed(
    customer: Customer, vendor: Vendor, encoding: str
) -> None:
    """JSON says which of the Unicode encodings it has; everything else is read as Latin-1."""
    funding, payment = fund_and_pay(customer, vendor)
    body = with_name(payment, funding["tx_ref"], b"Zo\xc3\xab").decode()

    answer = send(body.encode(encoding))
    event = newest()
    inbox.process(event_id=event.pk, now=clock.now())

    assert answer.status_code == 200
    assert WebhookEvent.objects.get(pk=event.pk).status is EventStatus.PROCESSED
    assert customer.wallet.balance == 1500_00


@pytest.mark.parametrize(
    "field",
    [
        '"status": "\\ud800"',
        '"status": "\\u0000"',
        '"status": {"a": [1]}',
        '"status": 1e999',
        '"status": ' + "9" * 4000,
        '"amount": "\\udfff"',
        '"amount": "1e999999"',
        '"amount": NaN',
        '"amount": -Infinity',
        '"amount": "sNaN"',
        '"amount": ' + "9" * 4000,
        '"amount": [' * 3 + "1" + "]" * 3,
        '"tx_ref": "\\ud800"',
        '"tx_ref": "' + "x" * 5000 + '"',
        '"id": "\\ud800"',
        '"id": 1, "id": 2',
        '"status": ' + "[" * 900 + "]" * 900,
        '"amount": ' + "[" * 900 + "]" * 900,
    ],
    ids=lambda field: field[:30],
)
def test_an_odd_value_in_a_field_is_stored(field: str) -> None:
    """The fields that make the dedupe key may be anything; what processing raises is ours."""
    before = newest()
    unique = secrets.randbelow(10**9)
    body = f'{{"event": "charge.completed", "data": {{"id": {unique}, "n": {unique}, {field}}}}}'

    event = check_stored(send(body.encode()), before)

    assert event.raw_body == body
    with contextlib.suppress(PayflowError):  # the vendor knows no such payment
        inbox.process(event_id=event.pk, now=clock.now())


@pytest.mark.parametrize("depth", [100, 1_000, 20_000, 100_000])
@pytest.mark.parametrize("shape", ['{"data":', '{"event":"charge.completed","data":{"id":', "["])
def test_a_nested_body_is_stored_and_comes_to_an_end(shape: str, depth: int) -> None:
    """Nobody retries it for ever: it is ignored, or is unreadable, which ends it as DEAD."""
    before = newest()
    nested = "[" * depth + "]" * depth
    body = f"{shape}{nested}{'}' * shape.count('{')}{']' * shape.count('[')}"
    body += " " * secrets.randbelow(10_000)

    check_end(check_stored(send(body.encode()), before))


def check_end(event: WebhookEvent) -> None:
    """Processing finishes the event, or says at once that no retry helps."""
    try:
        inbox.process(event_id=event.pk, now=clock.now())
    except EventUnreadable:
        return
    assert WebhookEvent.objects.get(pk=event.pk).status in (
        EventStatus.IGNORED,
        EventStatus.PROCESSED,
    )


@pytest.mark.parametrize(
    "accept", ["text/html", "image/png", "application/xml", "*/*;q=0", "x", "text/html;;;", "\xff"]
)
def test_any_accept_header_is_answered_in_json(accept: str) -> None:
    """The vendor's client cannot keep an event out by what it accepts."""
    before = newest()

    check_stored(send(charge(secrets.randbelow(10**12), "x"), Accept=accept), before)


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/octet-stream", "", "multipart/form-data", "x;charset=hex", FORM],
)
def test_any_content_type_is_processed(
    customer: Customer, vendor: Vendor, content_type: str
) -> None:
    """The body is JSON, whatever its header says."""
    funding, payment = fund_and_pay(customer, vendor)

    answer = send(charge(payment, funding["tx_ref"]), content_type)

    assert answer.status_code == 200
    assert process_event(funding["tx_ref"]).status is EventStatus.PROCESSED
    assert customer.wallet.balance == 1500_00


@pytest.mark.parametrize("name", ["data[name]=JOS%C9", "data[name]=\xc9", "data[name]=%ED%A0%80"])
def test_a_form_of_an_old_dashboard_is_processed(
    customer: Customer, vendor: Vendor, name: str
) -> None:
    """Old dashboards send forms, and their text may be Latin-1."""
    funding, payment = fund_and_pay(customer, vendor)
    fields = {
        "event": "charge.completed",
        "data[id]": str(payment),
        "data[tx_ref]": funding["tx_ref"],
        "data[status]": "successful",
    }

    answer = send(f"{urlencode(fields)}&{name}".encode("latin-1"), FORM)

    assert answer.status_code == 200
    assert process_event(funding["tx_ref"]).status is EventStatus.PROCESSED
    assert customer.wallet.balance == 1500_00


def test_a_signature_of_the_body_is_enough(customer: Customer, vendor: Vendor) -> None:
    """flutterwave-signature proves the sender without verif-hash, also of odd bytes."""
    funding, payment = fund_and_pay(customer, vendor)
    body = with_name(payment, funding["tx_ref"], b"JOS\xc9")

    refused = send(body + b" ", **{"flutterwave-signature": sign(body)})
    answer = send(body, **{"flutterwave-signature": sign(body)})

    assert (refused.status_code, answer.status_code) == (401, 200)
    assert process_event(funding["tx_ref"]).status is EventStatus.PROCESSED


def test_a_repeat_of_a_dead_event_opens_it_again(customer: Customer, vendor: Vendor) -> None:
    """The vendor sends the same bytes after every attempt has failed: the money still comes in."""
    funding, payment = fund_and_pay(customer, vendor)
    body = charge(payment, funding["tx_ref"])
    send(body)
    event = newest()
    inbox.record_failure(event_id=event.pk, error="verify failed", next_attempt_at=None)
    dead = WebhookEvent.objects.get(pk=event.pk).status

    answer = send(body)
    reopened = WebhookEvent.objects.get(pk=event.pk).status
    finished = process_event(funding["tx_ref"]).status

    assert answer.status_code == 200
    assert (dead, reopened, finished) == (
        EventStatus.DEAD,
        EventStatus.RECEIVED,
        EventStatus.PROCESSED,
    )
    assert customer.wallet.balance == 1500_00


def test_a_body_up_to_the_limit_is_stored() -> None:
    """And one byte more is refused with a code."""
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    before = newest()
    body = json.dumps({"event": "x", "n": secrets.token_hex(8)}).encode().ljust(limit)

    event = check_stored(send(body), before)
    refused = send(body + b" ")

    assert len(event.raw_body) == limit
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "body_too_large")
    assert newest().pk == event.pk
