from datetime import UTC, datetime

import pytest

from dev.sandbox.vtpass import events


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [("delivered", "000", "TRANSACTION DELIVERED"), ("failed", "016", "TRANSACTION FAILED")],
)
def test_an_ending_is_wrapped(account, make_order, status, code, words):
    """The body names its type, and its data look like a requery without a date."""
    purchase = account.record(make_order(), status=status)

    body = events.transaction_update(purchase, shape="wrapped")

    assert body["type"] == "transaction-update"
    data = body["data"]
    assert (data["code"], data["response_description"]) == (code, words)
    assert (data["requestId"], data["amount"]) == (purchase.id, 500)
    assert data["transaction_date"] is None
    inner = data["content"]["transactions"]
    assert (inner["status"], inner["amount"], inner["method"]) == (status, 500, "wallet")
    assert "email" not in inner


def test_a_reversal_names_what_came_back(account, make_order):
    """Its outer amount is the debit and not the purchase's amount."""
    purchase = account.decide(
        account.record(make_order(), status="delivered"), status="reversed", callback=False
    )

    data = events.transaction_update(purchase, shape="wrapped")["data"]

    assert (data["code"], data["response_description"]) == ("040", "TRANSACTION REVERSAL TO WALLET")
    assert data["amount"] == 482.5
    inner = data["content"]["transactions"]
    assert (inner["status"], inner["amount"], inner["total_amount"]) == ("reversed", 500, 482.5)
    assert len(inner["wallet_credit_id"]) == 26


def test_a_body_may_be_unwrapped(account, make_order):
    """The same without the object data."""
    purchase = account.record(make_order(), status="delivered")

    bare = events.transaction_update(purchase, shape="unwrapped")

    wrapped = events.transaction_update(purchase, shape="wrapped")
    assert bare == {"type": "transaction-update", **wrapped["data"]}


def test_changed_plans_are_counted_and_named():
    """The summary counts what actionRequired names, and the time is Lagos'."""
    body = events.variations_update(
        "mtn-data",
        variations=[],
        added=["a"],
        updated=["b", "c"],
        removed=[],
        now=datetime(2026, 11, 3, 14, 31, 15, tzinfo=UTC),
    )

    assert body["summary"] == {
        "added_variation_codes": 1,
        "updated_variation_codes": 2,
        "removed_variation_codes": 0,
    }
    assert body["actionRequired"]["updated"] == {"total": 2, "variation_codes": ["b", "c"]}
    assert body["datetime"] == "2026-11-03 15-31-15"
    assert (body["serviceID"], body["service"]) == ("mtn-data", "MTN Data")
