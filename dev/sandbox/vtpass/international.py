"""International airtime. Source: docs/vendors/vtpass.md, section 2.5.

Assumed: the countries, operators, plans and rates.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from aiohttp import web

from dev.sandbox.units import to_naira_number
from dev.sandbox.vendor import Endpoint
from dev.sandbox.vtpass import replies
from dev.sandbox.vtpass.amounts import format_price, read_amount_kobo
from dev.sandbox.vtpass.replies import Refused
from dev.sandbox.wire import Json

_IMAGES = "https://sandbox.vtpass.com/resources/images"
_COUNTRIES = (("GH", "Ghana", "GHS", "233"), ("KE", "Kenya", "KES", "254"))
_TOP_UP, _DATA = 1, 4
_PRODUCT_TYPES = {_TOP_UP: "Mobile Top Up", _DATA: "Mobile Data"}
# Naira for one unit of the country's money.
_RATES = {"GH": Decimal("131.37"), "KE": Decimal("12.5")}
# Bounds of a plan without a fixed price, in the country's money.
_LEAST, _MOST = 1, 500


@dataclass(frozen=True)
class _Operator:
    id: str
    name: str
    country: str


_OPERATORS = (
    _Operator("5", "MTN Ghana", "GH"),
    _Operator("6", "Telecel Ghana", "GH"),
    _Operator("21", "Safaricom Kenya", "KE"),
)


def endpoints() -> Sequence[Endpoint]:
    async def countries(request: web.Request) -> web.Response:
        shown = [
            {
                "code": code,
                "flag": f"{_IMAGES}/flags/{code}.png",
                "name": name,
                "currency": currency,
                "prefix": prefix,
            }
            for code, name, currency, prefix in _COUNTRIES
        ]
        return replies.reply_catalogue({"countries": shown})

    async def product_types(request: web.Request) -> web.Response:
        _get_country(request.query.get("code"))
        return replies.reply_catalogue(
            [{"product_type_id": each, "name": name} for each, name in _PRODUCT_TYPES.items()]
        )

    async def operators(request: web.Request) -> web.Response:
        country = _get_country(request.query.get("code"))
        _get_product_type(request.query.get("product_type_id"))
        shown = [
            {
                "operator_id": each.id,
                "name": each.name,
                "operator_image": f"{_IMAGES}/operators/{each.id}.png",
            }
            for each in _OPERATORS
            if each.country == country
        ]
        return replies.reply_catalogue(shown)

    path = "/get-international-airtime"
    return (
        Endpoint("countries", "GET", f"{path}-countries", countries),
        Endpoint("product_types", "GET", f"{path}-product-types", product_types),
        Endpoint("operators", "GET", f"{path}-operators", operators),
    )


def list_plans(*, operator_id: object, product_type_id: object) -> list[Json]:
    """The plans of an operator and product type; `amount_kobo` is None if the price is not fixed.

    Raises: Refused 011.
    """
    operator, kind = _get_operator(operator_id), _get_product_type(product_type_id)
    fixed: list[Json] = [
        {
            "variation_code": f"{operator.id}-{kind}-{naira}",
            "name": f"{operator.name} N{naira} {_PRODUCT_TYPES[kind]}",
            "amount_kobo": naira * 100,
            "rate": _RATES[operator.country],
        }
        for naira in (500, 1_000, 5_000)
    ]
    if kind != _TOP_UP:
        return fixed
    flexible: Json = {
        "variation_code": f"{operator.id}-{kind}-any",
        "name": "Enter flexible amount",
        "amount_kobo": None,
        "rate": _RATES[operator.country],
    }
    return [*fixed, flexible]


def show_plans(plans: Iterable[Json]) -> list[Json]:
    """Amount and bounds are in the country's money; the charged amount is in naira."""
    return [
        _show_flexible(plan) if plan["amount_kobo"] is None else _show_fixed(plan) for plan in plans
    ]


def _show_fixed(plan: Json) -> Json:
    return {
        "variation_code": plan["variation_code"],
        "name": plan["name"],
        "fixedPrice": "Yes",
        "variation_amount": format_price(int(plan["amount_kobo"] / plan["rate"])),
        "variation_rate": float(plan["rate"]),
        "charged_amount": to_naira_number(plan["amount_kobo"]),
        "charged_currency": "NGN",
    }


def _show_flexible(plan: Json) -> Json:
    return {
        "variation_code": plan["variation_code"],
        "name": plan["name"],
        "fixedPrice": "No",
        "variation_amount": None,
        "variation_amount_min": _LEAST,
        "variation_amount_max": _MOST,
        "variation_rate": float(plan["rate"]),
        "charged_amount": None,
        "charged_currency": "NGN",
    }


def get_price_kobo(body: Json) -> int:
    """The price of an order: the plan's fixed price, or the amount in the country's money times
    the plan's rate.

    Assumed: rounded up to whole kobo. Raises: Refused 011, 010, 013 or 017.
    """
    for plan in list_plans_of_order(body):
        if plan["variation_code"] != body["variation_code"]:
            continue
        if plan["amount_kobo"] is not None:
            return int(plan["amount_kobo"])
        asked = read_amount_kobo(body.get("amount"))  # hundredths of the country's money
        if asked < _LEAST * 100:
            raise Refused("013")
        if asked > _MOST * 100:
            raise Refused("017")
        return int((asked * plan["rate"]).to_integral_value(ROUND_CEILING))
    raise Refused("010")


def list_plans_of_order(body: Json) -> list[Json]:
    """The plans that an order's operator, country and type allow. Raises: Refused 011."""
    country = _get_country(body.get("country_code"))
    email = body.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise Refused("011")
    if _get_operator(body.get("operator_id")).country != country:
        raise Refused("011")
    return list_plans(
        operator_id=body.get("operator_id"), product_type_id=body.get("product_type_id")
    )


def _get_country(code: object) -> str:
    for known, *_ in _COUNTRIES:
        if known == code:
            return known
    raise Refused("011")


def _get_operator(operator_id: object) -> _Operator:
    for known in _OPERATORS:
        if known.id == operator_id:
            return known
    raise Refused("011")


def _get_product_type(product_type_id: object) -> int:
    """The vendor's list has numbers and a query has texts; an order may have either."""
    for known in _PRODUCT_TYPES:
        if not isinstance(product_type_id, bool) and product_type_id in (known, str(known)):
            return known
    raise Refused("011")
