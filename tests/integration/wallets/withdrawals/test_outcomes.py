"""Webhooks and requeries that say how a transfer ended."""

import pytest

from tests.support.books import review_kinds
from tests.support.invariants import check_money
from tests.support.locks import lock
from tests.support.people import Customer
from tests.support.threads import run_together
from tests.support.vendor import Vendor
from tests.support.withdrawals import (
    apply_status,
    fail_transfer,
    process_webhook,
    requery_withdrawal,
    send_transfer,
    start,
)
from wallets.clients import TransferStatus
from wallets.inbox.documents import EventStatus
from wallets.ledger.documents import (
    ChangeSource,
    Transaction,
    TransactionStatus,
)

pytestmark = pytest.mark.usefixtures("db")
FEE = 10_75


def test_a_repeated_webhook_settles_once(rich: Customer, vendor: Vendor) -> None:
    """Ten deliveries and a requery capture once."""
    reference = start(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")

    for _ in range(10):
        event = process_webhook(reference, vendor, "SUCCESSFUL")
    requery_withdrawal(reference)

    assert event.status is EventStatus.PROCESSED
    assert rich.transaction(reference).history[-1].source == "webhook"
    assert len(rich.entries()) == 3
    check_money(rich.wallet)


def test_a_false_webhook_changes_nothing(rich: Customer, vendor: Vendor) -> None:
    """FAILED in the body, pending in the API: the hold stays."""
    reference = start(rich)
    send_transfer(reference)

    process_webhook(reference, vendor, "FAILED")

    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert rich.wallet.held == 1010_75


def test_a_transfer_that_fails_after_it_was_paid_is_reversed_once(
    rich: Customer, vendor: Vendor
) -> None:
    """A REVERSAL returns amount and fee; the withdrawal stays SUCCESS."""
    reference = start(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")
    process_webhook(reference, vendor, "SUCCESSFUL")
    vendor.end_transfer(reference, "FAILED")

    for _ in range(3):
        process_webhook(reference, vendor, "FAILED")

    [reversal] = Transaction.objects(reverses=reference)
    assert (reversal.type, reversal.status) == ("REVERSAL", TransactionStatus.SUCCESS)
    assert reversal.amount == 1010_75
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert rich.wallet.balance == 10000_00
    back = [(e.debit_account, e.amount) for e in rich.entries()[3:]]
    assert back == [("payable:bank_transfer", 1000_00), ("income:fees", FEE)]
    assert review_kinds(reference) == {"reversed_after_success"}
    check_money(rich.wallet)


def test_a_reversal_credits_a_locked_wallet(rich: Customer, vendor: Vendor) -> None:
    """The money belongs to the customer."""
    reference = start(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")
    requery_withdrawal(reference)
    lock(rich.wallet.pk)

    fail_transfer(reference)

    assert rich.wallet.balance == 10000_00
    check_money(rich.wallet)


def test_a_transfer_paid_after_it_failed_opens_a_review_case(rich: Customer) -> None:
    """The money was given back before; nothing is booked."""
    reference = start(rich)
    fail_transfer(reference)

    for _ in range(2):
        apply_status(reference, TransferStatus.SUCCESSFUL)

    assert rich.transaction(reference).status is TransactionStatus.FAILED
    assert rich.wallet.available == 10000_00
    assert review_kinds(reference) == {"paid_after_failed"}
    check_money(rich.wallet)


def test_a_transfer_of_another_amount_opens_a_review_case(rich: Customer) -> None:
    """The hold stays."""
    reference = start(rich)

    apply_status(reference, TransferStatus.SUCCESSFUL, amount_kobo=1)

    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert rich.wallet.held == 1010_75
    assert review_kinds(reference) == {"amount_differs"}


def test_eight_concurrent_outcomes_settle_once(rich: Customer) -> None:
    """One capture."""
    reference = start(rich)

    run_together(
        8, lambda _: apply_status(reference, TransferStatus.SUCCESSFUL, source=ChangeSource.REQUERY)
    )

    assert len(rich.entries()) == 3
    check_money(rich.wallet)
