"""Transfers: which refusals are final, and which transfers belong to a reference."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from payflow.kernel.errors import (
    OutcomeUnknown,
    VendorAccountFault,
    VendorError,
    VendorRejected,
    VendorUnavailable,
)
from wallets.clients import Transfer, TransferOrder, TransferStatus, UnreadableRow
from wallets.flutterwave.payouts import Payouts

Make = Callable[..., Any]
DAY = date(2026, 11, 3)
REFERENCE = "PFWDTEST"
ORDER = TransferOrder(REFERENCE, "044", "0690000031", "Forrest Green", 5500_00, "NGN", "x")
ROW = {"id": 9, "reference": REFERENCE, "status": "NEW", "amount": 5500, "currency": "NGN"}
FAILED = ROW | {"status": "FAILED", "complete_message": "DISBURSE FAILED: Insufficient funds"}


def refuse(vendor: Make, status: int, message: str, data: Any = None) -> Exception:
    body = {"status": "error", "message": message, "data": data}
    with pytest.raises(VendorError) as caught:
        Payouts(vendor((status, body)).http).send_transfer(ORDER)
    return caught.value


@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize(
    ("message", "plain"),
    [
        ("Payout was made to a blacklisted account number", "cannot receive transfers"),
        ("beneficiary_name is required", "could not be completed"),
    ],
)
def test_a_proven_refusal_is_final(vendor: Make, status: int, message: str, plain: str) -> None:
    """With a sentence for the customer."""
    error = refuse(vendor, status, message)

    assert type(error) is VendorRejected
    assert plain in error.details["plain"]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "Please enable IP Whitelisting to access this service"),
        (400, "This request cannot be processed. Contact your account manager"),
        (400, "This transaction cannot be competed, please contact the administrator"),
        (400, "Merchant cannot perform transactions without approval."),
        (400, "Insufficient merchant balance"),
        (422, "Insufficient funds in payout wallet"),
        (400, "Transfers are not enabled for this account"),
        (400, "Your account is not activated for transfers"),
        (400, "You have no permission to make transfers"),
        (401, "Invalid authorization key"),
        (403, "odd"),
    ],
)
def test_a_fault_of_our_account_is_told_apart(vendor: Make, status: int, message: str) -> None:
    """Nothing was done, and every other order would be refused."""
    error = refuse(vendor, status, message)

    assert type(error) is VendorAccountFault
    assert isinstance(error, VendorUnavailable)
    assert error.vendor_reason == message


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "Payout with this ref already exists"),
        (409, "Payout with this ref already exists"),
        (400, "An error occurred. Please contact support"),
        (400, "Transfer not found"),
        (400, ""),
        (404, "blacklisted account number"),
        (500, "amount is required"),
        (503, "An error occurred. Please contact support"),
        (200, "Transfer failed"),
    ],
)
def test_every_other_refusal_proves_nothing(vendor: Make, status: int, message: str) -> None:
    """The hold stays until a look-up decides."""
    assert type(refuse(vendor, status, message)) is OutcomeUnknown


def test_a_refusal_that_shows_the_failed_transfer_is_final(vendor: Make) -> None:
    """Whatever its text; its id is kept. Another transfer, or one that goes on, proves nothing."""
    error = refuse(vendor, 400, "Transfer failed", FAILED)

    assert type(error) is VendorRejected
    assert error.details["vendor_id"] == "9"
    assert error.message == "DISBURSE FAILED: Insufficient funds"
    for data in (FAILED | {"reference": "PFOTHER"}, ROW, {"status": "FAILED"}, "FAILED", [1]):
        assert type(refuse(vendor, 400, "Transfer failed", data)) is OutcomeUnknown


@pytest.mark.parametrize(
    ("fee", "fee_kobo"),
    [(26.875, 26_88), ("10.75", 10_75), (None, 0), ("N/A", 0), (-1, 0), (10**20, 0)],
)
def test_a_transfer_has_the_vendors_fee(vendor: Make, fee: Any, fee_kobo: int) -> None:
    """In kobo. A fee that cannot be read does not hide the transfer."""
    body = {"status": "success", "data": ROW | {"fee": fee}}

    transfer = Payouts(vendor(body).http).find_transfer("9")

    assert transfer is not None
    assert transfer.fee_kobo == fee_kobo


@pytest.mark.parametrize("word", ["NEW", "PENDING", "SUCCESSFUL", "odd", "FAILED"])
def test_only_a_failed_transfer_says_that_money_is_back(vendor: Make, word: str) -> None:
    """The sentence is for the customer whose hold is released."""
    body = {"status": "success", "data": ROW | {"status": word}}

    transfer = Payouts(vendor(body).http).find_transfer("9")

    assert transfer is not None
    assert ("back in your wallet" in transfer.reason) is (word == "FAILED")


def test_every_transfer_of_a_reference_is_found(vendor: Make, listed: Make) -> None:
    """With the suffix of a retry or a test, on any page, and no transfer of another reference."""
    pages = (
        listed(FAILED, ROW | {"id": 10, "reference": REFERENCE + "_RETRY_1"}, pages=2),
        listed(
            ROW | {"id": 11, "reference": REFERENCE + "_PMCKDU_1"},
            ROW | {"id": 12, "reference": REFERENCE + "2"},
            ROW | {"id": 13, "reference": None},
            pages=2,
        ),
    )

    found = Payouts(vendor(*pages).http).find_transfers_by_reference(REFERENCE)

    assert [transfer.vendor_id for transfer in found] == ["9", "10", "11"]
    assert {transfer.reference for transfer in found} == {REFERENCE}


def test_a_list_that_is_not_filtered_is_not_walked_to_its_end(vendor: Make, listed: Make) -> None:
    """The vendor has ignored the reference, so its rows prove nothing."""
    pages = [listed(ROW | {"reference": "PFOTHER"}, pages=1000) for _ in range(30)]

    with pytest.raises(VendorUnavailable):
        Payouts(vendor(*pages).http).find_transfers_by_reference(REFERENCE)


def test_a_row_that_is_no_object_decides_nothing(vendor: Make, listed: Make) -> None:
    """Neither that the transfer is there, nor that it is missing."""
    with pytest.raises(VendorUnavailable):
        Payouts(vendor(listed("odd")).http).find_transfer_by_reference(REFERENCE)


def test_an_answer_that_shows_another_transfer_proves_nothing(vendor: Make) -> None:
    """Ours may have been accepted beside it."""
    body = {"status": "success", "data": ROW | {"reference": "PFOTHER"}}

    with pytest.raises(OutcomeUnknown):
        Payouts(vendor(body).http).send_transfer(ORDER)


def test_the_retries_of_a_transfer_are_listed(vendor: Make, listed: Make) -> None:
    """Each is a transfer with an id of its own."""
    asked = vendor(listed(ROW | {"id": 10, "reference": REFERENCE + "_RETRY_1"}))

    [retry] = Payouts(asked.http).list_retries("9")

    assert (retry.vendor_id, retry.reference) == ("10", REFERENCE)
    assert asked.requests[0].url == "http://vendor.test/transfers/9/retries"


def test_a_transfer_that_cannot_be_read_does_not_end_the_list(vendor: Make, listed: Make) -> None:
    """The others are read; their currency is theirs."""
    rows = listed(ROW | {"amount": 10**18}, ROW | {"currency": "UGX"})

    bad, good = list(Payouts(vendor(rows).http).list_transfers(DAY, DAY))

    assert isinstance(bad, UnreadableRow)
    assert isinstance(good, Transfer)
    assert (good.status, good.currency) == (TransferStatus.PENDING, "UGX")
