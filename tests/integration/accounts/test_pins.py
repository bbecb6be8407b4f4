"""The transaction PIN: set once, asked for with every debit, and never guessed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password

from accounts.pins import services as pins
from accounts.pins.documents import TransactionPin
from payflow.kernel import clock
from tests.support.customer import (
    DELIVERED,
    PASSWORD,
    error_code,
    new_key,
    purchase_order,
    withdrawal_order,
)
from tests.support.people import API, Customer
from tests.support.threads import run_together
from tests.support.vendor import Vendor

pytestmark = pytest.mark.usefixtures("db")

PIN, WRONG = "480517", "111222"
DEBITS: dict[str, dict[str, Any]] = {
    "/wallet/withdraw": withdrawal_order("1000"),
    "/airtime/purchase": purchase_order(DELIVERED),
}
EACH_DEBIT = pytest.mark.parametrize("path", DEBITS)


@pytest.fixture
def rich(customer: Customer, vendor: Vendor) -> Customer:
    customer.receive("10000.00")
    return customer


@pytest.fixture
def careful(rich: Customer) -> Customer:
    """A customer with a PIN."""
    assert set_pin(rich).status_code == 204
    return rich


def set_pin(customer: Customer, pin: str = PIN, password: str = PASSWORD) -> Any:
    return customer.post("/auth/pin", {"password": password, "pin": pin})


def debit(customer: Customer, pin: str | None = None, path: str = "/wallet/withdraw") -> Any:
    headers = {"Idempotency-Key": new_key()} | ({"X-Transaction-PIN": pin} if pin else {})
    body = {**DEBITS[path], "confirm_duplicate": True}
    return customer.client.post(API + path, body, headers=headers)


def later(customer: Customer, seconds: int) -> None:
    """Let this time pass for the customer's PIN."""
    known = TransactionPin.objects.get(pk=customer.user.pk)
    known.locked_until -= timedelta(seconds=seconds)
    known.save()


@EACH_DEBIT
def test_without_a_pin_no_debit_asks_for_one(rich: Customer, path: str) -> None:
    assert debit(rich, path=path).status_code < 300
    assert rich.read("/auth/pin") == {"is_set": False, "locked_until": None}


@EACH_DEBIT
def test_every_debit_needs_the_pin_once_it_is_set(careful: Customer, path: str) -> None:
    without, wrong = debit(careful, path=path), debit(careful, WRONG, path)

    assert (without.status_code, error_code(without)) == (403, "pin_required")
    assert (wrong.status_code, error_code(wrong)) == (403, "pin_wrong")
    assert wrong.json()["error"]["details"] == {"tries_left": 4}
    assert (careful.wallet.balance, careful.wallet.held) == (10000_00, 0)
    assert debit(careful, PIN, path).status_code < 300
    assert careful.read("/auth/pin") == {"is_set": True, "locked_until": None}


def test_a_funding_and_a_look_need_no_pin(careful: Customer) -> None:
    assert careful.fund("500")["tx_ref"]
    assert careful.get("/wallet/").status_code == 200


def test_five_wrong_pins_lock_debits_for_a_while(careful: Customer) -> None:
    answers = [debit(careful, WRONG) for _ in range(5)]
    right = debit(careful, PIN)

    assert [error_code(each) for each in answers] == ["pin_wrong"] * 4 + ["pin_locked"]
    assert (right.status_code, error_code(right)) == (423, "pin_locked")
    until = careful.read("/auth/pin")["locked_until"]
    assert until[:19] == right.json()["error"]["details"]["until"][:19]

    later(careful, 1801)
    assert debit(careful, WRONG).json()["error"]["details"] == {"tries_left": 4}
    assert debit(careful, PIN).status_code == 202


def test_a_right_pin_begins_the_count_again(careful: Customer) -> None:
    for _ in range(3):
        assert [error_code(debit(careful, WRONG)) for _ in range(4)] == ["pin_wrong"] * 4
        assert debit(careful, PIN).status_code == 202


def test_the_fifth_try_may_be_right(careful: Customer) -> None:
    assert [error_code(debit(careful, WRONG)) for _ in range(4)] == ["pin_wrong"] * 4

    assert debit(careful, PIN).status_code == 202
    assert careful.read("/auth/pin")["locked_until"] is None


def test_of_forty_guesses_at_once_five_are_tried(
    careful: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []

    def check_and_count(pin: str, stored: str) -> bool:
        tried.append(pin)
        return real(pin, stored)

    real = pins.check_password
    monkeypatch.setattr(pins, "check_password", check_and_count)

    answers = run_together(40, lambda number: debit(careful, f"90{number:04}"))

    assert len(tried) == 5
    assert {each.status_code for each in answers} == {403, 423}
    assert error_code(debit(careful, PIN)) == "pin_locked"


@pytest.mark.parametrize("pin", ["1" * 128, "４８０５１７", "", " ", "480517 ", "\x00"])
def test_a_header_that_is_no_pin_is_a_wrong_pin(careful: Customer, pin: str) -> None:
    with pytest.raises(pins.PinWrong):
        pins.check(user=careful.user, pin=pin, now=clock.now())


def test_the_password_proves_who_sets_the_pin(rich: Customer) -> None:
    answer = set_pin(rich, password="wrong")

    assert (answer.status_code, error_code(answer)) == (401, "invalid_credentials")
    assert pins.find(rich.user) is None


def test_a_pin_is_set_once(careful: Customer) -> None:
    again = set_pin(careful, "902716")

    assert (again.status_code, error_code(again)) == (409, "pin_already_set")
    assert debit(careful, PIN).status_code == 202


def test_of_two_at_once_one_sets_the_pin(rich: Customer) -> None:
    answers = run_together(2, lambda number: set_pin(rich, f"48051{number}"))

    assert sorted(each.status_code for each in answers) == [204, 409]


@pytest.mark.parametrize("pin", ["0000", "777777", "1234", "4321", "345678", "98765"])
def test_a_pin_that_is_easy_to_guess_is_refused(rich: Customer, pin: str) -> None:
    answer = set_pin(rich, pin)

    assert (answer.status_code, error_code(answer)) == (400, "pin_refused")
    assert pins.find(rich.user) is None


@pytest.mark.parametrize("pin", ["123", "1234567", "12a4", "４８０５", "48 05", 480517])
def test_what_is_no_pin_is_refused(rich: Customer, pin: Any) -> None:
    answer = set_pin(rich, pin)

    assert (answer.status_code, error_code(answer)) == (400, "validation_error")
    assert pins.find(rich.user) is None


def test_the_pin_is_changed_with_the_old_one(careful: Customer) -> None:
    wrong = careful.post("/auth/pin/change", {"old_pin": WRONG, "new_pin": "902716"})
    right = careful.post("/auth/pin/change", {"old_pin": PIN, "new_pin": "902716"})

    assert (error_code(wrong), right.status_code) == ("pin_wrong", 204)
    assert error_code(debit(careful, PIN)) == "pin_wrong"
    assert debit(careful, "902716").status_code == 202


def test_guesses_of_the_old_pin_lock_debits_too(careful: Customer) -> None:
    for _ in range(5):
        careful.post("/auth/pin/change", {"old_pin": WRONG, "new_pin": "902716"})

    assert error_code(debit(careful, PIN)) == "pin_locked"


def test_a_pin_that_was_never_set_is_not_changed(rich: Customer) -> None:
    answer = rich.post("/auth/pin/change", {"old_pin": PIN, "new_pin": "902716"})

    assert (answer.status_code, error_code(answer)) == (409, "pin_not_set")


def test_the_pin_is_stored_as_a_bcrypt_hash_and_never_logged(
    careful: Customer, caplog: pytest.LogCaptureFixture
) -> None:
    debit(careful, PIN)
    debit(careful, WRONG)

    stored = TransactionPin.objects.get(pk=careful.user.pk).pin_hash
    assert stored.split("$")[0] == make_password("x").split("$")[0]
    assert PIN not in stored
    assert PIN not in caplog.text
    assert WRONG not in caplog.text
