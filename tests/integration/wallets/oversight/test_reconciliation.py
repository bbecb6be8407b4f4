"""A day, by the vendors' own lists, our transactions and our ledger."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from airtime.purchases import services as purchases
from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.books import review_kinds
from tests.support.people import Customer
from tests.support.vendor import Vendor
from wallets import requery
from wallets.funding import services as funding
from wallets.ledger.documents import LedgerEntry, Transaction, TransactionStatus
from wallets.oversight.documents import ReconciliationReport
from wallets.oversight.reconciliation import reconcile
from wallets.withdrawals import limits
from wallets.withdrawals import services as transfers
from wallets.withdrawals.limits import LAGOS

pytestmark = pytest.mark.usefixtures("db")
# Tests share a database: each has days of its own, far from everybody's.
_DAYS = itertools.count(400, 10)


@pytest.fixture
def noon(vendor: Vendor) -> datetime:
    """The middle of a day that nothing else happens on, for the vendor as well."""
    vendor.webhooks(drop=1000)
    vendor.transfers(outcome="successful", delay_s=0)
    now = clock.now()
    then = (now + timedelta(days=next(_DAYS))).replace(hour=11, minute=0)
    vendor.advance((then - now).total_seconds())
    return then


def paid(customer: Customer, vendor: Vendor, at: datetime, **pressed: str) -> str:
    """A payment that no webhook told of: PENDING with us, made at the vendor."""
    started = funding.start_funding(user=customer.user, amount_kobo=1500_00, now=at)
    vendor.pay(started.link, **pressed)
    return started.reference


def settled(customer: Customer, vendor: Vendor, at: datetime, **pressed: str) -> str:
    reference = paid(customer, vendor, at, **pressed)
    requery.requery(reference=reference, now=at)
    return reference


def withdrawn(customer: Customer, at: datetime) -> str:
    started = limits.start_withdrawal(
        user=customer.user,
        amount_kobo=500_00,
        bank_code="044",
        account_number="0690000031",
        now=at,
    )
    transfers.send(reference=started.reference, now=at)
    requery.requery(reference=started.reference, now=at)
    return started.reference


def bought(customer: Customer, at: datetime) -> str:
    started = purchases.start_purchase(
        user=customer.user, service_id="mtn", phone="08011111111", amount_kobo=100_00, now=at
    )
    return purchases.send(reference=started.reference, now=at).reference


def kinds(report: ReconciliationReport) -> list[tuple[str, str]]:
    return [(each.kind, each.reference) for each in report.differences]


def totals(report: ReconciliationReport) -> dict[str, Any]:
    return {each.name: each for each in report.sources}


def run(at: datetime) -> ReconciliationReport:
    """The reconciliation of that day, the morning after."""
    return reconcile(day=at.astimezone(LAGOS).date(), now=at + timedelta(days=1))


def test_a_day_on_which_all_agree(customer: Customer, vendor: Vendor, noon: datetime) -> None:
    """Payments, transfers and purchases: three witnesses, the same kobo, no difference."""
    settled(customer, vendor, noon)
    withdrawn(customer, noon)
    bought(customer, noon)

    report = run(noon)

    assert (report.difference_count, kinds(report)) == (0, [])
    counted = {
        name: (t.theirs_kobo, t.ours_kobo, t.ledger_kobo, t.matched, t.known)
        for name, t in totals(report).items()
    }
    assert counted == {
        "flutterwave payments": (1500_00, 1500_00, 1500_00, 1, 0),
        "flutterwave transfers": (500_00, 500_00, 500_00, 1, 0),
        "vtpass purchases": (100_00, 100_00, 100_00, 1, 0),
    }


def test_a_payment_that_nobody_told_us_of_is_credited_on_the_way(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """What the vendor knows and we do not is applied first, as if a webhook had come."""
    reference = paid(customer, vendor, noon)

    report = run(noon)

    assert report.difference_count == 0
    assert customer.wallet.balance == 1500_00
    assert customer.transaction(reference).history[-1].source == "reconcile"


def test_money_at_the_vendor_under_no_reference_of_ours(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """A successful payment that we know nothing of is missing here, and a case."""
    reference = paid(customer, vendor, noon)
    Transaction.objects(reference=reference).delete()

    report = run(noon)

    assert kinds(report) == [("missing_here", reference)]
    assert review_kinds(reference) == {"reconciliation_missing_here"}
    customer.wallet.update(set__transaction_number=0)  # the number was given back with the document


def test_a_success_that_the_vendor_knows_nothing_of(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Booked here, and not there: missing there, and a case."""
    reference = settled(customer, vendor, noon)
    Transaction.objects(reference=reference).update_one(set__vendor_id="987654321")
    vendor.reset()

    report = run(noon)

    assert kinds(report) == [("missing_there", reference)]
    assert review_kinds(reference) == {"reconciliation_missing_there"}


def test_a_ledger_that_does_not_say_what_the_transaction_says(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """The third witness counts: a SUCCESS without its entries is an amount that differs."""
    reference = settled(customer, vendor, noon)
    [entry] = customer.entries()
    LedgerEntry.objects(pk=entry.pk).delete()

    report = run(noon)

    assert kinds(report) == [("amount_differs", reference)]
    assert report.differences[0].ours == "SUCCESS 1500.00, booked 0.00"
    entry.save(force_insert=True)


def test_a_status_that_differs(customer: Customer, vendor: Vendor, noon: datetime) -> None:
    """The bank says that it failed after we booked it, and a case says so already: known."""
    settled(customer, vendor, noon)
    reference = withdrawn(customer, noon)
    Transaction.objects(reference=reference).update_one(set__status=TransactionStatus.FAILED)

    report = run(noon)

    # Applying the vendor's word opened "paid_after_failed"; the ledger contradicts as well.
    assert totals(report)["flutterwave transfers"].known == 1
    assert "paid_after_failed" in review_kinds(reference)
    Transaction.objects(reference=reference).update_one(set__status=TransactionStatus.SUCCESS)


def test_a_transfer_that_came_back_afterwards_agrees(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """FAILED there, SUCCESS and a REVERSAL here: in the end both say that nothing was paid."""
    settled(customer, vendor, noon)
    reference = withdrawn(customer, noon)
    vendor.end_transfer(reference, "FAILED")

    report = run(noon)

    assert report.difference_count == 0
    assert Transaction.objects(reverses=reference).count() == 1


def test_too_little_paid_is_known_and_no_new_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Whoever was told by a review case is not told again."""
    reference = settled(customer, vendor, noon, amount="900")

    report = run(noon)

    assert report.difference_count == 0
    assert totals(report)["flutterwave payments"].known == 1
    assert review_kinds(reference) == {"underpaid"}


def test_the_same_day_again_gives_the_same_report(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """A report is replaced, a difference stays one case, and nothing is booked twice."""
    settled(customer, vendor, noon)

    first, second = run(noon), run(noon)

    assert first.sources == second.sources
    assert ReconciliationReport.objects(day=first.day).count() == 1
    assert customer.wallet.balance == 1500_00


def test_an_older_run_does_not_replace_a_newer_report(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Whoever began later has the last word, however long the other took."""
    newer = run(noon + timedelta(minutes=1))

    run(noon)

    assert ReconciliationReport.objects.get(day=newer.day).started_at == newer.started_at


def test_a_movement_belongs_to_its_day_in_lagos(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Paid at half past midnight in Lagos, it is still the day before in UTC."""
    vendor.advance(12.5 * 3600)
    night = noon + timedelta(hours=12.5)
    settled(customer, vendor, night)

    before, after = run(noon), run(night)

    assert totals(before)["flutterwave payments"].theirs_count == 0
    assert totals(after)["flutterwave payments"].theirs_count == 1


def test_a_vendor_that_does_not_answer_makes_no_report(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Half a comparison is none: nothing is stored, and the task comes again."""
    vendor.fault("http_500", endpoint="transactions", times=10)

    with pytest.raises(VendorUnavailable):
        run(noon)

    day = noon.astimezone(LAGOS).date().isoformat()
    assert ReconciliationReport.objects(day=day).count() == 0


def test_the_command_tells_what_differs_and_fails(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Exit 1 with a table where there is a difference; silence is a success."""
    day = noon.astimezone(LAGOS).date().isoformat()
    reference = settled(customer, vendor, noon)
    well, ill = StringIO(), StringIO()
    call_command("reconcile", date=noon.astimezone(LAGOS).date(), stdout=well)
    LedgerEntry.objects(transaction=reference).delete()

    with pytest.raises(CommandError, match="1 differences"):
        call_command("reconcile", date=noon.astimezone(LAGOS).date(), stdout=ill)

    assert day in well.getvalue()
    assert "amount_differs" in ill.getvalue()
