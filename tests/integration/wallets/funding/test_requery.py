"""What becomes of fundings that no webhook told of."""

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

pytestmark = pytest.mark.usefixtures("db")
MUCH_LATER = timedelta(hours=2)


@pytest.fixture(autouse=True)
def no_webhooks(vendor: Vendor) -> None:
    vendor.webhooks(drop=1000)


def look(funding: dict[str, Any], after: timedelta = timedelta()) -> Transaction | None:
    return requery.requery_funding(reference=funding["tx_ref"], now=clock.now() + after)


def test_a_paid_funding_is_credited_without_a_webhook(customer: Customer, vendor: Vendor) -> None:
    """The requery finds the payment by our reference and settles it, once."""
    funding = customer.fund()
    vendor.pay(funding["link"])

    look(funding)
    look(funding, MUCH_LATER)

    assert customer.wallet.balance == 1500_00
    assert customer.transaction(funding["tx_ref"]).history[-1].source == "requery"
    check_money(customer.wallet)


def test_an_unpaid_page_expires_only_after_its_time(customer: Customer, vendor: Vendor) -> None:
    """Before its end it stays PENDING; after it, and having asked the vendor, it is FAILED."""
    funding = customer.fund()

    look(funding)
    before = customer.transaction(funding["tx_ref"]).status
    look(funding, MUCH_LATER)

    transaction = customer.transaction(funding["tx_ref"])
    assert before is TransactionStatus.PENDING
    assert transaction.status is TransactionStatus.FAILED
    assert "expired" in transaction.reason
    assert transaction.next_check_at is None


def test_nothing_expires_while_the_vendor_cannot_be_asked(
    customer: Customer, vendor: Vendor
) -> None:
    """Silence is not an answer: the funding stays PENDING, and the paid money lands later."""
    funding = customer.fund()
    vendor.pay(funding["link"])
    vendor.fault("http_500", times=5)

    with pytest.raises(VendorUnavailable):
        look(funding, MUCH_LATER)
    between = customer.transaction(funding["tx_ref"]).status
    vendor.reset_faults()
    look(funding, MUCH_LATER)

    assert between is TransactionStatus.PENDING
    assert customer.wallet.balance == 1500_00


def test_a_pending_payment_keeps_a_funding_open_past_its_end(
    customer: Customer, vendor: Vendor
) -> None:
    """A bank transfer may be hours late: the page's end does not end the payment."""
    funding = customer.fund()
    payment = vendor.pay(funding["link"], outcome="pending")

    look(funding, MUCH_LATER)
    between = customer.transaction(funding["tx_ref"]).status
    assert payment is not None
    vendor.settle(payment, "successful")
    look(funding, MUCH_LATER)

    assert between is TransactionStatus.PENDING
    assert customer.wallet.balance == 1500_00
    check_money(customer.wallet)


def test_a_failed_attempt_ends_a_funding_past_its_end(customer: Customer, vendor: Vendor) -> None:
    """No further attempt can follow: the last failure is the outcome, with its reason."""
    funding = customer.fund()
    vendor.pay(funding["link"], outcome="failed")

    look(funding, MUCH_LATER)

    transaction = customer.transaction(funding["tx_ref"])
    assert transaction.status is TransactionStatus.FAILED
    assert transaction.reason


def test_who_asks_again_about_an_expired_funding_finds_what_was_paid(
    customer: Customer, vendor: Vendor
) -> None:
    """Its time was over, no webhook came, and the money is there: support's question credits it."""
    funding = customer.fund()
    look(funding, MUCH_LATER)
    vendor.pay(funding["link"])

    look(funding)

    assert customer.transaction(funding["tx_ref"]).status is TransactionStatus.SUCCESS
    assert customer.wallet.balance == 1500_00
    check_money(customer.wallet)


def due_at(now: datetime) -> list[str]:
    """The references that a sweep claims at that time."""
    return [reference for _, reference in requery.claim_due(now=now, limit=1000)]


def test_a_funding_is_claimed_when_due_and_then_less_and_less_often(
    customer: Customer, vendor: Vendor
) -> None:
    """Each look moves the next one further off; before it is due, nobody looks."""
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
    """What is final is not looked at again."""
    funding = customer.fund()
    vendor.pay(funding["link"])
    look(funding)

    due = due_at(clock.now() + timedelta(days=9))

    assert funding["tx_ref"] not in due


def test_a_request_that_died_before_its_page_gives_its_key_back(
    customer: Customer, vendor: Vendor
) -> None:
    """Without a link nobody can pay: expired, and the same request may be made anew."""
    funding = customer.fund("1500", key="k-1")
    Transaction.objects(reference=funding["tx_ref"]).update_one(unset__link=1)

    look(funding, MUCH_LATER)

    assert customer.fund("1500", key="k-1")["tx_ref"] != funding["tx_ref"]


def test_a_reference_that_is_not_there_is_no_error(db: None) -> None:
    """A task about nothing does nothing."""
    assert requery.requery_funding(reference="PFFUN", now=clock.now()) is None
