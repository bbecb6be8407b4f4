"""Airtime of other countries, in brief. Source: docs/vendors/vtpass.md, section 2.5.

Assumed: the countries, operators and plans; all plans have a fixed price in naira.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from payflow.sandbox.vendor import Endpoint
from payflow.sandbox.vtpass import replies
from payflow.sandbox.vtpass.codes import Refused
from payflow.sandbox.wire import Json

_IMAGES = "https://sandbox.vtpass.com/resources/images"
_COUNTRIES = (("GH", "Ghana", "GHS", "233"), ("KE", "Kenya", "KES", "254"))
_PRODUCT_TYPES = {1: "Mobile Top Up", 4: "Mobile Data"}


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
        return replies.catalogue({"countries": shown})

    async def product_types(request: web.Request) -> web.Response:
        _known_country(request.query.get("code"))
        return replies.catalogue(
            [{"product_type_id": each, "name": name} for each, name in _PRODUCT_TYPES.items()]
        )

    async def operators(request: web.Request) -> web.Response:
        country = _known_country(request.query.get("code"))
        _known_type(request.query.get("product_type_id"))
        shown = [
            {
                "operator_id": each.id,
                "name": each.name,
                "operator_image": f"{_IMAGES}/operators/{each.id}.png",
            }
            for each in _OPERATORS
            if each.country == country
        ]
        return replies.catalogue(shown)

    path = "/get-international-airtime"
    return (
        Endpoint("countries", "GET", f"{path}-countries", countries),
        Endpoint("product_types", "GET", f"{path}-product-types", product_types),
        Endpoint("operators", "GET", f"{path}-operators", operators),
    )


def plans(*, operator_id: object, product_type_id: object) -> list[Json]:
    """What an operator sells of one type. Raises: Refused 011."""
    operator, kind = _known_operator(operator_id), _known_type(product_type_id)
    return [
        {
            "variation_code": f"{operator.id}-{kind}-{naira}",
            "name": f"{operator.name} N{naira} {_PRODUCT_TYPES[kind]}",
            "amount_kobo": naira * 100,
        }
        for naira in (500, 1_000, 5_000)
    ]


def plans_of_order(body: Json) -> list[Json]:
    """The plans that an order's operator, country and type allow. Raises: Refused 011."""
    country = _known_country(body.get("country_code"))
    email = body.get("email")
    if not isinstance(email, str) or "@" not in email:
        raise Refused("011")
    if _known_operator(body.get("operator_id")).country != country:
        raise Refused("011")
    return plans(operator_id=body.get("operator_id"), product_type_id=body.get("product_type_id"))


def _known_country(code: object) -> str:
    for known, *_ in _COUNTRIES:
        if known == code:
            return known
    raise Refused("011")


def _known_operator(operator_id: object) -> _Operator:
    for known in _OPERATORS:
        if known.id == operator_id:
            return known
    raise Refused("011")


def _known_type(product_type_id: object) -> int:
    """A number in the vendor's list, a text in a query; an order may have either."""
    for known in _PRODUCT_TYPES:
        if not isinstance(product_type_id, bool) and product_type_id in (known, str(known)):
            return known
    raise Refused("011")
