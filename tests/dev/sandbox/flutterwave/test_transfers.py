"""Transfers, banks and account names."""

import pytest


def test_a_transfer_is_accepted_first_and_paid_later(sandbox, receiver):
    """The answer says NEW with its fee on top; the transfer then ends with its webhook."""
    accepted = sandbox.send_transfer().json()["data"]

    assert (accepted["status"], accepted["fee"], accepted["amount"]) == ("NEW", 26.88, 5500)
    assert accepted["full_name"] == "Forrest Green"
    assert sandbox.wait_for_transfer()["status"] == "SUCCESSFUL"
    assert sandbox.api("GET", f"/transfers/{accepted['id']}").json()["data"]["approver"] == "N/A"
    ((_, body),) = receiver.wait_for(1)
    assert (body["event"], body["data"]["id"]) == ("transfer.completed", accepted["id"])
    assert (body["data"]["status"], body["data"]["fullname"]) == ("SUCCESSFUL", "Forrest Green")


def test_a_suffix_of_the_reference_decides_the_outcome(sandbox):
    """The suffixes of the vendor's test mode say how a transfer ends, after how many minutes."""
    for reference in ("a_PMCKDU_0", "b_PMCK_ST_FDU_0", "c_PMCKDU_60"):
        sandbox.send_transfer(reference)

    assert sandbox.wait_for_transfer("a_PMCKDU_0")["status"] == "SUCCESSFUL"
    assert sandbox.wait_for_transfer("b_PMCK_ST_FDU_0")["status"] == "FAILED"
    assert sandbox.list_transfers("c_PMCKDU_60")[0]["status"] == "NEW"


def test_an_account_number_decides_the_outcome(sandbox):
    """A bank refuses numbers that end in 99; transfers to numbers in 98 stay NEW."""
    sandbox.send_transfer("refused", account_number="0123456799")
    sandbox.send_transfer("endless", account_number="0123456798")

    assert sandbox.wait_for_transfer("refused")["status"] == "FAILED"
    assert sandbox.list_transfers("endless")[0]["status"] == "NEW"


def test_the_policy_decides_the_outcome(sandbox):
    """Outcome and reason of the policy apply to every transfer without a suffix."""
    policy = {"outcome": "failed", "delay_s": 0, "reason": "DISBURSE FAILED: closed"}
    sandbox.control("POST", "/flutterwave/transfers", json=policy)

    sandbox.send_transfer()

    ended = sandbox.wait_for_transfer()
    assert (ended["status"], ended["complete_message"]) == ("FAILED", "DISBURSE FAILED: closed")


def test_an_early_webhook_arrives_before_the_answer(sandbox, receiver):
    """With `early`, the answer still says NEW although its webhook has been delivered."""
    sandbox.control("POST", "/flutterwave/transfers", json={"early": True})

    accepted = sandbox.send_transfer().json()["data"]

    assert accepted["status"] == "NEW"
    [delivery] = sandbox.get_webhooks()["deliveries"]
    assert (delivery["reference"], delivery["outcome"]) == ("WLT-wd-1", "delivered")


def test_a_reference_is_accepted_once(sandbox):
    """A second transfer under a reference is refused, also after the first has failed."""
    sandbox.send_transfer(account_number="0123456799")
    sandbox.wait_for_transfer()

    again = sandbox.send_transfer()

    assert again.status_code == 400
    assert again.json()["message"] == "Payout with this ref already exists"
    assert len(sandbox.list_transfers()) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"account_number": "0690000036"}, "Payout was made to a blacklisted account number"),
        ({"amount": -1}, "amount is invalid: out of range"),
    ],
)
def test_a_wrong_transfer_is_refused(sandbox, changes, message):
    """The vendor's message says why, and no transfer is recorded."""
    answer = sandbox.send_transfer(**changes)

    assert answer.status_code == 400
    assert answer.json()["message"] == message
    assert sandbox.get_books()["payouts"] == []


def test_a_transfer_above_the_balance_fails_later(sandbox):
    """The transfer is accepted, and then fails for lack of funds."""
    assert sandbox.send_transfer(amount=10**12).status_code == 200

    ended = sandbox.wait_for_transfer()
    assert ended["complete_message"] == "DISBURSE FAILED: Insufficient funds"


def test_an_address_off_the_whitelist_sends_no_transfer(sandbox):
    """With `whitelisted` off every transfer is refused."""
    sandbox.control("POST", "/flutterwave/transfers", json={"whitelisted": False})

    assert "IP Whitelisting" in sandbox.send_transfer().json()["message"]
    assert sandbox.get_books()["payouts"] == []


def test_a_transfer_can_be_decided_and_reversed(sandbox, receiver):
    """A control call pays a transfer, and a later one makes it fail, each with a webhook."""
    sandbox.control("POST", "/flutterwave/transfers", json={"outcome": "pending"})
    sandbox.send_transfer()
    path = "/flutterwave/transfers/WLT-wd-1"

    sandbox.control("POST", path, json={"status": "SUCCESSFUL"})
    paid = sandbox.get_books()["payout_totals_by_reference"]
    receiver.wait_for(1)  # two webhooks at the same time may overtake each other
    sandbox.control("POST", path, json={"status": "FAILED", "reason": "returned"})

    assert paid == {"WLT-wd-1": 5_500_00}
    assert sandbox.get_books()["payout_totals_by_reference"] == {}
    statuses = [body["data"]["status"] for _, body in receiver.wait_for(2)]
    assert statuses == ["SUCCESSFUL", "FAILED"]
    assert sandbox.list_transfers()[0]["complete_message"] == "returned"


def test_an_unknown_transfer_is_not_found(sandbox):
    """An unknown id is an error; an unknown reference is an empty list."""
    answer = sandbox.api("GET", "/transfers/123")

    assert (answer.status_code, answer.json()["message"]) == (400, "Transfer not found")
    assert sandbox.list_transfers("unknown") == []


def test_the_transfer_fee_has_three_tiers(sandbox):
    """The tiers end at NGN 5,000 and NGN 50,000."""
    fees = [
        sandbox.api("GET", "/transfers/fee", params={"amount": amount}).json()["data"][0]["fee"]
        for amount in (5000, 5001, 50_000, 50_001)
    ]

    assert fees == [10.75, 26.88, 26.88, 53.75]


def test_bank_codes_are_texts(sandbox):
    """Codes keep their leading zeros."""
    banks = sandbox.api("GET", "/banks/NG").json()["data"]

    assert {"id": 191, "code": "044", "name": "Access Bank"} in banks
    assert all(isinstance(bank["code"], str) for bank in banks)


def test_a_bank_account_is_resolved_to_its_name(sandbox):
    """A bank account has a name; an unknown number or bank is refused in the vendor's words."""

    def resolve(bank_code, account_number):
        body = {"account_bank": bank_code, "account_number": account_number}
        return sandbox.api("POST", "/accounts/resolve", json=body)

    assert resolve("044", "0690000031").json()["data"] == {
        "account_number": "0690000031",
        "account_name": "Forrest Green",
    }
    for refused in (resolve("058", "0123450000"), resolve("000", "0690000031")):
        assert refused.status_code == 400
        assert "could not be validated" in refused.json()["message"]
