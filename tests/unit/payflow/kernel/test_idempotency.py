import pytest

from payflow.kernel.errors import IdempotencyConflict, IdempotencyKeyInvalid
from payflow.kernel.idempotency import parse_key


def test_the_same_body_in_another_order_is_the_same_request() -> None:
    """The fingerprint does not depend on the order of fields."""
    one = parse_key("k", {"amount": 1, "currency": "NGN"})
    two = parse_key("k", {"currency": "NGN", "amount": 1})

    assert one == two


def test_the_same_key_with_another_body_is_a_conflict() -> None:
    """It is refused."""
    key = parse_key("k", {"amount": 1})
    other = parse_key("k", {"amount": 2})
    assert key and other

    with pytest.raises(IdempotencyConflict):
        other.check_same_request(key.fingerprint)


@pytest.mark.parametrize("header", ["", " ", "a b", "x" * 129, "ключ"])
def test_an_invalid_key_is_refused(header: str) -> None:
    """Only a key that can be compared safely is accepted."""
    with pytest.raises(IdempotencyKeyInvalid):
        parse_key(header, {})


def test_the_key_is_optional() -> None:
    """Without the header there is no key."""
    assert parse_key(None, {}) is None
