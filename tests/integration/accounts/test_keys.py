"""The rotation of the key that signs tokens and admin sessions."""

from __future__ import annotations

from typing import Any

import jwt
import pytest
from django.test import Client
from rest_framework.test import APIClient

from notifications.grants import WatchToken, read_grant
from tests.support.customer import PASSWORD, error_code
from tests.support.people import API, Customer, staff

pytestmark = pytest.mark.usefixtures("db")

NEW_KEY = "a-new-key-" + "5e8d1f" * 8


@pytest.fixture
def rotate(settings: Any) -> Any:
    """Puts a new key in place of the present one, which still verifies or not."""

    def rotate(*, keep_old: bool) -> None:
        settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY] if keep_old else []
        settings.SECRET_KEY = NEW_KEY

    return rotate


def test_the_header_names_the_key_and_does_not_reveal_it(customer: Customer, rotate: Any) -> None:
    """Each key has its own short name, the same in every token."""
    before = [jwt.get_unverified_header(customer.log_in()) for _ in range(2)]
    rotate(keep_old=True)
    after = jwt.get_unverified_header(customer.log_in())

    assert before[0] == before[1]
    assert len(before[0]["kid"]) == 16
    assert after["kid"] != before[0]["kid"]
    assert after["alg"] == "HS256"


def test_tokens_of_an_old_key_are_valid_while_it_is_kept(customer: Customer, rotate: Any) -> None:
    """Access, refresh and watch tokens; what they are exchanged for has the new key."""
    pair = customer.sign_in()
    watch = str(WatchToken.for_reference("PFFUN1"))

    rotate(keep_old=True)

    assert customer.get("/auth/me").status_code == 200
    body = {"refresh_token": pair["refresh_token"]}
    fresh = APIClient().post(f"{API}/auth/refresh", body)
    assert fresh.status_code == 200
    assert read_grant(watch).reference == "PFFUN1"
    jwt.decode(fresh.json()["access_token"], NEW_KEY, algorithms=["HS256"])


def test_tokens_of_a_key_that_was_removed_are_refused(customer: Customer, rotate: Any) -> None:
    """With a code, as every token that is not valid."""
    pair = customer.sign_in()

    rotate(keep_old=False)

    me = customer.get("/auth/me")
    assert (me.status_code, error_code(me)) == (401, "token_invalid")
    body = {"refresh_token": pair["refresh_token"]}
    assert APIClient().post(f"{API}/auth/refresh", body).status_code == 401


@pytest.mark.parametrize("headers", [{}, {"kid": "unknown"}, {"kid": ""}])
def test_a_token_that_names_no_key_of_ours_is_refused(
    customer: Customer, settings: Any, headers: dict[str, Any]
) -> None:
    """Even if our key has signed it. Claims that are right do not help."""
    claims = jwt.decode(customer.log_in(), options={"verify_signature": False})
    forged = jwt.encode(claims, settings.SECRET_KEY, algorithm="HS256", headers=headers)

    answer = APIClient().get(f"{API}/auth/me", headers={"Authorization": f"Bearer {forged}"})

    assert (answer.status_code, error_code(answer)) == (401, "token_invalid")


def test_a_token_signed_with_another_key_than_it_names_is_refused(customer: Customer) -> None:
    """The name alone proves nothing; nor does a token without a signature."""
    token = customer.log_in()
    claims = jwt.decode(token, options={"verify_signature": False})
    kid = jwt.get_unverified_header(token)["kid"]
    forgeries = [
        jwt.encode(claims, NEW_KEY, algorithm="HS256", headers={"kid": kid}),
        jwt.encode(claims, "", algorithm="none", headers={"kid": kid}),
    ]

    for forged in forgeries:
        answer = APIClient().get(f"{API}/auth/me", headers={"Authorization": f"Bearer {forged}"})
        assert (answer.status_code, error_code(answer)) == (401, "token_invalid")


@pytest.mark.parametrize("keep_old", [True, False])
def test_an_admin_session_lives_as_long_as_its_key(rotate: Any, keep_old: bool) -> None:
    """Staff stay signed in through a rotation that keeps the old key."""
    user = staff("support")
    browser = Client()
    browser.post("/admin/login/", {"username": user.email, "password": PASSWORD})
    assert browser.get("/admin/").status_code == 200

    rotate(keep_old=keep_old)

    assert (browser.get("/admin/").status_code == 200) is keep_old
