"""The same order twice within two minutes: a double click, until the customer confirms it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.support.customer import (
    DELIVERED,
    error_code,
    new_key,
    purchase_order,
    withdrawal_order,
)
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.threads import run_together
from tests.support.vendor import Vendor
from wallets.ledger.documents import Transaction

pytestmark = pytest.mark.usefixtures("db")

ORDERS: dict[str, dict[str, Any]] = {
    "/wallet/fund": {"amount": "1500.00"},
    "/wallet/withdraw": withdrawal_order("1000"),
    "/airtime/purchase": purchase_order(DELIVERED),
}
PATHS = pytest.mark.parametrize("path", ORDERS)


@pytest.fixture
def rich(customer: Customer, vendor: Vendor) -> Customer:
    vendor.transfers(outcome="pending")
    Networks(vendor).behave(duplicate_window_s=0)  # the vendor has a rule of its own
    customer.receive("10000.00")
    return customer


def ordered(customer: Customer) -> int:
    """How many transactions the customer has, without the first one that made the wallet rich."""
    return Transaction.objects(user_id=customer.user.pk).count() - 1


@PATHS
def test_a_double_click_is_refused_and_names_the_first(rich: Customer, path: str) -> None:
    first = rich.post(path, ORDERS[path], key=new_key())
    second = rich.post(path, ORDERS[path], key=new_key())

    assert first.status_code < 300, first.content
    assert (second.status_code, error_code(second)) == (409, "duplicate_suspected")
    assert second.json()["error"]["details"] == {"tx_ref": first.json()["tx_ref"]}
    assert ordered(rich) == 1


@PATHS
def test_a_confirmed_duplicate_is_a_second_order(rich: Customer, path: str) -> None:
    key = new_key()
    first = rich.post(path, ORDERS[path], key=new_key())
    assert rich.post(path, ORDERS[path], key=key).status_code == 409

    confirmed = rich.post(path, {**ORDERS[path], "confirm_duplicate": True}, key=key)
    again = rich.post(path, ORDERS[path], key=key)

    assert confirmed.status_code < 300, confirmed.content
    assert confirmed.json()["tx_ref"] != first.json()["tx_ref"]
    # The key replays its order, whether or not the repetition says that it was meant.
    assert again.json()["tx_ref"] == confirmed.json()["tx_ref"]
    assert ordered(rich) == 2


@PATHS
def test_of_two_at_the_same_moment_one_is_recorded(rich: Customer, path: str) -> None:
    answers = run_together(2, lambda _: rich.post(path, ORDERS[path], key=new_key()))

    assert sorted(answer.status_code >= 400 for answer in answers) == [False, True]
    refused = next(answer for answer in answers if answer.status_code >= 400)
    assert error_code(refused) == "duplicate_suspected"
    assert ordered(rich) == 1


@PATHS
def test_another_order_is_no_duplicate(rich: Customer, path: str) -> None:
    assert rich.post(path, ORDERS[path], key=new_key()).status_code < 300

    other = rich.post(path, {**ORDERS[path], "amount": "2000"}, key=new_key())

    assert other.status_code < 300, other.content


def test_a_funding_without_a_key_is_watched_too(rich: Customer) -> None:
    first = rich.post("/wallet/fund", {"amount": "1500"})
    second = rich.post("/wallet/fund", {"amount": "1500.00"})

    assert (second.status_code, error_code(second)) == (409, "duplicate_suspected")
    assert second.json()["error"]["details"]["tx_ref"] == first.json()["tx_ref"]


def test_after_two_minutes_the_same_order_is_a_new_one(rich: Customer) -> None:
    first = rich.post("/wallet/withdraw", ORDERS["/wallet/withdraw"], key=new_key())
    earlier = Transaction.objects(reference=first.json()["tx_ref"])
    earlier.update_one(set__created_at=earlier.first().created_at - timedelta(seconds=121))

    second = rich.post("/wallet/withdraw", ORDERS["/wallet/withdraw"], key=new_key())

    assert second.status_code == 202, second.content


def test_an_order_that_failed_may_be_repeated_at_once(rich: Customer) -> None:
    order = purchase_order("08099999999")  # this number is never delivered
    first = rich.post("/airtime/purchase", order, key=new_key())
    second = rich.post("/airtime/purchase", order, key=new_key())

    assert error_code(first) == error_code(second) != "duplicate_suspected"
    assert ordered(rich) == 2


def test_another_customers_equal_order_is_no_duplicate(rich: Customer) -> None:
    other = Customer()
    other.receive("10000.00")

    answers = [
        each.post("/wallet/withdraw", ORDERS["/wallet/withdraw"], key=new_key())
        for each in (rich, other)
    ]

    assert [answer.status_code for answer in answers] == [202, 202]


@pytest.mark.parametrize("path", ["/wallet/withdraw", "/airtime/purchase"])
def test_a_debit_needs_a_key(rich: Customer, path: str) -> None:
    answer = rich.post(path, ORDERS[path])

    assert (answer.status_code, error_code(answer)) == (400, "idempotency_key_required")
    assert ordered(rich) == 0


@pytest.mark.parametrize(
    ("path", "field"), [("/wallet/withdraw", "narration"), ("/airtime/purchase", "variation_code")]
)
def test_an_empty_optional_field_is_the_same_as_none(rich: Customer, path: str, field: str) -> None:
    key = new_key()
    first = rich.post(path, ORDERS[path], key=key)
    again = rich.post(path, {**ORDERS[path], field: ""}, key=key)

    assert first.status_code < 300, first.content
    assert again.json()["tx_ref"] == first.json()["tx_ref"]
