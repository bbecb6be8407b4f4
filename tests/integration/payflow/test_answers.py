"""What all answers of the API have in common."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from django.conf import settings
from rest_framework.test import APIClient

from tests.support.customer import PASSWORD, error_code
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


@pytest.mark.parametrize("path", ["/ws/wallet/", "/ws", f"{API}/ws/wallet/", f"{API}/ws/x"])
def test_an_unknown_address_of_a_socket_is_a_404(path: str) -> None:
    """nginx sends such a handshake to the web server, as an ordinary request."""
    answer = APIClient().get(path, headers={"Connection": "Upgrade", "Upgrade": "websocket"})

    assert (answer.status_code, error_code(answer)) == (404, "not_found")


@pytest.mark.parametrize("path", ["refresh", "logout"])
@pytest.mark.parametrize("text", [r"\ud800", r"\u0000", "x" * 5000, "a.b.c", "é"])
def test_a_text_that_is_no_token_is_refused(path: str, text: str) -> None:
    """With 400 if no token can look like that, else with 401."""
    body = f'{{"refresh_token": "{text}"}}'.encode()

    answer = APIClient().generic(
        "POST", f"{API}/auth/{path}", body, content_type="application/json"
    )

    assert answer.status_code in (400, 401)
    assert error_code(answer) in ("malformed_body", "validation_error", "token_invalid")


@pytest.mark.parametrize("field", ["sub", "sid", "ver", "jti"])
@pytest.mark.parametrize("value", [None, 7, "x", {"$gt": ""}, "0" * 24])
def test_a_signed_token_with_strange_claims_opens_nothing(
    customer: Customer, field: str, value: Any
) -> None:
    """Whatever is in them, it is a 401 and never a 500."""
    tokens = customer.sign_in()
    for kind, path in (("access_token", "me"), ("refresh_token", "refresh")):
        claims = jwt.decode(tokens[kind], options={"verify_signature": False}) | {field: value}
        token = jwt.encode(
            claims, settings.SECRET_KEY, headers=jwt.get_unverified_header(tokens[kind])
        )
        if path == "me" and field != "jti":
            bearer = {"Authorization": f"Bearer {token}"}
            assert APIClient().get(f"{API}/auth/me", headers=bearer).status_code == 401
        if path == "refresh":
            answer = APIClient().post(f"{API}/auth/refresh", {"refresh_token": token})
            assert answer.status_code == 401
