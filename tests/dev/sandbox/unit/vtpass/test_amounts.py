from decimal import Decimal

import pytest

from dev.sandbox.vtpass.amounts import (
    asked_kobo,
    float_kobo,
    naira_text,
    percent_of,
    price_text,
    whole_naira,
)
from dev.sandbox.vtpass.codes import Refused


@pytest.mark.parametrize(
    ("value", "kobo"),
    [(500, 500_00), ("500", 500_00), (Decimal("500.5"), 500_50), ("1000.00", 1_000_00)],
)
def test_an_amount_is_a_plain_number(value, kobo):
    """Numbers and numeric texts are taken, to the kobo."""
    assert asked_kobo(value) == kobo


@pytest.mark.parametrize(
    "value",
    ["1000.00000000", "1e3", Decimal("1E+3"), "-5", 0, "", " 500", None, True, [], "٥٠٠"],
)
def test_an_amount_written_otherwise_is_refused(value):
    """Exponents, long tails of zeros and what is no number are invalid arguments."""
    with pytest.raises(Refused) as refused:
        asked_kobo(value)

    assert refused.value.code == "011"


@pytest.mark.parametrize(
    ("kobo", "rate", "share"),
    [(500_00, "3.5", 17_50), (100, "3.5", 4), (300, "3.5", 10), (10_50, "3", 32), (1, "3", 0)],
)
def test_a_commission_is_whole_kobo(kobo, rate, share):
    """Half a kobo goes to the even one: 3.5 becomes 4, 10.5 becomes 10."""
    assert percent_of(kobo, Decimal(rate)) == share


@pytest.mark.parametrize(("kobo", "naira"), [(70, 1), (4_50, 5), (17_50, 18), (4_49, 4), (0, 0)])
def test_requery_rounds_half_up(kobo, naira):
    """Whole naira, as the vendor's samples have them: 0.7 is 1 and 4.5 is 5."""
    assert whole_naira(kobo) == naira


def test_amounts_are_echoed_without_needless_decimals():
    """An echo is short; a price always has its two decimals."""
    assert (naira_text(500_00), naira_text(500_05)) == ("500", "500.05")
    assert (price_text(500_00), price_text(500_05)) == ("500.00", "500.05")


def test_a_float_may_be_empty():
    """Nothing is a float too."""
    assert (float_kobo(Decimal(0)), float_kobo(Decimal("12.34"))) == (0, 12_34)
