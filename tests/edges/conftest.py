"""Odd input from outside: each is answered in our words, and nothing that is signed is lost.

One file for each area. A test is named by what is sent.
"""

from __future__ import annotations

import pytest

from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.vendor import Vendor


@pytest.fixture(autouse=True)
def quiet(db: None, vendor: Vendor) -> None:
    """The sandbox sends no webhook and no callback."""
    vendor.webhooks(drop=1000)
    vendor.webhooks(vendor="vtpass", drop=1000)


@pytest.fixture
def networks(vendor: Vendor) -> Networks:
    """VTpass, which takes the same purchase any number of times."""
    networks = Networks(vendor)
    networks.behave(duplicate_window_s=0)
    return networks


@pytest.fixture
def rich(customer: Customer) -> Customer:
    """A customer with 10,000 naira."""
    customer.receive("10000.00")
    return customer
