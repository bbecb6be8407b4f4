"""What money depends on is changed past the product: the witnesses name it."""

from __future__ import annotations

from datetime import datetime, timedelta

from payflow.kernel import clock
from payflow.kernel.clock import LAGOS
from tests.support.facts import dispute, funded, order, pay
from tests.support.people import Customer
from tests.support.staging import changed, full_audit_fails, open_cases, staged
from tests.support.vendor import Vendor
from wallets.ledger.documents import Transaction
from wallets.oversight.reconciliation import reconcile


def _witnesses_name_it(customer: Customer, reference: str, now: datetime) -> bool:
    if full_audit_fails(customer.wallet.pk):
        return True
    reconcile(day=now.astimezone(LAGOS).date(), now=now + timedelta(hours=1))
    kinds = open_cases(reference, str(customer.wallet.pk))
    return any(each.startswith(("audit", "reconciliation")) for each in kinds)


def test_frozen_money_that_somebody_freed_is_named(customer: Customer, vendor: Vendor) -> None:
    """Both places that say it are changed alike, so that they agree."""
    now = clock.now()
    reference, payment_id = funded(customer, 1000_00)
    dispute(payment_id, 1000_00)
    staged(customer.wallet.held == 1000_00, "it is not frozen")
    stored = Transaction.objects.get(reference=reference)
    with changed(stored, frozen=0), changed(customer.wallet, held=0):
        assert full_audit_fails(customer.wallet.pk)
    del now


def test_an_excess_that_nobody_accepted_is_named(customer: Customer, vendor: Vendor) -> None:
    """`accepted_kobo` decides what of suspense is the customer's, and no seal covers it."""
    reference = order(customer, 1000_00)
    pay(reference, 5000_00)
    stored = Transaction.objects.get(reference=reference)
    Transaction.objects(pk=stored.pk).update_one(set__accepted_kobo=5000_00)
    pay(reference, 1_00)
    staged(customer.wallet.balance == 5000_00, "it is not credited")

    assert full_audit_fails(customer.wallet.pk)
