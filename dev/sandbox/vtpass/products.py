"""The catalogue's endpoints, and the balance. Source: docs/vendors/vtpass.md, section 2."""

from collections.abc import Iterable, Sequence

from aiohttp import web

from dev.sandbox.units import to_naira_number
from dev.sandbox.vendor import Endpoint
from dev.sandbox.vtpass import international, replies
from dev.sandbox.vtpass.amounts import format_price
from dev.sandbox.vtpass.catalogue import (
    AIRTIME,
    CATEGORIES,
    INTERNATIONAL,
    Service,
    get_service,
    list_services,
)
from dev.sandbox.vtpass.merchant import Merchant
from dev.sandbox.vtpass.replies import Refused
from dev.sandbox.wire import Json, answer

_IMAGES = "https://sandbox.vtpass.com/resources/products/200X200"
# As in the vendor's sample, 1081.8199999998.
_NOISE_NAIRA = 2e-10


def endpoints(merchant: Merchant) -> Sequence[Endpoint]:
    async def categories(request: web.Request) -> web.Response:
        return replies.reply_catalogue(
            [{"identifier": identifier, "name": name} for identifier, name in CATEGORIES.items()]
        )

    async def services(request: web.Request) -> web.Response:
        identifier = request.query.get("identifier")
        if not identifier:
            raise Refused("011")
        # Assumed: a category without products is an empty list.
        return replies.reply_catalogue(
            [_show_service(each, merchant.get_fee(each)) for each in list_services(identifier)]
        )

    async def variations(request: web.Request) -> web.Response:
        service_id = request.query.get("serviceID")
        if not service_id:
            raise Refused("011")
        service = get_service(service_id)
        if service.id == INTERNATIONAL:
            plans = international.list_plans(
                operator_id=request.query.get("operator_id"),
                product_type_id=request.query.get("product_type_id"),
            )
            shown = international.show_plans(plans)
        else:
            shown = show_plans(service, merchant.catalogue.list_plans(service.id))
        content: Json = {
            "ServiceName": service.name,
            "serviceID": service.id,
            "convinience_fee": merchant.get_fee(service),
        }
        for key, left_out_by in (("variations", "misspelled"), ("varations", "right")):
            if merchant.policy.variation_key != left_out_by:
                content[key] = shown
        return replies.reply_catalogue(content)

    async def balance(request: web.Request) -> web.Response:
        merchant.decide_due()
        naira = merchant.compute_float_kobo() / 100
        if merchant.policy.balance_noise:
            naira -= _NOISE_NAIRA
        # `code` is the number 1 here, which is no result code, and the key is `contents`.
        return answer({"code": 1, "contents": {"balance": naira}})

    return (
        Endpoint("categories", "GET", "/service-categories", categories),
        Endpoint("services", "GET", "/services", services),
        Endpoint("variations", "GET", "/service-variations", variations),
        Endpoint("balance", "GET", "/balance", balance),
    )


def _show_service(service: Service, fee: str) -> Json:
    most = service.maximum_naira
    return {
        "serviceID": service.id,
        "name": service.name,
        "minimium_amount": str(service.minimum_naira),
        "maximum_amount": most if service.bare_maximum else str(most),
        "convinience_fee": fee,
        "product_type": "flexible" if service.category == AIRTIME else "fix",
        "image": f"{_IMAGES}/{service.name.replace(' ', '-')}.jpg",
    }


def show_plans(service: Service, plans: Iterable[Json]) -> list[Json]:
    price = to_naira_number if service.bare_prices else format_price
    return [
        {
            "variation_code": plan["variation_code"],
            "name": plan["name"],
            "variation_amount": price(plan["amount_kobo"]),
            "fixedPrice": "Yes",
        }
        for plan in plans
    ]
