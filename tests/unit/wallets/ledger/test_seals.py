"""What a seal covers, and what it leaves out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from airtime.purchases.documents import Purchase
from wallets.ledger import seals
from wallets.ledger.documents import Order, Transaction, TransactionStatus
from wallets.withdrawals.documents import Payout

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


def order() -> Payout:
    return Payout(bank_code="044", account_number="1", account_name="Ada", narration="n")


def transaction(**fields: Any) -> Transaction:
    """A sealed withdrawal, whose fields are then changed."""
    one = Transaction(
        reference="PFWDR1",
        number=2,
        wallet=ObjectId("1" * 24),
        user_id=ObjectId("2" * 24),
        type="WITHDRAWAL",
        status=TransactionStatus.PENDING,
        amount=100,
        fee=5,
        currency="NGN",
        order=order(),
        created_at=NOON,
        updated_at=NOON,
    )
    seals.seal(one, previous="before")
    for name, value in fields.items():
        place, _, field = name.rpartition("__")
        setattr(getattr(one, place) if place else one, field, value)
    return one


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("reference", "PFWDR2"),
        ("number", 3),
        ("wallet", ObjectId("3" * 24)),
        ("user_id", ObjectId("3" * 24)),
        ("type", "AIRTIME"),
        ("amount", 101),
        ("fee", 4),
        ("currency", "USD"),
        ("requested_amount", 100),
        ("reverses", "PFWDR0"),
        ("created_at", NOON + timedelta(milliseconds=1)),
        ("prev_seal", "another"),
        ("order", None),
        ("order__bank_code", "057"),
        ("order__account_number", "2"),
        ("order__account_name", "Bob"),
        ("order__narration", "m"),
    ],
)
def test_each_sealed_field_changes_the_seal(field: str, value: Any) -> None:
    """Also if it takes a value that is empty in the original."""
    one = transaction(**{field: value})

    assert seals.compute(one) != one.seal


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("status", TransactionStatus.SUCCESS),
        ("reason", "r"),
        ("vendor_id", "7"),
        ("frozen", 1),
        ("order__is_returned", True),
        ("updated_at", NOON + timedelta(days=1)),
        ("created_at", NOON + timedelta(microseconds=999)),
    ],
)
def test_what_changes_later_is_not_sealed(field: str, value: Any) -> None:
    """And the database keeps milliseconds."""
    one = transaction(**{field: value})

    assert seals.compute(one) == one.seal


@pytest.mark.parametrize("kind", [Payout, Purchase])
def test_an_order_seals_fields_that_it_has(kind: type[Order]) -> None:
    """All but those that change after the order."""
    changing = {"_cls", "counted_on", "is_returned", "absences", "refusal"}

    assert set(kind.sealed_fields) == set(kind._fields) - changing


def test_the_seals_of_known_transactions_never_change() -> None:
    """Chains that are stored today can be checked by later code."""
    assert (
        seals.compute(transaction())
        == "cef45f35e92b367d4c67b52f91d5694de579103f1f2bd7ed3d7c4ac1d21e39f4"
    )
    assert (
        seals.compute(transaction(order=None, reverses="PFWDR0"))
        == "9543dcb0755cfd2cb604a2e81a68885ffac8b2f47a8013c7003ed29412590f47"
    )
