"""What is on sale, and the balance. Source: docs/vendors/vtpass.md, section 2."""

from collections.abc import Iterable, Sequence

from aiohttp import web

from dev.sandbox.units import naira_number
from dev.sandbox.vendor import Endpoint
from dev.sandbox.vtpass import foreign, replies
from dev.sandbox.vtpass.account import Account
from dev.sandbox.vtpass.amounts import price_text
from dev.sandbox.vtpass.catalogue import (
    AIRTIME,
    CATEGORIES,
    FOREIGN,
    Service,
    get_service,
    services_of,
)
from dev.sandbox.vtpass.replies import Refused
from dev.sandbox.wire import Json, answer

_IMAGES = "https://sandbox.vtpass.com/resources/products/200X200"
# As in the vendor's sample, 1081.8199999998.
_NOISE_NAIRA = 2e-10


def endpoints(account: Account) -> Sequence[Endpoint]:
    async def categories(request: web.Request) -> web.Response:
        return replies.catalogue(
            [{"identifier": identifier, "name": name} for identifier, name in CATEGORIES.items()]
        )

    async def services(request: web.Request) -> web.Response:
        identifier = request.query.get("identifier")
        if not identifier:
            raise Refused("011")
        # Assumed: a category without products is an empty list.
        return replies.catalogue([_service(each) for each in services_of(identifier)])

    async def variations(request: web.Request) -> web.Response:
        service_id = request.query.get("serviceID")
        if not service_id:
            raise Refused("011")
        service = get_service(service_id)
        if service.id == FOREIGN:
            plans = foreign.plans(
                operator_id=request.query.get("operator_id"),
                product_type_id=request.query.get("product_type_id"),
            )
            shown = foreign.plan_shapes(plans)
        else:
            shown = plan_shapes(service, account.catalogue.plans(service.id))
        content: Json = {
            "ServiceName": service.name,
            "serviceID": service.id,
            "convinience_fee": "0 %",
        }
        for key, left_out_by in (("variations", "misspelled"), ("varations", "right")):
            if account.policy.variation_key != left_out_by:
                content[key] = shown
        return replies.catalogue(content)

    async def balance(request: web.Request) -> web.Response:
        account.decide_due()
        naira = account.float_kobo() / 100
        if account.policy.balance_noise:
            naira -= _NOISE_NAIRA
        # The number 1 is no result code, and the key is a plural only here.
        return answer({"code": 1, "contents": {"balance": naira}})

    return (
        Endpoint("categories", "GET", "/service-categories", categories),
        Endpoint("services", "GET", "/services", services),
        Endpoint("variations", "GET", "/service-variations", variations),
        Endpoint("balance", "GET", "/balance", balance),
    )


def _service(service: Service) -> Json:
    most = service.maximum_naira
    return {
        "serviceID": service.id,
        "name": service.name,
        "minimium_amount": str(service.minimum_naira),
        "maximum_amount": most if service.bare_maximum else str(most),
        "convinience_fee": "0 %",
        "product_type": "flexible" if service.category == AIRTIME else "fix",
        "image": f"{_IMAGES}/{service.name.replace(' ', '-')}.jpg",
    }


def plan_shapes(service: Service, plans: Iterable[Json]) -> list[Json]:
    price = naira_number if service.bare_prices else price_text
    return [
        {
            "variation_code": plan["variation_code"],
            "name": plan["name"],
            "variation_amount": price(plan["amount_kobo"]),
            "fixedPrice": "Yes",
        }
        for plan in plans
    ]
