"""A payment that carries the reference of a transaction which is no funding."""

from __future__ import annotations

from datetime import datetime, timedelta

from payflow.kernel.clock import LAGOS
from tests.support.people import Customer
from tests.support.staging import (
    Worker,
    asked_to_withdraw,
    end_transfer,
    full_audit_fails,
    open_cases,
    pay_under,
    sent,
)
from tests.support.vendor import Vendor, charge
from wallets.ledger.documents import TransactionStatus
from wallets.oversight.documents import ReconciliationReport
from wallets.oversight.reconciliation import reconcile


def test_a_payment_under_a_withdrawals_reference_does_not_touch_the_withdrawal(
    rich: Customer, vendor: Vendor, worker: Worker
) -> None:
    """The withdrawal goes on as if the payment were not there, and the payment has a case."""
    reference = sent(rich, worker)

    payment_id = pay_under(vendor, reference, "1", "USD")
    worker.hear(charge(payment_id, reference))
    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert rich.wallet.held == 1010_75

    end_transfer(vendor, worker, reference, "SUCCESSFUL")
    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    assert (rich.wallet.balance, rich.wallet.held) == (10000_00 - 1010_75, 0)
    assert not full_audit_fails(rich.wallet.pk)
    assert open_cases(reference, payment_id)


def test_a_payment_under_a_withdrawals_reference_is_a_finding_of_its_day(
    rich: Customer, vendor: Vendor, noon: datetime
) -> None:
    """The day has its report, and the payment is a difference or a review case."""
    reference = asked_to_withdraw(rich)
    payment_id = pay_under(vendor, reference, "100", "NGN")
    day = noon.astimezone(LAGOS).date()

    reconcile(day=day, now=noon + timedelta(days=1))

    report = ReconciliationReport.objects(day=day.isoformat()).first()
    assert report is not None
    assert report.difference_count > 0 or open_cases(payment_id)
    assert rich.transaction(reference).status is TransactionStatus.PENDING
    assert (rich.wallet.balance, rich.wallet.held) == (10000_00, 1010_75)
