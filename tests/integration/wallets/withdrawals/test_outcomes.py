"""Webhooks and requeries that say how a transfer ended."""

import pytest

from payflow.kernel import clock
from tests.support.books import review_kinds
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.threads import run_together
from tests.support.vendor import Vendor
from tests.support.withdrawals import (
    apply_status,
    fail_transfer,
    process_webhook,
    requery_withdrawal,
    send_transfer,
    start_withdrawal,
)
from wallets.inbox.documents import EventStatus
from wallets.ledger import locks
from wallets.ledger.documents import (
    ChangeSource,
    Transaction,
    TransactionStatus,
    TransactionType,
)
from wallets.vendors import TransferStatus

pytestmark = pytest.mark.usefixtures("db")
FEE = 10_75


def test_a_webhook_settles_once_however_often_it_comes(rich: Customer, vendor: Vendor) -> None:
    """Ten deliveries and a requery capture once."""
    reference = start_withdrawal(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")

    for _ in range(10):
        event = process_webhook(reference, vendor, "SUCCESSFUL")
    requery_withdrawal(reference)

    assert event.status is EventStatus.PROCESSED
    assert rich.transaction(reference).history[-1].source == "webhook"
    assert len(rich.entries()) == 3
    check_money(rich.wallet)


def test_a_webhook_that_lies_about_the_outcome_changes_nothing(
    rich: Customer, vendor: Vendor
) -> None:
    """FAILED in the body, pending by the API: the hold stays."""
    reference = start_withdrawal(rich)
    send_transfer(reference)

    process_webhook(reference, vendor, "FAILED")

    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert rich.wallet.held == 1010_75


def test_a_transfer_that_comes_back_after_it_was_paid_is_reversed(
    rich: Customer, vendor: Vendor
) -> None:
    """A REVERSAL of its own returns amount and fee, once; the withdrawal stays as it was."""
    reference = start_withdrawal(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")
    process_webhook(reference, vendor, "SUCCESSFUL")
    vendor.end_transfer(reference, "FAILED")

    for _ in range(3):
        process_webhook(reference, vendor, "FAILED")

    [reversal] = Transaction.objects(reverses=reference)
    assert (reversal.type, reversal.status) == (TransactionType.REVERSAL, TransactionStatus.SUCCESS)
    assert reversal.amount == 1010_75
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert rich.wallet.balance == 10000_00
    back = [(e.debit_account, e.amount) for e in rich.entries()[3:]]
    assert back == [("payable:bank_transfer", 1000_00), ("income:fees", FEE)]
    assert review_kinds(reference) == {"reversed_after_success"}
    check_money(rich.wallet)


def test_money_that_returns_is_not_kept_out_by_a_lock(rich: Customer, vendor: Vendor) -> None:
    """A reversal credits a locked and paused wallet."""
    reference = start_withdrawal(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")
    requery_withdrawal(reference)
    now = clock.now()
    locks.lock_wallet(wallet_id=rich.wallet.pk, reason="r", locked_by="s", now=now)

    fail_transfer(reference)

    assert rich.wallet.balance == 10000_00
    check_money(rich.wallet)


def test_paid_after_it_failed_is_a_review_case_and_no_edit(rich: Customer) -> None:
    """The money was given back already: a person decides, the books stay."""
    reference = start_withdrawal(rich)
    fail_transfer(reference)

    for _ in range(2):
        apply_status(reference, TransferStatus.SUCCESSFUL)

    assert rich.transaction(reference).status is TransactionStatus.FAILED
    assert rich.wallet.available == 10000_00
    assert review_kinds(reference) == {"paid_after_failed"}
    check_money(rich.wallet)


def test_another_amount_than_ours_settles_nothing(rich: Customer) -> None:
    """A transfer of a different amount is for people to look at; the hold stays."""
    reference = start_withdrawal(rich)

    apply_status(reference, TransferStatus.SUCCESSFUL, amount_kobo=1)

    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert rich.wallet.held == 1010_75
    assert review_kinds(reference) == {"amount_differs"}


def test_eight_outcomes_at_once_settle_once(rich: Customer) -> None:
    """Webhook and requery, success and success: one capture."""
    reference = start_withdrawal(rich)

    run_together(
        8, lambda _: apply_status(reference, TransferStatus.SUCCESSFUL, source=ChangeSource.REQUERY)
    )

    assert len(rich.entries()) == 3
    check_money(rich.wallet)
