"""Codes by e-mail: to verify the address, and to replace a forgotten password or PIN."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from rest_framework.test import APIClient

from accounts.codes import services as codes
from accounts.codes.documents import EmailCode, Purpose
from accounts.models import User
from accounts.pins import services as pins
from accounts.tasks import mail_code, mail_new_password_code
from payflow.kernel import clock
from tests.support.customer import PASSWORD, error_code, new_email
from tests.support.people import API, Customer
from tests.support.threads import run_together

pytestmark = pytest.mark.usefixtures("db")
NEW_PASSWORD = "another horse battery 7"
PIN = "480517"


def post(path: str, body: Any = None) -> Any:
    """As somebody who is not signed in."""
    return APIClient().post(f"{API}/auth/{path}", body)


def mailed_code(to: str) -> str:
    """The code of the newest mail, which went to this address."""
    message = mail.outbox[-1]
    assert message.to == [to]
    [code] = set(re.findall(r"\b\d{6}\b", message.body))
    return code


def ask(customer: Customer, purpose: Purpose) -> str:
    """The code that the task mails."""
    mail_code(user_id=str(customer.user.pk), purpose=purpose.value)
    return mailed_code(customer.email)


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def fresh(customer: Customer) -> User:
    return User.objects.get(pk=customer.user.pk)


# --- The address


def test_the_code_proves_the_address(customer: Customer) -> None:
    assert customer.read("/auth/me")["email_verified"] is False
    assert customer.post("/auth/verify-email/code").status_code == 202
    code = ask(customer, Purpose.VERIFY_EMAIL)

    answer = customer.post("/auth/verify-email", {"code": code})

    assert answer.status_code == 204, answer.content
    assert customer.read("/auth/me")["email_verified"] is True


def test_a_new_address_is_not_proved(customer: Customer) -> None:
    code = ask(customer, Purpose.VERIFY_EMAIL)
    customer.post("/auth/verify-email", {"code": code})

    user = fresh(customer)
    user.email = new_email()
    user.save()

    assert not fresh(customer).is_email_verified


def test_a_code_that_went_to_the_old_address_does_not_prove_the_new_one(
    customer: Customer,
) -> None:
    code = ask(customer, Purpose.VERIFY_EMAIL)
    User.objects.filter(pk=customer.user.pk).update(email=new_email())

    answer = customer.post("/auth/verify-email", {"code": code})

    assert (answer.status_code, error_code(answer)) == (400, "code_wrong")
    assert not fresh(customer).is_email_verified


# --- Every code


def test_a_code_works_once(customer: Customer) -> None:
    code = ask(customer, Purpose.VERIFY_EMAIL)
    assert customer.post("/auth/verify-email", {"code": code}).status_code == 204

    assert error_code(customer.post("/auth/verify-email", {"code": code})) == "code_wrong"


def test_of_two_at_once_one_spends_the_code(customer: Customer) -> None:
    code = ask(customer, Purpose.VERIFY_EMAIL)

    answers = run_together(2, lambda _: customer.post("/auth/verify-email", {"code": code}))

    assert sorted(each.status_code for each in answers) == [204, 400]


def test_a_newer_code_replaces_the_older_one(customer: Customer) -> None:
    first, second = (ask(customer, Purpose.VERIFY_EMAIL) for _ in range(2))
    if first != second:
        assert error_code(customer.post("/auth/verify-email", {"code": first})) == "code_wrong"

    assert customer.post("/auth/verify-email", {"code": second}).status_code == 204


def test_a_code_ends_after_a_quarter_of_an_hour(customer: Customer) -> None:
    code = ask(customer, Purpose.VERIFY_EMAIL)
    spend = {"user": customer.user, "purpose": Purpose.VERIFY_EMAIL, "code": code}

    with pytest.raises(codes.CodeWrong):
        codes.spend(**spend, now=clock.now() + timedelta(minutes=15, seconds=1))
    codes.spend(**spend, now=clock.now() + timedelta(minutes=14))


def test_five_wrong_tries_end_a_code(customer: Customer) -> None:
    code = ask(customer, Purpose.VERIFY_EMAIL)
    for _ in range(5):
        customer.post("/auth/verify-email", {"code": other_than(code)})

    assert error_code(customer.post("/auth/verify-email", {"code": code})) == "code_wrong"


def test_of_forty_guesses_at_once_five_are_compared(
    customer: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def compare_and_count(stored: str, given: str) -> bool:
        compared.append(given)
        return real(stored, given)

    real = codes.constant_time_compare
    monkeypatch.setattr(codes, "constant_time_compare", compare_and_count)
    wrong = other_than(ask(customer, Purpose.VERIFY_EMAIL))

    run_together(40, lambda _: customer.post("/auth/verify-email", {"code": wrong}))

    assert len(compared) == 5


def test_a_code_serves_its_purpose_and_its_user_only(customer: Customer, new_customer: Any) -> None:
    other = new_customer()
    code = ask(customer, Purpose.VERIFY_EMAIL)

    reset = {"email": customer.email, "code": code, "new_password": NEW_PASSWORD}
    assert error_code(post("reset-password", reset)) == "code_wrong"
    assert error_code(other.post("/auth/verify-email", {"code": code})) == "code_wrong"
    assert customer.post("/auth/verify-email", {"code": code}).status_code == 204


def test_neither_the_database_nor_the_log_has_the_code(
    customer: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    code = ask(customer, Purpose.VERIFY_EMAIL)
    customer.post("/auth/verify-email", {"code": other_than(code)})

    stored = EmailCode._get_collection().find_one({"_id": f"{customer.user.pk}:verify_email"})
    assert code not in str({k: v for k, v in stored.items() if k in ("code_hash", "email")})
    assert code not in caplog.text


def test_codes_are_forgotten_when_they_have_expired() -> None:
    """The database removes them by an index."""
    indexes = EmailCode._get_collection().index_information().values()

    assert [each["key"] for each in indexes if "expireAfterSeconds" in each] == [
        [("expires_at", 1)]
    ]


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_what_is_no_code_is_refused(customer: Customer, code: str) -> None:
    ask(customer, Purpose.VERIFY_EMAIL)

    assert customer.post("/auth/verify-email", {"code": code}).status_code == 400


def test_five_codes_an_hour_are_mailed(customer: Customer) -> None:
    answers = [customer.post("/auth/verify-email/code") for _ in range(6)]

    assert [each.status_code for each in answers] == [202] * 5 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_the_mail_has_a_text_and_a_page(customer: Customer) -> None:
    User.objects.filter(pk=customer.user.pk).update(first_name="<b>Ada</b>")
    code = ask(customer, Purpose.VERIFY_EMAIL)

    message = mail.outbox[-1]
    [(page, kind)] = message.alternatives
    assert kind == "text/html"
    assert message.subject == "PayFlow: Confirm your e-mail address"
    assert "Hello <b>Ada</b>," in message.body
    assert "Hello &lt;b&gt;Ada&lt;/b&gt;" in page
    assert code in page


def test_without_a_place_for_mail_asking_is_refused(customer: Customer, settings: Any) -> None:
    settings.MAIL_IS_SENT = False

    for answer in (
        customer.post("/auth/verify-email/code"),
        post("forgot-password", {"email": customer.email}),
    ):
        assert (answer.status_code, error_code(answer)) == (503, "mail_unavailable")


# --- The password


def test_a_forgotten_password_is_replaced(customer: Customer) -> None:
    assert post("forgot-password", {"email": customer.email.upper()}).status_code == 202
    mail_new_password_code(email=customer.email)
    code = mailed_code(customer.email)

    body = {"email": customer.email, "code": code, "new_password": NEW_PASSWORD}
    answer = post("reset-password", body)

    assert answer.status_code == 204, answer.content
    assert customer.get("/auth/me").status_code == 401  # every session has ended
    old, new = (
        post("login", {"email": customer.email, "password": each})
        for each in (PASSWORD, NEW_PASSWORD)
    )
    assert (old.status_code, new.status_code) == (401, 200)
    assert fresh(customer).is_email_verified


def test_an_unknown_address_is_answered_like_a_known_one(customer: Customer) -> None:
    known = post("forgot-password", {"email": customer.email})
    unknown = post("forgot-password", {"email": new_email()})
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)

    sent = len(mail.outbox)
    mail_new_password_code(email=new_email())
    assert len(mail.outbox) == sent

    body = {"code": "123456", "new_password": NEW_PASSWORD}
    answers = [post("reset-password", {"email": each, **body}) for each in (customer.email, "x@y")]
    assert [each.status_code for each in answers] == [400, 400]
    assert error_code(answers[0]) == error_code(answers[1]) == "code_wrong"


def test_a_weak_password_does_not_use_up_the_code(customer: Customer) -> None:
    code = ask(customer, Purpose.NEW_PASSWORD)
    body = {"email": customer.email, "code": code}

    refused = post("reset-password", {**body, "new_password": "12345678"})
    taken = post("reset-password", {**body, "new_password": NEW_PASSWORD})

    assert (error_code(refused), taken.status_code) == ("password_refused", 204)


def test_a_deactivated_user_gets_no_new_password(customer: Customer) -> None:
    code = ask(customer, Purpose.NEW_PASSWORD)
    User.objects.filter(pk=customer.user.pk).update(is_active=False)
    sent = len(mail.outbox)

    mail_new_password_code(email=customer.email)
    body = {"email": customer.email, "code": code, "new_password": NEW_PASSWORD}

    assert error_code(post("reset-password", body)) == "code_wrong"
    assert len(mail.outbox) == sent


# --- The PIN


def test_a_forgotten_pin_is_replaced_and_its_lock_ends(customer: Customer) -> None:
    customer.post("/auth/pin", {"password": PASSWORD, "pin": PIN})
    for _ in range(5):
        customer.post("/auth/pin/change", {"old_pin": "111222", "new_pin": "902716"})
    assert customer.post("/auth/pin/reset-code", {"password": PASSWORD}).status_code == 202
    code = ask(customer, Purpose.NEW_PIN)

    body = {"password": PASSWORD, "code": code, "new_pin": "902716"}
    answer = customer.post("/auth/pin/reset", body)

    assert answer.status_code == 204, answer.content
    pins.check(user=customer.user, pin="902716", now=clock.now())


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"password": "wrong"}, "invalid_credentials"),
        ({"code": "000000"}, "code_wrong"),
        ({"new_pin": "1234"}, "pin_refused"),
    ],
)
def test_a_pin_is_replaced_with_password_code_and_a_good_pin(
    customer: Customer, change: dict[str, str], code: str
) -> None:
    customer.post("/auth/pin", {"password": PASSWORD, "pin": PIN})
    mailed = ask(customer, Purpose.NEW_PIN)
    if mailed == "000000":
        pytest.fail("one time in a million the code is the one that this test guesses")
    body = {"password": PASSWORD, "code": mailed, "new_pin": "902716", **change}

    assert error_code(customer.post("/auth/pin/reset", body)) == code
    pins.check(user=customer.user, pin=PIN, now=clock.now())


def test_who_has_no_pin_cannot_replace_it(customer: Customer) -> None:
    code = ask(customer, Purpose.NEW_PIN)
    body = {"password": PASSWORD, "code": code, "new_pin": "902716"}

    assert error_code(customer.post("/auth/pin/reset", body)) == "pin_not_set"
