"""Requery: what VTpass answers about an order later."""

import pytest


def transaction_in(answer):
    return answer.json()["content"]["transactions"]


def test_requery_needs_a_known_request_id(sandbox, request_id):
    """An unknown id is 015, and an id that is no text is 011."""
    assert sandbox.requery(request_id).json()["code"] == "015"
    for body in ({}, {"request_id": 5}, {"request_id": ""}):
        assert sandbox.vtpass("POST", "/requery", json=body).json()["code"] == "011"


def test_requery_shows_other_types_than_pay(sandbox, request_id):
    """Numbers instead of texts, commission in whole naira, another method; the rest is the same."""
    paid = transaction_in(sandbox.buy(request_id))

    asked = transaction_in(sandbox.requery(request_id))

    assert (paid["unit_price"], paid["amount"]) == ("500", "500")
    assert (asked["unit_price"], asked["amount"]) == (500, 500)
    assert (paid["commission"], asked["commission"]) == (17.5, 18)
    assert (paid["method"], asked["method"]) == ("api", "wallet")
    for field in ("status", "unique_element", "total_amount", "transactionId"):
        assert paid[field] == asked[field]


def test_the_first_requery_can_come_too_early(sandbox, request_id):
    """With first_requery_015 each id is unknown once."""
    sandbox.set_policy(first_requery_015=True)
    sandbox.buy(request_id)

    assert [sandbox.requery(request_id).json()["code"] for _ in "123"] == ["015", "000", "000"]


def test_any_answer_can_be_forced(sandbox, request_id):
    """A forced code, HTTP status or inner status hides the purchase, and does not change it."""
    sandbox.set_policy(
        force_requery=[
            {"code": "087", "http_status": 401},
            {"code": "001", "status": "resolved", "times": 2},
            {"status": "processing"},
        ]
    )
    sandbox.buy(request_id)

    answers = [sandbox.requery(request_id) for _ in range(5)]

    assert (answers[0].status_code, answers[0].json()["code"]) == (401, "087")
    assert [
        (answer.json()["code"], transaction_in(answer)["status"]) for answer in answers[1:]
    ] == [
        ("001", "resolved"),
        ("001", "resolved"),
        ("000", "processing"),
        ("000", "delivered"),
    ]
    assert sandbox.get_vtpass_books(request_id)["purchases"][0]["requeries"] == 5


def test_a_forced_status_waits_for_a_purchase(sandbox, request_id):
    """The requery of an unknown id does not use up an answer that shows a transaction."""
    sandbox.set_policy(force_requery=[{"status": "processing"}])

    assert sandbox.requery(request_id).json()["code"] == "015"
    sandbox.buy(request_id)
    assert transaction_in(sandbox.requery(request_id))["status"] == "processing"


@pytest.mark.parametrize(("outcome", "code"), [("delivered", "000"), ("reversed", "040")])
def test_a_pending_purchase_ends_when_it_is_due(sandbox, request_id, outcome, code):
    """After pending_s on the sandbox's clock it ends with pending_outcome."""
    sandbox.set_policy(pending_s=3_600, pending_outcome=outcome)
    sandbox.buy(request_id, phone="201000000000")
    assert transaction_in(sandbox.requery(request_id))["status"] == "pending"

    sandbox.control("POST", "/clock", json={"advance_s": 3_600})

    answer = sandbox.requery(request_id)
    assert (answer.json()["code"], transaction_in(answer)["status"]) == (code, outcome)
    debited_kobo = sandbox.get_vtpass_books()["debited_kobo"]
    assert debited_kobo == (482_50 if outcome == "delivered" else 0)
