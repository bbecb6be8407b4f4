"""The transfer of a withdrawal: sent, sent again, captured or released."""

from datetime import timedelta

import pytest

from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.threads import run_together
from tests.support.vendor import Vendor
from tests.support.withdrawals import requery_withdrawal, send_transfer, start_withdrawal
from wallets import requery
from wallets.ledger.documents import (
    Transaction,
    TransactionStatus,
)

pytestmark = pytest.mark.usefixtures("db")
LATER = timedelta(minutes=10)
FEE = 10_75


def test_a_paid_transfer_takes_amount_and_fee_apart(rich: Customer, vendor: Vendor) -> None:
    """Captured: two entries, the hold is gone, the push carries the new balance."""
    reference = start_withdrawal(rich)
    send_transfer(reference)
    vendor.end_transfer(reference, "SUCCESSFUL")

    requery_withdrawal(reference)
    requery_withdrawal(reference)

    transaction = rich.transaction(reference)
    assert transaction.status is TransactionStatus.SUCCESS
    assert transaction.history[-1].balance == rich.wallet.balance == 10000_00 - 1010_75
    assert rich.wallet.held == 0
    taken = [(e.credit_account, e.amount) for e in rich.entries()[1:]]
    assert taken == [("payable:bank_transfer", 1000_00), ("income:fees", FEE)]
    check_money(rich.wallet)


def test_a_failed_transfer_gives_everything_back(rich: Customer, vendor: Vendor) -> None:
    """Released: nothing is booked, and the customer's reason is in plain words."""
    reference = start_withdrawal(rich)
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


def test_a_transfer_refused_at_once_fails_with_the_reason(rich: Customer, vendor: Vendor) -> None:
    """A final no of the vendor's releases the hold right away."""
    reference = start_withdrawal(rich, account_number="0690000036")

    send_transfer(reference)

    transaction = rich.transaction(reference)
    assert transaction.status is TransactionStatus.FAILED
    assert transaction.reason == "This account cannot receive transfers."
    assert rich.wallet.held == 0


def test_sending_twice_is_one_transfer(rich: Customer, vendor: Vendor) -> None:
    """Eight deliveries of the task at once reach the vendor once."""
    reference = start_withdrawal(rich)

    run_together(8, lambda _: send_transfer(reference))
    send_transfer(reference)

    assert len(vendor.payouts(reference)) == 1


@pytest.mark.parametrize("kind", ["timeout_after", "http_503_after", "reset_after"])
def test_an_answer_that_was_lost_keeps_the_hold_until_it_is_known(
    rich: Customer, vendor: Vendor, kind: str
) -> None:
    """Accepted and not told: held, found by its reference, paid once."""
    reference = start_withdrawal(rich)
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
def test_a_transfer_that_never_arrived_is_sent_again_long_after_and_once(
    rich: Customer, vendor: Vendor, kind: str
) -> None:
    """An empty look-up proves nothing at first; later the same reference is sent again."""
    reference = start_withdrawal(rich)
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


def test_a_worker_that_died_before_the_call_costs_nothing(rich: Customer, vendor: Vendor) -> None:
    """sent_at was committed and the call never made: sent once, by the requery."""
    reference = start_withdrawal(rich)
    Transaction.objects(reference=reference).update_one(set__sent_at=clock.now())

    send_transfer(reference)
    before = len(vendor.payouts(reference))
    requery_withdrawal(reference, LATER)

    assert before == 0
    assert len(vendor.payouts(reference)) == 1
    check_money(rich.wallet)


@pytest.mark.parametrize("kind", ["http_429"])
def test_a_vendor_that_turns_us_away_is_asked_again_at_once(
    rich: Customer, vendor: Vendor, kind: str
) -> None:
    """Nothing was done, so the next try sends without waiting; the hold stays."""
    reference = start_withdrawal(rich)
    vendor.fault(kind, endpoint="transfers")

    with pytest.raises(VendorUnavailable):
        send_transfer(reference)
    assert rich.wallet.held == 1010_75
    send_transfer(reference)

    assert len(vendor.payouts(reference)) == 1


def test_a_withdrawal_that_was_never_published_is_swept_up(rich: Customer, vendor: Vendor) -> None:
    """Broker away at the request: the sweep finds it by its time, and it is sent."""
    reference = start_withdrawal(rich)
    due = rich.transaction(reference).next_check_at

    assert ("wallets.requery", reference) in requery.claim_due(now=due, limit=1000)
    requery_withdrawal(reference)

    assert len(vendor.payouts(reference)) == 1
