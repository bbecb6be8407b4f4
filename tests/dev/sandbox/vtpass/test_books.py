"""The books of the simulated VTpass, and the float that follows from them."""

import random

import pytest


def test_a_line_shows_amount_commission_and_debit(sandbox):
    """Delivered and pending purchases are debited less commission; the others are not."""
    for phone, amount in (("08011111111", 500), ("201000000000", 600), ("08030000000", 700)):
        sandbox.buy(phone=phone, amount=amount)

    books = sandbox.get_vtpass_books()

    lines = [
        (each["amount_kobo"], each["commission_kobo"], each["debited_kobo"], each["status"])
        for each in books["purchases"]
    ]
    assert lines == [
        (500_00, 17_50, 482_50, "delivered"),
        (600_00, 21_00, 579_00, "pending"),
        (700_00, 24_50, 0, "failed"),
    ]
    assert (books["delivered_kobo"], books["pending_kobo"]) == (482_50, 579_00)
    delivered_id = books["purchases"][0]["request_id"]
    assert books["delivered_by_request_id"] == {delivered_id: 500_00}
    assert books["delivered_amount_kobo"] == 500_00


def test_the_books_of_one_purchase_leave_out_the_others(sandbox, request_id):
    """A request_id narrows lines and totals, but not the float."""
    sandbox.buy()
    sandbox.buy(request_id, amount=600)

    books = sandbox.get_vtpass_books(request_id)

    assert [each["request_id"] for each in books["purchases"]] == [request_id]
    assert books["delivered_amount_kobo"] == 600_00
    assert books["float_kobo"] == 1_000_000_00 - 482_50 - 579_00


def test_the_float_can_be_set(sandbox, request_id):
    """A control call sets the float; a later reversal is added to it."""
    sandbox.buy(request_id)

    answer = sandbox.control("POST", "/vtpass/float", json={"naira": "250.00"})
    sandbox.decide_purchase(request_id, "reversed")

    assert answer == {"float_kobo": 250_00}
    assert sandbox.vtpass("GET", "/balance").json()["contents"]["balance"] == 732.5


@pytest.mark.parametrize("seed", range(2))
def test_the_float_always_agrees_with_the_books(sandbox, seed):
    """After every step: first float = float + debits of pending and delivered purchases."""
    random_one = random.Random(seed)
    sandbox.set_policy(duplicate_window_s=0, hang_s=0)
    phones = ("08011111111", "201000000000", "08030000000", "500000000000")
    for step in range(40):
        purchases = sandbox.get_vtpass_books()["purchases"]
        if purchases and random_one.random() < 0.4:
            status = random_one.choice(("delivered", "failed", "reversed"))
            chosen = random_one.choice(purchases)["request_id"]
            sandbox.decide_purchase(chosen, status, callback=False)
        else:
            amount = f"{random_one.randrange(50_00, 9_999_99) / 100:.2f}"
            service = random_one.choice(("mtn", "glo"))
            sandbox.buy(serviceID=service, phone=random_one.choice(phones), amount=amount)

        books = sandbox.get_vtpass_books()
        debited_kobo = sum(
            each["amount_kobo"] - each["commission_kobo"]
            for each in books["purchases"]
            if each["status"] in ("pending", "delivered")
        )
        assert debited_kobo == books["debited_kobo"], step
        assert debited_kobo == books["delivered_kobo"] + books["pending_kobo"], step
        assert books["float_kobo"] == 1_000_000_00 - debited_kobo, step
