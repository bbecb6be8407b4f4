"""Stamp duty, which only the vendor's statement of our balance shows."""

from __future__ import annotations

import pytest

from payflow.kernel import clock
from tests.support.people import Customer
from tests.support.staging import Worker, sent
from tests.support.vendor import Vendor
from wallets.house import HOUSE
from wallets.ledger.documents import (
    ChangeSource,
    LedgerEntry,
    Transaction,
    TransactionStatus,
)
from wallets.ledger.vendor_objects import ObjectKind, VendorObject
from wallets.oversight.audit.wallet import audit_wallet
from wallets.oversight.reconciliation import reconcile
from wallets.withdrawals.charges import CHARGE

pytestmark = pytest.mark.usefixtures("db")


def duty_kobo(reference: str) -> int:
    """What is booked as duty for this transfer."""
    charges = Transaction.objects(type=CHARGE, details__named_reference=reference)
    entries = LedgerEntry.objects(transaction__in=[each.reference for each in charges])
    taken = sum(each.amount for each in entries if each.debit_account == "expense:duty")
    return taken - sum(each.amount for each in entries if each.credit_account == "expense:duty")


def test_stamp_duty_is_booked_once_from_the_vendors_statement(
    customer: Customer, vendor: Vendor
) -> None:
    """It costs the house and not the customer; a second night books nothing more."""
    vendor.webhooks(drop=1000)
    vendor.tax(duty=True)
    customer.receive("20000")
    with Worker().listening() as worker:
        reference = sent(customer, worker, "10000")
    vendor.end_transfer(reference, "SUCCESSFUL")

    for _ in range(2):
        reconcile(day=clock.lagos_day(clock.now()), now=clock.now())

    assert duty_kobo(reference) == 50_00
    assert customer.wallet.balance == 20000_00 - 10000_00 - customer.transaction(reference).fee
    # The house has no customer, so nothing of it is on a customer's account.
    charge = Transaction.objects.get(type=CHARGE, details__named_reference=reference)
    findings = audit_wallet(HOUSE, full=True, now=clock.now())[1]
    assert [each for each in findings if charge.reference in each.where] == []


def test_duty_of_a_transfer_that_failed_is_given_back(customer: Customer, vendor: Vendor) -> None:
    """Both rows are vendor objects of their own, each under a transaction of the house."""
    vendor.webhooks(drop=1000)
    vendor.tax(duty=True)
    customer.receive("20000")
    with Worker().listening() as worker:
        reference = sent(customer, worker, "10000")
    vendor.end_transfer(reference, "FAILED")

    reconcile(day=clock.lagos_day(clock.now()), now=clock.now())

    assert duty_kobo(reference) == 0
    rows = VendorObject.objects(kind=ObjectKind.CHARGE, named_reference=reference)
    assert sorted((row.status, row.amount, row.details["remarks"]) for row in rows) == [
        ("given back", 50_00, "stamp duty"),
        ("taken", 50_00, "stamp duty"),
    ]
    assert all(row.made_at.isoformat() in row.vendor_id.replace(" ", "T") for row in rows)
    charges = Transaction.objects(reference__in=[row.transaction for row in rows])
    assert [(each.type, each.user_id, each.status, each.amount) for each in charges] == [
        (CHARGE, HOUSE, TransactionStatus.SUCCESS, 50_00)
    ] * 2
    assert all(each.reference.startswith("PFCHG") for each in charges)
    assert {line.source for each in charges for line in each.history} == {ChangeSource.RECONCILE}
