"""Orders at VTpass over HTTP: what is taken, what is refused, what is lost."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

DATA = {
    "serviceID": "mtn-data",
    "billersCode": "08011111111",
    "variation_code": "mtn-100mb-1000",
    "amount": 5,
}


def inner(reply):
    return reply.json()["content"]["transactions"]


def test_airtime_is_delivered_at_once(sandbox, request_id):
    """000 with the inner status delivered; the float pays the amount less commission."""
    reply = sandbox.buy(request_id)

    body = reply.json()
    assert (body["code"], body["response_description"]) == ("000", "TRANSACTION SUCCESSFUL")
    assert (body["requestId"], body["amount"]) == (request_id, 500)
    assert inner(reply)["status"] == "delivered"
    assert (inner(reply)["amount"], inner(reply)["commission"]) == ("500", 17.5)
    balance = sandbox.vtpass("GET", "/balance").json()["contents"]["balance"]
    assert balance == 1_000_000 - 482.5


def test_data_costs_what_its_plan_costs(sandbox):
    """The amount asked is ignored."""
    reply = sandbox.buy(**DATA)

    assert reply.json()["amount"] == 1000
    assert (inner(reply)["product_name"], inner(reply)["type"]) == ("MTN Data", "Data Services")
    assert (inner(reply)["commission"], inner(reply)["total_amount"]) == (40, 960)


def test_a_pending_number_stays_pending(sandbox, request_id):
    """000 says only that it was processed; the float is debited meanwhile."""
    reply = sandbox.buy(request_id, phone="201000000000")

    body = reply.json()
    words = "TRANSACTION PROCESSING - PENDING"
    assert (body["code"], body["response_description"]) == ("000", words)
    assert inner(reply)["status"] == "pending"
    books = sandbox.vtpass_books()
    assert (books["pending_kobo"], books["delivered_kobo"]) == (482_50, 0)


def test_any_other_number_fails(sandbox):
    """016 with the inner status failed, and nothing is debited."""
    reply = sandbox.buy(phone="08030000000")

    assert reply.json()["code"] == "016"
    assert inner(reply)["status"] == "failed"
    assert sandbox.vtpass_books()["debited_kobo"] == 0


def test_unexpected_answers_take_turns(sandbox):
    """A code of no table, a page, a system error and a 000 without content, and then again."""
    sandbox.policy(duplicate_window_s=0)

    replies = [sandbox.buy(phone="500000000000") for _ in range(5)]

    assert [reply.status_code for reply in replies] == [200, 502, 500, 200, 200]
    assert replies[0].json() == {"code": "999", "response_description": "UNEXPECTED RESPONSE"}
    assert replies[1].headers["Content-Type"].startswith("text/html")
    assert replies[2].json() == {"code": "083", "content": {"errors": []}}
    assert replies[3].json()["code"] == "000"
    assert "content" not in replies[3].json()
    assert replies[4].json() == replies[0].json()


def test_a_connection_may_close_without_a_byte(sandbox, request_id):
    """The caller knows nothing, and the purchase is in the books."""
    with pytest.raises(requests.ConnectionError):
        sandbox.buy(request_id, phone="400000000000")

    assert sandbox.requery(request_id).json()["code"] == "000"
    assert sandbox.vtpass_books(request_id)["delivered_kobo"] == 482_50


def test_an_answer_may_never_come(sandbox, request_id):
    """The call hangs until the caller gives up; the purchase was made before."""
    with pytest.raises(requests.ReadTimeout):
        sandbox.buy(request_id, phone="300000000000", timeout=0.3)

    assert inner(sandbox.requery(request_id))["status"] == "delivered"


def test_clearing_faults_lets_go_of_a_call_that_hangs(sandbox):
    """An order in the timeout scenario ends as soon as the faults are cleared."""
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(sandbox.buy, phone="300000000000")
        while not sandbox.vtpass_books()["purchases"]:
            time.sleep(0.01)
        sandbox.control("DELETE", "/faults")

    assert isinstance(waiting.exception(), requests.ConnectionError)
    assert not isinstance(waiting.exception(), requests.Timeout)


def test_a_call_that_hangs_ends_at_last(sandbox):
    """After hang_s the connection is closed without a byte."""
    sandbox.policy(hang_s=0.05)

    with pytest.raises(requests.ConnectionError):
        sandbox.buy(phone="300000000000")

    [call] = sandbox.control("GET", "/calls")["calls"]
    assert (call["endpoint"], call["status"]) == ("pay", 200)


@pytest.mark.parametrize("phone", ["300000000000", "400000000000", "500000000000"])
@pytest.mark.parametrize(
    ("truth", "code", "recorded"),
    [("delivered", "000", 1), ("failed", "016", 1), ("absent", "015", 0)],
)
def test_what_became_of_a_lost_answer_can_be_chosen(
    sandbox, request_id, phone, truth, code, recorded
):
    """Delivered, failed, or never arrived: requery and books say the same."""
    sandbox.policy(lost_outcome=truth, hang_s=0)

    try:
        sandbox.buy(request_id, phone=phone)
    except requests.ConnectionError:
        assert phone != "500000000000"

    assert sandbox.requery(request_id).json()["code"] == code
    lines = sandbox.vtpass_books()["purchases"]
    assert [each["status"] for each in lines] == [truth] * recorded


def test_many_recipients_can_be_delivered(sandbox):
    """With deliver_any on, any usual number succeeds."""
    sandbox.policy(deliver_any=True)

    statuses = [inner(sandbox.buy(phone=f"0803000000{each}"))["status"] for each in range(3)]

    assert statuses == ["delivered"] * 3


def test_a_recipient_can_be_given_a_scenario(sandbox):
    """Before the rule about its number; for data it is the billersCode."""
    sandbox.policy(outcomes={"08011111111": "failed", "08030000000": "pending"})

    assert inner(sandbox.buy())["status"] == "failed"
    assert inner(sandbox.buy(phone="08030000000"))["status"] == "pending"
    assert inner(sandbox.buy(**DATA))["status"] == "failed"


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ({"phone": None}, "011", "INVALID ARGUMENTS"),
        ({"request_id": "REQ-abcdefghijk"}, "085", "DOES NOT CONTAIN DATE"),
        ({"request_id": "202613451200"}, "085", "IMPROPER DATE FORMAT"),
        ({"request_id": "199901010000"}, "085", "NOT TODAY'S DATE"),
        ({"serviceID": "9mobile"}, "012", "PRODUCT DOES NOT EXIST"),
        ({**DATA, "variation_code": "eti-100"}, "010", "VARIATION CODE DOES NOT EXIST"),
        ({"amount": 49}, "013", "BELOW MINIMUM AMOUNT ALLOWED"),
        ({"amount": 200_001}, "017", "ABOVE MAXIMUM AMOUNT ALLOWED"),
    ],
)
def test_a_wrong_order_is_refused(sandbox, changes, code, words):
    """A code and the vendor's words, with HTTP 200, and nothing is recorded."""
    reply = sandbox.buy(**changes)

    assert reply.status_code == 200
    assert reply.json()["code"] == code
    assert words in reply.json()["response_description"]
    assert reply.json()["content"] == {"errors": []}
    assert sandbox.vtpass_books()["purchases"] == []


@pytest.mark.parametrize("raw", ["{", "[]", "null", ""])
def test_a_body_that_is_no_order_is_refused(sandbox, raw):
    """Whatever it is, its arguments are invalid."""
    assert sandbox.vtpass("POST", "/pay", data=raw).json()["code"] == "011"


def test_a_request_id_is_used_once(sandbox, request_id):
    """The second order under it is refused, even if it is another one; both calls are counted."""
    sandbox.buy(request_id)

    again = sandbox.buy(request_id, serviceID="glo", amount=700)

    assert again.json()["code"] == "014"
    [line] = sandbox.vtpass_books(request_id)["purchases"]
    assert (line["service_id"], line["amount_kobo"], line["attempts"]) == ("mtn", 500_00, 2)


def test_a_likely_duplicate_is_refused_and_requeried_alike(sandbox, request_id):
    """The same order under another request_id: 019, from requery too, and no debit."""
    sandbox.buy()

    assert sandbox.buy(request_id).json()["code"] == "019"

    assert sandbox.requery(request_id).json()["code"] == "019"
    books = sandbox.vtpass_books()
    assert [each["request_id"] for each in books["rejections"]] == [request_id]
    assert len(books["purchases"]) == 1


def test_the_window_of_duplicates_follows_the_clock(sandbox):
    """Half a minute later the same order is an order."""
    sandbox.buy()
    sandbox.control("POST", "/clock", json={"advance_s": 31})

    # Only on the last half minute of a day in Lagos would it be of yesterday.
    assert sandbox.buy().json()["code"] in ("000", "085")


def test_a_low_float_refuses(sandbox, request_id):
    """018, and the request_id is unknown afterwards."""
    sandbox.control("POST", "/vtpass/float", json={"naira": "482.49"})

    assert sandbox.buy(request_id).json()["code"] == "018"

    assert sandbox.requery(request_id).json()["code"] == "015"
    assert sandbox.vtpass_books()["float_kobo"] == 482_49


def test_the_answer_of_2019_is_flat(sandbox):
    """With the switch on, a 000 has no content."""
    sandbox.policy(flat_pay=True)

    body = sandbox.buy().json()

    assert set(body) == {
        "code", "response_description", "requestId", "transactionId", "amount",
        "transaction_date", "purchased_code",
    }  # fmt: skip


def test_a_failure_may_lack_its_content(sandbox):
    """With the switch on, a 016 says nothing more."""
    sandbox.policy(missing_content_016=True)

    body = sandbox.buy(phone="08030000000").json()

    assert body["code"] == "016"
    assert "content" not in body


@pytest.mark.parametrize("code", ["001", "021", "023", "027", "028", "030", "034", "089", "091"])
def test_any_code_can_be_forced(sandbox, request_id, code):
    """The next order gets the code and is not recorded; the one after it is as usual."""
    sandbox.policy(force=[{"code": code}])

    forced = sandbox.buy(request_id)

    assert (forced.status_code, forced.json()["code"]) == (200, code)
    assert sandbox.vtpass_books()["purchases"] == []
    assert sandbox.buy(request_id).json()["code"] == "000"


@pytest.mark.parametrize("truth", ["pending", "delivered", "failed"])
def test_a_forced_code_may_hide_the_truth(sandbox, request_id, truth):
    """The order is recorded as asked, behind an answer that says something else."""
    sandbox.policy(force=[{"code": "083", "http_status": 500, "record": truth}])

    reply = sandbox.buy(request_id)

    assert (reply.status_code, reply.json()) == (500, {"code": "083", "content": {"errors": []}})
    assert inner(sandbox.requery(request_id))["status"] == truth


def test_forced_answers_are_used_up_in_order(sandbox):
    """Each as many times as asked; a refused order does not use up one that records."""
    sandbox.policy(
        duplicate_window_s=0,
        force=[{"code": "030", "times": 2}, {"code": "099", "record": "pending"}],
    )

    codes = [sandbox.buy(**changes).json()["code"] for changes in ({}, {}, {"amount": 1}, {}, {})]

    assert codes == ["030", "030", "013", "099", "000"]


def test_a_forced_answer_may_show_another_status(sandbox):
    """000 with the inner status failed, as clients have met it."""
    sandbox.policy(force=[{"code": "000", "status": "failed", "record": "failed"}])

    reply = sandbox.buy()

    assert (reply.json()["code"], inner(reply)["status"]) == ("000", "failed")


def test_a_forced_answer_may_be_about_something_else(sandbox):
    """A patch changes any field: another request_id, another recipient."""
    patch = {"requestId": "other", "content": {"transactions": {"unique_element": "0000"}}}
    sandbox.policy(force=[{"code": "000", "record": "delivered", "patch": patch}])

    reply = sandbox.buy()

    assert reply.json()["requestId"] == "other"
    assert (inner(reply)["unique_element"], inner(reply)["status"]) == ("0000", "delivered")


def test_the_float_is_what_the_books_leave(sandbox):
    """After orders of every kind the balance is the first float less the debits."""
    sandbox.policy(duplicate_window_s=0, hang_s=0)
    for phone in ("08011111111", "201000000000", "08030000000", "500000000000"):
        for service in ("mtn", "glo"):
            sandbox.buy(phone=phone, serviceID=service)
    sandbox.buy(**DATA)

    books = sandbox.vtpass_books()

    debited = sum(each["debited_kobo"] for each in books["purchases"])
    assert debited == books["debited_kobo"] == books["delivered_kobo"] + books["pending_kobo"]
    assert books["float_kobo"] == 1_000_000_00 - debited
    balance = sandbox.vtpass("GET", "/balance").json()["contents"]["balance"]
    assert balance == books["float_kobo"] / 100
