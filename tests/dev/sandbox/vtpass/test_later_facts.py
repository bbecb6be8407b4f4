"""What VTpass says of a purchase after its first outcome, and what the float tells of it."""

import pytest


def inner(answer):
    return answer.json()["content"]["transactions"]


def test_the_movements_add_up_to_the_float(sandbox, request_id):
    """A delivery is reversed and delivered again; every change of the float is a movement."""
    sandbox.buy(request_id)
    for status in ("reversed", "delivered"):
        sandbox.decide_purchase(request_id, status, callback=False)
    sandbox.control("POST", "/vtpass/float", json={"naira": "250.00"})

    books = sandbox.get_vtpass_books()

    moved = [each["amount_kobo"] for each in books["movements"]]
    assert moved[:3] == [-482_50, 482_50, -482_50]
    assert [each["kind"] for each in books["movements"]] == ["purchase"] * 3 + ["funding"]
    assert books["balance_kobo"] == books["float_kobo"] == 1_000_000_00 + sum(moved) == 250_00
    assert books["movements"][-1]["after_kobo"] == 250_00
    assert len(sandbox.get_vtpass_books(request_id)["movements"]) == 3


@pytest.mark.parametrize(
    ("spelling", "shown"),
    [
        ("international", "2348011111111"),
        ("number", 8011111111),
        ("prefixed", "6108011111111"),
    ],
)
def test_the_recipient_can_be_spelled_otherwise(sandbox, callbacks, request_id, spelling, shown):
    """The answers of pay and requery and the callback show another spelling than the order's."""
    sandbox.set_policy(recipient_spelling=spelling)

    paid = sandbox.buy(request_id)
    requeried = sandbox.requery(request_id)
    sandbox.decide_purchase(request_id, "reversed")

    assert inner(paid)["unique_element"] == inner(requeried)["unique_element"] == shown
    body = callbacks.wait_for(1)[0][1]
    assert body["data"]["content"]["transactions"]["unique_element"] == shown
    assert sandbox.get_vtpass_books()["purchases"][0]["recipient"] == "08011111111"


@pytest.mark.parametrize(("fee", "naira"), [("N100", 100), ("2 %", 10)])
def test_a_service_can_have_a_convenience_fee(sandbox, request_id, fee, naira):
    """The list of services shows the fee, and it is debited on top of the amount."""
    sandbox.set_policy(convenience_fees={"mtn": fee})

    paid = inner(sandbox.buy(request_id))

    services = sandbox.vtpass("GET", "/services?identifier=airtime").json()["content"]
    shown = {each["serviceID"]: each["convinience_fee"] for each in services}
    assert (shown["mtn"], shown["glo"]) == (fee, "0 %")
    assert (paid["convinience_fee"], paid["amount"]) == (naira, "500")
    assert paid["total_amount"] == 500 + naira - 17.5
    assert inner(sandbox.requery(request_id))["total_amount"] == paid["total_amount"]
    books = sandbox.get_vtpass_books()
    assert books["debited_kobo"] == 482_50 + naira * 100


def test_an_order_may_be_a_form(sandbox, request_id):
    """Many integrations post forms: pay and requery read them as they read JSON."""
    order = {"request_id": request_id, "serviceID": "mtn", "amount": "500", "phone": "08011111111"}

    paid = sandbox.vtpass("POST", "/pay", data=order)
    requeried = sandbox.vtpass("POST", "/requery", data={"request_id": request_id})

    assert (paid.json()["code"], requeried.json()["code"]) == ("000", "000")
    assert inner(requeried)["status"] == "delivered"
    calls = sandbox.control("GET", "/calls", params={"reference": request_id})["calls"]
    assert [each["endpoint"] for each in calls] == ["pay", "requery"]


def test_a_code_may_contradict_the_status(sandbox, request_id):
    """A failure's code around a delivered transaction, while the order is really delivered."""
    forced = {"code": "016", "status": "delivered", "record": "delivered"}
    sandbox.set_policy(force=[forced], force_requery=[{"code": "015"}])

    paid = sandbox.buy(request_id)

    assert (paid.json()["code"], inner(paid)["status"]) == ("016", "delivered")
    assert sandbox.requery(request_id).json()["code"] == "015"
    assert inner(sandbox.requery(request_id))["status"] == "delivered"
