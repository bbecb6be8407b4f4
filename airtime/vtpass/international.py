"""Airtime of other countries: where VTpass sells it, whose, and at which price.

Source: docs/vendors/vtpass.md, section 2.5.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, TypeVar

from airtime.vendors import Country, InternationalPlan, Operator, ProductType
from airtime.vtpass.catalogue import rows_in, variations_in, without_doubtful
from airtime.vtpass.wire import VENDOR, read
from payflow.kernel.errors import VendorUnavailable
from payflow.kernel.money import KOBO_PER_NAIRA, NGN

logger = logging.getLogger(__name__)

INTERNATIONAL_AIRTIME = "foreign-airtime"
# What is no amount of money, and no number that the database holds.
_MOST_KOBO = 10**15
# Assumed: their number comes in the answer to the purchase and nowhere else, so that whoever
# bought one without seeing that answer would have paid for nothing. They are not sold.
_CARDS = re.compile(r"\b(pin|gift|voucher|card)s?\b", re.IGNORECASE)
_PATH = "/get-international-airtime"
T = TypeVar("T")


def list_countries() -> list[Country]:
    content = read(f"{_PATH}-countries")
    if not isinstance(content, Mapping):
        raise VendorUnavailable("The list cannot be read.", vendor=VENDOR)
    return _readable(rows_in(content.get("countries")), _country)


def list_product_types(country_code: str) -> list[ProductType]:
    found = _readable(rows_in(read(f"{_PATH}-product-types", code=country_code)), _product_type)
    return [each for each in found if not _CARDS.search(each.name)]


def list_operators(country_code: str, product_type_id: int) -> list[Operator]:
    content = read(f"{_PATH}-operators", code=country_code, product_type_id=str(product_type_id))
    return _readable(rows_in(content), _operator)


def list_international_plans(operator_id: str, product_type_id: int) -> list[InternationalPlan]:
    """Plans whose price is certain: in naira, or at a rate. A code with two prices has none.

    Assumed: an operator that the vendor does not know, or a type it does not sell, is answered
    with a refusal or with no plans; both are an empty list here.
    """
    content = read(
        "/service-variations",
        serviceID=INTERNATIONAL_AIRTIME,
        operator_id=operator_id,
        product_type_id=str(product_type_id),
    )
    found = _readable(rows_in(variations_in(content)), _plan)
    sold = [plan for plan in found if not _CARDS.search(plan.name)]
    return without_doubtful(sold, where=f"{INTERNATIONAL_AIRTIME} {operator_id}")


def _readable(rows: list[Mapping[str, Any]], read_row: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """Every row that makes sense; what does not is hidden, and counted in the log."""
    found = []
    for row in rows:
        try:
            found.append(read_row(row))
        except (KeyError, ArithmeticError, ValueError) as exc:
            logger.warning("a row of foreign airtime cannot be sold, and is hidden: %r", exc)
    return found


def _country(row: Mapping[str, Any]) -> Country:
    return Country(
        code=_text(row, "code").upper(),
        name=_text(row, "name"),
        currency=_text(row, "currency"),
        prefix=_text(row, "prefix"),
        flag=str(row.get("flag") or ""),
    )


def _product_type(row: Mapping[str, Any]) -> ProductType:
    return ProductType(product_type_id=int(row["product_type_id"]), name=_text(row, "name"))


def _operator(row: Mapping[str, Any]) -> Operator:
    return Operator(
        operator_id=_text(row, "operator_id"),
        name=_text(row, "name"),
        image=str(row.get("operator_image") or ""),
    )


def _plan(row: Mapping[str, Any]) -> InternationalPlan:
    """`variation_amount` and the bounds are in the country's money, never in naira."""
    code, name = _text(row, "variation_code"), _text(row, "name")
    if row.get("charged_currency") not in (None, "", NGN):
        raise ValueError(f"{code} is charged in {row['charged_currency']}")
    rate = _decimal(row.get("variation_rate"))
    if str(row.get("fixedPrice", "Yes")).lower() == "yes":
        naira = _decimal(row.get("charged_amount")) or _decimal(row.get("variation_amount")) * rate
        # What is part of a kobo to the vendor is a whole one here: nothing is sold at a loss.
        return InternationalPlan(code, name, amount_kobo=_kobo(naira, ROUND_CEILING))
    return InternationalPlan(
        code,
        name,
        rate=format(rate.normalize(), "f"),
        min_kobo=_kobo(_decimal(row.get("variation_amount_min")) * rate, ROUND_CEILING),
        max_kobo=_kobo(_decimal(row.get("variation_amount_max")) * rate, ROUND_FLOOR),
    )


def _text(row: Mapping[str, Any], name: str) -> str:
    text = str(row[name] or "").strip()[:100]
    if not text:
        raise ValueError(f"{name} is empty")
    return text


def _decimal(value: object) -> Decimal:
    """A number of theirs, be it a text or not; nothing at all counts as zero."""
    number = Decimal(str(value or 0))
    if not number.is_finite() or number < 0:
        raise ValueError(f"{value!r} is no amount")
    return number


def _kobo(naira: Decimal, rounding: str) -> int:
    kobo = (naira * KOBO_PER_NAIRA).to_integral_value(rounding)
    if not 0 < kobo < _MOST_KOBO:
        raise ValueError(f"{naira} naira is no price")
    return int(kobo)
