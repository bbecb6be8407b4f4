"""The shapes of a webhook body: docs/vendors/flutterwave.md, section 6."""

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from wallets.flutterwave.webhooks import (
    Notice,
    dedupe_key,
    find_dispute,
    is_authentic,
    parse_body,
    read_notice,
)

V3 = {"event": "charge.completed", "data": {"id": 7, "tx_ref": "r", "status": "Successful"}}
LEGACY = {"id": 7, "txRef": "r", "status": "successful", "event.type": "CARD_TRANSACTION"}
TRANSFER = {"event": "transfer.completed", "data": {"id": 9, "reference": "r", "status": "FAILED"}}
LEGACY_TRANSFER = {"event.type": "Transfer", "transfer": {"id": 9, "reference": "r", "status": "x"}}
REFUND_EVENT = {
    "event": "refund.completed",
    "data": {"id": 3, "amount_refunded": "500.00", "status": "completed", "tx_id": 7},
}
CHARGEBACK = {
    "event": "chargeback.initiated",
    "data": {"id": 5, "amount": 500, "status": "initiated", "transaction_id": 7, "tx_ref": "r"},
}
REFUND = {"id": 3, "AmountRefunded": 500, "status": "completed", "TransactionId": 7}


@pytest.mark.parametrize(
    ("body", "notice"),
    [
        (V3, Notice("charge", "7", "r", "successful")),
        (LEGACY, Notice("charge", "7", "r", "successful")),
        (TRANSFER, Notice("transfer", "9", "r", "failed")),
        (LEGACY_TRANSFER, Notice("transfer", "9", "r", "x")),
        (REFUND, Notice("refund", "7", None, "completed", "3", "50000")),
        (REFUND_EVENT, Notice("refund", "7", None, "completed", "3", "50000")),
        (CHARGEBACK, Notice("chargeback", "7", "r", "initiated", "5", "50000")),
        ({"type": "refund.completed", "data": {"id": "rfd_1"}}, Notice("other", "rfd_1", None, "")),
        ({"event": "test_assess"}, Notice("other", None, None, "")),
        ({"event": "charge.completed", "data": None}, Notice("charge", None, None, "")),
        ({"event": "charge.completed", "data": [1]}, Notice("charge", None, None, "")),
        ({"event": "charge.completed", "data": {"id": "../x"}}, Notice("charge", None, None, "")),
        ({"event": "charge.completed", "data": {"id": True}}, Notice("charge", None, None, "")),
    ],
)
def test_every_known_shape_is_read(body: dict[str, object], notice: Notice) -> None:
    """Each yields what a call to the vendor's API needs."""
    assert read_notice(body) == notice


def test_one_event_in_two_shapes_has_one_key() -> None:
    """A repeat in another shape is the stored event."""
    v3, legacy = (dedupe_key(b) for b in (V3, LEGACY))

    assert v3 == legacy == "charge:7:successful"


def test_another_status_is_another_event() -> None:
    """A payment that failed and then succeeded is two events."""
    failed = {"event": "charge.completed", "data": {"id": 7, "tx_ref": "r", "status": "failed"}}

    assert dedupe_key(failed) != dedupe_key(V3)


def test_another_amount_is_another_event() -> None:
    """The second of two partial refunds has another amount, and another id."""
    keys = {
        dedupe_key(REFUND | change)
        for change in ({}, {"AmountRefunded": 400}, {"id": 4}, {"status": "failed"})
    }

    assert len(keys) == 4
    assert dedupe_key(REFUND) == dedupe_key(REFUND_EVENT) == "refund:7:3:completed:50000"


@pytest.mark.parametrize("body", [None, [], {"event": "x"}])
def test_a_body_without_an_id_has_no_key(body: object) -> None:
    """Such events are told apart by their bytes."""
    assert dedupe_key(body) is None


def test_the_length_of_a_key_is_limited() -> None:
    """Whatever the status in the body is."""
    body = {"event": "charge.completed", "data": {"id": 7, "tx_ref": "r", "status": "s" * 5000}}

    assert len(dedupe_key(body)) <= 200


BODY = b'{"event": "charge.completed"}'


def sign(body: bytes, secret: str) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


@pytest.mark.parametrize(
    ("verif_hash", "signature", "is_right"),
    [
        ("s3cret", None, True),
        (None, sign(BODY, "s3cret"), True),
        ("wrong", sign(BODY, "s3cret"), True),
        ("wrong", None, False),
        (None, "s3cret", False),
        (None, sign(BODY + b" ", "s3cret"), False),
        (None, sign(BODY, "other"), False),
        (None, None, False),
        ("é", "é", False),
    ],
)
def test_a_webhook_carries_the_hash_or_the_signature_of_its_body(
    settings: Any, verif_hash: str | None, signature: str | None, is_right: bool
) -> None:
    """Either is enough. The plain hash is no signature."""
    settings.FLUTTERWAVE_WEBHOOK_HASH = "s3cret"

    assert is_authentic(verif_hash=verif_hash, signature=signature, raw_body=BODY) is is_right


def test_without_a_configured_hash_no_webhook_is_authentic(settings: Any) -> None:
    """Not one with an empty hash, and not one that is signed with it."""
    settings.FLUTTERWAVE_WEBHOOK_HASH = ""

    assert not is_authentic(verif_hash="", signature=sign(BODY, ""), raw_body=BODY)


def test_a_form_is_read_like_json() -> None:
    """Flat in the old shape, and with an object in the new one."""
    flat = urlencode(LEGACY).encode()
    nested = b"event=charge.completed&data%5Bid%5D=7&data%5Btx_ref%5D=r&data[status]=successful"

    for raw_body in (flat, nested, json.dumps(V3).encode()):
        body = parse_body(raw_body)
        assert isinstance(body, dict)
        assert read_notice(body) == Notice("charge", "7", "r", "successful")


@pytest.mark.parametrize("raw_body", [b"", b"\xff\xfe", b"hello", b"{", b"&".join([b"a=1"] * 300)])
def test_odd_bytes_are_no_object(raw_body: bytes) -> None:
    """They are stored, and nothing is read from them."""
    assert parse_body(raw_body) is None


def test_a_dispute_is_found_by_its_payment_or_its_own_id() -> None:
    """One that names neither cannot be asked about."""
    assert find_dispute("refund", REFUND) == read_notice(REFUND)
    assert find_dispute("chargeback", REFUND) is None
    assert find_dispute("refund", {"event": "refund.completed", "data": {}}) is None
