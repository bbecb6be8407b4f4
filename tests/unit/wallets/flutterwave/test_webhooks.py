"""The shapes of a webhook body: docs/vendors/flutterwave.md, section 6."""

import pytest

from wallets.flutterwave.webhooks import Notice, dedupe_key, read_notice

V3 = {"event": "charge.completed", "data": {"id": 7, "tx_ref": "r", "status": "Successful"}}
LEGACY = {"id": 7, "txRef": "r", "status": "successful", "event.type": "CARD_TRANSACTION"}
TRANSFER = {"event": "transfer.completed", "data": {"id": 9, "reference": "r", "status": "FAILED"}}
LEGACY_TRANSFER = {"event.type": "Transfer", "transfer": {"id": 9, "reference": "r", "status": "x"}}
REFUND = {"id": 3, "AmountRefunded": 500, "status": "completed", "TransactionId": 7}


@pytest.mark.parametrize(
    ("body", "notice"),
    [
        (V3, Notice("charge", "7", "r", "successful")),
        (LEGACY, Notice("charge", "7", "r", "successful")),
        (TRANSFER, Notice("transfer", "9", "r", "failed")),
        (LEGACY_TRANSFER, Notice("transfer", "9", "r", "x")),
        (REFUND, Notice("other", "3", None, "completed")),
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


@pytest.mark.parametrize("body", [None, [], {"event": "x"}])
def test_a_body_without_an_id_has_no_key(body: object) -> None:
    """Such events are told apart by their bytes."""
    assert dedupe_key(body) is None


def test_the_length_of_a_key_is_limited() -> None:
    """Whatever the status in the body is."""
    body = {"event": "charge.completed", "data": {"id": 7, "tx_ref": "r", "status": "s" * 5000}}

    assert len(dedupe_key(body)) <= 200
