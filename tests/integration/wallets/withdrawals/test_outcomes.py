"""Webhooks and requeries that say how a transfer ended."""

from datetime import datetime, timedelta

import pytest

from payflow.kernel import clock
from tests.support.books import WITHDRAWAL_CREDITS, credits_of, family_of, review_kinds
from tests.support.invariants import check_money
from tests.support.locks import lock
from tests.support.people import Customer
from tests.support.staging import Worker, open_cases
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
from wallets import requery
from wallets.clients import TransferStatus
from wallets.inbox.documents import EventStatus
from wallets.ledger.documents import (
    ChangeSource,
    Transaction,
    TransactionStatus,
)
from wallets.ledger.vendor_objects import VendorObject
from wallets.tasks import sweep_pending

pytestmark = pytest.mark.usefixtures("db")
FEE = 10_75  # ours, and the vendor's
# A customer who was credited without a fee, and then amount, our fee and the vendor's.
ENTRIES = 4
GATEWAY = "gateway:flutterwave"


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
    assert len(rich.entries()) == ENTRIES
    check_money(rich.wallet)


def test_a_false_webhook_changes_nothing(rich: Customer, vendor: Vendor) -> None:
    """FAILED in the body, pending in the API: the hold stays, and the API is asked again soon."""
    reference = start(rich)
    send_transfer(reference)
    due = clock.now() + timedelta(minutes=30)
    Transaction.objects(reference=reference).update_one(set__next_check_at=due)

    process_webhook(reference, vendor, "FAILED")

    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert rich.wallet.held == 1010_75
    assert rich.transaction(reference).next_check_at < due


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
    withdrawal = rich.transaction(reference)
    assert (reversal.type, reversal.status) == ("REVERSAL", TransactionStatus.SUCCESS)
    assert (reversal.amount, reversal.details["direction"]) == (1010_75, "in")
    assert withdrawal.status is TransactionStatus.SUCCESS
    assert (withdrawal.reason, withdrawal.reversed_kobo) == (reversal.reason, 1010_75)
    assert "returned this transfer" in withdrawal.reason
    assert rich.wallet.balance == 10000_00
    # Nothing is left of it, also not of the vendor's fee.
    assert credits_of(*family_of(reference)) == {}
    assert credits_of(reversal.reference) == {GATEWAY: -1000_00, "income:fees": -FEE}
    assert review_kinds(reference) == {"reversed_after_success"}
    check_money(rich.wallet)


def test_a_transfer_that_is_paid_again_after_its_return_is_taken_again(
    rich: Customer, vendor: Vendor
) -> None:
    """Two REVERSALs, in and out, each a line of its history and a part of the daily limit."""
    reference = start(rich)
    send_transfer(reference)

    counted = []
    for status in ("SUCCESSFUL", "FAILED", "SUCCESSFUL"):
        vendor.end_transfer(reference, status)
        requery_withdrawal(reference)
        counted += rich.wallet.withdrawn.values()

    assert counted == [1000_00, 0, 1000_00]
    reversals = Transaction.objects(reverses=reference).order_by("number")
    assert [each.details["direction"] for each in reversals] == ["in", "out"]
    withdrawal = rich.transaction(reference)
    assert (withdrawal.reason, withdrawal.reversed_kobo) == (
        "The bank paid this transfer after all.",
        0,
    )
    assert [line.balance for line in withdrawal.history[1:]] == [
        10000_00 - 1010_75,
        10000_00,
        10000_00 - 1010_75,
    ]
    assert credits_of(*family_of(reference)) == WITHDRAWAL_CREDITS
    check_money(rich.wallet)


def test_a_reversal_credits_a_locked_wallet(rich: Customer, vendor: Vendor) -> None:
    """The money belongs to the customer."""
    reference = start(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")
    requery_withdrawal(reference)
    lock(rich.wallet.pk)
    vendor.end_transfer(reference, "FAILED")

    requery_withdrawal(reference)

    assert rich.wallet.balance == 10000_00
    check_money(rich.wallet)


def test_a_transfer_paid_after_it_failed_takes_the_money_again(rich: Customer) -> None:
    """FAILED becomes SUCCESS, once, counts for the day again, and a review case is open."""
    reference = start(rich)
    fail_transfer(reference)
    assert rich.wallet.available == 10000_00
    assert list(rich.wallet.withdrawn.values()) == [0]

    for _ in range(2):
        apply_status(reference, TransferStatus.SUCCESSFUL)

    assert list(rich.wallet.withdrawn.values()) == [1000_00]
    withdrawal = rich.transaction(reference)
    assert withdrawal.status is TransactionStatus.SUCCESS
    assert [line.status.value for line in withdrawal.history] == ["PENDING", "FAILED", "SUCCESS"]
    assert (rich.wallet.balance, rich.wallet.held) == (10000_00 - 1010_75, 0)
    assert open_cases(reference) == ["paid_after_failed"]
    check_money(rich.wallet)


def test_a_transfer_paid_after_it_failed_is_a_debt_if_the_money_is_gone(rich: Customer) -> None:
    """What is available pays for it first, what other debits hold never does."""
    reference = start(rich)
    fail_transfer(reference)
    start(rich, "9500")
    left = rich.wallet.available

    apply_status(reference, TransferStatus.SUCCESSFUL)

    wallet = rich.wallet
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert (wallet.balance, wallet.balance - wallet.held) == (10000_00 - left, 0)
    assert wallet.owed == 1010_75 - left
    assert open_cases(f"wallet:{wallet.pk}") == ["in_debt"]
    check_money(wallet)


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

    assert len(rich.entries()) == ENTRIES - 1  # this answer names no fee of the vendor's
    check_money(rich.wallet)


# --- Webhooks and API that do not agree -------------------------------------------------------


def test_a_return_that_the_api_does_not_show_yet_is_asked_about_until_it_does(
    rich: Customer, vendor: Vendor
) -> None:
    """Also on a withdrawal that is final: a sweep finds it, and then stops."""
    reference = paid(rich, vendor)
    vendor.end_transfer(reference, "FAILED")
    vendor.answer_stale(reference, "SUCCESSFUL", times=2)

    process_webhook(reference, vendor, "FAILED")
    contested = VendorObject.objects.get(transaction=reference).claimed
    due = rich.transaction(reference).next_check_at
    claimed = requery.claim_due(now=due, limit=1000)
    requery_withdrawal(reference)  # stale again
    still_due = rich.transaction(reference).next_check_at
    requery_withdrawal(reference)

    assert contested == "failed"
    assert due <= clock.now() + timedelta(minutes=1)
    assert ("wallets.requery", reference) in claimed
    assert still_due
    assert rich.wallet.balance == 10000_00
    assert rich.transaction(reference).next_check_at is None
    assert VendorObject.objects.get(transaction=reference).claimed is None
    check_money(rich.wallet)


def test_a_contradiction_that_lasts_a_day_becomes_a_case(rich: Customer, vendor: Vendor) -> None:
    """No sweep asks about it any more, and nothing is booked on a webhook's word."""
    reference = paid(rich, vendor)

    process_webhook(reference, vendor, "FAILED")
    requery_withdrawal(reference, timedelta(hours=23))
    before = open_cases(reference)
    requery_withdrawal(reference, timedelta(hours=25))

    assert before == []
    assert open_cases(reference) == ["contested"]
    assert rich.transaction(reference).next_check_at is None
    assert rich.wallet.balance == 10000_00 - 1010_75


def test_a_claim_that_the_end_contradicts_becomes_a_case_too(
    rich: Customer, vendor: Vendor
) -> None:
    """FAILED in a webhook while it was pending, and paid afterwards."""
    reference = start(rich)
    send_transfer(reference)
    process_webhook(reference, vendor, "FAILED")
    vendor.end_transfer(reference, "SUCCESSFUL")
    requery_withdrawal(reference)
    assert rich.transaction(reference).next_check_at

    requery_withdrawal(reference, timedelta(hours=25))

    assert open_cases(reference) == ["contested"]


def paid(rich: Customer, vendor: Vendor) -> str:
    """The reference of a withdrawal that the bank has paid."""
    reference = start(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")
    requery_withdrawal(reference)
    assert rich.wallet.balance == 10000_00 - 1010_75
    return reference


# --- After the end ----------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["SUCCESSFUL", "FAILED"])
def test_a_withdrawal_that_has_ended_is_asked_about_four_times_more(
    rich: Customer, vendor: Vendor, status: str
) -> None:
    """After an hour, a day, three days and seven; each time one of two sweeps publishes it."""
    reference = start(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, status)
    requery_withdrawal(reference)
    ended = rich.transaction(reference).completed_at

    claimed = []
    while due := rich.transaction(reference).recheck_at:
        assert reference not in rechecks_at(due - timedelta(seconds=1))
        assert reference in rechecks_at(due)
        assert reference not in rechecks_at(due)
        claimed.append(due - ended)

    hours = [each / timedelta(hours=1) for each in claimed]
    assert hours == [1, 24, 72, 168]


def rechecks_at(now: datetime) -> list[str]:
    """The references that a sweep claims at that time."""
    return [reference for _, reference in requery.claim_rechecks(now=now, limit=1000)]


def test_the_sweep_publishes_a_withdrawal_that_has_ended(rich: Customer, vendor: Vendor) -> None:
    """A return without a webhook reaches the wallet within an hour."""
    reference = paid(rich, vendor)
    vendor.end_transfer(reference, "FAILED")
    Transaction.objects(reference=reference).update_one(set__recheck_at=clock.now())

    with Worker().listening() as worker:
        sweep_pending.run()
        worker.run()

    assert rich.wallet.balance == 10000_00
    check_money(rich.wallet)


# --- PENDING for long -------------------------------------------------------------------------


def test_a_withdrawal_that_is_pending_for_a_day_has_a_case_and_is_asked_about(
    rich: Customer, vendor: Vendor
) -> None:
    """The case closes by itself when the bank has decided."""
    reference = start(rich)
    send_transfer(reference)
    requery_withdrawal(reference, timedelta(hours=23))
    young = open_cases(reference)

    requery_withdrawal(reference, timedelta(hours=25))

    assert young == []
    assert open_cases(reference) == ["pending_for_a_day"]
    assert rich.transaction(reference).next_check_at
    assert rich.wallet.held == 1010_75
    vendor.end_transfer(reference, "SUCCESSFUL")
    requery_withdrawal(reference, timedelta(hours=26))
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
