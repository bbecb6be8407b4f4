"""Review cases: what follows when staff close one."""

from __future__ import annotations

from tests.support.people import Customer
from tests.support.staging import ask, close_cases, staged
from tests.support.vendor import Vendor


def test_a_transaction_whose_cases_are_closed_needs_no_review(
    customer: Customer, vendor: Vendor
) -> None:
    """Closing its only case takes the transaction off the list."""
    started = customer.fund("1000")
    vendor.pay(started["link"], amount="400")
    ask(started["tx_ref"])
    staged(customer.transaction(started["tx_ref"]).needs_review, "it was not to be reviewed")

    close_cases(started["tx_ref"])

    assert not customer.transaction(started["tx_ref"]).needs_review
