"""What an open chargeback freezes does not depend on what came first."""

from __future__ import annotations

from collections.abc import Callable

from tests.support.facts import dispute, funded, spend
from tests.support.people import Customer
from tests.support.staging import staged
from wallets.clients import ChargebackStatus


def test_money_that_comes_in_during_a_dispute_is_frozen_too(
    new_customer: Callable[[], Customer],
) -> None:
    """A payment before the dispute is frozen for it. One a moment after it must be as well."""
    held = []
    for is_funded_first in (True, False):
        customer = new_customer()
        _, payment_id = funded(customer, 1000_00)
        spend(customer, 900_00)
        if is_funded_first:
            funded(customer, 1000_00)
            chargeback = dispute(payment_id, 1000_00)
        else:
            chargeback = dispute(payment_id, 1000_00)
            funded(customer, 1000_00)
        dispute(payment_id, 1000_00, id=chargeback)  # the poll hears of it again
        held.append(customer.wallet.held)

    assert held[0] == held[1]


def test_a_returned_withdrawal_is_frozen_for_an_open_dispute(customer: Customer) -> None:
    """All was spent when the payer disputed; the transfer comes back while it is undecided."""
    from tests.support.withdrawals import apply_status
    from wallets.clients import TransferStatus

    _, payment_id = funded(customer, 1000_00)
    withdrawal = spend(customer, 900_00)
    dispute(payment_id, 1000_00)
    staged(customer.wallet.held < 100_00, "more is frozen than there was")
    apply_status(withdrawal, TransferStatus.FAILED)
    staged(customer.wallet.balance == 1000_00, "it is not back")

    assert customer.wallet.held == 1000_00


def test_a_dispute_that_is_opened_again_freezes_again(customer: Customer) -> None:
    """Open, won, and open once more: a second round of the same dispute."""
    _, payment_id = funded(customer, 1000_00)
    chargeback = dispute(payment_id, 1000_00)
    dispute(payment_id, 1000_00, ChargebackStatus.WON, id=chargeback)
    staged(customer.wallet.held == 0, "it is not released")
    dispute(payment_id, 1000_00, id=chargeback)

    assert customer.wallet.held == 1000_00
