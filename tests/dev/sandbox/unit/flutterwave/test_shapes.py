from dev.sandbox.flutterwave import shapes

VERIFIED_FIELDS = {
    "id", "tx_ref", "flw_ref", "device_fingerprint", "amount", "currency", "charged_amount",
    "app_fee", "merchant_fee", "processor_response", "auth_model", "ip", "narration", "status",
    "payment_type", "created_at", "account_id", "card", "meta", "amount_settled", "customer",
}  # fmt: skip


def test_a_verified_card_payment_has_the_vendors_fields(make_link, attempt):
    """Verify shows the fields and values of the vendor's sample, money in naira."""
    paid = attempt(make_link())

    shape = shapes.verified(paid, checkout_url="https://pay.example/checkout")

    assert set(shape) == VERIFIED_FIELDS
    assert (shape["amount"], shape["app_fee"], shape["amount_settled"]) == (7500, 105, 7395)
    assert shape["flw_ref"].startswith("FLW-MOCK-")
    assert shape["card"]["token"].startswith("flw-t1nf-")
    assert shape["meta"] == {
        "__CheckoutInitAddress": "https://pay.example/checkout",
        "deposit_id": "8c1f",
    }
    assert shape["customer"]["email"] == "ada@example.com"


def test_a_bank_transfer_shows_its_originator_and_no_card(make_link, attempt):
    """A bank transfer has a reference of digits, an originator in meta, and no card."""
    paid = attempt(make_link(), payment_type="bank_transfer")

    shape = shapes.verified(paid, checkout_url="")

    assert set(shape) == VERIFIED_FIELDS - {"card"}
    assert (shape["auth_model"], shape["processor_response"]) == ("AUTH", "success")
    assert shape["flw_ref"].isdigit()
    assert shape["meta"]["originatorname"] == "Ada Obi"
    assert shape["meta"]["deposit_id"] == "8c1f"


def test_nothing_is_charged_before_a_success(make_link, attempt):
    """A failed attempt has a reason, but neither fee nor settled amount."""
    failed = attempt(make_link(), "failed")

    shape = shapes.verified(failed, checkout_url="")

    assert shape["processor_response"] == "Insufficient Funds"
    assert shape["app_fee"] is None
    assert shape["amount_settled"] is None


def test_a_listed_transaction_has_a_flat_customer(make_link, attempt):
    """An item of the list names its customer in two fields and shows no card."""
    shape = shapes.listed(attempt(make_link()))

    assert (shape["customer_name"], shape["customer_email"]) == ("Ada Obi", "ada@example.com")
    assert "customer" not in shape
    assert "card" not in shape


def test_a_refund_points_at_its_transaction(gateway, make_link, attempt):
    """A refund shows the transaction's id and the naira given back."""
    paid = attempt(make_link())

    shape = shapes.refund(gateway.refund(paid, amount_kobo=500_50, comments=""))

    assert shape["tx_id"] == paid.id
    assert shape["amount_refunded"] == 500.5
    assert (shape["status"], shape["destination"]) == ("completed", "payment_source")
