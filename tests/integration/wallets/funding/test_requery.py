"""Requeries of fundings without a webhook."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from payflow.kernel import clock
from payflow.kernel.errors import VendorUnavailable
from tests.support.invariants import check_money
from tests.support.people import Customer
from tests.support.vendor import Vendor
from wallets import requery
from wallets.ledger.documents import Transaction, TransactionStatus

pytestmark = pytest.mark.usefixtures("db", "no_webhooks")
MUCH_LATER = timedelta(hours=2)


def requery_after(funding: dict[str, Any], after: timedelta = timedelta()) -> Transaction | None:
    return requery.requery(reference=funding["tx_ref"], now=clock.now() + after)


def test_a_paid_funding_is_credited_without_a_webhook(customer: Customer, vendor: Vendor) -> None:
    """The requery finds the payment by our reference, and settles it once."""
    funding = customer.fund()
    vendor.pay(funding["link"])

    requery_after(funding)
    requery_after(funding, MUCH_LATER)

    assert customer.wallet.balance == 1500_00
    assert customer.transaction(funding["tx_ref"]).history[-1].source == "requery"
    check_money(customer.wallet)


def test_an_unpaid_page_expires_only_after_its_time(customer: Customer, vendor: Vendor) -> None:
    """Before that it stays PENDING; afterwards the vendor is asked, and it is FAILED."""
    funding = customer.fund()

    requery_after(funding)
    before = customer.transaction(funding["tx_ref"]).status
    requery_after(funding, MUCH_LATER)

    transaction = customer.transaction(funding["tx_ref"])
    assert before is TransactionStatus.PENDING
    assert transaction.status is TransactionStatus.FAILED
    assert "expired" in transaction.reason
    assert transaction.next_check_at is None


def test_nothing_expires_while_the_vendor_is_unavailable(
    customer: Customer, vendor: Vendor
) -> None:
    """The funding stays PENDING, and the payment is credited later."""
    funding = customer.fund()
    vendor.pay(funding["link"])
    vendor.fault("http_500", times=5)

    with pytest.raises(VendorUnavailable):
        requery_after(funding, MUCH_LATER)
    between = customer.transaction(funding["tx_ref"]).status
    vendor.reset_faults()
    requery_after(funding, MUCH_LATER)

    assert between is TransactionStatus.PENDING
    assert customer.wallet.balance == 1500_00


def test_a_pending_payment_keeps_an_expired_funding_open(
    customer: Customer, vendor: Vendor
) -> None:
    """A bank transfer may arrive hours after the page expired."""
    funding = customer.fund()
    payment = vendor.pay(funding["link"], outcome="pending")

    requery_after(funding, MUCH_LATER)
    between = customer.transaction(funding["tx_ref"]).status
    assert payment is not None
    vendor.settle(payment, "successful")
    requery_after(funding, MUCH_LATER)

    assert between is TransactionStatus.PENDING
    assert customer.wallet.balance == 1500_00
    check_money(customer.wallet)


def test_a_failed_attempt_ends_an_expired_funding(customer: Customer, vendor: Vendor) -> None:
    """No attempt can follow: the funding is FAILED with the attempt's reason."""
    funding = customer.fund()
    vendor.pay(funding["link"], outcome="failed")

    requery_after(funding, MUCH_LATER)

    transaction = customer.transaction(funding["tx_ref"])
    assert transaction.status is TransactionStatus.FAILED
    assert transaction.reason


def test_a_requery_of_an_expired_funding_credits_a_late_payment(
    customer: Customer, vendor: Vendor
) -> None:
    """Support asks, and the payment without a webhook is credited."""
    funding = customer.fund()
    requery_after(funding, MUCH_LATER)
    vendor.pay(funding["link"])

    requery_after(funding)

    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.SUCCESS
    assert customer.wallet.balance == 1500_00
    check_money(customer.wallet)


def due_at(now: datetime) -> list[str]:
    """The references that a sweep claims at that time."""
    return [reference for _, reference in requery.claim_due(now=now, limit=1000)]


def test_requeries_of_a_funding_come_at_growing_intervals(
    customer: Customer, vendor: Vendor
) -> None:
    """Before the next one is due, no sweep claims the funding."""
    funding = customer.fund()
    reference = funding["tx_ref"]
    waits = []
    now = customer.transaction(reference).next_check_at

    assert reference not in due_at(now - timedelta(seconds=1))
    for _ in range(7):
        assert reference in due_at(now)
        assert reference not in due_at(now)
        due = customer.transaction(reference).next_check_at
        waits.append(due - now)
        now = due

    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=1)


def test_a_settled_funding_is_never_due(customer: Customer, vendor: Vendor) -> None:
    """No sweep asks about it again: the lists of refunds and chargebacks name what changes."""
    funding = customer.fund()
    vendor.pay(funding["link"])
    requery_after(funding)
    later = clock.now() + timedelta(days=9)

    rechecks = [reference for _, reference in requery.claim_rechecks(now=later, limit=1000)]

    assert funding["tx_ref"] not in due_at(later)
    assert funding["tx_ref"] not in rechecks


def test_an_expired_funding_without_a_page_gives_up_its_key(
    customer: Customer, vendor: Vendor
) -> None:
    """It cannot be paid, so the same request may start a new one."""
    funding = customer.fund("1500", key="k-1")
    Transaction.objects(reference=funding["tx_ref"]).update_one(unset__link=1)

    requery_after(funding, MUCH_LATER)

    assert customer.fund("1500", key="k-1")["tx_ref"] != funding["tx_ref"]


def test_a_requery_of_an_unknown_reference_does_nothing(db: None) -> None:
    """It raises nothing."""
    assert requery.requery(reference="PFFUN", now=clock.now()) is None
