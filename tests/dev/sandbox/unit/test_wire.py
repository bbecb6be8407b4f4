from decimal import Decimal

import pytest

from dev.sandbox.wire import dumps, loads


def test_numbers_come_in_exactly():
    """A fraction in JSON is read as a Decimal, never as a float."""
    value = loads('{"amount": 26.875}')["amount"]

    assert isinstance(value, Decimal)
    assert value == Decimal("26.875")


def test_a_decimal_goes_out_as_a_number():
    """What came in as a number is written as the same number."""
    assert dumps({"amount": Decimal("26.875"), "sign": "₦"}) == '{"amount":26.875,"sign":"₦"}'


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "{", "[" * 100_000])
def test_what_is_not_json_is_a_value_error(text):
    """Constants that JSON does not have, and nesting without end, are refused alike."""
    with pytest.raises(ValueError):
        loads(text)


def test_unknown_values_are_not_written():
    """A value that JSON cannot show is a mistake of ours, not a text."""
    with pytest.raises(TypeError):
        dumps({1, 2})
