"""What is bought: an order as it can be sold, at our catalogue's price."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from airtime import phones
from airtime.clients.base import Kind, Service
from airtime.errors import PurchaseIncomplete
from airtime.services import catalogue
from payflow.kernel.money import KOBO_PER_NAIRA, naira_text
from wallets.documents import Purchase, Type
from wallets.errors import AmountOutOfRange

_TYPES = {Kind.AIRTIME: Type.AIRTIME, Kind.DATA: Type.DATA}


@dataclass(frozen=True)
class Item:
    """`purchase` is what the vendor will be asked for, `details` what the customer is shown."""

    type: Type
    amount_kobo: int
    purchase: Purchase
    details: dict[str, str]


def priced(
    *,
    service_id: str,
    phone: str,
    amount_kobo: int | None = None,
    variation_code: str | None = None,
    now: datetime,
) -> Item:
    """A purchase as it can be sold; a plan's price is the catalogue's, never the customer's.

    Raises: ServiceNotFound, VariationNotFound, PhoneInvalid, PurchaseIncomplete,
    AmountOutOfRange, VendorUnavailable.
    """
    number = phones.normalised(phone)
    service = catalogue.get_service(service_id, now=now)
    if service.kind is Kind.DATA:
        if not variation_code:
            raise PurchaseIncomplete("Say which plan, by its variation_code.")
        plan = catalogue.get_variation(service_id, variation_code, now=now)
        shown = {"variation_code": plan.variation_code, "plan": plan.name}
        return _item(service, plan.amount_kobo, number, shown)
    if variation_code:
        raise PurchaseIncomplete("Airtime has no plans: leave out variation_code.")
    if amount_kobo is None:
        raise PurchaseIncomplete("Say how much airtime, as amount in naira.")
    _check_amount(service, amount_kobo)
    return _item(service, amount_kobo, number, {})


def _check_amount(service: Service, amount_kobo: int) -> None:
    least, most = naira_text(service.min_kobo), naira_text(service.max_kobo)
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
