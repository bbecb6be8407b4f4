"""The day's limit counts what was paid that day."""

from __future__ import annotations

from payflow.kernel import clock
from tests.support.facts import funded, spend
from tests.support.people import Customer
from tests.support.staging import asked_to_withdraw, staged
from tests.support.withdrawals import apply_status
from wallets.clients import TransferStatus


def _today(customer: Customer) -> int:
    return int(customer.wallet.withdrawn[clock.lagos_day(clock.now()).isoformat()])


def test_a_withdrawal_that_is_paid_after_its_failure_counts(customer: Customer) -> None:
    """Failed, so its part of the limit came back; then the vendor paid it after all."""
    funded(customer, 5000_00)
    reference = asked_to_withdraw(customer, "1000")
    apply_status(reference, TransferStatus.FAILED)
    staged(_today(customer) == 0, "it was not given back")
    apply_status(reference, TransferStatus.SUCCESSFUL)
    staged(customer.wallet.balance < 5000_00, "it is not paid")

    assert _today(customer) == 1000_00


def test_a_withdrawal_that_is_paid_again_after_its_return_counts(customer: Customer) -> None:
    """Paid, returned, paid again on the same day."""
    funded(customer, 5000_00)
    reference = spend(customer, 1000_00)
    apply_status(reference, TransferStatus.FAILED)
    apply_status(reference, TransferStatus.SUCCESSFUL)

    assert _today(customer) == 1000_00
