from dev.sandbox.vtpass.books import books


def test_empty_books_show_the_first_float(account):
    """Before any purchase there are no lines, and the float is whole."""
    assert books(account, None) == {
        "purchases": [],
        "rejections": [],
        "float_kobo": 1_000_000_00,
        "debited_kobo": 0,
        "delivered_kobo": 0,
        "pending_kobo": 0,
        "delivered_by_request_id": {},
        "delivered_amount_kobo": 0,
    }


def test_books_list_every_purchase_and_count_what_is_debited(account, make_order):
    """Debits are net of commission; what failed or was reversed costs nothing."""
    orders = [make_order(naira=naira) for naira in (500, 600, 700, 800)]
    for order, status in zip(orders, ("delivered", "pending", "failed", "reversed"), strict=True):
        account.record(order, status=status)

    shown = books(account, None)

    lines = [
        (each["amount_kobo"], each["commission_kobo"], each["debited_kobo"], each["status"])
        for each in shown["purchases"]
    ]
    assert lines == [
        (500_00, 17_50, 482_50, "delivered"),
        (600_00, 21_00, 579_00, "pending"),
        (700_00, 24_50, 0, "failed"),
        (800_00, 28_00, 0, "reversed"),
    ]
    assert (shown["delivered_kobo"], shown["pending_kobo"]) == (482_50, 579_00)
    assert shown["debited_kobo"] == 482_50 + 579_00
    assert shown["float_kobo"] == 1_000_000_00 - shown["debited_kobo"]
    assert shown["delivered_by_request_id"] == {orders[0].request_id: 500_00}
    assert shown["delivered_amount_kobo"] == 500_00


def test_books_of_one_purchase_show_nothing_else(account, make_order):
    """A request_id narrows lines and totals, but not the float."""
    first, second = make_order(), make_order(naira=600)
    account.record(first, status="delivered")
    account.record(second, status="delivered")

    shown = books(account, second.request_id)

    assert [each["request_id"] for each in shown["purchases"]] == [second.request_id]
    assert shown["delivered_amount_kobo"] == 600_00
    assert shown["float_kobo"] == 1_000_000_00 - 482_50 - 579_00
