"""Airtime of other countries, as it can be bought: asked of the vendor, served stale like the rest.

The steps of a choice: a country, a type of product, an operator, one of its plans.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from typing import Any

from airtime import vtpass
from airtime.errors import (
    CountryNotFound,
    OperatorNotFound,
    ProductTypeNotFound,
    VariationNotFound,
)
from airtime.vendors import Country, InternationalPlan, Operator, ProductType
from payflow.kernel.cache import cached_or_stale
from payflow.kernel.money import KOBO_PER_NAIRA

_PLACES_FRESH_FOR = timedelta(hours=2)
# As for data: the vendor charges what it charges, and its rates move.
_PRICES_FRESH_FOR = timedelta(minutes=10)
_OPERATOR_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
# Assumed: the vendor takes amounts of every country's money in hundredths.
_HUNDREDTH = Decimal("0.01")


def list_countries(*, now: datetime) -> list[Country]:
    """In the vendor's order. Raises: VendorUnavailable."""
    rows = _kept("countries", vtpass.list_countries, _PLACES_FRESH_FOR, now)
    return [Country(**row) for row in rows]


def get_country(code: str, *, now: datetime) -> Country:
    """In capitals or not. Raises: CountryNotFound, VendorUnavailable."""
    for country in list_countries(now=now):
        if country.code == code.upper():
            return country
    raise CountryNotFound(country_code=code)


def list_product_types(country_code: str, *, now: datetime) -> list[ProductType]:
    """Raises: CountryNotFound, VendorUnavailable."""
    code = get_country(country_code, now=now).code
    rows = _kept(f"types:{code}", lambda: vtpass.list_product_types(code), _PLACES_FRESH_FOR, now)
    return [ProductType(**row) for row in rows]


def list_operators(country_code: str, product_type_id: int, *, now: datetime) -> list[Operator]:
    """Raises: CountryNotFound, ProductTypeNotFound, VendorUnavailable."""
    code = get_country(country_code, now=now).code
    types = list_product_types(code, now=now)
    if product_type_id not in {each.product_type_id for each in types}:
        raise ProductTypeNotFound(product_type_id=product_type_id)
    rows = _kept(
        f"operators:{code}:{product_type_id}",
        lambda: vtpass.list_operators(code, product_type_id),
        _PLACES_FRESH_FOR,
        now,
    )
    return [Operator(**row) for row in rows]


def get_operator(
    country_code: str, product_type_id: int, operator_id: str, *, now: datetime
) -> Operator:
    """Raises: CountryNotFound, ProductTypeNotFound, OperatorNotFound, VendorUnavailable."""
    for operator in list_operators(country_code, product_type_id, now=now):
        if operator.operator_id == operator_id:
            return operator
    raise OperatorNotFound(operator_id=operator_id)


def list_plans(operator_id: str, product_type_id: int, *, now: datetime) -> list[InternationalPlan]:
    """What the operator sells of this type; never empty. Raises: OperatorNotFound,
    VendorUnavailable."""

    def ask() -> list[InternationalPlan]:
        # Nothing is kept under an id that somebody made up.
        if found := vtpass.list_international_plans(operator_id, product_type_id):
            return found
        raise OperatorNotFound(operator_id=operator_id)

    if not _OPERATOR_ID.fullmatch(operator_id):
        raise OperatorNotFound(operator_id=operator_id)
    key = f"plans:{operator_id}:{product_type_id}"
    return [InternationalPlan(**row) for row in _kept(key, ask, _PRICES_FRESH_FOR, now)]


def get_plan(
    operator_id: str, product_type_id: int, variation_code: str, *, now: datetime
) -> InternationalPlan:
    """Raises: OperatorNotFound, VariationNotFound, VendorUnavailable."""
    for plan in list_plans(operator_id, product_type_id, now=now):
        if plan.variation_code == variation_code:
            return plan
    raise VariationNotFound(variation_code=variation_code)


def exchanged(amount_kobo: int, rate: str) -> tuple[str, int]:
    """What so much buys of another country's money, and what that costs in kobo.

    In whole hundredths, so that it may cost a little less than was asked, and never more.
    """
    naira_each = Decimal(rate)
    bought = (Decimal(amount_kobo) / KOBO_PER_NAIRA / naira_each).quantize(_HUNDREDTH, ROUND_DOWN)
    cost = (bought * naira_each * KOBO_PER_NAIRA).to_integral_value(ROUND_CEILING)
    return format(bought, "f"), int(cost)


def _kept(
    key: str, ask: Callable[[], Sequence[Any]], fresh_for: timedelta, now: datetime
) -> list[dict[str, Any]]:
    def rows() -> list[dict[str, Any]]:
        return [asdict(each) for each in ask()]

    found: list[dict[str, Any]] = cached_or_stale(
        f"vtpass:foreign:{key}", rows, fresh_for=fresh_for, now=now
    )
    return found
