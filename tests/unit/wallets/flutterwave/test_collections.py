"""Payments as the vendor's API shows them: what counts, what it costs, and what is unreadable."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from payflow.kernel.errors import VendorAccountFault, VendorUnavailable
from wallets.clients import Checkout, Payment, PaymentStatus, UnreadableRow
from wallets.flutterwave.collections import Collections

Make = Callable[..., Any]
DAY = date(2026, 11, 3)
ROW = {
    "id": 7,
    "tx_ref": "r",
    "status": "successful",
    "amount": 2500,
    "currency": "NGN",
    "created_at": "2026-11-03T09:21:07.000Z",
}


def read(vendor: Make, listed: Make, **change: Any) -> Payment | UnreadableRow:
    client = Collections(vendor(listed(ROW | change)).http)
    return next(client.list_payments(DAY, DAY))


@pytest.mark.parametrize(
    ("change", "fee_kobo"),
    [
        ({"app_fee": 35, "amount_settled": 2462.37}, 37_63),
        ({"app_fee": 35, "amount_settled": None}, 35_00),
        ({"app_fee": 26.875}, 26_88),
        ({"app_fee": None}, 0),
        ({}, 0),
        # The customer paid the fee on top.
        ({"app_fee": 35, "charged_amount": 2535}, 0),
        ({"app_fee": 35, "amount_settled": 2500, "charged_amount": 2535}, 0),
        # Numbers that no fee can be.
        ({"app_fee": -35}, 0),
        ({"app_fee": "N/A", "amount_settled": "N/A"}, 0),
        ({"app_fee": 3500}, 0),
        ({"app_fee": 35, "amount_settled": 0}, 35_00),
        ({"amount_settled": 10**30}, 0),
        ({"app_fee": 35, "status": "failed"}, 0),
    ],
)
def test_the_fee_is_what_does_not_reach_our_balance(
    vendor: Make, listed: Make, change: dict[str, Any], fee_kobo: int
) -> None:
    """With VAT, rounded to kobo, and never below 0."""
    payment = read(vendor, listed, **change)

    assert isinstance(payment, Payment)
    assert (payment.amount_kobo, payment.fee_kobo) == (2500_00, fee_kobo)


def test_a_payment_that_was_taken_back_is_reversed(vendor: Make, listed: Make) -> None:
    """It was successful before."""
    payment = read(vendor, listed, status="Reversed")

    assert isinstance(payment, Payment)
    assert payment.status is PaymentStatus.REVERSED


@pytest.mark.parametrize(
    "change",
    [
        {"amount": 10**18},
        {"amount": "1e400000000"},
        {"amount": "NaN"},
        {"amount": -5},
        {"amount": 12.345},
        {"amount": None},
        {"amount": True},
        {"amount": [1]},
        {"tx_ref": None},
        {"tx_ref": ""},
        {"id": None},
        {"id": {}},
        {"currency": None},
        {"status": None},
    ],
)
def test_a_row_that_cannot_be_read_does_not_end_the_list(
    vendor: Make, listed: Make, change: dict[str, Any]
) -> None:
    """The rows around it, and on the next page, are read."""
    bad = ROW | {"card": {"token": "flw-t1nf-secret"}} | change
    pages = (listed(ROW, bad, ROW, pages=2), listed("odd", ROW, pages=2))

    rows = list(Collections(vendor(*pages).http).list_payments(DAY, DAY))

    assert [type(row) for row in rows] == [Payment, UnreadableRow, Payment, UnreadableRow, Payment]
    assert isinstance(rows[1], UnreadableRow)
    assert rows[1].vendor_id in ("7", "", "{}")
    assert rows[1].problem
    assert "2026-11-03" in rows[1].row
    assert "secret" not in rows[1].row


@pytest.mark.parametrize(
    "body",
    [
        {"status": "success", "data": {}},
        {"status": "success", "data": [], "meta": {"page_info": {"total_pages": "many"}}},
        {"status": "success", "data": [], "meta": {"page_info": [1]}},
        {"status": "success"},
    ],
)
def test_a_page_that_cannot_be_read_ends_the_list(vendor: Make, body: dict[str, Any]) -> None:
    """Its rows are unknown, so the list must be asked for again."""
    with pytest.raises(VendorUnavailable):
        list(Collections(vendor(body).http).list_payments(DAY, DAY))


def test_every_attempt_under_a_reference_is_found(vendor: Make, listed: Make) -> None:
    """On any page, and only under exactly this reference."""
    pages = (
        listed(ROW | {"status": "failed"}, ROW | {"id": 8, "tx_ref": "r2"}, pages=2),
        listed(ROW | {"id": 9}, ROW | {"id": 10, "tx_ref": None, "amount": "x"}, pages=2),
    )

    found = Collections(vendor(*pages).http).find_payments_by_reference("r")

    assert [payment.vendor_id for payment in found] == ["7", "9"]


def test_an_attempt_that_cannot_be_read_hides_no_money(vendor: Make, listed: Make) -> None:
    """Nothing is decided without it."""
    with pytest.raises(VendorUnavailable):
        Collections(vendor(listed(ROW | {"amount": "x"})).http).find_payments_by_reference("r")


@pytest.mark.parametrize("status", [401, 403])
def test_refused_keys_are_a_fault_of_our_account(vendor: Make, status: int) -> None:
    """The vendor's words are for engineers, and not in what a client is answered."""
    refused = (status, {"status": "error", "message": "Invalid authorization key"})

    with pytest.raises(VendorAccountFault) as caught:
        Collections(vendor(refused).http).balance()

    assert caught.value.vendor_reason == "Invalid authorization key"
    assert "authorization" not in caught.value.message + str(caught.value.details)


def test_the_duration_of_a_page_is_sent_beside_its_reference(vendor: Make) -> None:
    """The vendor's pages list session_duration there."""
    link = {"status": "success", "data": {"link": "https://pay.test/1"}}
    sandbox = vendor(link)
    checkout = Checkout("r", 100_00, "NGN", "a@example.test", "A", "080", "https://b.test", 30)

    Collections(sandbox.http).open_checkout(checkout)

    sent = json.loads(sandbox.requests[0].body)
    assert (sent["tx_ref"], sent["session_duration"]) == ("r", 30)
    assert "configurations" not in sent


NOT_FOUND = (
    (400, {"status": "error", "message": "No transaction was found for this id", "data": None}),
    (200, {"status": "error", "message": "No transaction was found for this id", "data": None}),
    (400, {"status": "error", "message": "Invalid Transaction ID", "data": None}),
)


@pytest.mark.parametrize("reply", NOT_FOUND)
def test_a_reference_that_nobody_paid_is_answered_in_three_shapes(vendor: Make, reply: Any) -> None:
    """A question by reference names no id, so an invalid id means that there is no payment."""
    assert Collections(vendor(reply).http).find_payment_by_reference("PFFUN1") is None


def test_an_invalid_id_says_nothing_about_a_payment_that_we_name_by_id(vendor: Make) -> None:
    """The payment may exist: it is asked about again."""
    with pytest.raises(VendorUnavailable):
        Collections(vendor(NOT_FOUND[2]).http).find_payment("7")
