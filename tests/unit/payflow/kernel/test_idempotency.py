from typing import Any

import pytest

from payflow.kernel.errors import (
    IdempotencyConflict,
    IdempotencyKeyInvalid,
    IdempotencyKeyRequired,
)
from payflow.kernel.idempotency import OrderIdentity, identify_order


def identify(key: str | None, body: dict[str, Any]) -> OrderIdentity:
    return identify_order(key, body, requires_key=False)


def test_the_same_body_in_another_order_is_the_same_request() -> None:
    """The fingerprint does not depend on the order of fields."""
    one = identify("k", {"amount": 1, "currency": "NGN"})
    two = identify("k", {"currency": "NGN", "amount": 1})

    assert one == two


def test_the_same_key_with_another_body_is_a_conflict() -> None:
    """It is refused."""
    key = identify("k", {"amount": 1})
    other = identify("k", {"amount": 2})
    assert key and other

    with pytest.raises(IdempotencyConflict):
        other.check_same_request(key.fingerprint)


@pytest.mark.parametrize("header", ["", " ", "a b", "x" * 129, "ключ"])
def test_an_invalid_key_is_refused(header: str) -> None:
    """Only a key that can be compared safely is accepted."""
    with pytest.raises(IdempotencyKeyInvalid):
        identify(header, {})


def test_a_key_is_needed_only_where_it_is_required() -> None:
    """Without the header there is no key, and an order that needs one is refused."""
    assert identify(None, {}).key is None
    with pytest.raises(IdempotencyKeyRequired):
        identify_order(None, {}, requires_key=True)


@pytest.mark.parametrize("nothing", ["", None])
def test_a_field_without_a_value_is_the_same_as_no_field(nothing: object) -> None:
    """Clients write an optional field that they do not use in three ways."""
    assert identify("k", {"amount": 1, "narration": nothing}) == identify("k", {"amount": 1})
    assert identify("k", {"amount": 0}) != identify("k", {})
    assert identify("k", {"amount": False}) != identify("k", {})


def test_a_confirmation_is_not_part_of_the_order() -> None:
    """The order that is confirmed is the same order, and services do not get the field."""
    body = {"amount": 1, "confirm_duplicate": True}

    confirmed = identify("k", body)

    assert confirmed.is_confirmed
    assert confirmed.fingerprint == identify("k", {"amount": 1}).fingerprint
    assert body == {"amount": 1}
