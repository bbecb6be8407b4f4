"""What Flutterwave says of a payment or a transfer after its first outcome."""

from itertools import pairwise

import pytest


def control(sandbox, path, answer=200, /, **body):
    return sandbox.control("POST", f"/flutterwave{path}", json=body, status=answer)


def verify(sandbox, transaction_id):
    return sandbox.api("GET", f"/transactions/{transaction_id}/verify").json()["data"]


@pytest.mark.parametrize(
    ("status", "correct"), [("reversed", False), ("voided", False), ("failed", True)]
)
def test_a_payment_can_be_taken_back(sandbox, receiver, status, correct):
    """Amount and fee leave the balance again, and a webhook tells the new status."""
    before = sandbox.get_books()["balance_kobo"]
    transaction_id = sandbox.pay()
    receiver.wait_for(1)

    control(sandbox, f"/transactions/{transaction_id}", status=status, correct=correct)

    assert verify(sandbox, transaction_id)["status"] == status
    assert receiver.wait_for(2)[1][1]["data"]["status"] == status
    assert sandbox.get_books()["balance_kobo"] == before
    assert sandbox.get_books()["totals_by_tx_ref"] == {}


def test_a_refunded_payment_is_not_reversed(sandbox):
    """The vendor takes nothing twice."""
    transaction_id = sandbox.pay()
    sandbox.api("POST", f"/transactions/{transaction_id}/refund", json={"amount": 1})

    control(sandbox, f"/transactions/{transaction_id}", 409, status="reversed")

    assert verify(sandbox, transaction_id)["status"] == "successful"


def test_a_second_payment_arrives_under_a_paid_reference(sandbox, receiver):
    """A bank transfer beside the page is a further transaction, on a closed link too."""
    first = sandbox.pay("WLT-1")
    receiver.wait_for(1)

    again = control(sandbox, "/payments", tx_ref="WLT-1", amount="7500")["transaction"]

    assert again["id"] != first
    assert (again["payment_type"], again["status"]) == ("bank_transfer", "successful")
    assert again["customer"] == verify(sandbox, first)["customer"] | {
        "created_at": again["created_at"]
    }
    assert receiver.wait_for(2)[1][1]["data"]["id"] == again["id"]
    assert sandbox.get_books()["totals_by_tx_ref"] == {"WLT-1": 15_000_00}


def test_a_payment_may_have_a_reference_that_nobody_issued(sandbox):
    """A tx_ref without a link can be paid and is then found."""
    body = {"tx_ref": "STATIC-1", "amount": 100, "currency": "USD", "status": "pending"}

    paid = control(sandbox, "/payments", **body)["transaction"]

    found = sandbox.api("GET", "/transactions/verify_by_reference?tx_ref=STATIC-1").json()["data"]
    assert found == paid
    assert (found["currency"], found["status"]) == ("USD", "pending")


def test_a_failed_transfer_is_retried_as_a_new_one(sandbox):
    """Each retry has a new id and reference; only failed transfers are retried."""
    first = sandbox.send_transfer(account_number="0123456798").json()["data"]
    path = f"/transfers/{first['id']}/retries"
    assert sandbox.api("POST", path).status_code == 400
    control(sandbox, "/transfers/WLT-wd-1", status="FAILED")

    by_api = sandbox.api("POST", path).json()["data"]
    by_dashboard = control(sandbox, "/transfers/WLT-wd-1/retries")["transfer"]

    assert by_api["reference"] == "WLT-wd-1_RETRY_1"
    assert by_dashboard["reference"] == "WLT-wd-1_RETRY_2"
    assert by_api | {"id": 0, "reference": "", "created_at": ""} == first | {
        "id": 0,
        "reference": "",
        "created_at": "",
    }
    assert sandbox.api("GET", path).json()["data"] == [by_api, by_dashboard]
    assert [each["id"] for each in sandbox.list_transfers()] == [first["id"]]


def test_a_retry_of_a_retry_counts_on(sandbox):
    """The reference of a retry is made from that of the first transfer."""
    sandbox.send_transfer(account_number="0123456799")
    sandbox.wait_for_transfer()
    control(sandbox, "/transfers/WLT-wd-1/retries")
    sandbox.wait_for_transfer("WLT-wd-1_RETRY_1")

    again = control(sandbox, "/transfers/WLT-wd-1_RETRY_1/retries")["transfer"]

    assert again["reference"] == "WLT-wd-1_RETRY_2"


def test_an_answer_can_be_stale(sandbox, receiver):
    """The API shows the old status in the next answers, while the webhook tells the new one."""
    transaction_id = sandbox.pay("WLT-1")
    control(sandbox, "/stale", id="WLT-1", status="pending", times=2)

    statuses = [verify(sandbox, transaction_id)["status"] for _ in range(3)]

    assert statuses == ["pending", "pending", "successful"]
    assert receiver.wait_for(1)[0][1]["data"]["status"] == "successful"


def test_a_transfer_can_be_stale(sandbox):
    """The same for a transfer, by its reference, in lookups and in the list."""
    sandbox.send_transfer()
    paid = sandbox.wait_for_transfer()
    control(sandbox, "/stale", id="WLT-wd-1", status="NEW", times=2)

    listed = sandbox.list_transfers()[0]["status"]
    looked_up = sandbox.api("GET", f"/transfers/{paid['id']}").json()["data"]["status"]

    assert (listed, looked_up) == ("NEW", "NEW")
    assert sandbox.list_transfers()[0]["status"] == "SUCCESSFUL"
    control(sandbox, "/stale", id="WLT-wd-1", status="NEW", times=2)
    sandbox.control("DELETE", "/flutterwave/stale")
    assert sandbox.list_transfers()[0]["status"] == "SUCCESSFUL"


def test_the_statement_adds_up_to_the_balance(sandbox):
    """Gross payment, its fee, transfer, its fee and duty are rows, each from balance to balance."""
    control(sandbox, "/money", duty=True)
    sandbox.pay("WLT-1", amount="2500")
    sandbox.send_transfer(amount=10_000, account_number="0123456798")

    rows = sandbox.api("GET", "/wallet/statement?currency=NGN").json()["data"][::-1]

    assert [(each["remarks"], each["type"], each["amount"]) for each in rows] == [
        ("payment", "C", 2500),
        ("payment fee", "D", 37.63),
        ("transfer", "D", 10_000),
        ("transfer fee", "D", 26.88),
        ("stamp duty", "D", 50),
    ]
    befores = [each["balance_before"] for each in rows]
    afters = [each["balance_after"] for each in rows]
    assert befores[1:] == afters[:-1]
    balance = sandbox.api("GET", "/balances/NGN").json()["data"]
    assert balance["available_balance"] == balance["ledger_balance"] == afters[-1]
    assert sandbox.get_books()["fees_kobo"] == 37_63 + 26_88 + 50_00


def test_the_tax_on_fees_can_be_switched_off(sandbox):
    """Without it the payment less the fee is settled."""
    control(sandbox, "/money", vat=False)

    assert verify(sandbox, sandbox.pay())["amount_settled"] == 7395


def test_each_kind_has_its_own_ids(sandbox):
    """The id of a payment is never the id of a transfer, a refund or a chargeback."""
    payment = sandbox.pay()
    transfer = sandbox.send_transfer().json()["data"]["id"]
    path = f"/transactions/{payment}/refund"
    refund = sandbox.api("POST", path, json={"amount": 1}).json()["data"]["id"]
    chargeback = control(sandbox, f"/transactions/{payment}/chargebacks")["chargeback"]["id"]

    ids = [payment, transfer, refund, chargeback]
    gaps = [later - earlier for earlier, later in pairwise(ids)]
    assert min(gaps) > 10**10
