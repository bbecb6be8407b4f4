"""Locks of a wallet, and the limit of what may leave it on one day."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from payflow.kernel import clock
from payflow.kernel.clock import LAGOS
from tests.support.people import Customer
from tests.support.staging import (
    FIRST_ACCOUNT,
    Worker,
    asked_to_withdraw,
    audit_nightly,
    changed,
    end_transfer,
    lock_by_staff,
    refuses_withdrawals,
    sent,
    staged,
)
from tests.support.vendor import Vendor
from wallets.errors import DailyLimitReached
from wallets.ledger import locks
from wallets.withdrawals import services as withdrawals

_WITH_FEE = 1010_75


def test_requests_around_midnight_stay_within_two_days_limits(
    rich: Customer, settings: Any
) -> None:
    """Requests from before and after midnight that commit in turns share the limits of two days."""
    settings.WITHDRAWAL_DAILY_KOBO = 1000_00
    in_two_days = (clock.now() + timedelta(days=2)).astimezone(LAGOS)
    midnight = in_two_days.replace(hour=0, minute=0, second=0, microsecond=0)
    before, after = midnight - timedelta(seconds=5), midnight + timedelta(seconds=5)

    def take(at: datetime) -> None:
        with suppress(DailyLimitReached):
            withdrawals.start(
                user=rich.user,
                amount_kobo=1000_00,
                bank_code="044",
                account_number=FIRST_ACCOUNT,
                now=at,
            )

    take(before)
    for _ in range(3):
        take(after)  # committed five seconds after midnight
        take(before)  # begun before midnight, slow at the bank, committed later than the other

    staged(rich.wallet.held >= _WITH_FEE, "nothing was withdrawn")
    assert rich.wallet.held <= 2 * _WITH_FEE


def test_a_lock_by_staff_does_not_end_the_lock_by_the_audit(rich: Customer) -> None:
    """When the staff's 24 hours are over, the audit's lock still refuses withdrawals."""
    with changed(rich.wallet, balance=10050_00):
        audit_nightly(rich.wallet.pk)
    staged(refuses_withdrawals(rich), "the audit has not locked the wallet")

    lock_by_staff(rich)
    locks.clear_expired_locks(now=clock.now() + timedelta(hours=25))

    assert refuses_withdrawals(rich)


def test_a_locked_wallet_sends_nothing_that_has_not_left_yet(
    rich: Customer, vendor: Vendor, worker: Worker
) -> None:
    """Locked between the hold and the sending: the vendor is not asked, and no money is lost."""
    reference = asked_to_withdraw(rich, "9000")
    lock_by_staff(rich)

    worker.run()

    assert vendor.payouts(reference) == []
    assert rich.wallet.balance == 10000_00


def test_a_returned_withdrawal_does_not_count_against_the_days_limit(
    rich: Customer, vendor: Vendor, worker: Worker, settings: Any
) -> None:
    """With a limit of one such withdrawal, a second one is taken after the first was returned."""
    settings.WITHDRAWAL_DAILY_KOBO = 1000_00
    reference = sent(rich, worker)
    for status in ("SUCCESSFUL", "FAILED"):
        end_transfer(vendor, worker, reference, status)
    staged(rich.wallet.balance == 10000_00, "the transfer was not returned")

    assert rich.withdraw("1000").status_code == 202
