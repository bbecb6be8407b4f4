import pytest

NOT_FOUND = {
    "status": "error",
    "message": "No transaction was found for this id",
    "data": None,
}


@pytest.mark.parametrize(
    ("key", "message"),
    [(None, "Authorization required"), ("FLWSECK_TEST-another-X", "Invalid authorization key")],
)
def test_only_the_secret_key_is_let_in(sandbox, key, message):
    """Without the key, or with another one, the answer is 401 in the vendor's envelope."""
    reply = sandbox.api("GET", "/balances", key=key)

    assert reply.status_code == 401
    assert reply.json() == {"status": "error", "message": message, "data": None}


def test_an_unknown_route_is_404(sandbox):
    """A path or verb that the vendor does not have is refused in its envelope."""
    replies = [sandbox.api("GET", "/payments"), sandbox.api("POST", "/nothing")]

    assert [reply.status_code for reply in replies] == [404, 404]
    assert replies[0].json()["status"] == "error"


def test_a_hosted_link_is_created(sandbox):
    """The answer to a payment request is a link to the checkout and nothing else."""
    reply = sandbox.ask_for_link()

    link = reply.json()["data"].pop("link")
    assert link.startswith(f"{sandbox.url}/flutterwave/checkout/flwlnk-")
    assert reply.json()["status"] == "success"
    assert reply.json()["message"] == "Hosted Link"
    assert sandbox.books()["collections"] == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"tx_ref": ""}, "tx_ref is required"),
        ({"tx_ref": "x" * 101}, "tx_ref must be a text of at most 100 characters"),
        ({"amount": None}, "amount is required"),
        ({"amount": 0}, "amount is invalid: out of range"),
        ({"customer": {}}, "email is required"),
        ({"customer": "ada"}, "customer must be an object"),
        ({"redirect_url": None}, "redirect_url is required"),
        ({"redirect_url": "javascript:0"}, "redirect_url must be an http or https address"),
        (
            {"session_duration": 1441},
            "session_duration must be a whole number from 1 to 1440",
        ),
    ],
)
def test_a_wrong_payment_request_is_refused(sandbox, changed, message):
    """Each refusal is a 400 whose message names the field."""
    reply = sandbox.ask_for_link(**changed)

    assert reply.status_code == 400
    assert reply.json() == {"status": "error", "message": message, "data": None}


@pytest.mark.parametrize("body", ["{", "[]", '{"amount": NaN}'])
def test_a_body_that_is_no_object_is_refused(sandbox, body):
    """What is not a JSON object is a 400, not a crash."""
    reply = sandbox.api("POST", "/payments", data=body)

    assert reply.status_code == 400


def test_nothing_is_known_before_an_attempt(sandbox):
    """A link nobody tried to pay has no transaction under either lookup."""
    sandbox.link("WLT-1")

    by_reference = sandbox.api("GET", "/transactions/verify_by_reference?tx_ref=WLT-1")
    by_id = sandbox.api("GET", "/transactions/1/verify")

    assert [by_reference.status_code, by_id.status_code] == [400, 400]
    assert by_reference.json() == by_id.json() == NOT_FOUND


def test_both_lookups_show_the_same_payment(sandbox):
    """By id and by reference one gets the same transaction, money in naira."""
    transaction_id = sandbox.pay("WLT-1")

    by_id = sandbox.api("GET", f"/transactions/{transaction_id}/verify").json()
    by_reference = sandbox.api("GET", "/transactions/verify_by_reference?tx_ref=WLT-1").json()

    assert by_id == by_reference
    assert by_id["status"] == "success"
    assert by_id["message"] == "Transaction fetched successfully"
    data = by_id["data"]
    assert (data["id"], data["tx_ref"], data["status"]) == (transaction_id, "WLT-1", "successful")
    assert (data["amount"], data["currency"], data["app_fee"]) == (7500, "NGN", 105)
    assert data["customer"]["phone_number"] == "08030000000"


def test_an_attempt_is_found_by_its_own_id(sandbox):
    """After a failure and a success, the failed attempt still shows under its id."""
    link = sandbox.link("WLT-1")
    failed = sandbox.press(link, "failed").json()["transaction_id"]
    paid = sandbox.press(link).json()["transaction_id"]

    by_id = sandbox.api("GET", f"/transactions/{failed}/verify").json()["data"]
    by_reference = sandbox.api("GET", "/transactions/verify_by_reference?tx_ref=WLT-1").json()

    assert (by_id["id"], by_id["status"]) == (failed, "failed")
    assert by_reference["data"]["id"] == paid


def test_a_disabled_link_refuses(sandbox):
    """A disabled link takes no payment and cannot be disabled again."""
    link = sandbox.link()

    first = sandbox.api("POST", "/payments/link/disable", json={"link": link})
    second = sandbox.api("POST", "/payments/link/disable", json={"link": link})

    assert (first.status_code, first.json()["status"]) == (200, "success")
    assert second.status_code == 400
    assert second.json()["message"] == "This payment link is currently inactive"
    assert sandbox.press(link).status_code == 400
    assert sandbox.books()["collections"] == []


@pytest.mark.parametrize(
    "placement", [{"session_duration": 30}, {"configurations": {"session_duration": 30}}]
)
def test_a_session_ends(sandbox, placement):
    """Wherever the duration stands, the link refuses once it is over."""
    link = sandbox.link(**placement)

    sandbox.control("POST", "/clock", json={"advance_s": 30 * 60})

    assert sandbox.press(link).json() == {"error": "This payment link is currently inactive"}
    assert sandbox.books()["collections"] == []


def test_the_list_is_paged_newest_first(sandbox):
    """Twelve transactions are two pages, and the page info says so."""
    ids = [sandbox.pay(f"WLT-{number}") for number in range(12)]

    pages = [sandbox.api("GET", f"/transactions?page={page}").json() for page in (1, 2, 3)]

    listed = [each["id"] for page in pages for each in page["data"]]
    assert listed == ids[::-1]
    assert pages[1]["meta"]["page_info"] == {
        "total": 12,
        "current_page": 2,
        "total_pages": 2,
        "page_size": 10,
    }


def test_the_list_is_filtered(sandbox):
    """Status, tx_ref, currency and both days narrow the list."""
    paid = sandbox.pay("WLT-1")
    failed = sandbox.pay("WLT-2", "failed")
    dollars = sandbox.pay("WLT-3", currency="USD")
    today = sandbox.api("GET", "/transactions").json()["data"][0]["created_at"][:10]

    def listed(query):
        return [each["id"] for each in sandbox.api("GET", f"/transactions?{query}").json()["data"]]

    assert listed("status=failed") == [failed]
    assert listed("tx_ref=WLT-1") == [paid]
    assert listed("currency=USD") == [dollars]
    assert listed(f"from={today}") == [dollars, failed, paid]
    assert listed("to=2020-01-01") == []


@pytest.mark.parametrize("query", ["page=0", "page=x", "from=yesterday"])
def test_a_wrong_filter_is_refused(sandbox, query):
    """A page or day that cannot be read is a 400, even when the list is empty."""
    assert sandbox.api("GET", f"/transactions?{query}").status_code == 400


def test_the_fee_is_told_in_advance(sandbox):
    """The fee endpoint shows the vendor's fields for an amount."""
    reply = sandbox.api("GET", "/transactions/fee?amount=1000&currency=NGN").json()

    assert reply == {
        "status": "success",
        "message": "Charged fee",
        "data": {
            "charge_amount": 1000,
            "fee": 14,
            "merchant_fee": 0,
            "flutterwave_fee": 14,
            "stamp_duty_fee": 0,
            "currency": "NGN",
        },
    }


def test_a_refund_can_be_looked_up(sandbox):
    """A refund answers with its own object, which is found again under its id."""
    transaction_id = sandbox.pay()

    refund = sandbox.api(
        "POST", f"/transactions/{transaction_id}/refund", json={"amount": 500, "comments": "dup"}
    ).json()
    found = sandbox.api("GET", f"/refunds/{refund['data']['id']}").json()

    assert refund["message"] == "Transaction refund initiated"
    assert (refund["data"]["tx_id"], refund["data"]["amount_refunded"]) == (transaction_id, 500)
    assert found["data"] == refund["data"]
    assert sandbox.api("GET", "/refunds/1").status_code == 400


def test_a_refund_beyond_the_payment_is_refused(sandbox):
    """More than was paid is refused, and the balance stays."""
    transaction_id = sandbox.pay()

    reply = sandbox.api("POST", f"/transactions/{transaction_id}/refund", json={"amount": 7501})

    assert reply.status_code == 400
    assert sandbox.books()["refunds"] == []


def test_balances_follow_the_payments(sandbox):
    """The naira balance is what was paid less the fee, alone or in the list."""
    before = sandbox.api("GET", "/balances/NGN").json()["data"]
    sandbox.pay()

    one = sandbox.api("GET", "/balances/NGN").json()
    every = sandbox.api("GET", "/balances").json()

    after = before["ledger_balance"] + 7395
    assert before["ledger_balance"] == before["available_balance"]
    assert one["message"] == "Wallet balance fetched"
    assert one["data"] == {"currency": "NGN", "available_balance": after, "ledger_balance": after}
    assert every["data"] == [one["data"]]
    assert sandbox.api("GET", "/balances/XYZ").status_code == 400
