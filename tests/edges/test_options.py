"""OPTIONS on every address of the API."""

from __future__ import annotations

from typing import Any

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


APP = "https://app.example"


def preflight(origin: str, path: str = "wallet/withdraw") -> Any:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,idempotency-key,x-transaction-pin",
    }
    return APIClient().options(f"{API}/{path}", headers=asked)


@pytest.fixture
def known_app(settings: Any) -> None:
    settings.CORS_ALLOWED_ORIGINS = [APP]


def test_the_preflight_of_a_known_application_is_allowed(known_app: None) -> None:
    """With the headers that orders need, and without a token."""
    answer = preflight(APP)

    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert "x-transaction-pin" in answer.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{APP}.evil.example"])
def test_any_other_application_is_not(known_app: None, origin: str) -> None:
    """The browser then refuses to send the request."""
    assert "Access-Control-Allow-Origin" not in preflight(origin).headers


def test_an_answer_lets_a_known_application_read_its_limits(known_app: None) -> None:
    """Also an error."""
    answer = APIClient().get(f"{API}/wallet/", headers={"Origin": APP})

    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == APP
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


def test_the_admin_is_for_no_other_application(known_app: None) -> None:
    answer = APIClient().options(
        "/admin/login/", headers={"Origin": APP, "Access-Control-Request-Method": "POST"}
    )

    assert "Access-Control-Allow-Origin" not in answer.headers
