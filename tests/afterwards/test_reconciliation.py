"""Reconciliation: what it is told last counts, nothing false is said, and no row is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from payflow.kernel.clock import LAGOS
from tests.support.facts import new_id
from tests.support.people import Customer
from tests.support.staging import (
    ask,
    asked_to_fund,
    credited_without_vendor,
    open_cases,
    sent_at,
    staged,
)
from tests.support.vendor import Vendor
from wallets.clients import (
    Chargeback,
    ChargebackStatus,
    Refund,
    RefundStatus,
    Transfer,
    TransferStatus,
)
from wallets.flutterwave.collections import Collections
from wallets.flutterwave.payouts import Payouts
from wallets.ledger.documents import TransactionStatus
from wallets.oversight.reconciliation import reconcile


def _day(now: datetime) -> Any:
    return now.astimezone(LAGOS).date()


def test_a_run_of_half_an_hour_believes_the_vendor_more_than_an_older_answer(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """A run began, a webhook was worked on, the payment was reversed, the run lists it."""
    started = asked_to_fund(customer, 1500_00, noon)
    payment_id = vendor.pay(started.link)
    begun = noon + timedelta(days=1)
    ask(started.reference, now=begun + timedelta(minutes=5))  # while the run is under way
    staged(customer.wallet.balance == 1500_00 and payment_id, "it is not credited")
    vendor.correct(payment_id, "reversed")
    report = reconcile(day=_day(noon), now=begun)

    assert customer.wallet.balance == 0 or report.difference_count > 0


@pytest.mark.parametrize("is_newest_first", [True, False])
def test_a_run_believes_no_failure_before_it_has_heard_of_the_retry(
    rich: Customer,
    vendor: Vendor,
    noon: datetime,
    monkeypatch: pytest.MonkeyPatch,
    is_newest_first: bool,
) -> None:
    """The first transfer failed, its retry was paid. No page says in which order lists are."""
    if not is_newest_first:
        real = Payouts.list_transfers
        monkeypatch.setattr(Payouts, "list_transfers", lambda *a: iter(list(real(*a))[::-1]))
    reference = sent_at(rich, 1000_00, noon)
    vendor.end_transfer(reference, "FAILED")
    vendor.end_transfer(vendor.retry(reference), "SUCCESSFUL")
    reconcile(day=_day(noon), now=noon + timedelta(days=1))

    transaction = rich.transaction(reference)
    staged(transaction.status is TransactionStatus.SUCCESS, "it is not paid")
    told = [each.reason for each in transaction.history if each.reason]
    assert told == []


def test_a_dispute_about_an_unknown_payment_is_a_finding(
    vendor: Vendor, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has a due time, and silence loses it."""
    chargeback = Chargeback(
        new_id(), new_id(), ChargebackStatus.OPEN, 1500_00, noon + timedelta(days=2), noon
    )

    def listed(*_: object) -> Iterator[Chargeback]:
        yield chargeback

    monkeypatch.setattr(Collections, "list_chargebacks", listed)
    reconcile(day=_day(noon), now=noon + timedelta(days=1))

    assert open_cases(chargeback.vendor_id, chargeback.payment_id) != []


def test_a_pending_refund_of_an_unknown_payment_is_a_finding(
    vendor: Vendor, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refund leaves our balance when it is made, not when it is completed."""
    refund = Refund(new_id(), new_id(), RefundStatus.PENDING, 1500_00, noon)

    def listed(*_: object) -> Iterator[Refund]:
        yield refund

    monkeypatch.setattr(Collections, "list_refunds", listed)
    reconcile(day=_day(noon), now=noon + timedelta(days=1))

    assert open_cases(refund.vendor_id, refund.payment_id) != []


def test_dollars_of_transfers_are_not_added_to_naira(
    vendor: Vendor, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A transfer in dollars from the dashboard."""
    transfer = Transfer(
        new_id(), f"OTHER-{new_id()}", TransferStatus.SUCCESSFUL, 100_00, "", "", noon, 0, "USD"
    )

    def listed(*_: object) -> Iterator[Transfer]:
        yield transfer

    monkeypatch.setattr(Payouts, "list_transfers", listed)
    report = reconcile(day=_day(noon), now=noon + timedelta(days=1))

    naira = [each for each in report.sources if each.name == "flutterwave transfers"]
    assert [each.theirs_kobo for each in naira if each.currency == "NGN"] == [0]


def test_an_agreement_about_one_payment_closes_no_case_about_another(
    customer: Customer, vendor: Vendor, noon: datetime
) -> None:
    """The vendor knows nothing of the first payment, which has left the window; another is fine."""
    reference = credited_without_vendor(customer, 700_00, noon)
    reconcile(day=_day(noon), now=noon + timedelta(days=1))
    staged(open_cases(reference) == ["reconciliation_missing_there"], "it is no finding")
    vendor.advance(timedelta(days=3).total_seconds())
    vendor.pay_again(reference, 700)
    for days in range(3, 10):
        then = noon + timedelta(days=days)
        reconcile(day=_day(then), now=then + timedelta(days=1))

    assert "reconciliation_missing_there" in open_cases(reference)
