"""What money depends on is changed past the product: the witnesses name it."""

from __future__ import annotations

from tests.support.facts import dispute, funded
from tests.support.people import Customer
from tests.support.staging import changed, full_audit_fails, staged
from wallets.ledger.documents import Transaction
from wallets.oversight import disputes


def test_frozen_money_that_somebody_freed_is_named(customer: Customer) -> None:
    """Both places that say it are changed alike, so that they agree."""
    reference, payment_id = funded(customer, 1000_00)
    dispute(payment_id, 1000_00)
    staged(customer.wallet.held == 1000_00, "it is not frozen")
    stored = Transaction.objects.get(reference=reference)
    wallet = str(customer.wallet.pk)
    assert wallet not in {each.wallet for each in disputes.find_freed()}

    with changed(stored, frozen=0), changed(customer.wallet, held=0):
        found = [each for each in disputes.find_freed() if each.wallet == wallet]
        [(kind, where)] = {(each.kind, each.where) for each in found}

    assert (kind.value, where) == ("held_differs", reference)


def test_money_that_is_wanted_and_not_frozen_is_named(customer: Customer) -> None:
    """The same, and the transaction says that the wallet has not had the money."""
    reference, payment_id = funded(customer, 1000_00)
    dispute(payment_id, 1000_00)
    stored = Transaction.objects.get(reference=reference)

    with (
        changed(stored, frozen=0, unfrozen=1000_00),
        changed(customer.wallet, held=0, unfrozen=1000_00),
    ):
        assert full_audit_fails(customer.wallet.pk)
