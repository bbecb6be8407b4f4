"""The transfer of a withdrawal: sent, sent again, captured or released."""

from datetime import timedelta

import pytest

from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.threads import run_together
from tests.support.vendor import Vendor
from tests.support.withdrawals import requery_withdrawal, send_transfer, start
from wallets import requery
from wallets.flutterwave.payouts import Payouts
from wallets.ledger.documents import (
    LedgerEntry,
    Transaction,
    TransactionStatus,
)
from wallets.ledger.vendor_objects import VendorObject
from wallets.review.documents import ReviewCase

pytestmark = pytest.mark.usefixtures("db")
LATER = timedelta(minutes=10)
FEE = 10_75  # ours, and the vendor's
GATEWAY = "gateway:flutterwave"


def new_entries(rich: Customer) -> list[LedgerEntry]:
    """The wallet's entries but the one that made it rich."""
    return rich.entries()[1:]


def test_a_paid_transfer_books_amount_and_fee(rich: Customer, vendor: Vendor) -> None:
    """And what the vendor charges us; the hold is gone, and the history has the new balance."""
    reference = start(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")

    requery_withdrawal(reference)
    requery_withdrawal(reference)

    transaction = rich.transaction(reference)
    assert transaction.status is TransactionStatus.SUCCESS
    assert transaction.history[-1].balance == rich.wallet.balance == 10000_00 - 1010_75
    assert rich.wallet.held == 0
    after = rich.wallet.balance
    wallet = f"wallet:{rich.wallet.pk}"
    assert [
        (e.debit_account, e.credit_account, e.amount, e.balance_after) for e in new_entries(rich)
    ] == [
        (wallet, GATEWAY, 1000_00, after + FEE),
        (wallet, "income:fees", FEE, after),
        ("expense:vendor_fees", GATEWAY, FEE, after),
    ]
    check_money(rich.wallet)


def test_a_failed_transfer_releases_the_hold(rich: Customer, vendor: Vendor) -> None:
    """Nothing is booked, and the customer's reason is in plain words."""
    reference = start(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "FAILED", reason="DISBURSE FAILED: Insufficient funds")

    requery_withdrawal(reference)
    requery_withdrawal(reference)

    transaction = rich.transaction(reference)
    assert transaction.status is TransactionStatus.FAILED
    assert "back in your wallet" in transaction.reason
    assert "nsufficient" not in transaction.reason
    assert transaction.vendor_reason == "DISBURSE FAILED: Insufficient funds"
    assert "nsufficient" not in rich.get(f"/wallet/transactions/{reference}").content.decode()
    assert rich.wallet.available == 10000_00
    check_money(rich.wallet)


def test_a_refused_transfer_releases_the_hold_with_a_reason(rich: Customer, vendor: Vendor) -> None:
    """The vendor's answer to the request is final."""
    reference = start(rich, account_number="0690000036")

    send_transfer(reference)

    transaction = rich.transaction(reference)
    assert transaction.status is TransactionStatus.FAILED
    assert transaction.reason == "This account cannot receive transfers."
    assert rich.wallet.held == 0


def test_eight_concurrent_sends_are_one_transfer(rich: Customer, vendor: Vendor) -> None:
    """A later send adds none."""
    reference = start(rich)

    run_together(8, lambda _: send_transfer(reference))
    send_transfer(reference)

    assert len(vendor.payouts(reference)) == 1


@pytest.mark.parametrize("kind", ["timeout_after", "http_503_after", "reset_after"])
def test_a_lost_answer_keeps_the_hold_until_the_requery(
    rich: Customer, vendor: Vendor, kind: str
) -> None:
    """The vendor took the transfer: the requery finds it by reference, and it is paid once."""
    reference = start(rich)
    vendor.fault(kind, endpoint="transfers", hang_s=5)

    send_transfer(reference)
    between = rich.transaction(reference).status, rich.wallet.held
    vendor.end_transfer(reference, "SUCCESSFUL")
    requery_withdrawal(reference)

    assert between == (TransactionStatus.PENDING, 1010_75)
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert len(vendor.payouts(reference)) == 1
    check_money(rich.wallet)


@pytest.mark.parametrize("kind", ["timeout_before", "http_500", "malformed", "reset"])
def test_a_transfer_that_never_arrived_is_sent_again_later(
    rich: Customer, vendor: Vendor, kind: str
) -> None:
    """Soon after sending a missing transfer proves nothing; later it is sent once more."""
    reference = start(rich)
    vendor.fault(kind, endpoint="transfers", hang_s=5)
    send_transfer(reference)

    requery_withdrawal(reference)
    soon = len(vendor.payouts(reference))
    requery_withdrawal(reference, LATER)
    requery_withdrawal(reference, LATER)
    vendor.end_transfer(reference, "SUCCESSFUL")
    requery_withdrawal(reference, LATER)

    assert soon == 0
    assert len(vendor.payouts(reference)) == 1
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    check_money(rich.wallet)


def test_a_transfer_of_a_dead_worker_is_sent_by_the_requery(rich: Customer, vendor: Vendor) -> None:
    """The worker committed sent_at and made no call: the transfer is sent once."""
    reference = start(rich)
    Transaction.objects(reference=reference).update_one(set__sent_at=clock.now())

    send_transfer(reference)
    before = len(vendor.payouts(reference))
    requery_withdrawal(reference, LATER)

    assert before == 0
    assert len(vendor.payouts(reference)) == 1
    check_money(rich.wallet)


@pytest.mark.parametrize("kind", ["http_429"])
def test_a_transfer_refused_by_a_rate_limit_is_sent_without_waiting(
    rich: Customer, vendor: Vendor, kind: str
) -> None:
    """HTTP 429 proves that no transfer was made; the hold stays."""
    reference = start(rich)
    vendor.fault(kind, endpoint="transfers")

    with pytest.raises(VendorUnavailable):
        send_transfer(reference)
    assert rich.wallet.held == 1010_75
    send_transfer(reference)

    assert len(vendor.payouts(reference)) == 1


def test_a_withdrawal_without_a_task_is_found_by_the_sweep(rich: Customer, vendor: Vendor) -> None:
    """The broker was down at the request; the requery sends the transfer."""
    reference = start(rich)
    due = rich.transaction(reference).next_check_at

    assert ("wallets.requery", reference) in requery.claim_due(now=due, limit=1000)
    requery_withdrawal(reference)

    assert len(vendor.payouts(reference)) == 1


# --- What is sent again, and what never is ----------------------------------------------------


def test_the_refusal_of_a_second_post_says_nothing_about_the_first(
    rich: Customer, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hold stays, and the first transfer, which was only late in the lists, is paid."""
    reference = start(rich)
    send_transfer(reference)
    forget_vendor_id(reference)
    with monkeypatch.context() as patch:
        patch.setattr(Payouts, "find_transfers_by_reference", lambda *_: [])
        requery_withdrawal(reference, LATER)  # the vendor refuses the second POST as a duplicate
    between = rich.transaction(reference).status, rich.wallet.held
    vendor.end_transfer(reference, "SUCCESSFUL")

    requery_withdrawal(reference, LATER)

    assert between == (TransactionStatus.PENDING, 1010_75)
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert len(vendor.payouts(reference)) == 1
    check_money(rich.wallet)


def forget_vendor_id(reference: str) -> None:
    """As if the answer to the POST had been lost."""
    Transaction.objects(reference=reference).update_one(unset__vendor_id=1)
    VendorObject.objects(transaction=reference).delete()


def test_a_transfer_that_the_vendor_had_accepted_is_never_sent_again(
    rich: Customer, vendor: Vendor
) -> None:
    """If the vendor does not know it any more, the hold stays and a person looks."""
    reference = start(rich)
    send_transfer(reference)
    vendor_id = rich.transaction(reference).vendor_id
    vendor.reset()

    for _ in range(2):
        requery_withdrawal(reference, LATER)

    assert vendor_id
    assert vendor.payouts(reference) == []
    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert rich.wallet.held == 1010_75
    [case] = ReviewCase.objects(transaction=reference)
    assert (case.kind, case.vendor_id) == ("transfer_not_known", vendor_id)


def test_a_failure_is_believed_once_its_retries_have_failed_too(
    rich: Customer, vendor: Vendor
) -> None:
    """The vendor's dashboard tried it again under a new id: the hold stays until both failed."""
    reference = start(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "FAILED")
    retried = vendor.retry(reference)
    requery_withdrawal(reference)
    between = rich.transaction(reference).status, rich.wallet.held
    vendor.end_transfer(retried, "FAILED")

    requery_withdrawal(reference)

    assert between == (TransactionStatus.PENDING, 1010_75)
    assert rich.transaction(reference).status is TransactionStatus.FAILED
    assert rich.wallet.available == 10000_00
    check_money(rich.wallet)


def test_a_retry_that_is_paid_captures_the_hold(rich: Customer, vendor: Vendor) -> None:
    """Once; the vendor's id of the retry is stored."""
    reference = start(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "FAILED")
    retried = vendor.retry(reference)
    vendor.end_transfer(retried, "SUCCESSFUL")

    for _ in range(2):
        requery_withdrawal(reference)

    [paid] = vendor.payouts(retried)
    transaction = rich.transaction(reference)
    assert (transaction.status, transaction.vendor_id) == (
        TransactionStatus.SUCCESS,
        str(paid["id"]),
    )
    assert rich.wallet.balance == 10000_00 - 1010_75
    check_money(rich.wallet)
