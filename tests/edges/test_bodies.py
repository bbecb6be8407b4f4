"""Bodies that no client should send: 400, in our shape."""

from __future__ import annotations

import pytest
from rest_framework.test import APIClient

from tests.support.people import API

PATHS = ["auth/login", "auth/register", "auth/refresh", "auth/logout", "auth/password"]
PATHS += ["wallet/fund", "wallet/withdraw", "wallet/toggle-activity", "airtime/purchase"]
BODIES = [
    b"[" * 1000,
    b"[" * 1000 + b"]" * 1000,
    b'{"a":' * 1000 + b"1" + b"}" * 1000,
    b"[" * 100_000,
    b'{"email":"\\ud800","password":"x","amount":"100"}',
    b'{"email":"a@example.com","password":"\\udfff\\ud800"}',
    b'{"\\ud800":1}',
    b'{"a":[{"b":"\\udc00"}]}',
    b'{"email":"JOS\xc9"}',
    b"\xff\xfe",
    b'{"amount":NaN}',
    b'{"amount":-Infinity}',
    b'{"amount":"100","amount":"200"}',
    b'{"amount":' + b"9" * 5000 + b"}",
    b"{",
]


@pytest.mark.parametrize("path", PATHS)
def test_an_unreadable_body_is_malformed(customer: object, path: str) -> None:
    """Nested 1,000 deep, half a surrogate pair, NaN, a name twice: 400 malformed_body."""
    client = customer.client  # type: ignore[attr-defined]
    for number, body in enumerate(BODIES):
        answer = client.generic(
            "POST",
            f"{API}/{path}",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": "edge"},
            REMOTE_ADDR=f"192.0.2.{number}",
        )
        found = (answer.status_code, answer.json()["error"]["code"])
        assert found == (400, "malformed_body"), body[:40]


@pytest.mark.parametrize("value", [b"null", b"[]", b"{}", b"7", b"true", b'"\\u0000"', b"1e400"])
@pytest.mark.parametrize("path", ["auth/login", "auth/register", "auth/refresh"])
def test_a_value_of_another_type_is_a_validation_error(path: str, value: bytes) -> None:
    """For each field, with a sentence about it."""
    names = [b"email", b"username", b"password", b"refresh_token", b"first_name", b"phone"]
    body = b"{" + b",".join(b'"%s":%s' % (name, value) for name in names) + b"}"

    answer = APIClient().generic("POST", f"{API}/{path}", body, content_type="application/json")

    assert answer.status_code in (400, 401)
    assert answer.json()["error"]["code"] in (
        "validation_error",
        "invalid_credentials",
        "token_invalid",
    )


def test_an_emoji_as_an_escape_is_read() -> None:
    """A whole surrogate pair is a character."""
    body = b'{"email":"\\ud83d\\ude00@example.com","password":"x"}'

    answer = APIClient().generic("POST", f"{API}/auth/login", body, content_type="application/json")

    assert answer.status_code == 401


def test_an_unknown_content_type_is_refused() -> None:
    """415, in our shape."""
    answer = APIClient().generic("POST", f"{API}/auth/login", b"x", content_type="text/csv")

    assert (answer.status_code, answer.json()["error"]["code"]) == (415, "unsupported_media_type")
