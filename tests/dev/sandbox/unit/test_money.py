from decimal import Decimal

import pytest

from dev.sandbox.money import MAX_NAIRA, kobo_from_naira, naira_number, share_kobo, shown


@pytest.mark.parametrize(
    ("naira", "kobo"),
    [
        (7500, 750_000),
        ("7500.00", 750_000),
        (Decimal("98.6"), 9_860),
        (" 0.01 ", 1),
        (MAX_NAIRA, int(MAX_NAIRA) * 100),
    ],
)
def test_naira_become_exact_kobo(naira, kobo):
    """A JSON number or a numeric text is read to the kobo."""
    assert kobo_from_naira(naira) == kobo


@pytest.mark.parametrize(
    "naira",
    [0, -1, "0.005", "abc", "", "NaN", "1e999999", True, None, 1.5, [], MAX_NAIRA + 1],
)
def test_other_amounts_are_refused(naira):
    """Zero, fractions of a kobo, floats and what is no number at all are refused."""
    with pytest.raises(ValueError):
        kobo_from_naira(naira)


@pytest.mark.parametrize(("kobo", "number"), [(750_000, 7500), (9_860, 98.6), (1, 0.01)])
def test_kobo_become_the_vendors_number(kobo, number):
    """Whole naira are shown without a fraction, others with at most two decimals."""
    assert naira_number(kobo) == number
    assert isinstance(naira_number(kobo), type(number))


@pytest.mark.parametrize(("kobo", "fee"), [(10_000, 140), (35, 0), (36, 1), (107, 1), (108, 2)])
def test_a_share_rounds_half_a_kobo_up(kobo, fee):
    """A share in basis points is a whole number of kobo, rounded half up."""
    assert share_kobo(kobo, basis_points=140) == fee


def test_amounts_for_people_carry_their_currency():
    """Naira are shown with their sign, other currencies with their code."""
    assert shown(123_456_789, "NGN") == "₦1,234,567.89"
    assert shown(5, "USD") == "USD 0.05"
