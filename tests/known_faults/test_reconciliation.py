"""What a day's reconciliation must not miss, and what must not end it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
from mongoengine.errors import NotUniqueError

from payflow.kernel.clock import LAGOS
from payflow.kernel.locks import single_flight
from tests.support.people import Customer
from tests.support.staging import (
    Worker,
    ask,
    asked_to_fund,
    changed,
    close_cases,
    credited_without_vendor,
    full_audit_fails,
    open_cases,
    retry_transfer,
    sent_at,
    staged,
)
from tests.support.vendor import Vendor
from wallets.ledger.documents import LedgerEntry, Transaction
from wallets.oversight.documents import ReconciliationReport
from wallets.oversight.reconciliation import reconcile
from wallets.oversight.tasks import reconcile_day

AddRow = Callable[[Mapping[str, Any]], None]


def reconciled(noon: datetime, *, days: int = 0) -> ReconciliationReport:
    """The stored report of that day, or of a day after it."""
    day = noon.astimezone(LAGOS).date() + timedelta(days=days)
    reconcile(day=day, now=noon + timedelta(days=days + 1))
    return ReconciliationReport.objects.get(day=day.isoformat())


@pytest.mark.parametrize("their_id", ["without", "another's"])
def test_a_credit_that_no_payment_backs_is_found(
    customer: Customer,
    new_customer: Callable[[], Customer],
    vendor: Vendor,
    noon: datetime,
    their_id: str,
) -> None:
    """Reconciliation, the audit or a review case names it, whatever vendor's id it has."""
    honest = asked_to_fund(new_customer(), 200_00, noon)
    genuine = vendor.pay(honest.link)
    ask(honest.reference, now=noon)
    forged = Transaction.objects(reference=credited_without_vendor(customer, 1_000_000_00, noon))
    with suppress(NotUniqueError):  # a database that refuses it leaves an id that nothing has
        if their_id == "without":
            forged.update_one(unset__vendor_id=1)
        else:
            forged.update_one(set__vendor_id=str(genuine))

    report = reconciled(noon)

    assert (
        report.difference_count > 0
        or full_audit_fails(customer.wallet.pk)
        or open_cases(forged.get().reference, customer.wallet.pk)
    )


def test_a_closed_case_does_not_hide_a_later_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """An overpayment was looked at and closed; an entry that is changed later is a finding."""
    one = asked_to_fund(customer, 1000_00, noon)
    payment_id = vendor.pay(one.link, amount="1001")
    ask(one.reference, now=noon)
    close_cases(one.reference, payment_id)
    entry = LedgerEntry.objects(transaction=one.reference).first()

    with changed(entry, amount=9_000_00):
        report = reconciled(noon)

    assert report.difference_count > 0 or open_cases(one.reference, payment_id)


def test_a_day_whose_worker_died_is_reconciled_after_all(
    vendor: Vendor, worker: Worker, noon: datetime
) -> None:
    """The redelivered task does the day, fails so that it is tried again, or publishes itself."""
    day = noon.astimezone(LAGOS).date().isoformat()
    failed = False
    with single_flight(f"reconcile:{day}", for_s=60) as taken:  # the lock that the dead worker left
        staged(taken, "the lock was not free")
        try:
            reconcile_day.run(day=day)
        except Exception:  # any exception makes Celery try it again
            failed = True

    is_done = ReconciliationReport.objects(day=day).first() is not None
    assert is_done or failed or worker.has_published(reconcile_day.name)


@pytest.mark.parametrize(
    ("amount", "currency"), [(12.345, "USD"), (None, "NGN"), (10.005, "KWD"), (26.875, "NGN")]
)
def test_a_row_that_cannot_be_read_is_a_finding_and_not_the_end_of_the_day(
    customer: Customer,
    vendor: Vendor,
    noon: datetime,
    also_listed: AddRow,
    amount: float | None,
    currency: str,
) -> None:
    """A row of another product, without a tx_ref: the payments beside it are still credited."""
    one = asked_to_fund(customer, 1500_00, noon)
    vendor.pay(one.link)
    row_id = secrets.randbelow(10**12)
    also_listed({"id": row_id, "amount": amount, "currency": currency, "status": "successful"})

    report = reconciled(noon)

    assert customer.wallet.balance == 1500_00
    assert report.difference_count > 0 or open_cases(row_id)


def test_a_transfer_that_the_bank_returns_two_days_later_comes_back(
    rich: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Its webhook is lost; the next nights or support's question return the money."""
    reference = sent_at(rich, 500_00, noon)
    vendor.end_transfer(reference, "SUCCESSFUL")
    ask(reference, now=noon)
    staged(rich.wallet.balance == 10000_00 - 510_75, "it was not paid")
    staged(reconciled(noon).difference_count == 0, "the day has a difference already")

    vendor.advance(86400)
    vendor.end_transfer(reference, "FAILED")
    for days in (1, 2, 3):
        reconciled(noon, days=days)
    ask(reference, now=noon + timedelta(days=4))  # the admin's "Ask the vendor again"

    assert rich.wallet.balance == 10000_00


def test_an_impossible_amount_is_a_finding_and_not_the_end_of_the_day(
    customer: Customer, vendor: Vendor, noon: datetime, also_listed: AddRow
) -> None:
    """A payment of 10^18 naira is reported, and no more than was asked is credited."""
    one = asked_to_fund(customer, 100_00, noon)
    row_id = secrets.randbelow(10**12)
    also_listed(
        {
            "id": row_id,
            "tx_ref": one.reference,
            "status": "successful",
            "amount": 10**18,
            "currency": "NGN",
            "created_at": noon.isoformat(),
        }
    )

    report = reconciled(noon)

    assert customer.wallet.balance in (0, 100_00)
    assert report.difference_count > 0 or open_cases(row_id, one.reference)


def test_two_paid_transfers_under_one_reference_are_a_finding(
    rich: Customer, vendor: Vendor, noon: datetime
) -> None:
    """The first transfer is paid after all, beside its retry: one of the two is our loss."""
    reference = sent_at(rich, 500_00, noon)
    again = retry_transfer(vendor, reference)
    vendor.end_transfer(again, "SUCCESSFUL")
    vendor.end_transfer(reference, "SUCCESSFUL")
    ids = [payout["id"] for each in (reference, again) for payout in vendor.payouts(each)]
    staged(len(ids) == 2, "the vendor has not made two transfers")

    report = reconciled(noon)

    assert rich.wallet.balance == 10000_00 - 510_75
    assert report.difference_count > 0 or open_cases(reference, *ids)


def test_dollars_are_not_added_to_naira(customer: Customer, vendor: Vendor, noon: datetime) -> None:
    """The report has no naira of theirs on a day on which only dollars came."""
    one = asked_to_fund(customer, 1500_00, noon)
    vendor.pay(one.link, amount="1500", currency="USD")
    ask(one.reference, now=noon)

    report = reconciled(noon)

    in_naira = [each for each in report.sources if "USD" not in str(each.to_mongo().to_dict())]
    assert sum(each.theirs_kobo for each in in_naira) == 0
