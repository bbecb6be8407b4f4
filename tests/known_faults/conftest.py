"""Known faults in what happens after a first outcome.

A funding is refunded, a transfer comes back, a purchase is delivered after all, a second payment
arrives under an old reference, somebody changes the database. Each test here states the right
behaviour and is expected to fail until the product is fixed. The marks are strict: a fix makes
its test fail as XPASS, and the commit of the fix removes the mark.

A mark names the one exception that the fault causes. A situation that cannot be set up raises
NotStaged, so it never passes for the fault.
"""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from payflow.kernel import clock
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.staging import Worker
from tests.support.vendor import Vendor

# Tests share a database: each has days far from those of every other test.
_DAYS = itertools.count(4000, 20)


@pytest.fixture(autouse=True)
def quiet(db: None, vendor: Vendor) -> None:
    """The sandbox sends no webhook, and a transfer stays undecided until a test ends it."""
    vendor.webhooks(drop=1000)
    vendor.webhooks(vendor="vtpass", drop=1000)
    vendor.transfers(outcome="pending")


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


@pytest.fixture
def worker() -> Iterator[Worker]:
    """Collects the tasks that are published during the test, for the test to run."""
    with Worker().listening() as worker:
        yield worker


@pytest.fixture
def noon(vendor: Vendor) -> datetime:
    """The middle of a day on which nothing else happens, for the vendor as well."""
    now = clock.now()
    then = (now + timedelta(days=next(_DAYS))).replace(hour=11, minute=0)
    vendor.advance((then - now).total_seconds())
    return then


@pytest.fixture
def also_listed(monkeypatch: pytest.MonkeyPatch) -> Callable[[Mapping[str, Any]], None]:
    """Adds a row to the vendor's list of payments that the sandbox cannot make."""
    wire = importlib.import_module("wallets.flutterwave.wire")
    real = wire.read_page

    def add(row: Mapping[str, Any]) -> None:
        def read_page(body: Mapping[str, Any]) -> Any:
            rows, pages = real(body)
            return [row, *rows], pages

        monkeypatch.setattr(wire, "read_page", read_page)

    return add
