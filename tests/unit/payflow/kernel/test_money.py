from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payflow.kernel.money import NotExactKobo, to_kobo, to_naira, to_naira_text


@given(st.integers(min_value=-(10**15), max_value=10**15))
def test_kobo_survive_the_way_to_naira_and_back(kobo: int) -> None:
    """Every number of kobo comes back from its naira text as itself."""
    assert to_kobo(to_naira_text(kobo)) == kobo == to_kobo(to_naira(kobo))


@pytest.mark.parametrize(
    ("naira", "kobo"),
    [("1500", 1500_00), (0.1, 10), (98.6, 98_60), (Decimal("26.87"), 26_87), (7, 700)],
)
def test_naira_become_kobo_exactly(naira: object, kobo: int) -> None:
    """Floats count as the decimals that they print, not as the binary that they are."""
    assert to_kobo(naira) == kobo  # type: ignore[arg-type]


@pytest.mark.parametrize("naira", ["26.875", "NaN", "Infinity", "-Infinity", "money", 1e-9])
def test_what_is_no_whole_number_of_kobo_is_refused(naira: object) -> None:
    """Nothing is rounded and nothing that is no amount gets through."""
    with pytest.raises(NotExactKobo):
        to_kobo(naira)  # type: ignore[arg-type]
