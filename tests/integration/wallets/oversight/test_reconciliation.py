"""The reconciliation of a day: the vendors' lists, our transactions and our ledger."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from airtime.purchases import services as purchases
from payflow.kernel import clock
from payflow.kernel.clock import LAGOS
from payflow.kernel.errors import VendorUnavailable
from tests.support.books import review_kinds
from tests.support.people import Customer
from tests.support.vendor import Vendor
from wallets import requery
from wallets.funding import services as funding
from wallets.ledger.documents import LedgerEntry, Transaction, TransactionStatus
from wallets.oversight.documents import ReconciliationReport
from wallets.oversight.reconciliation import reconcile
from wallets.withdrawals import services as transfers
from wallets.withdrawals import services as withdrawals

pytestmark = pytest.mark.usefixtures("db")
# Tests share a database, so each has its own days, far from those of any other test.
_DAYS = itertools.count(400, 10)


@pytest.fixture
def noon(vendor: Vendor) -> datetime:
    """The middle of a day on which nothing else happens, for the vendor as well."""
    vendor.webhooks(drop=1000)
    vendor.transfers(outcome="successful", delay_s=0)
    now = clock.now()
    then = (now + timedelta(days=next(_DAYS))).replace(hour=11, minute=0)
    vendor.advance((then - now).total_seconds())
    return then


def pay_without_webhook(customer: Customer, vendor: Vendor, at: datetime, **pressed: str) -> str:
    """A payment without a webhook: PENDING with us, made at the vendor."""
    started = funding.start(user=customer.user, amount_kobo=1500_00, now=at)
    vendor.pay(started.link, **pressed)
    return started.reference


def settle_funding(customer: Customer, vendor: Vendor, at: datetime, **pressed: str) -> str:
    reference = pay_without_webhook(customer, vendor, at, **pressed)
    requery.requery(reference=reference, now=at)
    return reference


def withdraw_and_settle(customer: Customer, at: datetime) -> str:
    started = withdrawals.start(
        user=customer.user,
        amount_kobo=500_00,
        bank_code="044",
        account_number="0690000031",
        now=at,
    )
    transfers.send(reference=started.reference, now=at)
    requery.requery(reference=started.reference, now=at)
    return started.reference


def buy_airtime(customer: Customer, at: datetime) -> str:
    started = purchases.start(
        user=customer.user, service_id="mtn", phone="08011111111", amount_kobo=100_00, now=at
    )
    return purchases.send(reference=started.reference, now=at).reference


def difference_kinds(report: ReconciliationReport) -> list[tuple[str, str]]:
    return [(each.kind, each.reference) for each in report.differences]


def list_totals(report: ReconciliationReport) -> dict[str, Any]:
    return {each.name: each for each in report.sources}


def reconcile_day(at: datetime) -> ReconciliationReport:
    """The reconciliation of that day, run on the next morning."""
    return reconcile(day=at.astimezone(LAGOS).date(), now=at + timedelta(days=1))


def test_a_day_without_differences(customer: Customer, vendor: Vendor, noon: datetime) -> None:
    """Payments, transfers and purchases: three sources, the same kobo."""
    settle_funding(customer, vendor, noon)
    withdraw_and_settle(customer, noon)
    buy_airtime(customer, noon)

    report = reconcile_day(noon)

    assert (report.difference_count, difference_kinds(report)) == (0, [])
    counted = {
        name: (t.theirs_kobo, t.ours_kobo, t.ledger_kobo, t.matched, t.known)
        for name, t in list_totals(report).items()
    }
    assert counted == {
        "flutterwave payments": (1500_00, 1500_00, 1500_00, 1, 0),
        "flutterwave transfers": (500_00, 500_00, 500_00, 1, 0),
        "vtpass purchases": (100_00, 100_00, 100_00, 1, 0),
    }


def test_a_payment_without_a_webhook_is_credited_first(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """The reconciliation applies the vendor's payments as webhooks would."""
    reference = pay_without_webhook(customer, vendor, noon)

    report = reconcile_day(noon)

    assert report.difference_count == 0
    assert customer.wallet.balance == 1500_00
    assert customer.transaction(reference).history[-1].source == "reconcile"


def test_a_payment_under_an_unknown_reference_is_a_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """It is missing here, and a review case is open."""
    reference = pay_without_webhook(customer, vendor, noon)
    Transaction.objects(reference=reference).delete()

    report = reconcile_day(noon)

    assert difference_kinds(report) == [("missing_here", reference)]
    assert review_kinds(reference) == {"reconciliation_missing_here"}
    customer.wallet.update(set__transaction_number=0)  # the number was given back with the document


def test_a_success_that_the_vendor_does_not_have_is_a_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """It is missing there, and a review case is open."""
    reference = settle_funding(customer, vendor, noon)
    Transaction.objects(reference=reference).update_one(set__vendor_id="987654321")
    vendor.reset()

    report = reconcile_day(noon)

    assert difference_kinds(report) == [("missing_there", reference)]
    assert review_kinds(reference) == {"reconciliation_missing_there"}


def test_a_success_without_its_entries_is_a_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """The ledger is compared too."""
    reference = settle_funding(customer, vendor, noon)
    [entry] = customer.entries()
    LedgerEntry.objects(pk=entry.pk).delete()

    report = reconcile_day(noon)

    assert difference_kinds(report) == [("amount_differs", reference)]
    assert report.differences[0].ours == "SUCCESS 1500.00, booked 0.00"
    entry.save(force_insert=True)


def test_a_different_status_with_a_review_case_is_known(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """The bank says FAILED after we booked it, and the case was opened before."""
    settle_funding(customer, vendor, noon)
    reference = withdraw_and_settle(customer, noon)
    Transaction.objects(reference=reference).update_one(set__status=TransactionStatus.FAILED)

    report = reconcile_day(noon)

    # The vendor's status, when it was applied, opened the case "paid_after_failed".
    assert list_totals(report)["flutterwave transfers"].known == 1
    assert "paid_after_failed" in review_kinds(reference)
    Transaction.objects(reference=reference).update_one(set__status=TransactionStatus.SUCCESS)


def test_a_returned_transfer_with_its_reversal_is_no_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """FAILED there, SUCCESS and a REVERSAL here."""
    settle_funding(customer, vendor, noon)
    reference = withdraw_and_settle(customer, noon)
    vendor.end_transfer(reference, "FAILED")

    report = reconcile_day(noon)

    assert report.difference_count == 0
    assert Transaction.objects(reverses=reference).count() == 1


def test_an_underpayment_with_a_review_case_is_known(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """It is not reported again."""
    reference = settle_funding(customer, vendor, noon, amount="900")

    report = reconcile_day(noon)

    assert report.difference_count == 0
    assert list_totals(report)["flutterwave payments"].known == 1
    assert review_kinds(reference) == {"underpaid"}


def test_reconciling_a_day_again_gives_the_same_report(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """The report is replaced, a difference keeps its review case, nothing is booked twice."""
    settle_funding(customer, vendor, noon)

    first, second = reconcile_day(noon), reconcile_day(noon)

    assert first.sources == second.sources
    assert ReconciliationReport.objects(day=first.day).count() == 1
    assert customer.wallet.balance == 1500_00


def test_an_older_run_does_not_replace_a_newer_report(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """The run that began later wins, however long the other took."""
    newer = reconcile_day(noon + timedelta(minutes=1))

    reconcile_day(noon)

    assert ReconciliationReport.objects.get(day=newer.day).started_at == newer.started_at


def test_a_movement_belongs_to_its_day_in_lagos(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Paid at half past midnight in Lagos, which is the day before in UTC."""
    vendor.advance(12.5 * 3600)
    night = noon + timedelta(hours=12.5)
    settle_funding(customer, vendor, night)

    before, after = reconcile_day(noon), reconcile_day(night)

    assert list_totals(before)["flutterwave payments"].theirs_count == 0
    assert list_totals(after)["flutterwave payments"].theirs_count == 1


def test_without_the_vendors_answer_there_is_no_report(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Nothing is stored, and the task is retried."""
    vendor.fault("http_500", endpoint="transactions", times=10)

    with pytest.raises(VendorUnavailable):
        reconcile_day(noon)

    day = noon.astimezone(LAGOS).date().isoformat()
    assert ReconciliationReport.objects(day=day).count() == 0


def test_the_command_fails_if_there_is_a_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """It prints a table of the differences; without one it succeeds."""
    day = noon.astimezone(LAGOS).date().isoformat()
    reference = settle_funding(customer, vendor, noon)
    well, ill = StringIO(), StringIO()
    call_command("reconcile", date=noon.astimezone(LAGOS).date(), stdout=well)
    LedgerEntry.objects(transaction=reference).delete()

    with pytest.raises(CommandError, match="1 differences"):
        call_command("reconcile", date=noon.astimezone(LAGOS).date(), stdout=ill)

    assert day in well.getvalue()
    assert "amount_differs" in ill.getvalue()
