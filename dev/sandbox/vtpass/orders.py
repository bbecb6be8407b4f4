"""The checks of an order to /pay that need no earlier purchases.

Source: docs/vendors/vtpass.md, section 3, and "Simulator rules" 2 in section 6 for their order.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from dev.sandbox.vtpass import international
from dev.sandbox.vtpass.amounts import (
    NO_FEE,
    compute_convenience_fee_kobo,
    compute_percent_kobo,
    read_amount_kobo,
)
from dev.sandbox.vtpass.catalogue import (
    INTERNATIONAL,
    SERVICES,
    Catalogue,
    Service,
    get_price_kobo,
    get_service,
)
from dev.sandbox.vtpass.replies import Refused
from dev.sandbox.wire import Json

# UTC+1 all year
LAGOS = timezone(timedelta(hours=1))

_DATE_DIGITS = 12
# Three texts for one code. Assumed: their exact words.
NO_DATE = "IMPROPER REQUEST ID: DOES NOT CONTAIN DATE"
BAD_DATE = (
    "IMPROPER REQUEST ID: IMPROPER DATE FORMAT - FIRST 8 CHARACTERS MUST BE DATE "
    "(TODAY'S DATE - YYYYMMDD)"
)
NOT_TODAY = (
    "IMPROPER REQUEST ID: NOT TODAY'S DATE - FIRST 8 CHARACTERS MUST BE TODAY'S DATE "
    "IN THIS FORMAT: YYYYMMDD"
)
# Digits only: it is unknown whether the vendor accepts +234. The scenario numbers have 12.
_PHONE = re.compile(r"[0-9]{5,15}")
_MOST_CHARACTERS = 200


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order to /pay whose fields are valid."""

    request_id: str
    service: Service
    recipient: str
    variation_code: str | None
    amount_kobo: int
    fee_kobo: int = 0

    @property
    def commission_kobo(self) -> int:
        return compute_percent_kobo(self.amount_kobo, self.service.percent)

    @property
    def total_kobo(self) -> int:
        return self.amount_kobo + self.fee_kobo - self.commission_kobo


def read_order(
    body: Json, catalogue: Catalogue, *, now: datetime, fees: Mapping[str, str]
) -> Order:
    """fees: the convenience fee of each service, if it has one.

    Raises: Refused 011, 085, 012, 010, 013 or 017, checked in this order.
    """
    _check_fields(body)
    check_request_id(body["request_id"], now=now)
    service = get_service(body["serviceID"])
    if service.sold_by_amount:
        recipient, code, amount = _read_phone(body, "phone"), None, read_amount_kobo(body["amount"])
    else:
        # The amount in the order is ignored, because the plan has a price.
        recipient, code = _read_phone(body, "billersCode"), body["variation_code"]
        amount = _get_price_kobo(body, service, catalogue)
    if amount < service.minimum_naira * 100:
        raise Refused("013")
    if amount > service.maximum_naira * 100:
        raise Refused("017")
    return Order(
        request_id=body["request_id"],
        service=service,
        recipient=recipient,
        variation_code=code,
        amount_kobo=amount,
        fee_kobo=compute_convenience_fee_kobo(amount, fees.get(service.id, NO_FEE)),
    )


def _check_fields(body: Json) -> None:
    """Check the fields that the service needs. An unknown service is refused later, with 012."""
    _read_text(body, "request_id")
    _read_phone(body, "phone")
    service = SERVICES.get(_read_text(body, "serviceID"))
    if service is None:
        return
    if service.sold_by_amount:
        read_amount_kobo(body.get("amount"))
        return
    _read_phone(body, "billersCode")
    _read_text(body, "variation_code")
    if service.id == INTERNATIONAL:
        international.list_plans_of_order(body)


def check_request_id(request_id: str, *, now: datetime) -> None:
    """Raises: Refused 085, in one of three texts.

    This is the strict reading of the rules: date and time first, then only letters and digits.
    """
    head, tail = request_id[:_DATE_DIGITS], request_id[_DATE_DIGITS:]
    if len(request_id) < _DATE_DIGITS or not any(each in "0123456789" for each in head[:8]):
        raise Refused("085", NO_DATE)
    if not (head.isascii() and head.isdigit()):
        raise Refused("085", BAD_DATE)
    try:
        # The vendor means Lagos time; only the date is compared.
        given = datetime.strptime(head, "%Y%m%d%H%M").replace(tzinfo=LAGOS)
    except ValueError as exc:
        raise Refused("085", BAD_DATE) from exc
    if tail and not (tail.isascii() and tail.isalnum()):
        raise Refused("085", BAD_DATE)
    if given.date() != now.astimezone(LAGOS).date():
        raise Refused("085", NOT_TODAY)


def _get_price_kobo(body: Json, service: Service, catalogue: Catalogue) -> int:
    if service.id == INTERNATIONAL:
        return international.get_price_kobo(body)
    return get_price_kobo(catalogue.list_plans(service.id), body["variation_code"])


def _read_text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _MOST_CHARACTERS:
        raise Refused("011")
    return value


def _read_phone(body: Json, name: str) -> str:
    """A number or a text: the vendor documents a number, and apps send texts."""
    value = body.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not _PHONE.fullmatch(value):
        raise Refused("011")
    return value
