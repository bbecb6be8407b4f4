from __future__ import annotations

import pytest

from tests.support.vendor import Vendor


@pytest.fixture(autouse=True)
def undecided_transfers(vendor: Vendor, no_webhooks: None) -> None:
    """A transfer stays undecided until a test ends it, and causes no webhook."""
    vendor.transfers(outcome="pending")
