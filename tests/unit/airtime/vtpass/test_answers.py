"""What an answer to a purchase says beside its verdict: cost, token, acknowledgement."""

from __future__ import annotations

from typing import Any

import pytest

from airtime.clients import Answer, InternationalOrder, PurchaseOrder, PurchaseVerdict
from airtime.vtpass import purchases
from airtime.vtpass.tokens import read_tokens

ID = "202611031542k7f3q9z1m4x8c2v6b0ta"
DIGITS = "26362054405982757802"
BONUS = "62881559799402440206"


def answered(monkeypatch: pytest.MonkeyPatch, body: dict[str, Any]) -> Answer:
    monkeypatch.setattr(purchases, "read_purchase", lambda _: body)
    return purchases.requery(ID)


@pytest.mark.parametrize(
    ("body", "is_known"),
    [
        ({"code": "000", "content": {"transactions": {"status": "pending"}}}, True),
        ({"code": "016", "content": {"transactions": {"status": "failed"}}}, True),
        ({"code": "015", "content": {"transactions": {"transactionId": "1"}}}, True),
        ({"code": "099"}, True),
        ({"code": "89"}, True),
        ({"code": "014", "content": {"errors": []}}, True),
        ({"code": "015", "content": {"errors": []}}, False),
        ({"code": "018"}, False),
        ({"code": "019"}, False),
        ({"code": "083", "content": {"errors": []}}, False),
        ({"code": "999"}, False),
        ({"code": "099", "requestId": "another"}, False),
        ({}, False),
    ],
)
def test_an_answer_that_shows_the_purchase_acknowledges_it(
    monkeypatch: pytest.MonkeyPatch, body: dict[str, Any], is_known: bool
) -> None:
    """So does a code that the vendor only gives about a purchase that it has."""
    assert answered(monkeypatch, body).is_acknowledged is is_known


def test_only_an_answer_that_returns_money_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A delivery and an unknown outcome have no sentence about money that is back."""
    delivered = {"code": "000", "content": {"transactions": {"status": "delivered"}}}

    assert answered(monkeypatch, delivered).reason == ""
    assert answered(monkeypatch, {"code": "099"}).reason == ""
    assert "back in your wallet" in answered(monkeypatch, {"code": "016"}).reason


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        ({"token": DIGITS}, (DIGITS, None)),
        ({"Token": f"Token : {DIGITS}"}, (DIGITS, None)),
        ({"mainToken": DIGITS, "bonusToken": BONUS}, (DIGITS, BONUS)),
        ({"purchased_code": f"Token : {DIGITS}"}, (DIGITS, None)),
        ({"purchased_code": f"TOKEN:{DIGITS} Bonus Token : {BONUS}"}, (DIGITS, BONUS)),
        ({"purchased_code": f"Bonus Token : {BONUS}"}, (None, BONUS)),
        ({"token": "2636-2054-4059-8275-7802"}, (DIGITS, None)),
        ({"token": "2636 2054 4059 8275 7802"}, (DIGITS, None)),
        ({"token": int(DIGITS)}, (DIGITS, None)),
        ({"content": {"transactions": {"extras": f"Token : {DIGITS}"}}}, (DIGITS, None)),
        ({"purchased_code": "Serial No:WRN123456790, pin: 098765432112"}, (None, None)),
        ({"purchased_code": ""}, (None, None)),
        ({"token": None, "purchased_code": "SHMVHXQ9L3RXGPU"}, (None, None)),
        ({"token": True}, (None, None)),
        ({}, (None, None)),
    ],
)
def test_a_token_is_read_in_each_of_its_spellings(
    body: dict[str, Any], tokens: tuple[str | None, str | None]
) -> None:
    """As its digits, with the bonus token beside it."""
    assert read_tokens(body) == tokens


def test_a_token_is_not_shown_in_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads it can use it."""
    answer = answered(monkeypatch, {"code": "000", "token": DIGITS})

    assert answer.token == DIGITS
    assert DIGITS not in repr(answer)


@pytest.mark.parametrize(
    ("change", "debited_kobo"),
    [
        ({}, 9_60),
        ({"Amount": "NGN10"}, 9_60),
        ({"Amount": "N1,313.70"}, None),
        ({"Amount": "GHS10"}, None),
        ({"Amount": "NGN1313.7"}, None),
    ],
)
def test_no_cost_is_derived_from_an_amount_in_another_currency(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], debited_kobo: int | None
) -> None:
    """`Amount` is in naira: where it differs from `amount`, that is not."""
    inner = {"status": "delivered", "amount": 10, "total_amount": 9.6}
    answer = answered(monkeypatch, {"code": "000", "content": {"transactions": inner}} | change)

    assert answer.verdict is PurchaseVerdict.DELIVERED
    assert answer.debited_kobo == debited_kobo


def test_the_amount_that_we_sent_in_another_currency_is_no_naira(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten cedis that come back as 10 are not ten naira."""
    body = {"code": "000", "content": {"transactions": {
        "status": "delivered", "amount": 10, "total_amount": 9.6}}}  # fmt: skip
    monkeypatch.setattr(purchases, "write_purchase", lambda _: body)
    order = PurchaseOrder(
        request_id=ID,
        service_id="foreign-airtime",
        phone="233241234567",
        amount_kobo=1313_70,
        variation_code="4912",
        international=InternationalOrder("GH", "5", 1, "person@example.test", "10.00"),
    )

    answer = purchases.pay(order)

    assert (answer.amount_kobo, answer.debited_kobo) == (None, None)


def test_a_cost_above_the_price_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The vendor's fee may be larger than our commission."""
    inner = {"status": "delivered", "amount": "8400", "total_amount": 8416}

    answer = answered(monkeypatch, {"code": "000", "content": {"transactions": inner}})

    assert (answer.amount_kobo, answer.debited_kobo) == (8400_00, 8416_00)
