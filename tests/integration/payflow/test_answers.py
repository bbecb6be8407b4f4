"""What all answers of the API have in common."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.support.customer import PASSWORD
from tests.support.people import API, Customer

pytestmark = pytest.mark.usefixtures("db")


def test_no_answer_with_a_token_or_a_wallet_may_be_stored(customer: Customer) -> None:
    """Nor an error. Header of each: no-store."""
    person = {"email": customer.email, "password": PASSWORD}
    pair = APIClient().post(f"{API}/auth/login", person)
    body = {"refresh_token": pair.json()["refresh_token"]}
    answers = [
        pair,
        APIClient().post(f"{API}/auth/login", {**person, "password": "wrong"}),
        APIClient().post(f"{API}/auth/refresh", body),
        APIClient().get(f"{API}/wallet/"),
        APIClient().get(f"{API}/nothing"),
        *(customer.get(path) for path in ("/auth/me", "/wallet/", "/wallet/transactions")),
    ]

    assert {answer["Cache-Control"] for answer in answers} == {"no-store"}


@pytest.mark.parametrize("address", ["https://pay.example/api/v1", "https://example.com/x/api/v1"])
@pytest.mark.parametrize("path", ["/wallet/transactions", "/auth/sessions"])
def test_links_between_pages_start_with_our_own_address(
    customer: Customer, settings: Any, path: str, address: str
) -> None:
    """Never with the Host header, which a client or a cache before us may forge."""
    settings.APP_ADDRESS = address
    settings.ALLOWED_HOSTS = ["*"]
    for _ in range(3):
        customer.receive("100.00")
        customer.sign_in()

    def page(query: str) -> dict[str, Any]:
        forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
        answer = customer.client.get(f"{API}{path}?{query}", headers=forged)
        assert answer.status_code == 200
        return answer.json()

    first = page("limit=1")
    start, _, query = first["next"].partition("?")
    second = page(query)

    assert start == address + path
    assert "limit=1" in query
    assert second["next"].partition("?")[0] == address + path
    assert second["previous"].partition("?")[0] == address + path
