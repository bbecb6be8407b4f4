"""What is bought: an order as it can be sold, at our catalogue's price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from airtime import catalogue, international, phones, vtpass
from airtime.errors import PurchaseIncomplete
from airtime.vendors import InternationalPlan, Service, ServiceKind
from payflow.kernel.money import KOBO_PER_NAIRA, to_naira_text
from wallets.errors import AmountOutOfRange
from wallets.ledger.documents import Purchase, TransactionType

_TYPES = {ServiceKind.AIRTIME: TransactionType.AIRTIME, ServiceKind.DATA: TransactionType.DATA}


@dataclass(frozen=True)
class Item:
    """`purchase` is what the vendor will be asked for, `details` what the customer is shown."""

    type: TransactionType
    amount_kobo: int
    purchase: Purchase
    details: dict[str, Any]


@dataclass(frozen=True)
class Order:
    """What the customer asks for; what is not said is None or empty."""

    service_id: str
    phone: str
    amount_kobo: int | None = None
    variation_code: str | None = None
    country_code: str | None = None
    operator_id: str | None = None
    product_type_id: int | None = None


def priced(order: Order, *, user: User, now: datetime) -> Item:
    """A purchase as it can be sold; a plan's price is the catalogue's, never the customer's.

    Raises: ServiceNotFound, VariationNotFound, PhoneInvalid, PurchaseIncomplete,
    CountryNotFound, ProductTypeNotFound, OperatorNotFound, AmountOutOfRange, VendorUnavailable.
    """
    if order.service_id == vtpass.INTERNATIONAL_AIRTIME:
        return _international_item(order, user, now)
    if order.country_code or order.operator_id or order.product_type_id is not None:
        raise PurchaseIncomplete(
            "country_code, operator_id and product_type_id are for foreign-airtime alone: "
            "leave them out."
        )
    return _domestic_item(order, now)


def _domestic_item(order: Order, now: datetime) -> Item:
    number = phones.normalise(order.phone)
    service = catalogue.get_service(order.service_id, now=now)
    if service.kind is ServiceKind.DATA:
        if not order.variation_code:
            raise PurchaseIncomplete("Say which plan, by its variation_code.")
        plan = catalogue.get_variation(service.service_id, order.variation_code, now=now)
        shown = {"variation_code": plan.variation_code, "plan": plan.name}
        return _item(service, plan.amount_kobo, number, shown)
    if order.variation_code:
        raise PurchaseIncomplete("Airtime has no plans: leave out variation_code.")
    if order.amount_kobo is None:
        raise PurchaseIncomplete("Say how much airtime, as amount in naira.")
    _check_amount(service, order.amount_kobo)
    return _item(service, order.amount_kobo, number, {})


def _international_item(order: Order, user: User, now: datetime) -> Item:
    """Each step of the choice must be one of the step before: the lists are the vendor's."""
    code, kind, operator_id = order.country_code, order.product_type_id, order.operator_id
    if not (code and kind is not None and operator_id and order.variation_code):
        raise PurchaseIncomplete(
            "Say which airtime, by country_code, product_type_id, operator_id and variation_code."
        )
    country = international.get_country(code, now=now)
    number = phones.normalise_international(order.phone, country.code)
    operator = international.get_operator(country.code, kind, operator_id, now=now)
    plan = international.get_plan(operator_id, kind, order.variation_code, now=now)
    bought, amount_kobo = _international_price(plan, order.amount_kobo)
    purchase = Purchase(
        service_id=order.service_id,
        phone=number,
        variation_code=plan.variation_code,
        country_code=country.code,
        operator_id=operator_id,
        product_type_id=kind,
        email=user.email,
        foreign_amount=bought,
    )
    details: dict[str, Any] = {
        "service_id": order.service_id,
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
    return Item(TransactionType.AIRTIME, amount_kobo, purchase, details)


def _international_price(
    plan: InternationalPlan, amount_kobo: int | None
) -> tuple[str | None, int]:
    """The country's money that is sent, where the plan has no price; and the price in kobo."""
    if plan.amount_kobo is not None:
        return None, plan.amount_kobo
    assert plan.rate is not None
    assert plan.min_kobo is not None
    assert plan.max_kobo is not None
    if amount_kobo is None:
        raise PurchaseIncomplete("This plan has no price: say how much, as amount in naira.")
    least, most = to_naira_text(plan.min_kobo), to_naira_text(plan.max_kobo)
    bought, price_kobo = international.exchanged(amount_kobo, plan.rate)
    if not plan.min_kobo <= amount_kobo <= plan.max_kobo or price_kobo == 0:
        raise AmountOutOfRange(f"This is sold from {least} to {most} naira.", min=least, max=most)
    return bought, price_kobo


def _check_amount(service: Service, amount_kobo: int) -> None:
    least, most = to_naira_text(service.min_kobo), to_naira_text(service.max_kobo)
    if not service.min_kobo <= amount_kobo <= service.max_kobo:
        raise AmountOutOfRange(
            f"{service.name} is sold from {least} to {most} naira.", min=least, max=most
        )
    # Assumed: the vendor's samples are all in whole naira.
    # Source: docs/vendors/vtpass.md, section 3.2.
    if amount_kobo % KOBO_PER_NAIRA:
        raise AmountOutOfRange("Airtime is sold in whole naira: leave out the kobo.")


def _item(service: Service, amount_kobo: int, phone: str, plan: dict[str, str]) -> Item:
    details = {"service_id": service.service_id, "network": service.network, "phone": phone, **plan}
    theirs = phones.network_of(phone)
    if theirs and theirs != service.network:
        details["warning"] = (
            f"The number looks like one of {theirs}, not of {service.network}. "
            "That is right only if it was ported."
        )
    purchase = Purchase(
        service_id=service.service_id, phone=phone, variation_code=plan.get("variation_code")
    )
    return Item(_TYPES[service.kind], amount_kobo, purchase, details)
