"""Refunds, chargebacks, balances and the statement, in the vendor's shapes."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from payflow.kernel.errors import OutcomeUnknown, VendorAccountFault, VendorUnavailable
from wallets.clients import (
    Balance,
    Chargeback,
    ChargebackStatus,
    Movement,
    Refund,
    RefundStatus,
    UnreadableRow,
)
from wallets.flutterwave.collections import Collections

Make = Callable[..., Any]
DAY = date(2026, 11, 3)
REFUND = {"id": 3, "tx_id": 7, "amount_refunded": 500.5, "status": "completed", "meta": {}}
CHARGEBACK = {"id": 5, "transaction_id": 7, "amount": 500, "status": "initiated"}
LINE = {
    "type": "D",
    "amount": 50,
    "currency": "NGN",
    "balance_after": 1000.125,
    "reference": "duty",
    "date": "2026-11-03T09:00:00.000Z",
    "remarks": "stamp duty",
}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, RefundStatus.COMPLETED),
        ({"status": "completed-mpgs"}, RefundStatus.COMPLETED),
        ({"status": "Completed-Bank-Transfer"}, RefundStatus.COMPLETED),
        ({"status": "processing"}, RefundStatus.PENDING),
        ({"status": "pending-momo"}, RefundStatus.PENDING),
        ({"status": "new"}, RefundStatus.PENDING),
        ({"status": "odd"}, RefundStatus.PENDING),
        ({"status": "failed"}, RefundStatus.FAILED),
        ({"meta": '{"disburse_status": "failed"}'}, RefundStatus.FAILED),
        ({"meta": {"disburse_status": "successful"}}, RefundStatus.COMPLETED),
        ({"meta": "{"}, RefundStatus.COMPLETED),
    ],
)
def test_a_refund_counts_once_it_has_left_our_balance(
    vendor: Make, change: dict[str, Any], status: RefundStatus
) -> None:
    """Whatever the method behind the status is; a failed disbursement undoes it."""
    body = {"status": "success", "data": REFUND | change}

    refund = Collections(vendor(body).http).find_refund("3")

    assert refund == Refund("3", "7", status, 500_50)


@pytest.mark.parametrize(
    "row",
    [
        {"id": 3, "transaction_id": 7, "amount_refunded": 500.5, "status": "completed-mpgs"},
        {"id": 3, "TransactionId": 7, "AmountRefunded": 500.5, "status": "completed"},
    ],
)
def test_a_listed_refund_may_have_other_names(
    vendor: Make, listed: Make, row: dict[str, Any]
) -> None:
    """Those of the vendor's list, and those of its webhook."""
    [refund] = Collections(vendor(listed(row)).http).list_refunds(DAY, DAY)

    assert refund == Refund("3", "7", RefundStatus.COMPLETED, 500_50)


def test_an_unknown_refund_is_none(vendor: Make) -> None:
    """Any other refusal says nothing about it."""
    absent = (400, {"status": "error", "message": "No refund was found for this id"})
    odd = (400, {"status": "error", "message": "An error occurred"})

    assert Collections(vendor(absent).http).find_refund("3") is None
    with pytest.raises(VendorUnavailable):
        Collections(vendor(odd).http).find_refund("3")


def test_a_refund_is_asked_for_in_naira(vendor: Make) -> None:
    """A refusal proves nothing, like an answer that cannot be read; refused keys do."""
    made = vendor({"status": "success", "data": REFUND})

    assert Collections(made.http).refund("7", 500_50).vendor_id == "3"
    assert made.requests[0].url == "http://vendor.test/transactions/7/refund"
    assert json.loads(made.requests[0].body) == {"amount": 500.5}
    refused = {"status": "error", "message": "x"}
    with pytest.raises(OutcomeUnknown):
        Collections(vendor((400, refused)).http).refund("7", 1)
    with pytest.raises(VendorAccountFault):
        Collections(vendor((401, refused)).http).refund("7", 1)
    with pytest.raises(OutcomeUnknown):
        Collections(vendor({"status": "success", "data": {"id": 3}}).http).refund("7", 1)


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("initiated", ChargebackStatus.OPEN),
        ("declined", ChargebackStatus.OPEN),
        ("odd", ChargebackStatus.OPEN),
        ("accepted", ChargebackStatus.LOST),
        ("Lost", ChargebackStatus.LOST),
        ("won", ChargebackStatus.WON),
    ],
)
def test_only_a_decided_chargeback_is_closed(
    vendor: Make, listed: Make, word: str, status: ChargebackStatus
) -> None:
    """One that we dispute is open until somebody decides; one that we accept is lost."""
    rows = (CHARGEBACK | {"status": word, "due_date": "2026-11-04T15:59:59.000Z"}, {"id": 6})

    found = list(Collections(vendor(listed(*rows)).http).list_chargebacks(DAY, DAY))

    due_at = datetime(2026, 11, 4, 15, 59, 59, tzinfo=UTC)
    assert found[0] == Chargeback("5", "7", status, 500_00, due_at)
    assert isinstance(found[1], UnreadableRow)


def test_a_chargeback_is_found_on_any_page(vendor: Make, listed: Make) -> None:
    """By its own id, and not by its payment's, which has the same number space."""
    first = listed(CHARGEBACK | {"id": 7}, pages=2)
    second = listed({"id": 5, "tx_id": 8, "amount": 1, "status": "won"}, pages=2)

    found = Collections(vendor(first, second).http).find_chargeback("5")

    assert found == Chargeback("5", "8", ChargebackStatus.WON, 1_00, None)
    assert Collections(vendor(listed(CHARGEBACK)).http).find_chargeback("6") is None


def test_the_balance_is_that_of_one_currency(vendor: Make) -> None:
    """Rounded down: fees have three decimals. It may be below 0."""
    rows = [
        {"currency": "USD", "available_balance": 1, "ledger_balance": 1},
        {"currency": "NGN", "available_balance": -10.005, "ledger_balance": 2500.129},
    ]

    found = Collections(vendor({"status": "success", "data": rows}).http).balance()

    assert found == Balance(available_kobo=-10_01, ledger_kobo=2500_12)
    with pytest.raises(VendorUnavailable):
        Collections(vendor({"status": "success", "data": rows}).http).balance("GHS")
    with pytest.raises(VendorUnavailable):
        bad = [{"currency": "NGN", "available_balance": "x", "ledger_balance": 1}]
        Collections(vendor({"status": "success", "data": bad}).http).balance()


def test_the_statement_shows_what_moved_our_balance(vendor: Make) -> None:
    """Its pages are counted inside `data`; a debit is below 0."""
    info = {"total": 3, "current_page": 1, "total_pages": 2}
    first = {"page_info": info, "transactions": [LINE, LINE | {"type": "C", "amount": 26.875}]}
    second = {"page_info": info, "transactions": [LINE | {"type": "?"}]}
    pages = [{"status": "success", "data": data} for data in (first, second)]
    asked = vendor(*pages)

    found = list(Collections(asked.http).list_movements(DAY, DAY))

    at = datetime(2026, 11, 3, 9, tzinfo=UTC)
    assert found[0] == Movement("duty", -50_00, 1000_12, at, "stamp duty")
    assert isinstance(found[1], Movement)
    assert found[1].amount_kobo == 26_88
    assert isinstance(found[2], UnreadableRow)
    assert "currency=NGN" in str(asked.requests[0].url)
