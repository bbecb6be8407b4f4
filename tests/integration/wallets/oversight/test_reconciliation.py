"""The reconciliation of a day: the vendors' lists, our transactions and our ledger."""

from __future__ import annotations

import itertools
from contextlib import ExitStack
from datetime import datetime, timedelta
from io import StringIO
from typing import Any
from unittest.mock import patch

import pytest
from django.core.management import CommandError, call_command

from airtime.purchases import services as purchases
from payflow.kernel import clock
from payflow.kernel.clock import LAGOS
from payflow.kernel.errors import RequestInProgress, VendorUnavailable
from payflow.kernel.locks import single_flight
from payflow.kernel.references import new_reference
from tests.support.books import review_kinds
from tests.support.people import Customer
from tests.support.staging import changed, deleted, flutterwave
from tests.support.vendor import Vendor
from wallets import requery
from wallets.funding import services as funding
from wallets.ledger.documents import LedgerEntry, Transaction, TransactionStatus
from wallets.oversight.documents import ReconciliationReport
from wallets.oversight.reconciliation import reconcile
from wallets.oversight.tasks import reconcile_day as reconcile_task
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
    """Payments, transfers and purchases: the same kobo; nothing on any other list."""
    settle_funding(customer, vendor, noon)
    withdraw_and_settle(customer, noon)
    buy_airtime(customer, noon)

    report = reconcile_day(noon)

    assert (report.difference_count, difference_kinds(report)) == (0, [])
    counted = {
        name: (t.theirs_kobo, t.ours_kobo, t.ledger_kobo, t.matched, t.known)
        for name, t in list_totals(report).items()
    }
    assert {"flutterwave refunds", "flutterwave chargebacks"} < set(counted)
    assert {name: totals for name, totals in counted.items() if any(totals)} == {
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


def test_a_payment_under_an_unknown_reference_is_booked_and_known(
    vendor: Vendor, noon: datetime
) -> None:
    """The house has it in suspense, with a review case: it is no difference."""
    payment_id = vendor.pay_again(new_reference("FUN"), "700")

    report = reconcile_day(noon)

    kept = Transaction.objects.get(vendor_id=str(payment_id), type="UNMATCHED")
    assert report.difference_count == 0
    assert list_totals(report)["flutterwave payments"].known == 1
    assert review_kinds(kept.reference) == {"unknown_payment"}


def test_a_payment_of_a_transaction_that_was_deleted_is_a_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Its money belongs to nothing of ours, and the other payments of the day are compared."""
    reference = settle_funding(customer, vendor, noon)
    settle_funding(customer, vendor, noon)

    with deleted(customer.transaction(reference)):
        report = reconcile_day(noon)

    [(kind, _)] = difference_kinds(report)
    assert kind in ("missing_here", "not_applied")
    assert list_totals(report)["flutterwave payments"].matched == 1


def test_a_transfer_under_an_unknown_reference_waits_in_suspense(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Money has left us for nothing of ours: the house has booked it, and a case is open."""
    settle_funding(customer, vendor, noon)
    reference = withdraw_and_settle(customer, noon)
    before = customer.wallet
    retried = vendor_transfers(vendor, new_reference("WDR"))

    report = reconcile_day(noon)

    kept = Transaction.objects.get(type="UNMATCHED_OUT", details__named_reference=retried)
    assert difference_kinds(report) == []
    assert review_kinds(kept.reference) == {"unknown_transfer"}
    booked = {each.debit_account for each in LedgerEntry.objects(transaction=kept.reference)}
    assert "suspense:flutterwave" in booked
    assert customer.wallet.to_mongo() == before.to_mongo()
    assert customer.transaction(reference).status is TransactionStatus.SUCCESS


def vendor_transfers(vendor: Vendor, reference: str) -> str:
    """The reference of a paid transfer that PayFlow never asked for."""
    body = {
        "account_bank": "044",
        "account_number": "0690000031",
        "amount": 300,
        "currency": "NGN",
        "reference": reference,
        "narration": "from the dashboard",
    }
    flutterwave(vendor, "POST", "/transfers", json=body)
    vendor.end_transfer(reference, "SUCCESSFUL")
    return reference


def test_a_success_that_the_vendor_does_not_have_is_a_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """It is missing there, and a review case is open."""
    reference = settle_funding(customer, vendor, noon)
    vendor.reset()

    report = reconcile_day(noon)

    assert difference_kinds(report) == [("missing_there", reference)]
    assert review_kinds(reference) == {"reconciliation_missing_there"}


def test_a_success_without_its_entries_is_a_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """The ledger is compared too. Nothing is booked again: nobody knows who deleted them."""
    reference = settle_funding(customer, vendor, noon)

    with ExitStack() as gone:
        for entry in customer.entries():
            gone.enter_context(deleted(entry))
        report = reconcile_day(noon)

    assert difference_kinds(report) == [("amount_differs", reference)]
    assert report.differences[0].ours == "SUCCESS, booked 0.00"


def test_an_entry_that_was_changed_is_a_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Its hash is not the one of its fields any more."""
    reference = settle_funding(customer, vendor, noon)
    entry = customer.entries()[0]

    with changed(entry, amount=1):
        report = reconcile_day(noon)

    assert difference_kinds(report) == [("amount_differs", reference)]
    assert "was changed" in report.differences[0].ours


def test_a_status_that_was_changed_is_a_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """The bank says SUCCESSFUL, and our FAILED was written by nobody's code."""
    settle_funding(customer, vendor, noon)
    reference = withdraw_and_settle(customer, noon)

    with changed(customer.transaction(reference), status="FAILED"):
        report = reconcile_day(noon)

    assert difference_kinds(report) == [("status_differs", reference)]
    assert report.differences[0].ours == "FAILED 500.00"
    assert review_kinds(reference) == {"reconciliation_status_differs"}


def test_a_transfer_paid_after_it_failed_is_booked_and_known(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """The reconciliation takes the money again, and its review case makes it known."""
    settle_funding(customer, vendor, noon)
    vendor.transfers(outcome="failed", delay_s=0)
    reference = withdraw_and_settle(customer, noon)
    assert customer.wallet.balance == 1500_00
    vendor.end_transfer(reference, "SUCCESSFUL")

    report = reconcile_day(noon)

    assert report.difference_count == 0
    assert customer.wallet.balance == 1500_00 - 510_75
    assert list_totals(report)["flutterwave transfers"].known == 1
    assert review_kinds(reference) == {"paid_after_failed"}


@pytest.mark.parametrize("back", ["refund", "chargeback"])
def test_a_refund_or_a_lost_chargeback_is_applied(
    customer: Customer, vendor: Vendor, noon: datetime, back: str
) -> None:
    """It has totals of its own, and is no difference."""
    reference = settle_funding(customer, vendor, noon)
    payment_id = int(customer.transaction(reference).vendor_id)
    if back == "refund":
        vendor.refund(payment_id, "400")
    else:
        vendor.decide_chargeback(vendor.charge_back(payment_id, "400"), "lost")

    report = reconcile_day(noon)

    totals = list_totals(report)[f"flutterwave {back}s"]
    assert report.difference_count == 0
    assert (totals.theirs_kobo, totals.ours_kobo, totals.ledger_kobo) == (400_00,) * 3
    assert customer.wallet.balance == 1100_00


def test_each_currency_has_totals_of_its_own(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """Naira and dollars are never added."""
    settle_funding(customer, vendor, noon)
    settle_funding(customer, vendor, noon, amount="20", currency="USD")

    report = reconcile_day(noon)

    kobo = {t.currency: t.theirs_kobo for t in report.sources if t.name == "flutterwave payments"}
    assert kobo == {"NGN": 1500_00, "USD": 20_00}


def test_a_change_within_the_window_is_found_later(
    customer: Customer, vendor: Vendor, noon: datetime, settings: Any
) -> None:
    """Six nights later a return is applied; after that no night looks at the day."""
    settings.RECONCILE_DAYS = 7
    settle_funding(customer, vendor, noon)
    reference = withdraw_and_settle(customer, noon)
    reconcile_day(noon)
    vendor.end_transfer(reference, "FAILED")

    later = reconcile_day(noon + timedelta(days=6))

    assert customer.wallet.balance == 1500_00
    # The totals of a report are those of its own day.
    assert list_totals(later)["flutterwave transfers"].theirs_count == 0
    assert later.difference_count == 0


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


def test_a_run_that_died_goes_on_with_the_next_part(
    customer: Customer, vendor: Vendor, noon: datetime, settings: Any
) -> None:
    """The parts that were done are stored, and not done again; then the report is finished."""
    settings.RECONCILE_DAYS = 2
    settle_funding(customer, vendor, noon)
    vendor.fault("http_500", endpoint="transfers_list", times=10)
    with pytest.raises(VendorUnavailable):
        reconcile_day(noon)
    day = noon.astimezone(LAGOS).date()
    half = ReconciliationReport.objects.get(day=day.isoformat())
    vendor.reset_faults()
    vendor.fault("http_500", endpoint="transactions", times=10)  # it is not asked again

    report = reconcile_day(noon)

    assert half.finished_at is None
    assert len(half.done) == 6  # payments, refunds and chargebacks of two days
    assert half.done[0] == f"flutterwave payments {day.isoformat()}"
    assert report.done[:6] == half.done
    assert report.finished_at
    assert report.started_at == half.started_at
    assert list_totals(report)["flutterwave payments"].theirs_count == 1
    stored = ReconciliationReport.objects.get(day=day.isoformat())
    assert (stored.done, stored.finished_at) == (report.done, report.finished_at)


def test_a_finished_day_begins_anew(customer: Customer, vendor: Vendor, noon: datetime) -> None:
    """What changed since is found."""
    first = reconcile_day(noon)
    settle_funding(customer, vendor, noon)

    second = reconcile_day(noon + timedelta(seconds=1))

    assert list_totals(first)["flutterwave payments"].theirs_count == 0
    assert list_totals(second)["flutterwave payments"].theirs_count == 1


# --- The task ---------------------------------------------------------------------------------


def test_the_task_without_a_day_publishes_itself_with_its_day() -> None:
    """A message that is delivered again after midnight still names the day."""
    with patch.object(reconcile_task, "delay") as publish:
        reconcile_task.run()

    yesterday = clock.lagos_day(clock.now()) - timedelta(days=1)
    publish.assert_called_once_with(day=yesterday.isoformat())


def test_the_task_is_tried_again_while_another_worker_has_its_day(noon: datetime) -> None:
    """That worker may be dead: its lock expires, and then the day is done."""
    day = noon.astimezone(LAGOS).date().isoformat()

    with single_flight(f"reconcile:{day}", for_s=60) as is_ours:
        assert is_ours
        with pytest.raises(RequestInProgress):
            reconcile_task.run(day=day)
    reconcile_task.run(day=day)

    assert ReconciliationReport.objects.get(day=day).finished_at


# --- The command ------------------------------------------------------------------------------


def test_the_command_exits_with_1_if_there_is_a_difference(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """It prints a table of the differences; without one it succeeds."""
    day = noon.astimezone(LAGOS).date()
    settle_funding(customer, vendor, noon)
    well, ill = StringIO(), StringIO()
    call_command("reconcile", date=day, stdout=well)

    with (
        changed(customer.entries()[0], amount=1),
        pytest.raises(CommandError, match="1 differences") as error,
    ):
        call_command("reconcile", date=day, stdout=ill)

    assert error.value.returncode == 1
    assert day.isoformat() in well.getvalue()
    assert "amount_differs" in ill.getvalue()


def test_the_command_exits_with_2_if_it_did_not_finish(vendor: Vendor, noon: datetime) -> None:
    """Run again, it goes on."""
    day = noon.astimezone(LAGOS).date()
    vendor.fault("http_500", endpoint="transfers_list", times=10)

    with pytest.raises(CommandError) as error:
        call_command("reconcile", date=day, stdout=StringIO())
    vendor.reset_faults()
    call_command("reconcile", date=day, stdout=StringIO())

    assert error.value.returncode == 2
    assert ReconciliationReport.objects.get(day=day.isoformat()).finished_at
