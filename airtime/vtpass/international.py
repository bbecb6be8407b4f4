"""International airtime: the countries, operators and plans for which VTpass sells it.

Source: docs/vendors/vtpass.md, section 2.5.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, TypeVar

from airtime.clients import Country, InternationalPlan, Operator, ProductType
from airtime.vtpass.catalogue import drop_ambiguous, read_rows, variations_in
from airtime.vtpass.wire import VENDOR, read_content
from payflow.kernel.errors import VendorUnavailable
from payflow.kernel.money import KOBO_PER_NAIRA, NGN

logger = logging.getLogger(__name__)

INTERNATIONAL_AIRTIME = "foreign-airtime"
# A larger number is not an amount of money, and the database cannot store it.
_MAX_KOBO = 10**15
# Not sold. Assumed: a card's number comes only in the answer to its purchase, so a customer whose
# answer is lost would have paid for nothing.
_CARDS = re.compile(r"\b(pin|gift|voucher|card)s?\b", re.IGNORECASE)
_PATH = "/get-international-airtime"
T = TypeVar("T")


def list_countries() -> list[Country]:
    content = read_content(f"{_PATH}-countries")
    if not isinstance(content, Mapping):
        raise VendorUnavailable("The list cannot be read.", vendor=VENDOR)
    return _readable(read_rows(content.get("countries")), _country)


def list_product_types(country_code: str) -> list[ProductType]:
    found = _readable(
        read_rows(read_content(f"{_PATH}-product-types", code=country_code)), _product_type
    )
    return [each for each in found if not _CARDS.search(each.name)]


def list_operators(country_code: str, product_type_id: int) -> list[Operator]:
    content = read_content(
        f"{_PATH}-operators", code=country_code, product_type_id=str(product_type_id)
    )
    return _readable(read_rows(content), _operator)


def list_international_plans(operator_id: str, product_type_id: int) -> list[InternationalPlan]:
    """Plans with a certain price: in naira, or at a rate. A code with two prices is dropped.

    Assumed: for an unknown operator or product type the vendor answers with a refusal or with no
    plans. Both give an empty list.
    """
    content = read_content(
        "/service-variations",
        serviceID=INTERNATIONAL_AIRTIME,
        operator_id=operator_id,
        product_type_id=str(product_type_id),
    )
    found = _readable(read_rows(variations_in(content)), _plan)
    sold = [plan for plan in found if not _CARDS.search(plan.name)]
    return drop_ambiguous(sold, where=f"{INTERNATIONAL_AIRTIME} {operator_id}")


def _readable(rows: list[Mapping[str, Any]], read_row: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """Every row that can be read. Others are hidden, and logged."""
    found = []
    for row in rows:
        try:
            found.append(read_row(row))
        except (KeyError, ArithmeticError, ValueError) as exc:
            logger.warning("a row of international airtime cannot be read, and is hidden: %r", exc)
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
    """`variation_amount` and the bounds are in the country's currency, never in naira."""
    code, name = _text(row, "variation_code"), _text(row, "name")
    if row.get("charged_currency") not in (None, "", NGN):
        raise ValueError(f"{code} is charged in {row['charged_currency']}")
    rate = _decimal(row.get("variation_rate"))
    if str(row.get("fixedPrice", "Yes")).lower() == "yes":
        naira = _decimal(row.get("charged_amount")) or _decimal(row.get("variation_amount")) * rate
        # Rounded up to whole kobo, so that nothing is sold at a loss.
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
    """The vendor's number, which may be a text. A missing one counts as zero."""
    number = Decimal(str(value or 0))
    if not number.is_finite() or number < 0:
        raise ValueError(f"{value!r} is not an amount")
    return number


def _kobo(naira: Decimal, rounding: str) -> int:
    kobo = (naira * KOBO_PER_NAIRA).to_integral_value(rounding)
    if not 0 < kobo < _MAX_KOBO:
        raise ValueError(f"{naira} naira is not a price")
    return int(kobo)
