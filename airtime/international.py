"""International airtime, from the vendor; from the cache while the vendor is away.

A customer chooses a country, then a product type, an operator, and one of its plans.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal
from typing import Any

from airtime import vendor
from airtime.clients import Country, InternationalPlan, Operator, ProductType
from airtime.errors import (
    CountryNotFound,
    OperatorNotFound,
    ProductTypeNotFound,
    VariationNotFound,
)
from payflow.kernel.cache import cached_or_stale
from payflow.kernel.money import KOBO_PER_NAIRA

_PLACES_FRESH_FOR = timedelta(hours=2)
# The vendor charges its present price, not the one in our copy, and its rates change.
_PRICES_FRESH_FOR = timedelta(minutes=10)
_OPERATOR_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")
# Assumed: the vendor takes amounts in hundredths of every currency.
_HUNDREDTH = Decimal("0.01")


def list_countries(*, now: datetime) -> list[Country]:
    """In the vendor's order. Raises: VendorUnavailable."""
    rows = _cached("countries", vendor.client().list_countries, _PLACES_FRESH_FOR, now)
    return [Country(**row) for row in rows]


def get_country(code: str, *, now: datetime) -> Country:
    """The country of this code, in any case. Raises: CountryNotFound, VendorUnavailable."""
    for country in list_countries(now=now):
        if country.code == code.upper():
            return country
    raise CountryNotFound(country_code=code)


def list_product_types(country_code: str, *, now: datetime) -> list[ProductType]:
    """Raises: CountryNotFound, VendorUnavailable."""
    code = get_country(country_code, now=now).code
    rows = _cached(
        f"types:{code}", lambda: vendor.client().list_product_types(code), _PLACES_FRESH_FOR, now
    )
    return [ProductType(**row) for row in rows]


def list_operators(country_code: str, product_type_id: int, *, now: datetime) -> list[Operator]:
    """Raises: CountryNotFound, ProductTypeNotFound, VendorUnavailable."""
    code = get_country(country_code, now=now).code
    types = list_product_types(code, now=now)
    if product_type_id not in {each.product_type_id for each in types}:
        raise ProductTypeNotFound(product_type_id=product_type_id)
    rows = _cached(
        f"operators:{code}:{product_type_id}",
        lambda: vendor.client().list_operators(code, product_type_id),
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
    """The operator's plans of this product type; never empty.

    Raises: OperatorNotFound, VendorUnavailable.
    """

    def ask() -> list[InternationalPlan]:
        # Nothing is cached under an id that the vendor does not know.
        if found := vendor.client().list_international_plans(operator_id, product_type_id):
            return found
        raise OperatorNotFound(operator_id=operator_id)

    if not _OPERATOR_ID.fullmatch(operator_id):
        raise OperatorNotFound(operator_id=operator_id)
    key = f"plans:{operator_id}:{product_type_id}"
    return [InternationalPlan(**row) for row in _cached(key, ask, _PRICES_FRESH_FOR, now)]


def get_plan(
    operator_id: str, product_type_id: int, variation_code: str, *, now: datetime
) -> InternationalPlan:
    """Raises: OperatorNotFound, VariationNotFound, VendorUnavailable."""
    for plan in list_plans(operator_id, product_type_id, now=now):
        if plan.variation_code == variation_code:
            return plan
    raise VariationNotFound(variation_code=variation_code)


def exchange(amount_kobo: int, rate: str) -> tuple[str, int]:
    """How much of a country's currency this amount buys, and what that costs in kobo.

    Rounded down to hundredths, so the cost may be a little less than the amount, never more.
    """
    naira_each = Decimal(rate)
    bought = (Decimal(amount_kobo) / KOBO_PER_NAIRA / naira_each).quantize(_HUNDREDTH, ROUND_DOWN)
    cost = (bought * naira_each * KOBO_PER_NAIRA).to_integral_value(ROUND_CEILING)
    return format(bought, "f"), int(cost)


def _cached(
    key: str, ask: Callable[[], Sequence[Any]], fresh_for: timedelta, now: datetime
) -> list[dict[str, Any]]:
    def rows() -> list[dict[str, Any]]:
        return [asdict(each) for each in ask()]

    found: list[dict[str, Any]] = cached_or_stale(
        f"vtpass:foreign:{key}", rows, fresh_for=fresh_for, now=now
    )
    return found
