from decimal import Decimal

import pytest

from dev.sandbox import checks
from dev.sandbox.wire import Refusal


@pytest.mark.parametrize("value", ["c", True, None, [], 1.0])
def test_an_unknown_choice_is_refused_with_the_known_ones(value):
    """A refusal names what is allowed; a value that only equals a choice is none."""
    with pytest.raises(Refusal, match="allowed: a, 1") as refused:
        checks.one_of("choice", value, ("a", 1))

    assert refused.value.status == 400


@pytest.mark.parametrize("value", [-1, 11, True, "5", Decimal(5)])
def test_whole_numbers_have_bounds(value):
    """Only an integer within both bounds is a whole number."""
    assert checks.whole_number("times", 10, most=10) == 10
    with pytest.raises(Refusal):
        checks.whole_number("times", value, most=10)


@pytest.mark.parametrize("value", [-1, Decimal("60.1"), True, "5"])
def test_seconds_have_bounds(value):
    """Seconds may have a fraction, but no sign and an end."""
    assert checks.seconds("hang_s", Decimal("0.25"), most=60) == 0.25
    with pytest.raises(Refusal):
        checks.seconds("hang_s", value, most=60)


@pytest.mark.parametrize(
    "value", ["example.com/hook", "ftp://example.com", "http://", "http://[::1", 5]
)
def test_only_absolute_web_addresses_pass(value):
    """An address needs http or https and a host."""
    assert checks.web_address("url", "https://example.com/hook") == "https://example.com/hook"
    with pytest.raises(Refusal):
        checks.web_address("url", value)


def test_flags_and_texts_are_not_guessed():
    """A number is no flag, and a text has a greatest length."""
    assert checks.flag("hold", True) is True
    assert checks.text("raw", "ab", most=2) == "ab"
    with pytest.raises(Refusal):
        checks.flag("hold", 1)
    with pytest.raises(Refusal):
        checks.text("raw", "abc", most=2)
