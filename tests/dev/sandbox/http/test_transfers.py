"""Transfers, banks and account names over HTTP."""

import time

import pytest


def order(reference="WLT-wd-1", **changes):
    return {
        "account_bank": "044",
        "account_number": "0690000031",
        "amount": 5500,
        "currency": "NGN",
        "reference": reference,
        **changes,
    }


def send(sandbox, reference="WLT-wd-1", **changes):
    return sandbox.api("POST", "/transfers", json=order(reference, **changes))


def listed(sandbox, reference="WLT-wd-1"):
    return sandbox.api("GET", "/transfers", params={"reference": reference}).json()["data"]


def ended(sandbox, reference="WLT-wd-1"):
    """The transfer, once it is no longer NEW."""
    for _ in range(200):
        [transfer] = listed(sandbox, reference)
        if transfer["status"] != "NEW":
            return transfer
        time.sleep(0.02)
    raise AssertionError("it never ended")


def test_a_transfer_is_accepted_first_and_paid_later(sandbox):
    """The answer says NEW with its fee on top; it ends by itself, and lowers the balance."""
    before = sandbox.api("GET", "/balances/NGN").json()["data"]["ledger_balance"]

    reply = send(sandbox)

    assert reply.json()["message"] == "Transfer Queued Successfully"
    accepted = reply.json()["data"]
    assert (accepted["status"], accepted["fee"], accepted["amount"]) == ("NEW", 26.88, 5500)
    assert accepted["full_name"] == "Forrest Green"
    assert ended(sandbox)["status"] == "SUCCESSFUL"
    one = sandbox.api("GET", f"/transfers/{accepted['id']}").json()
    assert one["message"] == "Transfer fetched"
    after = sandbox.api("GET", "/balances/NGN").json()["data"]["ledger_balance"]
    assert before - after == pytest.approx(5526.88)


@pytest.mark.parametrize(
    ("reference", "status"),
    [
        ("a_PMCKDU_0", "SUCCESSFUL"),
        ("b_PMCK_ST_FDU_0", "FAILED"),
    ],
)
def test_a_suffix_decides_the_outcome(sandbox, reference, status):
    """Test mode's suffixes say how a transfer ends, and after how many minutes."""
    send(sandbox, reference)

    assert ended(sandbox, reference)["status"] == status


def test_an_account_number_may_decide_it(sandbox):
    """Numbers that end in 99 are refused by their bank; those in 98 never end."""
    send(sandbox, "refused", account_number="0123456799")
    send(sandbox, "endless", account_number="0123456798")
    send(sandbox, "usual")

    assert ended(sandbox, "refused")["status"] == "FAILED"
    assert ended(sandbox, "usual")["status"] == "SUCCESSFUL"
    assert listed(sandbox, "endless")[0]["status"] == "NEW"


def test_a_reference_is_taken_once_and_for_good(sandbox):
    """A second transfer under a reference is refused, also after the first has failed."""
    send(sandbox, account_number="0123456799")
    ended(sandbox)

    again = send(sandbox)

    assert again.status_code == 400
    assert again.json()["message"] == "Payout with this ref already exists"
    assert len(listed(sandbox)) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"account_number": "0690000036"}, "blacklisted"),
        ({"reference": ""}, "reference is required"),
        ({"account_bank": None}, "account_bank is required"),
        ({"amount": -1}, "amount is invalid"),
    ],
)
def test_a_wrong_transfer_is_refused(sandbox, changes, words):
    """The vendor's text says what is wrong, and nothing is taken."""
    reply = sandbox.api("POST", "/transfers", json=order(**changes))

    assert reply.status_code == 400
    assert words in reply.json()["message"]
    assert listed(sandbox) == []


def test_a_transfer_without_cover_fails_later_and_not_at_once(sandbox):
    """Low balance is told after the transfer was accepted."""
    send(sandbox, amount=10**12)

    assert ended(sandbox)["complete_message"] == "DISBURSE FAILED: Insufficient funds"


def test_an_address_that_is_not_on_the_list_may_send_nothing(sandbox):
    """With the switch off every transfer is refused for the merchant's own reason."""
    sandbox.control("POST", "/flutterwave/transfers", json={"whitelisted": False})

    assert "IP Whitelisting" in send(sandbox).json()["message"]


def test_an_outcome_can_be_decided_and_turned_round(sandbox):
    """A paid transfer comes back: the books no longer count it."""
    sandbox.control("POST", "/flutterwave/transfers", json={"outcome": "pending"})
    send(sandbox)
    path = "/flutterwave/transfers/WLT-wd-1"

    sandbox.control("POST", path, json={"status": "SUCCESSFUL"})
    paid = sandbox.control("GET", "/books")["flutterwave"]["payout_totals_by_reference"]
    sandbox.control("POST", path, json={"status": "FAILED"})
    books = sandbox.control("GET", "/books")["flutterwave"]

    assert paid == {"WLT-wd-1": 550_000}
    assert books["payout_totals_by_reference"] == {}
    assert [line["status"] for line in books["payouts"]] == ["FAILED"]


def test_lookups_of_what_is_not_there(sandbox):
    """An unknown id is an error; an unknown reference is an empty list."""
    assert sandbox.api("GET", "/transfers/123").json()["message"] == "Transfer not found"
    assert listed(sandbox, "nobody") == []


def test_the_fee_follows_the_tiers(sandbox):
    """5,000 and 50,000 end a tier."""
    fees = [
        sandbox.api("GET", "/transfers/fee", params={"amount": amount}).json()["data"][0]["fee"]
        for amount in (5000, 5001, 50_000, 50_001)
    ]

    assert fees == [10.75, 26.88, 26.88, 53.75]


def test_banks_keep_their_leading_zeros(sandbox):
    """Codes are texts."""
    banks = sandbox.api("GET", "/banks/NG").json()["data"]

    assert {"id": 191, "code": "044", "name": "Access Bank"} in banks
    assert all(isinstance(bank["code"], str) for bank in banks)


@pytest.mark.parametrize(
    ("bank", "number", "name"),
    [
        ("044", "0690000031", "Forrest Green"),
        ("058", "0123450000", None),
        ("000", "0690000031", None),
        ("044", "069", None),
    ],
)
def test_accounts_have_owners(sandbox, bank, number, name):
    """A known account has its name; an unknown one is refused in the vendor's words."""
    body = {"account_bank": bank, "account_number": number}

    reply = sandbox.api("POST", "/accounts/resolve", json=body)

    if name:
        assert reply.json()["data"]["account_name"] == name
    else:
        assert reply.status_code == 400
        assert "could not be validated" in reply.json()["message"]
