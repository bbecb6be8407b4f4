"""Flutterwave's API for payments: keys, links, lookups, the list, fees, refunds and balances."""

import pytest

NOT_FOUND = {"status": "error", "message": "No transaction was found for this id", "data": None}


def test_the_secret_key_is_required(sandbox):
    """Without the key, or with another one, the answer is 401 in the vendor's envelope."""
    answers = [sandbox.api("GET", "/balances", key=key) for key in (None, "FLWSECK_TEST-another-X")]

    assert [answer.status_code for answer in answers] == [401, 401]
    messages = [answer.json()["message"] for answer in answers]
    assert messages == ["Authorization required", "Invalid authorization key"]


def test_an_unknown_route_is_a_404(sandbox):
    """A path or verb that the vendor does not have is refused in its envelope."""
    answers = [sandbox.api("GET", "/payments"), sandbox.api("POST", "/nothing")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].json()["status"] == "error"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"amount": "1.005"}, "amount is invalid: more than two decimals"),
        ({"redirect_url": "javascript:0"}, "redirect_url must be an http or https address"),
        ({"session_duration": 1441}, "session_duration must be a whole number from 1 to 1440"),
    ],
)
def test_a_wrong_payment_request_is_refused(sandbox, changes, message):
    """Each refusal is a 400 whose message names the field."""
    answer = sandbox.request_link(**changes)

    assert answer.status_code == 400
    assert answer.json() == {"status": "error", "message": message, "data": None}


def test_a_body_that_is_no_object_is_refused(sandbox):
    """Anything but a JSON object is a 400."""
    statuses = [
        sandbox.api("POST", "/payments", data=body).status_code
        for body in ("{", "[]", '{"amount": NaN}')
    ]

    assert statuses == [400, 400, 400]


def test_a_link_has_no_transaction_before_an_attempt(sandbox):
    """A link that has not been paid is unknown under its reference; so is an unknown id."""
    sandbox.create_link("WLT-1")

    by_reference = sandbox.api("GET", "/transactions/verify_by_reference?tx_ref=WLT-1")
    by_id = sandbox.api("GET", "/transactions/1/verify")

    assert [by_reference.status_code, by_id.status_code] == [400, 400]
    assert by_reference.json() == by_id.json() == NOT_FOUND


def test_both_lookups_show_the_same_payment(sandbox):
    """By id and by reference the transaction is the same, with money in naira."""
    transaction_id = sandbox.pay("WLT-1")

    by_id = sandbox.api("GET", f"/transactions/{transaction_id}/verify").json()
    by_reference = sandbox.api("GET", "/transactions/verify_by_reference?tx_ref=WLT-1").json()

    assert by_id == by_reference
    data = by_id["data"]
    assert (data["id"], data["tx_ref"], data["status"]) == (transaction_id, "WLT-1", "successful")
    assert (data["amount"], data["app_fee"], data["amount_settled"]) == (7500, 105, 7387.12)
    assert data["meta"]["deposit_id"] == "8c1f"


def test_a_reference_shows_its_successful_attempt(sandbox):
    """Each attempt has its own id; the reference shows the latest, or the successful one."""
    link = sandbox.create_link("WLT-1")

    def found():
        answer = sandbox.api("GET", "/transactions/verify_by_reference?tx_ref=WLT-1").json()
        return answer["data"]["id"]

    failed = sandbox.press(link, "failed").json()["transaction_id"]
    assert found() == failed
    paid = sandbox.press(link).json()["transaction_id"]
    sandbox.pay("WLT-1", "failed")

    assert found() == paid
    by_id = sandbox.api("GET", f"/transactions/{failed}/verify").json()["data"]
    assert (by_id["id"], by_id["status"], by_id["app_fee"]) == (failed, "failed", None)


def test_a_disabled_link_takes_no_payment(sandbox):
    """Disabling closes the link; a second time it is refused."""
    link = sandbox.create_link()

    answers = [sandbox.api("POST", "/payments/link/disable", json={"link": link}) for _ in "12"]

    assert [answer.status_code for answer in answers] == [200, 400]
    assert answers[1].json()["message"] == "This payment link is currently inactive"
    assert sandbox.press(link).status_code == 400
    assert sandbox.get_books()["collections"] == []


def test_the_list_has_pages_newest_first(sandbox):
    """Twelve transactions are two pages, and the page info says so."""
    ids = [sandbox.pay(f"WLT-{number}") for number in range(12)]

    pages = [sandbox.api("GET", f"/transactions?page={page}").json() for page in (1, 2, 3)]

    assert [each["id"] for page in pages for each in page["data"]] == ids[::-1]
    assert pages[1]["meta"]["page_info"] == {
        "total": 12,
        "current_page": 2,
        "total_pages": 2,
        "page_size": 10,
    }


def test_the_list_can_be_filtered(sandbox):
    """Status, tx_ref, currency and both days narrow the list; a wrong filter is a 400."""
    paid = sandbox.pay("WLT-1")
    failed = sandbox.pay("WLT-2", "failed")
    dollars = sandbox.pay("WLT-3", currency="USD")
    today = sandbox.get_books()["collections"][0]["created_at"][:10]

    def listed(query):
        return [each["id"] for each in sandbox.api("GET", f"/transactions?{query}").json()["data"]]

    assert listed("status=failed") == [failed]
    assert listed("tx_ref=WLT-1") == [paid]
    assert listed("currency=USD") == [dollars]
    assert listed(f"from={today}") == [dollars, failed, paid]
    assert listed("to=2020-01-01") == []
    for query in ("page=0", "from=yesterday"):
        assert sandbox.api("GET", f"/transactions?{query}").status_code == 400


def test_the_collection_fee_is_a_capped_share(sandbox):
    """The fee is 1.4 % and at most NGN 2,000; the fee endpoint shows it in advance."""

    def shown(naira):
        return sandbox.api("GET", f"/transactions/fee?amount={naira}&currency=NGN").json()["data"]

    assert shown(1000) == {
        "charge_amount": 1000,
        "fee": 14,
        "merchant_fee": 0,
        "flutterwave_fee": 14,
        "stamp_duty_fee": 0,
        "currency": "NGN",
    }
    assert [shown(naira)["fee"] for naira in (100.36, 142_858, 1_000_000)] == [1.41, 2000, 2000]


def test_a_refund_can_be_looked_up(sandbox):
    """A refund has its own object and id, and is found by this id."""
    transaction_id = sandbox.pay()

    refund = sandbox.api(
        "POST", f"/transactions/{transaction_id}/refund", json={"amount": 500.5, "comments": "dup"}
    ).json()["data"]

    assert (refund["tx_id"], refund["amount_refunded"]) == (transaction_id, 500.5)
    assert sandbox.api("GET", f"/refunds/{refund['id']}").json()["data"] == refund
    assert sandbox.api("GET", "/refunds/1").status_code == 400


def test_refunds_give_back_at_most_the_payment(sandbox):
    """A part, then the rest; after that, and for a failed attempt, a refund is refused."""
    paid, failed = sandbox.pay("WLT-1"), sandbox.pay("WLT-2", "failed")

    def refund(transaction_id, **body):
        path = f"/transactions/{transaction_id}/refund"
        return sandbox.api("POST", path, json=body).status_code

    statuses = [refund(paid, amount=7501), refund(paid, amount=500), refund(paid), refund(paid)]

    assert statuses == [400, 200, 200, 400]
    assert refund(failed) == 400
    assert [each["amount"] for each in sandbox.get_books()["refunds"]] == [500_00, 7_000_00]
