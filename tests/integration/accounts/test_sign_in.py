"""Limits on wrong passwords: whom they stop, and whom they never stop."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import User
from tests.support.customer import PASSWORD, error_code, new_email
from tests.support.people import API, Customer, staff
from tests.support.threads import run_together

pytestmark = pytest.mark.usefixtures("db")
HOME, STRANGER = "192.0.2.1", "198.51.100.9"
AWAY = "redis://127.0.0.1:9/0"


def log_in(email: str, password: str, address: str = STRANGER) -> Any:
    body = {"email": email, "password": password}
    return APIClient().post(f"{API}/auth/login", body, REMOTE_ADDR=address)


def fail(email: str, times: int, address: str = STRANGER) -> list[int]:
    return [log_in(email, "wrong password", address).status_code for _ in range(times)]


def sign_in_as_staff(email: str, password: str, address: str = STRANGER) -> Any:
    form = {"username": email, "password": password}
    return Client().post("/admin/login/", form, REMOTE_ADDR=address)


def some_addresses(count: int) -> list[str]:
    return [f"203.0.113.{n}" for n in range(1, count + 1)]


def test_the_eleventh_wrong_password_from_an_address_is_not_tried(customer: Customer) -> None:
    """Not even the right one is, and the answer says how long to wait."""
    statuses = fail(customer.email, 10)

    refused = log_in(customer.email, PASSWORD)

    assert statuses == [401] * 10
    assert (refused.status_code, error_code(refused)) == (429, "rate_limited")
    assert 0 < int(refused["Retry-After"]) <= 60
    assert (refused["RateLimit-Limit"], refused["RateLimit-Remaining"]) == ("10", "0")
    assert refused["RateLimit-Reset"] == refused["Retry-After"]


def test_a_stranger_does_not_lock_the_owner_out(customer: Customer) -> None:
    """The owner signs in from another address while the stranger is refused."""
    assert fail(customer.email, 11)[-1] == 429

    assert log_in(customer.email, PASSWORD, HOME).status_code == 200


def test_another_spelling_of_the_address_is_the_same_account(customer: Customer) -> None:
    """Capitals and spaces do not give more tries."""
    fail(customer.email, 5)
    fail(f" {customer.email.upper()}", 5)

    assert fail(customer.email.title(), 1) == [429]


def test_right_passwords_are_not_counted(customer: Customer) -> None:
    """However many, and also between wrong ones; they do not give tries back either."""
    for _ in range(12):
        assert log_in(customer.email, PASSWORD).status_code == 200
    assert fail(customer.email, 9) == [401] * 9
    for _ in range(3):
        assert log_in(customer.email, PASSWORD).status_code == 200

    assert fail(customer.email, 2) == [401, 429]


def test_simultaneous_right_passwords_leave_no_count(customer: Customer) -> None:
    """After a burst of them all ten tries are there."""
    run_together(8, lambda _: log_in(customer.email, PASSWORD))

    assert fail(customer.email, 11) == [401] * 10 + [429]


def test_one_address_cannot_try_many_accounts(settings: Any) -> None:
    """A limit of its own counts wrong passwords for all accounts from one address."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "sign_in_address": "5/hour"}

    statuses = [fail(new_email(), 1)[0] for _ in range(6)]

    assert statuses == [401] * 5 + [429]
    assert fail(new_email(), 1, HOME) == [401]


def test_guesses_from_many_addresses_are_slowed(customer: Customer, settings: Any) -> None:
    """The account's own limit counts them together; other accounts are not concerned."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "sign_in_account": "5/hour"}

    statuses = [fail(customer.email, 1, address)[0] for address in some_addresses(6)]

    assert statuses == [401] * 5 + [429]
    assert fail(new_email(), 1, "203.0.113.1") == [401]


def test_guesses_from_many_addresses_do_not_lock_a_known_one_out(settings: Any) -> None:
    """Who signed in from an address lately gets in from there, however much others guess."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "sign_in_account": "5/hour"}
    customer = Customer()
    assert log_in(customer.email, PASSWORD, HOME).status_code == 200
    for address in some_addresses(8):
        fail(customer.email, 1, address)

    assert log_in(customer.email, PASSWORD, HOME).status_code == 200
    assert log_in(customer.email, PASSWORD, STRANGER).status_code == 429


def test_a_refused_try_uses_up_no_other_limit(customer: Customer, settings: Any) -> None:
    """A stranger who goes on after the refusal does not fill the account's limit."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "sign_in_account": "12/hour"}
    fail(customer.email, 30)

    assert [fail(customer.email, 1, a)[0] for a in some_addresses(3)] == [401, 401, 429]


def test_an_old_password_is_guessed_under_the_same_limit(customer: Customer) -> None:
    """A stolen token does not help to find the password."""
    guess = {"old_password": "guess", "new_password": "another fine horse 7"}
    statuses = [customer.post("/auth/password", guess).status_code for _ in range(11)]

    assert statuses == [401] * 10 + [429]
    assert log_in(customer.email, PASSWORD, "127.0.0.1").status_code == 429


def test_the_admin_has_the_same_limit_and_says_so() -> None:
    """Sixty guesses: ten are tried. The form says in a sentence what to do."""
    email = staff("finance").email

    answers = [sign_in_as_staff(email, "wrong password") for _ in range(60)]

    assert [a.status_code for a in answers] == [200] * 10 + [429] * 50
    refused = sign_in_as_staff(email, PASSWORD)
    assert refused.status_code == 429
    assert "Too many attempts. Wait a while, then try again." in refused.content.decode()
    assert 0 < int(refused["Retry-After"]) <= 60
    assert refused["RateLimit-Remaining"] == "0"
    assert "sessionid" not in refused.cookies


def test_the_api_and_the_admin_count_together() -> None:
    """Guesses at one are missing at the other."""
    email = staff("support").email
    fail(email, 6)
    for _ in range(4):
        sign_in_as_staff(email, "wrong password")

    assert fail(email, 1) == [429]
    assert sign_in_as_staff(email, PASSWORD).status_code == 429
    assert sign_in_as_staff(email, PASSWORD, HOME).status_code == 302


def test_a_customers_right_password_is_a_wrong_one_in_the_admin(customer: Customer) -> None:
    """It is counted and answered like a guess, so it shows nothing."""
    wrong = sign_in_as_staff(customer.email, "wrong password")
    right = sign_in_as_staff(customer.email, PASSWORD)

    assert wrong.status_code == right.status_code == 200
    assert (wrong["RateLimit-Remaining"], right["RateLimit-Remaining"]) == ("9", "8")
    text = "Please enter the correct email and password for a staff account."
    assert text in wrong.content.decode() and text in right.content.decode()


def test_staff_cannot_guess_their_old_password_without_end() -> None:
    """A session that was left open does not help to find the password."""
    client = Client()
    client.force_login(staff("support"))
    new = "another fine horse 7"
    form = {"old_password": "guess", "new_password1": new, "new_password2": new}

    answers = [client.post("/admin/password_change/", form) for _ in range(11)]

    assert [a.status_code for a in answers] == [200] * 10 + [429]
    assert "Too many attempts." in answers[-1].content.decode()
    other = Client()
    user = staff("support")
    other.force_login(user)
    other.post("/admin/password_change/", {**form, "old_password": PASSWORD})
    assert User.objects.get(pk=user.pk).check_password(new)


def test_of_forty_simultaneous_guesses_in_the_admin_ten_are_tried() -> None:
    """The limit holds however many come at the same time."""
    email = new_email()

    answers = run_together(40, lambda _: sign_in_as_staff(email, "wrong password"))

    assert sorted(a.status_code for a in answers) == [200] * 10 + [429] * 30


def test_without_redis_people_sign_in(customer: Customer, settings: Any) -> None:
    """The limits are open: a lost counter must not shut everybody out."""
    email = staff("support").email
    settings.REDIS_URL = AWAY
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": AWAY}}

    assert fail(customer.email, 1) == [401]
    assert log_in(customer.email, PASSWORD).status_code == 200
    assert sign_in_as_staff(email, PASSWORD).status_code == 302


def test_an_address_that_utf8_cannot_carry_is_unknown() -> None:
    """A lone surrogate is no error of ours."""
    body = b'{"email": "\\ud800@example.com", "password": "x"}'

    answer = APIClient().generic("POST", f"{API}/auth/login", body, content_type="application/json")

    assert answer.status_code in (400, 401)


def test_an_unknown_account_is_limited_like_a_known_one() -> None:
    """The limit does not show which addresses have an account."""
    assert fail(f"{secrets.token_hex(8)}@example.com", 11) == [401] * 10 + [429]
