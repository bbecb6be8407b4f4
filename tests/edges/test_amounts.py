"""How an amount may be written."""

from __future__ import annotations

import pytest

from tests.support.customer import error_code
from tests.support.people import Customer

ODD = [
    "1_500",
    "１５００",
    "1e2",
    " 100",
    "100 ",
    "+100",
    "0100",
    "100.",
    ".5",
    "1,500",
    "٣٠٠",
    "NaN",
]
ODD += ["Infinity", "100\n", "0x64", "1.500", "1500.000", "\u2212100", ""]


@pytest.mark.parametrize("amount", ODD, ids=repr)
def test_another_spelling_of_an_amount_is_refused(rich: Customer, amount: str) -> None:
    """Everywhere, with a sentence about the field; no transaction is made."""
    bank = {"bank_code": "044", "account_number": "0690000031"}
    airtime = {"service_id": "mtn", "phone": "08031234567"}
    answers = [
        rich.post("/wallet/fund", {"amount": amount}),
        rich.post("/wallet/withdraw", {"amount": amount, **bank}),
        rich.post("/airtime/purchase", {"amount": amount, **airtime}),
        rich.get("/wallet/withdraw/fee", amount=amount),
    ]

    assert [answer.status_code for answer in answers] == [400] * 4
    assert all(answer.json()["error"]["details"]["amount"] for answer in answers)
    assert (rich.wallet.balance, rich.wallet.held) == (10_000_00, 0)


@pytest.mark.parametrize("amount", ["150", "150.5", "150.50"])
def test_a_plain_amount_is_taken(rich: Customer, amount: object) -> None:
    """With kobo or without."""
    assert rich.post("/wallet/fund", {"amount": amount}).status_code == 201


@pytest.mark.parametrize("amount", [150, 150.5, 1e2, True, ["150"], {"naira": "150"}])
def test_what_is_no_text_is_no_amount(rich: Customer, amount: object) -> None:
    """A number of JSON is a binary fraction in most programs, so money is text."""
    answer = rich.post("/wallet/fund", {"amount": amount})

    assert (answer.status_code, error_code(answer)) == (400, "validation_error")
    assert "text" in str(answer.json()["error"]["details"]["amount"])
