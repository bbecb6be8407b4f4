import pytest

from payflow.kernel.errors import IdempotencyConflict, IdempotencyKeyInvalid
from payflow.kernel.idempotency import parse_key


def test_the_same_body_in_another_order_is_the_same_request() -> None:
    """A fingerprint depends on what was asked, not on how it was written."""
    one = parse_key("k", {"amount": 1, "currency": "NGN"})
    two = parse_key("k", {"currency": "NGN", "amount": 1})

    assert one == two


def test_another_body_is_a_conflict() -> None:
    """A key that comes with another body is refused."""
    key = parse_key("k", {"amount": 1})
    other = parse_key("k", {"amount": 2})
    assert key and other

    with pytest.raises(IdempotencyConflict):
        other.check_same_request(key.fingerprint)


@pytest.mark.parametrize("header", ["", " ", "a b", "x" * 129, "ключ"])
def test_a_header_that_is_no_key_is_refused(header: str) -> None:
    """A key that could not be compared safely never becomes one."""
    with pytest.raises(IdempotencyKeyInvalid):
        parse_key(header, {})


def test_no_header_is_no_key() -> None:
    """Idempotency is the client's choice."""
    assert parse_key(None, {}) is None
