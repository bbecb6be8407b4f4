import pytest

from dev.sandbox.vtpass import shapes

PAID_FIELDS = {
    "status", "product_name", "unique_element", "unit_price", "quantity", "service_verification",
    "channel", "commission", "total_amount", "discount", "type", "email", "phone", "name",
    "convinience_fee", "amount", "platform", "method", "transactionId", "commission_details",
}  # fmt: skip


@pytest.fixture
def delivered(account, make_order):
    return account.record(make_order(), status="delivered")


def test_a_delivered_purchase_has_the_vendors_fields(delivered):
    """Pay shows the fields and values of the vendor's sample, money in naira."""
    body = shapes.paid(delivered)
    inner = body["content"]["transactions"]

    assert (body["code"], body["response_description"]) == ("000", "TRANSACTION SUCCESSFUL")
    assert (body["requestId"], body["amount"]) == (delivered.id, 500)
    assert (body["purchased_code"], body["transaction_date"][19:]) == ("", ".000000Z")
    assert set(inner) == PAID_FIELDS
    assert (inner["status"], inner["product_name"]) == ("delivered", "MTN Airtime VTU")
    assert inner["type"] == "Airtime Recharge"
    assert inner["unique_element"] == "08011111111"
    assert inner["phone"] != "08011111111"


def test_pay_and_requery_differ(delivered):
    """Texts become numbers, the commission is rounded, the method changes, two fields come."""
    paid = shapes.paid(delivered)["content"]["transactions"]
    asked = shapes.requeried(delivered)["content"]["transactions"]

    assert (paid["unit_price"], paid["amount"], paid["commission"]) == ("500", "500", 17.5)
    assert (asked["unit_price"], asked["amount"], asked["commission"]) == (500, 500, 18)
    assert (paid["commission_details"]["amount"], asked["commission_details"]["amount"]) == (
        17.5,
        18,
    )
    assert (paid["method"], asked["method"]) == ("api", "wallet")
    assert set(asked) - set(paid) == {"extras", "product_id"}
    assert paid["total_amount"] == asked["total_amount"] == 482.5
    assert paid["transactionId"] == asked["transactionId"]


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        ("initiated", "000", "TRANSACTION PROCESSING - PENDING"),
        ("pending", "000", "TRANSACTION PROCESSING - PENDING"),
        ("failed", "016", "TRANSACTION FAILED"),
        ("reversed", "040", "TRANSACTION REVERSAL"),
    ],
)
def test_other_ends_have_their_code(account, make_order, status, code, words):
    """Pay and requery say the same code, with the inner status."""
    purchase = account.record(make_order(), status=status)

    for body in (shapes.paid(purchase), shapes.requeried(purchase)):
        assert (body["code"], body["response_description"]) == (code, words)
        assert body["content"]["transactions"]["status"] == status


def test_pay_says_little_of_a_failure(account, make_order):
    """The vendor's own answer has six inner fields and no date."""
    body = shapes.paid(account.record(make_order(), status="failed"))

    assert set(body) == {"code", "response_description", "requestId", "amount", "content"}
    assert set(body["content"]["transactions"]) == {
        "status", "unique_element", "amount", "total_amount", "commission", "transactionId",
    }  # fmt: skip


def test_the_answer_of_2019_has_no_content(delivered):
    """Without an inner status nobody knows how it ended."""
    body = shapes.flat(delivered)

    assert body["code"] == "000"
    assert "content" not in body
    assert body["transactionId"] == delivered.transaction_id


def test_an_answer_may_differ_from_the_truth(delivered):
    """The code and the inner status shown can be chosen, each alone or both."""
    lie = shapes.requeried(delivered, status="resolved")
    other = shapes.paid(delivered, code="000", status="failed")

    assert (lie["code"], lie["content"]["transactions"]["status"]) == ("000", "resolved")
    assert (other["code"], other["content"]["transactions"]["status"]) == ("000", "failed")
    assert shapes.paid(delivered, code="001")["response_description"] == "TRANSACTION QUERY"
