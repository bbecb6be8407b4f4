"""How settings write a rate."""

import pytest

from payflow.kernel.rates import Rate, parse_rate


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("1/s", Rate(1, 1)),
        ("20/min", Rate(20, 60)),
        ("100/hour", Rate(100, 3600)),
        ("5/d", Rate(5, 86_400)),
    ],
)
def test_a_rate_is_a_number_and_a_period(text: str, rate: Rate) -> None:
    """Seconds, minutes, hours and days, in short or whole."""
    assert parse_rate(text) == rate


@pytest.mark.parametrize(
    "text",
    ["", "20", "/min", "0/min", "-1/min", "5/fortnight", "5/mon", "5 /min", "٥/min", "5/min\n"],
)
def test_anything_else_is_refused(text: str) -> None:
    """With a sentence that says how to write it."""
    with pytest.raises(ValueError, match="such as 20/min"):
        parse_rate(text)
