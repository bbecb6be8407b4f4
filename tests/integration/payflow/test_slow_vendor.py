"""A vendor that hangs holds some threads of a web process, and never all of them."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from django.conf import settings

from dev.stack.stack import Stack
from payflow.kernel.references import new_reference
from tests.support.customer import BANK_ACCOUNT
from tests.support.gunicorn import start_gunicorn
from tests.support.http_customer import HttpCustomer
from tests.support.people import Customer
from tests.support.vendor import Vendor, charge
from tests.support.waiting import eventually

pytestmark = pytest.mark.usefixtures("db", "no_webhooks")
# 24 calls on 2 processes with 8 threads. A process lets 3 of them wait for the vendor.
CALLS, MOST_WAITING = 24, 6


@pytest.fixture
def web(servers: Stack, tmp_path: Path) -> Iterator[str]:
    """gunicorn, whose look-ups would outlast the test."""
    long = {"VENDOR_LOOKUP_TIMEOUT_S": "100", "VENDOR_READ_TIMEOUT_S": "100"}
    with start_gunicorn(servers, tmp_path, **long) as (url, _):
        yield url


def test_a_vendor_that_hangs_stops_neither_webhooks_nor_health(web: str, vendor: Vendor) -> None:
    """They are answered while the calls still hang; what is too much is told to come back."""
    customers = [HttpCustomer(f"{web}/api/v1", "") for _ in range(4)]
    vendor.fault("timeout_before", "resolve", times=1000, hang_s=600)
    with ThreadPoolExecutor(CALLS) as pool:
        calls = [
            pool.submit(customers[i % 4].at(f"{web}/api/v1").get, VERIFY, **BANK_ACCOUNT)
            for i in range(CALLS)
        ]
        try:
            eventually(lambda: len(waiting(calls)) <= MOST_WAITING)
            webhook = requests.post(
                f"{web}/api/v1/wallet/flutterwave/webhook",
                data=charge(1, new_reference("FUN")),
                headers={"verif-hash": settings.FLUTTERWAVE_WEBHOOK_HASH},
                timeout=20,
            )
            health = requests.get(f"{web}/health", timeout=20)
            still = len(waiting(calls))
        finally:
            vendor.reset_faults()

    assert (webhook.status_code, health.status_code) == (200, 200), health.text
    assert still > 0
    # The vendor answers again, so a call that had just got its place may succeed.
    refused = [call.result() for call in calls if call.result().status_code != 200]
    assert len(refused) >= CALLS - MOST_WAITING
    assert {answer.status_code for answer in refused} == {503}
    assert all(answer.json()["error"]["code"] == "vendor_unavailable" for answer in refused)
    assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)


def test_a_look_up_is_given_up_before_the_long_time_out(
    customer: Customer, vendor: Vendor, monkeypatch: Any
) -> None:
    """While a customer waits: by its own time-out, and asked once only."""
    from wallets.flutterwave import wire

    settings_of_this_test = {"VENDOR_LOOKUP_TIMEOUT_S": 0.3, "VENDOR_READ_TIMEOUT_S": 100.0}
    for name, value in settings_of_this_test.items():
        monkeypatch.setattr(settings, name, value)
    wire.http.cache_clear()
    try:
        vendor.fault("timeout_before", "resolve", times=1, hang_s=60)
        refused = customer.get(VERIFY, **BANK_ACCOUNT)
        vendor.fault("timeout_before", "banks", times=1, hang_s=60)
        banks = customer.get("/wallet/flutterwave/get-banks")
    finally:
        wire.http.cache_clear()

    assert (refused.status_code, banks.status_code) == (503, 503)


VERIFY = "/wallet/flutterwave/verify-bank"


def waiting(calls: list[Future[requests.Response]]) -> list[Future[requests.Response]]:
    return [call for call in calls if not call.done()]
