"""What users change about themselves."""

from __future__ import annotations

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from tests.support.customer import error_code
from tests.support.people import API, Customer

pytestmark = pytest.mark.usefixtures("db")


def patch(customer: Customer, body: Any) -> Any:
    return customer.client.generic(
        "PATCH", f"{API}/auth/me", json.dumps(body), content_type="application/json"
    )


def test_a_user_changes_name_and_phone(customer: Customer) -> None:
    """Only what was sent changes; an empty text clears; the token stays valid."""
    first = patch(
        customer, {"first_name": " Ada ", "last_name": "Obi", "phone": "+234 801 111 1111"}
    )
    second = patch(customer, {"last_name": ""})

    assert first.status_code == second.status_code == 200
    changed = customer.get("/auth/me").json()
    assert changed == second.json()
    names = ("first_name", "last_name", "phone")
    assert [changed[name] for name in names] == ["Ada", "", "+234 801 111 1111"]


def test_an_empty_change_changes_nothing(customer: Customer) -> None:
    """It answers with the user as they are."""
    before = customer.get("/auth/me").json()

    assert patch(customer, {}).json() == before


@pytest.mark.parametrize(
    "body",
    [
        {"phone": "12"},
        {"phone": "call me"},
        {"phone": "+" + "1" * 30},
        {"first_name": "x" * 101},
        {"first_name": None},
        {"first_name": "\x00"},
        {"email": "eve@example.com"},
        {"role": "admin"},
        {"is_active": False},
        {"session_version": 0},
        {"password": "another fine horse 7"},
        [],
        "Ada",
    ],
)
def test_a_wrong_change_is_refused_as_a_whole(customer: Customer, body: Any) -> None:
    """400 with details; nothing is written, not even what was right."""
    before = User.objects.filter(pk=customer.user.pk).values().get()
    if isinstance(body, dict):
        body = {"last_name": "Obi", **body}

    answer = patch(customer, body)

    assert (answer.status_code, error_code(answer)) == (400, "validation_error")
    assert answer.json()["error"]["details"]
    assert User.objects.filter(pk=customer.user.pk).values().get() == before


def test_a_stranger_changes_nothing() -> None:
    """A token is needed."""
    assert APIClient().patch(f"{API}/auth/me", {"first_name": "Eve"}).status_code == 401
