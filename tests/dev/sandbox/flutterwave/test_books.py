"""The books of the simulated Flutterwave, and the merchant's balance that follows from them."""

import random

import pytest
import requests


def ngn_kobo(sandbox):
    data = sandbox.api("GET", "/balances/NGN").json()["data"]
    return round(data["ledger_balance"] * 100)


def test_empty_books_have_totals_of_zero(sandbox):
    """Before any payment there are no lines."""
    books = sandbox.get_books()
    assert books.pop("balance_kobo") == books.pop("ledger_balance_kobo") == ngn_kobo(sandbox)
    assert books == {
        "collections": [],
        "refunds": [],
        "totals_by_tx_ref": {},
        "total": 0,
        "payouts": [],
        "payout_totals_by_reference": {},
        "payout_total": 0,
        "chargebacks": [],
        "movements": [],
        "fees_kobo": 0,
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
    """Dollars appear beside naira once they were collected, less the fee and the tax on it."""
    sandbox.pay(currency="USD", amount="100")

    answer = sandbox.api("GET", "/balances").json()

    assert answer["message"] == "Wallet balance fetched"
    shown = {each["currency"]: each["ledger_balance"] for each in answer["data"]}
    assert shown["USD"] == 98.49
    assert sandbox.api("GET", "/balances/XYZ").status_code == 400


@pytest.mark.parametrize("seed", range(2))
def test_the_balance_always_agrees_with_the_books(sandbox, seed):
    """After every step: balance = start + all lines of the books = start + all movements."""
    random_one = random.Random(seed)
    start_kobo = ngn_kobo(sandbox)
    sandbox.control("POST", "/flutterwave/money", json={"duty": True})
    for number in range(60):
        step = random_one.choice(STEPS)
        step(sandbox, random_one, f"WLT-{number}")

        books = sandbox.get_books()
        expected = start_kobo
        for each in books["collections"]:
            if each["status"] == "successful":
                expected += each["amount"] - each["fees_kobo"]
        for each in books["payouts"]:
            if each["status"] != "FAILED":
                expected -= each["amount"] + each["fees_kobo"]
        expected -= sum(each["amount"] for each in books["refunds"] if each["status"] != "failed")
        lost = ("lost", "accepted")
        expected -= sum(each["amount"] for each in books["chargebacks"] if each["status"] in lost)
        lien = sum(each["lien"] for each in books["chargebacks"])
        moved = sum(each["amount_kobo"] for each in books["movements"])
        assert books["ledger_balance_kobo"] == expected == start_kobo + moved, (number, step)
        assert books["balance_kobo"] == expected - lien, (number, step)


def pay(sandbox, random_one, reference):
    sandbox.pay(reference, random_one.choice(("successful", "failed", "pending")))


def decide(sandbox, random_one, _):
    about = choose(sandbox, random_one, "collections")
    wanted = {"status": random_one.choice(("successful", "failed", "reversed")), "correct": True}
    post(sandbox, about and f"/transactions/{about['id']}", wanted)


def refund(sandbox, random_one, _):
    about = choose(sandbox, random_one, "collections")
    wanted = {"amount": random_one.randrange(1, 8_000)}
    post(sandbox, about and f"/transactions/{about['id']}/refunds", wanted)


def move_refund(sandbox, random_one, _):
    about = choose(sandbox, random_one, "refunds")
    wanted = {"status": random_one.choice(("pending", "completed", "failed"))}
    post(sandbox, about and f"/refunds/{about['id']}", wanted)


def charge_back(sandbox, random_one, _):
    about = choose(sandbox, random_one, "collections")
    wanted = {"amount": random_one.randrange(1, 8_000)}
    post(sandbox, about and f"/transactions/{about['id']}/chargebacks", wanted)


def decide_chargeback(sandbox, random_one, _):
    about = choose(sandbox, random_one, "chargebacks")
    wanted = {"status": random_one.choice(("declined", "accepted", "won", "lost"))}
    post(sandbox, about and f"/chargebacks/{about['id']}", wanted)


def transfer(sandbox, random_one, reference):
    amount = random_one.choice((5_500, 20_000))
    sandbox.send_transfer(reference, amount=amount, account_number="0123456798")


def end_transfer(sandbox, random_one, _):
    about = choose(sandbox, random_one, "payouts")
    wanted = {"status": random_one.choice(("SUCCESSFUL", "FAILED"))}
    post(sandbox, about and f"/transfers/{about['id']}", wanted)


def retry_transfer(sandbox, random_one, _):
    about = choose(sandbox, random_one, "payouts")
    post(sandbox, about and f"/transfers/{about['id']}/retries", {})


STEPS = (
    *(pay, decide, refund, move_refund, charge_back, decide_chargeback),
    *(transfer, end_transfer, retry_transfer),
)


def choose(sandbox, random_one, kind):
    lines = sandbox.get_books()[kind]
    return random_one.choice(lines) if lines else None


def post(sandbox, path, body):
    """A control call that the state may refuse."""
    if path:
        url = f"{sandbox.url}/control/flutterwave{path}"
        assert requests.post(url, json=body, timeout=15).status_code in (200, 400, 409)
