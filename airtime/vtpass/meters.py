"""Electricity meters, as their distributors confirm them. No flow uses this yet.

Source: docs/vendors/vtpass.md, section 3.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from airtime.clients import Meter, MeterKind, PurchaseVerdict
from airtime.vtpass import codes
from airtime.vtpass.wire import VENDOR, read_meter
from payflow.kernel.errors import VendorAccountFault, VendorUnavailable
from payflow.kernel.money import KOBO_PER_NAIRA

# 020 in the table of codes, 000 on the distributors' pages.
_CONFIRMED = ("000", "020")
_MAX_KOBO = 10**15


def verify_meter(service_id: str, number: str, kind: MeterKind) -> Meter | None:
    """A wrong number has the code of a right one, so the content decides."""
    body = read_meter({"serviceID": service_id, "billersCode": number, "type": kind.value})
    code = codes.normalise(body.get("code"))
    if code not in _CONFIRMED:
        raise _refusal(code, body)
    content = body.get("content")
    if not isinstance(content, Mapping):
        raise VendorUnavailable("The meter cannot be read.", vendor=VENDOR)
    if content.get("error") or _is_true(content.get("WrongBillersCode")):
        return None
    name = _text(content, "Customer_Name")
    if not name:
        raise VendorUnavailable("The meter has no owner's name.", vendor=VENDOR)
    return Meter(
        number=_text(content, "Meter_Number") or number,
        customer_name=name,
        address=_text(content, "Address"),
        can_vend=_text(content, "Can_Vend").lower() != "no",
        min_kobo=_kobo(content, "Minimum_Amount") or _kobo(content, "Min_Purchase_Amount"),
        arrears_kobo=_kobo(content, "Customer_Arrears"),
    )


def _refusal(code: str, body: Mapping[str, Any]) -> VendorUnavailable:
    """Any other code says nothing about the meter: the distributor is away, or we are refused."""
    reason = f"{code} {body.get('response_description') or ''}".strip()[:200]
    if code in codes.RULES and codes.RULES[code].verdict is PurchaseVerdict.OUR_FAULT:
        return VendorAccountFault(vendor_reason=reason, vendor=VENDOR)
    return VendorUnavailable("The meter cannot be verified now.", vendor=VENDOR, code=code)


def _is_true(value: object) -> bool:
    return value is True or str(value).lower() in ("true", "1", "yes")


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    return "" if value is None else str(value).strip()[:200]


def _kobo(content: Mapping[str, Any], name: str) -> int:
    """An amount in naira, rounded up; 0 if there is none."""
    try:
        kobo = Decimal(_text(content, name).replace(",", "") or 0) * KOBO_PER_NAIRA
        is_amount = kobo.is_finite() and 0 <= kobo <= _MAX_KOBO
    except ArithmeticError:
        return 0
    return int(kobo.to_integral_value(ROUND_CEILING)) if is_amount else 0
