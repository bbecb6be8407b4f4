"""Attempts, pages that end, and corrected amounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.test import Client

from payflow.kernel import clock
from tests.support.facts import SOURCE, new_id, order, pay
from tests.support.people import Customer
from tests.support.staging import ask, staged
from tests.support.vendor import Vendor
from wallets.clients import PaymentStatus
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.ledger.vendor_objects import Fact, ObjectKind
from wallets.settlement import apply_facts

_AFTER = timedelta(hours=2)


def test_a_failed_attempt_does_not_end_a_funding_that_has_a_pending_one(
    customer: Customer, vendor: Vendor
) -> None:
    """The page is over: one attempt failed, a bank transfer under it is still on its way."""
    started = customer.fund("1000")
    reference = started["tx_ref"]
    vendor.pay_again(reference, 1000, status="pending", payment_type="bank_transfer")
    vendor.pay_again(reference, 1000, status="failed")
    ask(reference, after=_AFTER)

    transaction = customer.transaction(reference)
    assert transaction.status is TransactionStatus.PENDING
    assert transaction.next_check_at is not None


def test_the_failure_of_one_attempt_after_the_page_does_not_hide_a_pending_one(
    customer: Customer, vendor: Vendor
) -> None:
    """The same, heard one after the other as by webhooks."""
    started = customer.fund("1000")
    reference = started["tx_ref"]
    late = clock.now() + _AFTER
    pay(reference, 1000_00, status=PaymentStatus.PENDING, now=late)
    pay(reference, 1000_00, status=PaymentStatus.FAILED, now=late)

    assert customer.transaction(reference).status is TransactionStatus.PENDING


def test_a_page_is_looked_at_again_a_grace_after_its_end(
    customer: Customer, vendor: Vendor
) -> None:
    """Its real end is later than ours: the vendor counts from when it opened the page."""
    reference = customer.fund("1000")["tx_ref"]
    expires_at = customer.transaction(reference).expires_at
    ask(reference, now=expires_at)

    transaction = customer.transaction(reference)
    looks = [each for each in (transaction.next_check_at, transaction.recheck_at) if each]
    assert any(each > expires_at for each in looks)


def test_a_payer_who_is_back_after_the_page_ended_is_credited_within_a_minute(
    customer: Customer, vendor: Vendor
) -> None:
    """Paid in the last second; our sweep was a moment too early; the webhook is lost."""
    started = customer.fund("1000")
    reference = started["tx_ref"]
    ask(reference, now=customer.transaction(reference).expires_at)
    staged(customer.transaction(reference).status is TransactionStatus.FAILED, "it is open")
    vendor.pay(started["link"])
    page = Client().get("/api/v1/wallet/flutterwave/callback", {"tx_ref": reference})
    staged(page.status_code == 200, "there is no page")
    next_check_at = customer.transaction(reference).next_check_at
    assert next_check_at is not None
    assert next_check_at <= clock.now() + timedelta(minutes=1)


def test_a_corrected_amount_ends_in_the_same_status_in_any_order(
    new_customer: Callable[[], Customer],
) -> None:
    """The vendor said 1,000 and corrected it to 400. One answer overtook the other."""
    ends = []
    for is_in_order in (True, False):
        customer = new_customer()
        reference = order(customer, 1000_00)
        vendor_id, start = new_id(), clock.now()
        facts = [
            (start + timedelta(seconds=n), _payment(vendor_id, reference, kobo))
            for n, kobo in enumerate((1000_00, 400_00))
        ]
        for asked_at, fact in facts if is_in_order else reversed(facts):
            stored = Transaction.objects.get(reference=reference)
            apply_facts(stored, [fact], source=SOURCE, asked_at=asked_at, now=clock.now())
        ends.append((customer.transaction(reference).status, customer.wallet.balance))

    assert ends[0] == ends[1]


def _payment(vendor_id: str, reference: str, kobo: int) -> Fact:
    return Fact(
        vendor="flutterwave",
        kind=ObjectKind.PAYMENT,
        vendor_id=vendor_id,
        status="successful",
        amount=kobo,
        named_reference=reference,
    )
