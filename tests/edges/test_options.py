"""OPTIONS on every address of the API."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from tests.support.people import API


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("docs", "GET, HEAD, OPTIONS"),
        ("redoc", "GET, HEAD, OPTIONS"),
        ("schema", "GET, HEAD, OPTIONS"),
        ("wallet/", "GET, HEAD, OPTIONS"),
        ("wallet/withdraw", "OPTIONS, POST"),
        ("wallet/transactions/x", "GET, HEAD, OPTIONS"),
        ("auth/login", "OPTIONS, POST"),
        ("airtime/vtpass/webhook", "OPTIONS, POST"),
    ],
)
def test_options_name_the_methods_without_a_token(path: str, allowed: str) -> None:
    """204, also on the pages of the documentation; without a setting no CORS header."""
    answer = APIClient().options(f"{API}/{path}", headers={"Origin": "https://app.example"})

    assert (answer.status_code, answer.headers["Allow"]) == (204, allowed)
    assert "Access-Control-Allow-Origin" not in answer.headers


def test_options_on_an_unknown_address_is_not_found() -> None:
    """In our shape."""
    answer = APIClient().options(f"{API}/nothing")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
