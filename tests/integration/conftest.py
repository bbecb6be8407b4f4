"""Fixtures of the tests that call the product in this process."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.people import Customer
from tests.support.vendor import Vendor


@pytest.fixture
def rich(customer: Customer) -> Customer:
    """A customer with 10,000 naira."""
    customer.receive("10000.00")
    return customer


@pytest.fixture
def no_webhooks(vendor: Vendor) -> None:
    """Flutterwave sends no webhook: each test delivers its own."""
    vendor.webhooks(drop=1000)


@pytest.fixture
def without_cache(settings: Any) -> None:
    """Redis at an address without a server."""
    default = settings.CACHES["default"]
    settings.CACHES = {"default": {**default, "LOCATION": "redis://127.0.0.1:1/0"}}
