from dev.sandbox.flutterwave.books import books


def test_empty_books_balance_to_zero(gateway):
    """Before any payment there are no lines, and the total is zero."""
    assert books(gateway, None) == {
        "collections": [],
        "refunds": [],
        "totals_by_tx_ref": {},
        "total": 0,
        "payouts": [],
        "payout_totals_by_reference": {},
        "payout_total": 0,
    }


def test_books_list_every_attempt_and_count_successful_naira(gateway, make_link, attempt):
    """All attempts are listed in kobo; only successful naira make the totals."""
    link = make_link()
    attempt(link, "failed")
    attempt(link, amount_kobo=7_500_01)
    attempt(make_link(tx_ref="WLT-2"), currency="USD")
    attempt(make_link(tx_ref="WLT-3"), "pending")

    shown = books(gateway, None)

    lines = [
        (each["tx_ref"], each["amount"], each["currency"], each["status"], each["fee"])
        for each in shown["collections"]
    ]
    assert lines == [
        ("WLT-1", 7_500_00, "NGN", "failed", 0),
        ("WLT-1", 7_500_01, "NGN", "successful", 105_00),
        ("WLT-2", 7_500_00, "USD", "successful", 105_00),
        ("WLT-3", 7_500_00, "NGN", "pending", 0),
    ]
    assert shown["totals_by_tx_ref"] == {"WLT-1": 7_500_01}
    assert shown["total"] == 7_500_01


def test_books_of_one_payment_show_nothing_else(gateway, make_link, attempt):
    """A tx_ref narrows lines, refunds and totals alike; a refund does not change the totals."""
    paid = attempt(make_link())
    gateway.refund(paid, amount_kobo=500_00, comments="")
    gateway.refund(attempt(make_link(tx_ref="WLT-2")), amount_kobo=None, comments="")

    shown = books(gateway, "WLT-1")

    assert [each["id"] for each in shown["collections"]] == [paid.id]
    assert [(each["transaction_id"], each["amount"]) for each in shown["refunds"]] == [
        (paid.id, 500_00)
    ]
    assert shown["total"] == 7_500_00
