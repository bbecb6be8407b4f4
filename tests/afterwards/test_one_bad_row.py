"""One thing that cannot be read does not keep the others out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest

from payflow.kernel.clock import LAGOS
from payflow.kernel.errors import OutcomeUnknown, VendorUnavailable
from tests.support.people import Customer
from tests.support.staging import ask, asked_to_fund, staged
from tests.support.vendor import Vendor
from wallets.funding.polling import poll_refunds
from wallets.oversight.reconciliation import reconcile


@pytest.fixture
def unreadable(
    customer: Customer, vendor: Vendor, noon: datetime, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A payment of our customer's, and one with an amount that is none; both are refunded."""
    started = asked_to_fund(customer, 1500_00, noon)
    good = vendor.pay(started.link)
    ask(started.reference, now=noon)
    bad = vendor.pay_again("no-reference-of-ours", 700)
    vendor.refund(int(good or 0), webhook="none")
    vendor.refund(bad, webhook="none")  # the newest, so the first of the list
    module: Any = __import__("wallets.flutterwave.collections", fromlist=["_payment"])
    real = module._payment

    def read(row: Any) -> Any:
        if str(row.get("id")) == str(bad):
            raise OutcomeUnknown("The field amount is not an amount.", vendor="flutterwave")
        return real(row)

    monkeypatch.setattr(module, "_payment", read)
    staged(customer.wallet.balance == 1500_00, "it is not credited")
    yield


def test_the_poll_goes_on_behind_a_refund_of_an_unreadable_payment(
    customer: Customer, noon: datetime, unreadable: None
) -> None:
    """The other customer's refund is booked all the same."""
    with suppress(VendorUnavailable):
        poll_refunds(now=noon + timedelta(hours=1))

    assert customer.wallet.balance == 0


def test_the_night_goes_on_behind_a_refund_of_an_unreadable_payment(
    customer: Customer, noon: datetime, unreadable: None
) -> None:
    """An unreadable row is a finding, not an end."""
    later = noon + timedelta(days=1)
    report = reconcile(day=noon.astimezone(LAGOS).date(), now=later)

    assert report.finished_at is not None
    assert report.difference_count > 0
