from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payflow.kernel.money import NotExactKobo, to_kobo, to_naira, to_naira_text


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_kobo_to_naira_and_back_is_the_same(kobo: int) -> None:
    """For every number of kobo."""
    assert to_kobo(to_naira_text(kobo)) == kobo == to_kobo(to_naira(kobo))


@pytest.mark.parametrize(
    ("naira", "kobo"),
    [("1500", 1500_00), (0.1, 10), (98.6, 98_60), (Decimal("26.87"), 26_87), (7, 700)],
)
def test_naira_are_converted_to_kobo_exactly(naira: object, kobo: int) -> None:
    """A float counts as the decimal that it prints."""
    assert to_kobo(naira) == kobo  # type: ignore[arg-type]


@pytest.mark.parametrize("naira", ["26.875", "NaN", "Infinity", "-Infinity", "money", 1e-9])
def test_an_amount_that_is_no_whole_kobo_is_refused(naira: object) -> None:
    """Nothing is rounded."""
    with pytest.raises(NotExactKobo):
        to_kobo(naira)  # type: ignore[arg-type]
