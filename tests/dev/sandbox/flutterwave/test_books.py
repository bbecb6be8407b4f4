"""The books of the simulated Flutterwave, and the merchant's balance that follows from them."""

import random

import pytest


def ngn_kobo(sandbox):
    data = sandbox.api("GET", "/balances/NGN").json()["data"]
    assert data["available_balance"] == data["ledger_balance"]
    return round(data["ledger_balance"] * 100)


def test_empty_books_have_totals_of_zero(sandbox):
    """Before any payment there are no lines."""
    assert sandbox.get_books() == {
        "collections": [],
        "refunds": [],
        "totals_by_tx_ref": {},
        "total": 0,
        "payouts": [],
        "payout_totals_by_reference": {},
        "payout_total": 0,
    }


def test_only_successful_naira_are_counted(sandbox):
    """Every attempt is a line in kobo; the totals count successful naira before fees."""
    sandbox.pay("WLT-1", "failed")
    sandbox.pay("WLT-1", amount="7500.01")
    sandbox.pay("WLT-2", currency="USD")
    sandbox.pay("WLT-3", "pending")

    books = sandbox.get_books()

    lines = [
        (each["tx_ref"], each["amount"], each["currency"], each["status"], each["fee"])
        for each in books["collections"]
    ]
    assert lines == [
        ("WLT-1", 7_500_00, "NGN", "failed", 0),
        ("WLT-1", 7_500_01, "NGN", "successful", 105_00),
        ("WLT-2", 7_500_00, "USD", "successful", 105_00),
        ("WLT-3", 7_500_00, "NGN", "pending", 0),
    ]
    assert books["totals_by_tx_ref"] == {"WLT-1": 7_500_01}
    assert books["total"] == 7_500_01


def test_the_books_of_one_reference_leave_out_the_others(sandbox):
    """A reference narrows collections, refunds, payouts and totals alike."""
    paid, other = sandbox.pay("WLT-1"), sandbox.pay("WLT-2")
    for transaction_id in (paid, other):
        sandbox.api("POST", f"/transactions/{transaction_id}/refund", json={"amount": 500})
    sandbox.send_transfer("WLT-3", account_number="0123456798")

    books = sandbox.get_books("WLT-1")

    assert [each["id"] for each in books["collections"]] == [paid]
    assert [each["transaction_id"] for each in books["refunds"]] == [paid]
    assert (books["payouts"], books["total"]) == ([], 7_500_00)
    assert [each["reference"] for each in sandbox.get_books("WLT-3")["payouts"]] == ["WLT-3"]


def test_each_currency_has_a_balance(sandbox):
    """Dollars appear beside naira once they were collected, less the fee."""
    sandbox.pay(currency="USD", amount="100")

    answer = sandbox.api("GET", "/balances").json()

    assert answer["message"] == "Wallet balance fetched"
    shown = {each["currency"]: each["ledger_balance"] for each in answer["data"]}
    assert shown["USD"] == 98.6
    assert sandbox.api("GET", "/balances/XYZ").status_code == 400


@pytest.mark.parametrize("seed", range(2))
def test_the_balance_always_agrees_with_the_books(sandbox, seed):
    """After every step: balance = start + collections - fees - refunds - payouts in NGN."""
    random_one = random.Random(seed)
    start_kobo = ngn_kobo(sandbox)
    for number in range(40):
        reference = f"WLT-{number}"
        step = random_one.choice(("pay", "refund", "transfer", "decide"))
        payouts = sandbox.get_books()["payouts"]
        if step == "pay":
            sandbox.pay(reference, random_one.choice(("successful", "failed", "pending")))
        elif step == "refund" and (lines := sandbox.get_books()["collections"]):
            path = f"/transactions/{random_one.choice(lines)['id']}/refund"
            sandbox.api("POST", path, json={"amount": random_one.randrange(1, 8_000)})
        elif step == "transfer":
            sandbox.send_transfer(reference, account_number="0123456798")
        elif payouts:
            status = random_one.choice(("SUCCESSFUL", "FAILED"))
            chosen = random_one.choice(payouts)["reference"]
            sandbox.control("POST", f"/flutterwave/transfers/{chosen}", json={"status": status})

        books = sandbox.get_books()
        expected = start_kobo - sum(each["amount"] for each in books["refunds"])
        for each in books["collections"]:
            if each["status"] == "successful":
                expected += each["amount"] - each["fee"]
        for each in books["payouts"]:
            if each["status"] != "FAILED":
                expected -= each["amount"] + each["fee"]
        assert ngn_kobo(sandbox) == expected, (number, step)
