"""Fundings: when they are asked about, what they credit and what they cost."""

from __future__ import annotations

from datetime import timedelta

from payflow.kernel import clock
from tests.support.people import Customer
from tests.support.staging import (
    Worker,
    ask,
    balance_at_flutterwave,
    gateway_kobo,
    open_cases,
    staged,
)
from tests.support.vendor import Vendor


def test_a_customer_who_is_back_from_the_payment_page_is_credited_within_a_minute(
    customer: Customer, vendor: Vendor, worker: Worker
) -> None:
    """The webhook is lost; the redirect to our callback page is a reason to ask the vendor."""
    started = customer.fund("1500")
    payment_id = vendor.pay(started["link"])
    redirect = {
        "status": "successful",
        "tx_ref": started["tx_ref"],
        "transaction_id": str(payment_id),
    }
    page = customer.client.get("/api/v1/wallet/flutterwave/callback", redirect)
    staged(page.status_code == 200, "the page was not shown")

    worker.run()
    soon = clock.now() + timedelta(minutes=1)
    next_check_at = customer.transaction(started["tx_ref"]).next_check_at
    if next_check_at is not None and next_check_at <= soon:
        ask(started["tx_ref"])  # as the sweep will

    assert customer.wallet.balance == 1500_00


def test_an_overpayment_credits_what_was_asked(customer: Customer, vendor: Vendor) -> None:
    """The rest is not the customer's to spend, and a review case says where it came from."""
    started = customer.fund("100")
    payment_id = vendor.pay(started["link"], amount="10000000000.00")

    ask(started["tx_ref"])

    assert (customer.wallet.balance, customer.wallet.available) == (100_00, 100_00)
    assert open_cases(started["tx_ref"], payment_id)


def test_the_books_say_what_the_vendor_holds_after_its_fee(rich: Customer, vendor: Vendor) -> None:
    """The gateway account grows by what the vendor's balance grew by; the customer gets it all."""
    vendor_before, booked_before = balance_at_flutterwave(vendor), gateway_kobo(rich.wallet.pk)
    started = rich.fund("100000")
    vendor.pay(started["link"])

    ask(started["tx_ref"])

    assert rich.wallet.balance == 110_000_00
    received = balance_at_flutterwave(vendor) - vendor_before
    assert gateway_kobo(rich.wallet.pk) - booked_before == received
