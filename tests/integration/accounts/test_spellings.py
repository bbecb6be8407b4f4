"""Addresses and passwords that can be written in several ways."""

from __future__ import annotations

import secrets
import unicodedata
from typing import Any

import pytest
from django.contrib.auth import hashers
from django.contrib.auth.hashers import make_password
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from tests.support.customer import PASSWORD, error_code, new_email
from tests.support.people import API, Customer, staff

pytestmark = pytest.mark.usefixtures("db")
ACCENTED = unicodedata.normalize("NFC", "café crème brûlée")
DECOMPOSED = unicodedata.normalize("NFD", ACCENTED)


def post(path: str, body: Any) -> Any:
    return APIClient().post(f"{API}/auth/{path}", body)


def desk(role: str = "admin") -> Client:
    client = Client()
    client.force_login(staff(role))
    return client


def add_user(client: Client, email: str, password: str = PASSWORD) -> Any:
    form = {"email": email, "role": "finance", "password1": password, "password2": password}
    return client.post("/admin/accounts/user/add/", form)


def test_a_domain_is_stored_as_the_dns_has_it() -> None:
    """`straße.de` and `strasse.de` are two addresses, and each logs in with its own spelling."""
    name = secrets.token_hex(6)
    sharp, double = f"{name}@straße.de", f"{name}@strasse.de"

    first = post("register", {"email": sharp, "password": PASSWORD})
    second = post("register", {"email": double, "password": PASSWORD + "!"})

    assert first.json()["user"]["email"] == f"{name}@xn--strae-oqa.de"
    assert second.json()["user"]["email"] == double
    assert post("login", {"email": sharp.upper(), "password": PASSWORD}).status_code == 401
    assert post("login", {"email": sharp.title(), "password": PASSWORD}).status_code == 200
    assert post("login", {"email": double, "password": PASSWORD}).status_code == 401


def test_another_spelling_of_a_taken_address_is_refused() -> None:
    """In any case, and with the domain in any form; the answer is a sentence."""
    name = secrets.token_hex(6)
    post("register", {"email": f"{name}@münchen.de", "password": PASSWORD})

    for other in (f"{name}@MÜNCHEN.de", f"{name.upper()}@xn--mnchen-3ya.de"):
        again = post("register", {"email": other, "password": PASSWORD})
        assert (again.status_code, error_code(again)) == (409, "email_taken")
    assert User.objects.filter(email__startswith=name).count() == 1


@pytest.mark.parametrize("email", ["a@" + "ü" * 60 + ".de", "ſ@example.com", "a@xn--a.com"])
def test_an_address_that_no_mail_can_reach_cannot_register(email: str) -> None:
    """It is a mistake in the field, and no error of ours."""
    answer = post("register", {"email": email, "password": PASSWORD})

    assert (answer.status_code, error_code(answer)) == (400, "validation_error")
    assert answer.json()["error"]["details"] == {"email": ["Enter a valid email address."]}


def test_an_administrator_stores_the_one_spelling() -> None:
    """Staff who are added as `Finance.x@Example.com` can sign in, and are found."""
    written = f"Finance.{secrets.token_hex(6)}@Example.com"
    client = desk()

    assert add_user(client, written).status_code == 302

    assert User.objects.filter(email=written.lower()).count() == 1
    assert Client().login(username=written, password=PASSWORD)
    assert post("login", {"email": written, "password": PASSWORD}).status_code == 200
    for spelling in (written, written.lower(), f" {written.upper()} "):
        page = client.get("/admin/accounts/user/", {"q": spelling}).content.decode()
        assert written.lower() in page


def test_an_administrator_cannot_store_a_second_spelling(customer: Customer) -> None:
    """Neither for a new user nor by a change of one; the form says why."""
    client, other = desk(), staff("support")
    taken = customer.email.title()
    users = User.objects.count()

    added = add_user(client, taken)
    changed = client.post(
        f"/admin/accounts/user/{other.pk}/change/",
        {"email": taken, "role": "support", "is_active": "on"},
    )

    for page in (added, changed):
        assert page.status_code == 200
        assert "User with this Email already exists." in page.content.decode()
    assert User.objects.count() == users
    other.refresh_from_db()
    assert other.email != customer.email


def test_an_administrator_cannot_store_an_address_without_a_domain_name() -> None:
    """The form says that the address is wrong."""
    page = add_user(desk(), "a@" + "ü" * 60 + ".de")

    assert page.status_code == 200
    assert "Enter a valid email address." in page.content.decode()


@pytest.mark.parametrize(("first", "then"), [(ACCENTED, DECOMPOSED), (DECOMPOSED, ACCENTED)])
def test_a_password_is_right_however_its_accents_are_typed(first: str, then: str) -> None:
    """Registered on one keyboard, logged in and changed on another."""
    email = new_email()
    registered = post("register", {"email": email, "password": first})
    assert registered.status_code == 201, registered.content

    token = post("login", {"email": email, "password": then})
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token.json()['access_token']}")
    change = {"old_password": then, "new_password": f"{first} 2"}

    assert token.status_code == 200
    assert client.post(f"{API}/auth/password", change).status_code == 200
    assert post("login", {"email": email, "password": f"{then} 2"}).status_code == 200
    wrong = post("login", {"email": email, "password": "cafe creme brulee 2"})
    assert wrong.status_code == 401


def test_the_admin_takes_a_password_in_any_spelling() -> None:
    """Set by an administrator, used at the admin, changed there, used at the API."""
    email = new_email()
    add_user(desk(), email, DECOMPOSED)
    client = Client()

    form = {"username": email, "password": ACCENTED}
    assert client.post("/admin/login/", form).status_code == 302
    new = {"old_password": DECOMPOSED, "new_password1": f"{DECOMPOSED} 2"}
    new["new_password2"] = new["new_password1"]
    assert client.post("/admin/password_change/", new).status_code == 302
    assert post("login", {"email": email, "password": f"{ACCENTED} 2"}).status_code == 200


def test_a_password_that_was_hashed_as_it_was_typed_stays_right(customer: Customer) -> None:
    """An earlier version hashed what the keyboard sent; the first login replaces the hash."""
    old = make_password(DECOMPOSED)
    User.objects.filter(pk=customer.user.pk).update(password=old)

    for typed in (DECOMPOSED, ACCENTED):
        answer = post("login", {"email": customer.email, "password": typed})
        assert answer.status_code == 200
    customer.user.refresh_from_db()
    assert customer.user.password != old


@pytest.mark.parametrize("password", ["wrong password", "wrong pâsswörd"])
def test_an_unknown_address_costs_as_many_hashes(
    customer: Customer, password: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With accents too, so that the time of an answer does not show who has an account."""
    hashes: list[str] = []
    encode = hashers.BCryptSHA256PasswordHasher.encode
    monkeypatch.setattr(
        hashers.BCryptSHA256PasswordHasher,
        "encode",
        lambda self, *args: hashes.append("hash") or encode(self, *args),
    )

    post("login", {"email": customer.email, "password": password})
    known = len(hashes)
    post("login", {"email": new_email(), "password": password})

    assert known == len(hashes) - known > 0
