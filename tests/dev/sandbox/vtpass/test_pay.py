"""Orders at VTpass: delivered, pending, failed, refused, or answered with an odd or no answer."""

import pytest
import requests

DATA = {
    "serviceID": "mtn-data",
    "billersCode": "08011111111",
    "variation_code": "mtn-100mb-1000",
    "amount": 5,
}
INTERNATIONAL = {
    "serviceID": "foreign-airtime",
    "billersCode": "08011111111",
    "operator_id": "5",
    "country_code": "GH",
    "product_type_id": 1,
    "email": "ada@example.com",
}


def transaction_in(answer):
    return answer.json()["content"]["transactions"]


def test_airtime_is_delivered(sandbox, request_id):
    """The answer is 000 with the inner status delivered; commission is a discount on the float."""
    answer = sandbox.buy(request_id)

    body = answer.json()
    assert (body["code"], body["response_description"]) == ("000", "TRANSACTION SUCCESSFUL")
    assert (body["requestId"], body["amount"]) == (request_id, 500)
    shown = transaction_in(answer)
    assert (shown["status"], shown["amount"], shown["commission"]) == ("delivered", "500", 17.5)
    assert sandbox.get_vtpass_books()["float_kobo"] == 1_000_000_00 - 482_50


def test_data_costs_the_price_of_its_plan(sandbox):
    """The amount in the order is ignored."""
    answer = sandbox.buy(**DATA)

    assert answer.json()["amount"] == 1000
    shown = transaction_in(answer)
    assert (shown["product_name"], shown["commission"], shown["total_amount"]) == (
        "MTN Data",
        40,
        960,
    )


def test_a_variation_code_with_two_prices_is_sold_at_the_first(sandbox):
    """mtn-xtratalk-300 is listed for NGN 300 and for NGN 200."""
    assert sandbox.buy(**DATA | {"variation_code": "mtn-xtratalk-300"}).json()["amount"] == 300


def test_international_airtime_is_sold_by_plans(sandbox):
    """A plan has a price in naira, or takes an amount in the country's money at its rate."""
    fixed = sandbox.buy(**INTERNATIONAL, variation_code="5-1-1000")
    flexible = sandbox.buy(**INTERNATIONAL, variation_code="5-1-any", amount=38)

    assert transaction_in(fixed)["product_name"] == "Foreign Airtime"
    assert (fixed.json()["amount"], flexible.json()["amount"]) == (1000, 4992.06)


def test_a_pending_number_stays_pending(sandbox):
    """Code 000 with the inner status pending; the float is debited meanwhile."""
    answer = sandbox.buy(phone="201000000000")

    assert answer.json()["response_description"] == "TRANSACTION PROCESSING - PENDING"
    assert (answer.json()["code"], transaction_in(answer)["status"]) == ("000", "pending")
    books = sandbox.get_vtpass_books()
    assert (books["pending_kobo"], books["delivered_kobo"]) == (482_50, 0)


def test_any_other_number_fails(sandbox):
    """Code 016 with the inner status failed, and no debit."""
    answer = sandbox.buy(phone="08030000000")

    assert (answer.json()["code"], transaction_in(answer)["status"]) == ("016", "failed")
    assert sandbox.get_vtpass_books()["debited_kobo"] == 0


def test_the_unexpected_number_gets_four_odd_answers(sandbox):
    """An unknown code, a page, a system error and a 000 without content; then the first again."""
    sandbox.set_policy(duplicate_window_s=0)

    answers = [sandbox.buy(phone="500000000000") for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200, 502, 500, 200, 200]
    assert answers[0].json() == {"code": "999", "response_description": "UNEXPECTED RESPONSE"}
    assert answers[1].headers["Content-Type"].startswith("text/html")
    assert answers[2].json() == {"code": "083", "content": {"errors": []}}
    assert answers[3].json()["code"] == "000"
    assert "content" not in answers[3].json()
    assert answers[4].json() == answers[0].json()


@pytest.mark.parametrize("phone", ["400000000000", "300000000000"])
def test_a_number_without_an_answer_is_delivered(sandbox, request_id, phone):
    """The connection closes without a byte, now or after hang_s; the purchase is in the books."""
    sandbox.set_policy(hang_s=0.05)

    with pytest.raises(requests.ConnectionError):
        sandbox.buy(request_id, phone=phone)

    assert transaction_in(sandbox.requery(request_id))["status"] == "delivered"
    assert sandbox.get_vtpass_books(request_id)["delivered_kobo"] == 482_50


@pytest.mark.parametrize(("outcome", "code"), [("failed", "016"), ("absent", "015")])
def test_an_order_without_an_answer_can_have_another_outcome(sandbox, request_id, outcome, code):
    """With lost_outcome the order has failed, or has never arrived; no kobo is debited."""
    sandbox.set_policy(lost_outcome=outcome)

    sandbox.buy(request_id, phone="500000000000")

    assert sandbox.requery(request_id).json()["code"] == code
    assert sandbox.get_vtpass_books()["debited_kobo"] == 0


def test_the_policy_chooses_the_outcome_of_a_number(sandbox):
    """`outcomes` names numbers; `deliver_any` delivers every other number of eleven digits."""
    sandbox.set_policy(outcomes={"08011111111": "failed"}, deliver_any=True)

    phones = ("08011111111", "08030000000", "201000000000", "8030000000")
    statuses = [transaction_in(sandbox.buy(phone=phone))["status"] for phone in phones]

    assert statuses == ["failed", "delivered", "pending", "failed"]


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"phone": None}, "011", "INVALID ARGUMENTS"),
        ({**INTERNATIONAL, "variation_code": "5-1-500", "email": None}, "011", "INVALID ARGUMENTS"),
        ({"request_id": "199901010000"}, "085", "NOT TODAY'S DATE"),
        ({"serviceID": "9mobile"}, "012", "PRODUCT DOES NOT EXIST"),
        ({**DATA, "variation_code": "eti-100"}, "010", "VARIATION CODE DOES NOT EXIST"),
        ({"amount": 49}, "013", "BELOW MINIMUM AMOUNT ALLOWED"),
        ({"amount": 200_001}, "017", "ABOVE MAXIMUM AMOUNT ALLOWED"),
    ],
)
def test_a_wrong_order_is_refused(sandbox, changes, code, words):
    """A code and the vendor's words, with HTTP 200; no purchase is recorded."""
    answer = sandbox.buy(**changes)

    assert answer.status_code == 200
    assert answer.json()["code"] == code
    assert words in answer.json()["response_description"]
    assert sandbox.get_vtpass_books()["purchases"] == []


def test_a_body_that_is_no_order_is_refused(sandbox):
    """Anything but a JSON object has invalid arguments."""
    codes = [
        sandbox.vtpass("POST", "/pay", data=body).json()["code"] for body in ("{", "[]", "null", "")
    ]

    assert codes == ["011"] * 4


def test_a_request_id_is_used_once(sandbox, request_id):
    """A second order under it is refused with 014, and both calls are counted."""
    sandbox.buy(request_id)

    again = sandbox.buy(request_id, serviceID="glo", amount=700)

    assert again.json()["code"] == "014"
    [line] = sandbox.get_vtpass_books(request_id)["purchases"]
    assert (line["service_id"], line["amount_kobo"], line["attempts"]) == ("mtn", 500_00, 2)


def test_a_likely_duplicate_is_refused(sandbox, request_id):
    """The same service, number and amount within the window: 019, from requery too, no debit."""
    sandbox.buy()

    assert sandbox.buy(request_id).json()["code"] == "019"

    assert sandbox.requery(request_id).json()["code"] == "019"
    books = sandbox.get_vtpass_books()
    assert [each["request_id"] for each in books["rejections"]] == [request_id]
    assert len(books["purchases"]) == 1
    assert sandbox.buy(amount=501).json()["code"] == "000"


def test_a_low_float_refuses_the_order(sandbox, request_id):
    """The float must cover the amount less commission: 018, and the request_id stays unknown."""
    sandbox.control("POST", "/vtpass/float", json={"naira": "482.49"})

    assert sandbox.buy(request_id).json()["code"] == "018"

    assert sandbox.requery(request_id).json()["code"] == "015"
    assert sandbox.get_vtpass_books()["float_kobo"] == 482_49
    sandbox.control("POST", "/vtpass/float", json={"naira": "482.50"})
    assert sandbox.buy(request_id).json()["code"] == "000"


def test_a_failure_can_lack_its_content(sandbox):
    """With missing_content_016 a failure has no inner transaction."""
    sandbox.set_policy(missing_content_016=True)

    body = sandbox.buy(phone="08030000000").json()

    assert body["code"] == "016"
    assert "content" not in body


def test_any_code_can_be_forced(sandbox, request_id):
    """The next order gets the code and is not recorded; the order after it is not affected."""
    sandbox.set_policy(force=[{"code": "030"}])

    forced = sandbox.buy(request_id)

    assert (forced.status_code, forced.json()["code"]) == (200, "030")
    assert sandbox.get_vtpass_books()["purchases"] == []
    assert sandbox.buy(request_id).json()["code"] == "000"


@pytest.mark.parametrize("status", ["delivered", "failed"])
def test_a_forced_answer_can_contradict_the_books(sandbox, request_id, status):
    """The order is recorded with `record`, behind an answer that says something else."""
    sandbox.set_policy(force=[{"code": "083", "http_status": 500, "record": status}])

    answer = sandbox.buy(request_id)

    assert (answer.status_code, answer.json()) == (500, {"code": "083", "content": {"errors": []}})
    assert transaction_in(sandbox.requery(request_id))["status"] == status


def test_forced_answers_are_used_in_order(sandbox):
    """Each is used `times` times; a refused order does not use up an answer that records."""
    sandbox.set_policy(
        duplicate_window_s=0,
        force=[{"code": "030", "times": 2}, {"code": "099", "record": "pending"}],
    )

    codes = [sandbox.buy(**changes).json()["code"] for changes in ({}, {}, {"amount": 1}, {}, {})]

    assert codes == ["030", "030", "013", "099", "000"]


def test_a_forced_answer_can_show_another_transaction(sandbox):
    """`status` changes the inner status, and `patch` any other field."""
    patch = {"requestId": "other", "content": {"transactions": {"unique_element": "0000"}}}
    forced = {"code": "000", "status": "odd", "record": "delivered", "patch": patch}
    sandbox.set_policy(force=[forced])

    answer = sandbox.buy()

    assert answer.json()["requestId"] == "other"
    shown = transaction_in(answer)
    assert (shown["unique_element"], shown["status"]) == ("0000", "odd")
