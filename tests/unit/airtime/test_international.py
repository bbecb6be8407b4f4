"""Plans of international airtime in the vendor's shapes, and phone numbers of other countries."""

from __future__ import annotations

from typing import Any

import pytest

from airtime import phones
from airtime.clients import InternationalPlan
from airtime.errors import PhoneInvalid
from airtime.international import exchange
from airtime.vtpass import international as client

FIXED = {
    "variation_code": "4911",
    "name": "5 GHS Top Up",
    "fixedPrice": "Yes",
    "variation_amount": "5.00",
    "variation_rate": 131.37,
    "charged_amount": 656.85,
    "charged_currency": "NGN",
}
FLEXIBLE = {
    "variation_code": "4912",
    "name": "Enter flexible amount",
    "fixedPrice": "No",
    "variation_amount": None,
    "variation_amount_min": 1,
    "variation_amount_max": "500",
    "variation_rate": "131.370",
}


def plans(monkeypatch: pytest.MonkeyPatch, *rows: Any) -> list[InternationalPlan]:
    monkeypatch.setattr(client, "read_content", lambda *a, **k: {"variations": list(rows)})
    return client.list_international_plans("5", 1)


def test_a_fixed_price_is_the_charged_amount_in_naira(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other amount is in the country's currency."""
    [plan] = plans(monkeypatch, FIXED)

    assert plan == InternationalPlan("4911", "5 GHS Top Up", amount_kobo=656_85)


@pytest.mark.parametrize(
    ("change", "kobo"),
    [
        ({"charged_amount": "656.851"}, 656_86),
        ({"charged_amount": None}, 656_85),
        ({"charged_amount": 0, "variation_rate": "131.371"}, 656_86),
    ],
)
def test_a_part_of_a_kobo_is_rounded_up(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], kobo: int
) -> None:
    """Also if only amount and rate are known: nothing is sold at a loss."""
    assert [plan.amount_kobo for plan in plans(monkeypatch, FIXED | change)] == [kobo]


@pytest.mark.parametrize(
    "row",
    [
        # The sample in the vendor's documentation, which has no price.
        {"variation_code": "2470", "name": "15EUR Top Up", "variation_amount": "0.00"},
        # Fifteen euros are not fifteen naira.
        {"variation_code": "2470", "name": "15EUR Top Up", "variation_amount": "15.00"},
        FIXED | {"charged_currency": "USD"},
        FIXED | {"charged_amount": "-1"},
        FIXED | {"charged_amount": "much"},
        FIXED | {"charged_amount": "NaN"},
        FIXED | {"charged_amount": "1e30"},
        FIXED | {"variation_code": ""},
        FIXED | {"name": "C&A 10EUR Gift Card"},
        FIXED | {"name": "Mobile PIN"},
        FLEXIBLE | {"variation_rate": None},
        FLEXIBLE | {"variation_amount_max": None},
        FLEXIBLE | {"variation_amount_min": 0},
        "no row",
    ],
    ids=str,
)
def test_a_plan_without_a_certain_price_is_not_listed(
    monkeypatch: pytest.MonkeyPatch, row: Any
) -> None:
    """The other plans are."""
    found = plans(monkeypatch, row, FLEXIBLE | {"variation_code": "ok"})

    assert [plan.variation_code for plan in found] == ["ok"]


def test_a_flexible_amount_has_bounds_in_naira(monkeypatch: pytest.MonkeyPatch) -> None:
    """The country's bounds at its rate, as numbers or as texts."""
    [plan] = plans(monkeypatch, FLEXIBLE)

    assert (plan.amount_kobo, plan.rate) == (None, "131.37")
    assert (plan.min_kobo, plan.max_kobo) == (131_37, 65_685_00)


def test_a_code_with_two_prices_is_not_sold(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cost is uncertain, as for a data plan."""
    assert plans(monkeypatch, FIXED, FIXED | {"charged_amount": 700}) == []


@pytest.mark.parametrize(
    ("kobo", "rate", "bought", "cost"),
    [
        (5_000_00, "131.37", "38.06", 4_999_95),
        (131_37, "131.37", "1.00", 131_37),
        (1_00, "131.37", "0.00", 0),
        (1_000_00, "12.5", "80.00", 1_000_00),
        (1_000_00, "0.333", "3003.00", 1_000_00),
    ],
)
def test_an_amount_in_naira_buys_whole_hundredths(
    kobo: int, rate: str, bought: str, cost: int
) -> None:
    """At no more than was asked."""
    assert exchange(kobo, rate) == (bought, cost)


@pytest.mark.parametrize(
    "written", ["0241234567", "+233241234567", "233241234567", "+233 24-123 4567"]
)
def test_a_number_is_sent_with_the_countrys_prefix(written: str) -> None:
    """Without a plus, in any spelling."""
    assert phones.normalise_international(written, "GH") == "233241234567"


@pytest.mark.parametrize(
    ("written", "country"),
    [("08031234567", "GH"), ("0302123456", "GH"), ("024CALLNOW", "GH"), ("0241234567", "ZZ")],
)
def test_an_invalid_number_of_a_country_is_refused(written: str, country: str) -> None:
    """Another country's number, a landline, letters, and a country without known numbers."""
    with pytest.raises(PhoneInvalid):
        phones.normalise_international(written, country)


def test_a_refusal_has_an_example_number() -> None:
    """Of the same country."""
    with pytest.raises(PhoneInvalid, match=r"such as \+233"):
        phones.normalise_international("1", "GH")


@pytest.mark.parametrize("number", ["08011111111", "201000000000", "500000000000"])
def test_test_numbers_are_valid_in_every_country(number: str, settings: Any) -> None:
    """In sandbox mode only."""
    settings.VTPASS_SANDBOX_MODE = True
    assert phones.normalise_international(f" {number} ", "GH") == number
    settings.VTPASS_SANDBOX_MODE = False
    with pytest.raises(PhoneInvalid):
        phones.normalise_international(number, "GH")
