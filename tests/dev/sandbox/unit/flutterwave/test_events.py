from dev.sandbox.flutterwave import events


def test_a_v3_event_wraps_the_charge(make_link, attempt):
    """The event has its name, the charge under data, and a type under a key with a dot."""
    paid = attempt(make_link())

    body = events.charge_completed(paid, shape="v3")

    assert set(body) == {"event", "data", "event.type", "meta_data"}
    assert (body["event"], body["event.type"]) == ("charge.completed", "CARD_TRANSACTION")
    assert (body["data"]["id"], body["data"]["status"]) == (paid.id, "successful")
    assert "token" not in body["data"]["card"]
    assert body["meta_data"] == {"deposit_id": "8c1f"}


def test_a_failure_uses_the_same_event(make_link, attempt):
    """A failed attempt is charge.completed with status failed."""
    body = events.charge_completed(attempt(make_link(), "failed"), shape="v3")

    assert (body["event"], body["data"]["status"]) == ("charge.completed", "failed")


def test_meta_data_is_left_out_when_there_is_none(make_link, attempt):
    """A merchant without meta gets none back."""
    body = events.charge_completed(attempt(make_link(meta={})), shape="v3")

    assert "meta_data" not in body


def test_a_bank_transfer_names_its_originator(make_link, attempt):
    """A bank transfer has its own type, no card, and its originator beside the merchant's meta."""
    paid = attempt(make_link(), payment_type="bank_transfer")

    body = events.charge_completed(paid, shape="v3")

    assert body["event.type"] == "BANK_TRANSFER_TRANSACTION"
    assert "card" not in body["data"]
    assert body["meta_data"]["bankname"] == "Access Bank"
    assert body["meta_data"]["deposit_id"] == "8c1f"


def test_a_legacy_event_is_flat(make_link, attempt):
    """The legacy body has neither event nor data and writes its names in camelCase."""
    paid = attempt(make_link())

    body = events.charge_completed(paid, shape="legacy")

    assert not {"event", "data", "tx_ref"} & set(body)
    assert (body["txRef"], body["id"], body["amount"]) == ("WLT-1", paid.id, 7500)
    assert body["customer"]["fullName"] == "Ada Obi"
    assert body["entity"]["card6"] == "553188"
    bank = events.charge_completed(
        attempt(make_link(), payment_type="bank_transfer"), shape="legacy"
    )
    assert "entity" not in bank


def test_a_refund_event_has_no_wrapper(gateway, make_link, attempt):
    """A refund is told as the bare object."""
    paid = attempt(make_link())

    body = events.refunded(gateway.refund(paid, amount_kobo=500_00, comments="dup top-up"))

    assert not {"event", "data"} & set(body)
    assert (body["TransactionId"], body["AmountRefunded"]) == (paid.id, 500)
    assert body["comments"] == "dup top-up"
