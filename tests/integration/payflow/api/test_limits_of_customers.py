"""What one customer may do in a minute, and in a day."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.customer import BANK_ACCOUNT, error_code
from tests.support.people import Customer
from tests.support.threads import run_together
from tests.support.vendor import Vendor

pytestmark = pytest.mark.usefixtures("db", "vendor")
VERIFY = "/wallet/flutterwave/verify-bank"
REQUESTS: dict[str, list[Callable[[Customer], Any]]] = {
    "name_enquiry": [lambda c: c.get(VERIFY, **BANK_ACCOUNT)],
    "name_enquiry_day": [lambda c: c.get(VERIFY, **BANK_ACCOUNT), lambda c: c.withdraw()],
    "fund": [lambda c: c.post("/wallet/fund", {"amount": "500"})],
    "withdraw": [lambda c: c.withdraw()],
    "purchase": [lambda c: c.buy()],
    "history": [
        lambda c: c.get("/wallet/"),
        lambda c: c.get("/wallet/transactions"),
        lambda c: c.get("/wallet/transactions/PFFUN4G0Y24SBBDM604DMKVQACSXP"),
        lambda c: c.get("/airtime/transactions/PFFUN4G0Y24SBBDM604DMKVQACSXP"),
    ],
}
CASES = [
    pytest.param(scope, ask, id=f"{scope}-{number}")
    for scope, asks in REQUESTS.items()
    for number, ask in enumerate(asks)
]


def limit(settings: Any, scope: str, rate: str) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, scope: rate}


@pytest.mark.parametrize(("scope", "ask"), CASES)
def test_a_customer_is_limited_and_others_are_not(
    settings: Any, new_customer: Callable[[], Customer], scope: str, ask: Callable[[Any], Any]
) -> None:
    """429 with the time to wait, for this customer only."""
    limit(settings, scope, "2/hour")
    ada, ben = new_customer(), new_customer()

    passed = [ask(ada).status_code for _ in range(2)]
    refused = ask(ada)

    assert 429 not in passed
    assert (refused.status_code, error_code(refused)) == (429, "rate_limited")
    assert refused["Retry-After"] == refused["RateLimit-Reset"]
    assert refused["RateLimit-Remaining"] == "0"
    assert ask(ben).status_code != 429


def test_simultaneous_enquiries_do_not_pass_the_limit(
    settings: Any, customer: Customer, vendor: Vendor
) -> None:
    """Of thirty at the same time five are asked; the vendor hears of no other."""
    limit(settings, "name_enquiry", "5/min")

    answers = run_together(30, lambda _: customer.get(VERIFY, **BANK_ACCOUNT).status_code)

    assert answers.count(429) == 25


def test_enquiries_and_withdrawals_count_together_for_the_day(
    settings: Any, customer: Customer
) -> None:
    """A withdrawal asks for the name too."""
    limit(settings, "name_enquiry_day", "2/day")
    customer.get(VERIFY, **BANK_ACCOUNT)
    customer.withdraw()

    assert customer.get(VERIFY, **BANK_ACCOUNT).status_code == 429
    assert customer.withdraw().status_code == 429


@pytest.mark.parametrize("path", ["/health", "/api/v1/health", "/ping-rabbitmq"])
def test_health_is_limited_for_an_address(settings: Any, path: str) -> None:
    """Each asks every part. The check of the process alone is free."""
    limit(settings, "health", "1/min")
    client = APIClient()
    client.get(path, REMOTE_ADDR="192.0.2.9")

    assert client.get(path, REMOTE_ADDR="192.0.2.9").status_code == 429
    assert client.get(path, REMOTE_ADDR="192.0.2.10").status_code != 429
    assert client.get("/health/live", REMOTE_ADDR="192.0.2.9").status_code == 200


def test_without_redis_names_are_not_told_and_the_rest_goes_on(
    settings: Any, customer: Customer
) -> None:
    """An oracle of names is worse than an error; a customer must see the money."""
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    refused = customer.get(VERIFY, **BANK_ACCOUNT)

    assert (refused.status_code, error_code(refused)) == (503, "limits_unavailable")
    assert customer.get("/wallet/").status_code == 200
    assert customer.post("/wallet/fund", {"amount": "500"}).status_code == 201
    assert error_code(customer.withdraw()) == "insufficient_funds"
