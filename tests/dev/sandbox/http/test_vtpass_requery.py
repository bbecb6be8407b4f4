"""Asking VTpass how an order ended, over HTTP."""

import pytest


def inner(reply):
    return reply.json()["content"]["transactions"]


def test_an_unknown_id_is_invalid(sandbox, request_id):
    """015 with an empty list of errors."""
    assert sandbox.requery(request_id).json() == {
        "code": "015",
        "response_description": "INVALID REQUEST ID",
        "content": {"errors": []},
    }


@pytest.mark.parametrize("body", [{}, {"request_id": 5}, {"request_id": ""}])
def test_a_question_must_name_an_id(sandbox, body):
    """Anything else has invalid arguments."""
    assert sandbox.vtpass("POST", "/requery", json=body).json()["code"] == "011"


def test_requery_drifts_from_pay(sandbox, request_id):
    """The same purchase: numbers for texts, whole naira of commission, another method."""
    paid = inner(sandbox.buy(request_id))

    asked = inner(sandbox.requery(request_id))

    assert (paid["unit_price"], paid["amount"]) == ("500", "500")
    assert (asked["unit_price"], asked["amount"]) == (500, 500)
    assert (paid["commission"], asked["commission"]) == (17.5, 18)
    assert (paid["method"], asked["method"]) == ("api", "wallet")
    assert asked["extras"] is None
    assert asked["product_id"] == 2
    for field in ("status", "unique_element", "total_amount", "transactionId"):
        assert paid[field] == asked[field]


def test_the_first_requery_may_come_too_early(sandbox, request_id):
    """With the switch on each id is unknown once, and then has its truth."""
    sandbox.policy(first_requery_015=True)
    sandbox.buy(request_id)

    codes = [sandbox.requery(request_id).json()["code"] for _ in range(3)]

    assert codes == ["015", "000", "000"]


def test_any_answer_can_be_forced(sandbox, request_id):
    """A code, a status of the HTTP, another inner status; the truth stays what it was."""
    sandbox.policy(
        force_requery=[
            {"code": "087", "http_status": 401},
            {"code": "001", "status": "resolved", "times": 2},
            {"status": "processing"},
        ]
    )
    sandbox.buy(request_id)

    replies = [sandbox.requery(request_id) for _ in range(5)]

    assert [reply.status_code for reply in replies] == [401, 200, 200, 200, 200]
    assert replies[0].json() == {"code": "087", "message": "INVALID CREDENTIALS"}
    assert [(reply.json()["code"], inner(reply)["status"]) for reply in replies[1:]] == [
        ("001", "resolved"),
        ("001", "resolved"),
        ("000", "processing"),
        ("000", "delivered"),
    ]
    assert sandbox.vtpass_books(request_id)["purchases"][0]["requeries"] == 5


def test_a_forced_status_waits_for_a_purchase(sandbox, request_id):
    """An unknown id stays unknown and does not use the answer up."""
    sandbox.policy(force_requery=[{"status": "processing"}])

    assert sandbox.requery(request_id).json()["code"] == "015"
    sandbox.buy(request_id)
    assert inner(sandbox.requery(request_id))["status"] == "processing"


@pytest.mark.parametrize(
    ("outcome", "code"), [("delivered", "000"), ("failed", "016"), ("reversed", "040")]
)
def test_a_pending_purchase_ends_when_its_time_has_come(sandbox, request_id, outcome, code):
    """By the sandbox's clock, as the policy said when it was accepted."""
    sandbox.policy(pending_s=3_600, pending_outcome=outcome)
    sandbox.buy(request_id, phone="201000000000")
    assert inner(sandbox.requery(request_id))["status"] == "pending"

    sandbox.control("POST", "/clock", json={"advance_s": 3_600})

    reply = sandbox.requery(request_id)
    assert (reply.json()["code"], inner(reply)["status"]) == (code, outcome)
    debited = sandbox.vtpass_books()["debited_kobo"]
    assert debited == (482_50 if outcome == "delivered" else 0)
