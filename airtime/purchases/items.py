"""What a customer asks to buy, as an item that can be sold at our catalogue's price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from airtime import catalogue, international, phones, vendor
from airtime.clients import InternationalPlan, Service, ServiceKind
from airtime.errors import PurchaseIncomplete
from airtime.purchases import AIRTIME, DATA
from airtime.purchases.documents import Purchase
from payflow.kernel.errors import InvariantBroken
from payflow.kernel.money import KOBO_PER_NAIRA, to_naira_text
from wallets.errors import AmountOutOfRange

_TYPES = {ServiceKind.AIRTIME: AIRTIME, ServiceKind.DATA: DATA}


@dataclass(frozen=True)
class Item:
    """`purchase` is what the vendor will be asked for; `details` are shown to the customer.

    The customer pays amount_kobo, the price, and fee_kobo, which the vendor adds to it.
    """

    type: str
    amount_kobo: int
    purchase: Purchase
    details: dict[str, Any]
    fee_kobo: int = 0


@dataclass(frozen=True)
class ItemRequest:
    """What the customer asks for; None or empty for what they leave out."""

    service_id: str
    phone: str
    amount_kobo: int | None = None
    variation_code: str | None = None
    country_code: str | None = None
    operator_id: str | None = None
    product_type_id: int | None = None


def price_item(request: ItemRequest, *, user: User, now: datetime) -> Item:
    """The item that the request names. A plan's price is the catalogue's, never the customer's.

    Raises: ServiceNotFound, VariationNotFound, PhoneInvalid, PurchaseIncomplete,
    CountryNotFound, ProductTypeNotFound, OperatorNotFound, AmountOutOfRange, VendorUnavailable.
    """
    if request.service_id == vendor.INTERNATIONAL_AIRTIME:
        return _international_item(request, user, now)
    if request.country_code or request.operator_id or request.product_type_id is not None:
        raise PurchaseIncomplete(
            "country_code, operator_id and product_type_id are for foreign-airtime alone: "
            "leave them out."
        )
    return _domestic_item(request, now)


def _domestic_item(request: ItemRequest, now: datetime) -> Item:
    number = phones.normalise(request.phone)
    service = catalogue.get_service(request.service_id, now=now)
    if service.kind is ServiceKind.DATA:
        if not request.variation_code:
            raise PurchaseIncomplete("Say which plan, by its variation_code.")
        plan = catalogue.get_variation(service.service_id, request.variation_code, now=now)
        shown = {"variation_code": plan.variation_code, "plan": plan.name}
        return _item(service, plan.amount_kobo, number, shown)
    if request.variation_code:
        raise PurchaseIncomplete("Airtime has no plans: leave out variation_code.")
    if request.amount_kobo is None:
        raise PurchaseIncomplete("Say how much airtime, as amount in naira.")
    _check_amount(service, request.amount_kobo)
    return _item(service, request.amount_kobo, number, {})


def _international_item(request: ItemRequest, user: User, now: datetime) -> Item:
    """Each choice must be in the vendor's list for the choice before it."""
    code, kind, operator_id = request.country_code, request.product_type_id, request.operator_id
    if not (code and kind is not None and operator_id and request.variation_code):
        raise PurchaseIncomplete(
            "Say which airtime, by country_code, product_type_id, operator_id and variation_code."
        )
    country = international.get_country(code, now=now)
    number = phones.normalise_international(request.phone, country.code)
    operator = international.get_operator(country.code, kind, operator_id, now=now)
    plan = international.get_plan(operator_id, kind, request.variation_code, now=now)
    bought, amount_kobo = _international_price(plan, request.amount_kobo)
    purchase = Purchase(
        service_id=request.service_id,
        phone=number,
        variation_code=plan.variation_code,
        country_code=country.code,
        operator_id=operator_id,
        product_type_id=kind,
        email=user.email,
        local_amount=bought,
    )
    details: dict[str, Any] = {
        "service_id": request.service_id,
        "network": operator.name,
        "phone": number,
        "variation_code": plan.variation_code,
        "plan": plan.name,
        "country_code": country.code,
        "country": country.name,
        "operator_id": operator_id,
        "product_type_id": kind,
    }
    if bought:
        details |= {"foreign_amount": bought, "foreign_currency": country.currency}
    return Item(AIRTIME, amount_kobo, purchase, details)


def _international_price(
    plan: InternationalPlan, amount_kobo: int | None
) -> tuple[str | None, int]:
    """The amount in the country's currency, if the plan has no fixed price; the price in kobo."""
    if plan.amount_kobo is not None:
        return None, plan.amount_kobo
    if plan.rate is None or plan.min_kobo is None or plan.max_kobo is None:
        raise InvariantBroken(f"plan {plan.variation_code} has neither a price nor a rate")
    if amount_kobo is None:
        raise PurchaseIncomplete("This plan has no price: say how much, as amount in naira.")
    least, most = to_naira_text(plan.min_kobo), to_naira_text(plan.max_kobo)
    bought, price_kobo = international.exchange(amount_kobo, plan.rate)
    if not plan.min_kobo <= amount_kobo <= plan.max_kobo or price_kobo == 0:
        raise AmountOutOfRange(f"This is sold from {least} to {most} naira.", min=least, max=most)
    return bought, price_kobo


def _check_amount(service: Service, amount_kobo: int) -> None:
    least, most = to_naira_text(service.min_kobo), to_naira_text(service.max_kobo)
    if not service.min_kobo <= amount_kobo <= service.max_kobo:
        raise AmountOutOfRange(
            f"{service.name} is sold from {least} to {most} naira.", min=least, max=most
        )
    # Assumed: all of the vendor's samples are in whole naira.
    # Source: docs/vendors/vtpass.md, section 3.2.
    if amount_kobo % KOBO_PER_NAIRA:
        raise AmountOutOfRange("Airtime is sold in whole naira: leave out the kobo.")


def _item(service: Service, amount_kobo: int, phone: str, plan: dict[str, str]) -> Item:
    details = {"service_id": service.service_id, "network": service.network, "phone": phone, **plan}
    network = phones.network_of(phone)
    if network and network != service.network:
        details["warning"] = (
            f"The number looks like one of {network}, not of {service.network}. "
            "That is right only if it was ported."
        )
    purchase = Purchase(
        service_id=service.service_id, phone=phone, variation_code=plan.get("variation_code")
    )
    fee_kobo = service.fee_kobo(amount_kobo)
    if fee_kobo:
        details["convenience_fee"] = to_naira_text(fee_kobo)
    return Item(_TYPES[service.kind], amount_kobo, purchase, details, fee_kobo)
