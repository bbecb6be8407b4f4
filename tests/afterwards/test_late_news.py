"""Vendors change their mind weeks later, and a lost webhook must not hide it for ever."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from payflow.kernel.clock import LAGOS
from tests.support.people import Customer
from tests.support.staging import Worker, ask, asked_to_fund, staged
from tests.support.vendor import Vendor
from wallets.funding.polling import poll_refunds
from wallets.oversight.reconciliation import reconcile


@pytest.fixture
def paid(customer: Customer, vendor: Vendor, noon: datetime) -> int:
    """The vendor's id of a payment of 1,500 naira that is credited."""
    started = asked_to_fund(customer, 1500_00, noon)
    payment_id = vendor.pay(started.link)
    ask(started.reference, now=noon)
    staged(customer.wallet.balance == 1500_00, "it is not credited")
    assert payment_id is not None
    return payment_id


def _look(now: datetime) -> None:
    """What beat does on this day: the poll, and the reconciliation of the day before."""
    poll_refunds(now=now)
    reconcile(day=(now - timedelta(days=1)).astimezone(LAGOS).date(), now=now)


def test_a_chargeback_that_is_won_two_weeks_after_it_was_lost_comes_back(
    customer: Customer, vendor: Vendor, noon: datetime, paid: int
) -> None:
    """The vendor sends no webhook for chargebacks unless it was asked to."""
    chargeback_id = vendor.charge_back(paid)
    vendor.decide_chargeback(chargeback_id, "lost")
    _look(noon + timedelta(hours=1))
    staged(customer.wallet.balance == 0, "it is not lost")
    vendor.advance(timedelta(days=14).total_seconds())
    vendor.decide_chargeback(chargeback_id, "won")
    for days in range(14, 18):
        _look(noon + timedelta(days=days))

    assert customer.wallet.balance == 1500_00


def test_a_refund_that_fails_ten_days_after_it_was_completed_comes_back(
    customer: Customer, vendor: Vendor, noon: datetime, paid: int
) -> None:
    """A refund to a card takes up to 15 days: only then the payer's bank can refuse it."""
    refund_id = vendor.refund(paid, webhook="none")
    _look(noon + timedelta(hours=1))
    staged(customer.wallet.balance == 0, "it is not refunded")
    vendor.advance(timedelta(days=10).total_seconds())
    vendor.move_refund(refund_id, "failed", webhook="none")
    for days in range(10, 14):
        _look(noon + timedelta(days=days))

    assert customer.wallet.balance == 1500_00


def test_a_chargeback_webhook_with_a_status_it_had_before_is_worked_on(
    customer: Customer, vendor: Vendor, noon: datetime, paid: int, worker: Worker
) -> None:
    """Lost, won, and lost again: the third webhook has the words of the first."""
    from tests.support.facts import chargeback_webhook

    chargeback_id = vendor.charge_back(paid)
    for status, balance in (("lost", 0), ("won", 1500_00), ("lost", 0)):
        vendor.decide_chargeback(chargeback_id, status)
        worker.hear(chargeback_webhook(chargeback_id, paid, status))
        assert customer.wallet.balance == balance, status
