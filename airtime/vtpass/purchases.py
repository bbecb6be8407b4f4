"""Buying, and asking how a purchase ended.

Source: docs/vendors/vtpass.md, sections 3 and 4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from airtime.clients import Answer, InternationalOrder, PurchaseOrder, PurchaseVerdict
from airtime.vtpass import codes
from airtime.vtpass.tokens import read_tokens
from airtime.vtpass.wire import read_purchase, write_purchase
from payflow.kernel.money import KOBO_PER_NAIRA, to_naira

# A larger number is not an amount of money, and the database cannot store it.
_MAX_KOBO = 10**15


def pay(order: PurchaseOrder) -> Answer:
    return _answer(write_purchase(_to_wire(order)), order.request_id, order.international)


def requery(request_id: str) -> Answer:
    return _answer(read_purchase({"request_id": request_id}), request_id)


def _to_wire(order: PurchaseOrder) -> dict[str, Any]:
    body: dict[str, Any] = {"request_id": order.request_id, "serviceID": order.service_id}
    if order.international is None:
        body |= {"amount": _plain(to_naira(order.amount_kobo))}
    body |= {"phone": order.phone}
    if order.variation_code:
        body |= {"variation_code": order.variation_code, "billersCode": order.phone}
    return (
        body if order.international is None else body | _international_to_wire(order.international)
    )


def _international_to_wire(details: InternationalOrder) -> dict[str, Any]:
    """The amount is in the country's currency, and only sent if the plan has no fixed price.

    Source: docs/vendors/vtpass.md, section 2.5.
    """
    body: dict[str, Any] = {
        "country_code": details.country_code,
        "operator_id": details.operator_id,
        "product_type_id": str(details.product_type_id),
        "email": details.email,
    }
    return body | ({"amount": _plain(Decimal(details.amount))} if details.amount else {})


def _plain(number: Decimal) -> int | float:
    """Without trailing zeros: the vendor refuses some amounts that have them."""
    return int(number) if number == int(number) else float(number)


def _answer(
    body: Mapping[str, Any], request_id: str, international: InternationalOrder | None = None
) -> Answer:
    content = body.get("content")
    inner = content.get("transactions") if isinstance(content, Mapping) else None
    inner = inner if isinstance(inner, Mapping) else {}
    code = body.get("code")
    rule = codes.rule_for(code, inner.get("status"))
    amount = inner.get("amount", body.get("amount"))
    is_naira = _is_naira(body, amount, international)
    # Only the request id counts: the vendor spells the recipient in several ways.
    # Source: tests/recorded/vtpass/vtp-pay-electricity-phed-live-2021.json.
    is_mismatched = _differs(body.get("requestId"), request_id)
    token, bonus_token = (None, None) if is_mismatched else read_tokens(body)
    return Answer(
        verdict=rule.verdict,
        code=str(code)[:10],
        vendor_reason=f"{code} {body.get('response_description') or ''}".strip()[:200],
        reason="" if rule.verdict in _KEEPS_MONEY else rule.plain,
        amount_kobo=_kobo(amount) if is_naira else None,
        debited_kobo=_kobo(inner.get("total_amount")) if is_naira else None,
        is_mismatched=is_mismatched,
        is_acknowledged=not is_mismatched and _is_acknowledged(body, inner),
        token=token,
        bonus_token=bonus_token,
    )


# After these no money comes back, so the sentence that says it does is left out.
_KEEPS_MONEY = (PurchaseVerdict.DELIVERED, PurchaseVerdict.UNKNOWN)


def _is_acknowledged(body: Mapping[str, Any], inner: Mapping[str, Any]) -> bool:
    """True if the answer shows the transaction, or its code is one that the vendor only gives
    about a purchase that it has."""
    is_shown = bool(inner.get("status") or inner.get("transactionId") or body.get("transactionId"))
    return is_shown or codes.normalise(body.get("code")) in codes.ACKNOWLEDGEMENTS


def _is_naira(
    body: Mapping[str, Any], amount: object, international: InternationalOrder | None
) -> bool:
    """False if the amount of an international purchase is known to be in another currency.

    The vendor then shows the naira in `Amount`, or repeats the amount that we sent.
    Sources: tests/recorded/vtpass/vtp-pay-foreign-docs-2025.json ("NGN2" beside 2), and
    docs/vendors/vtpass.md, section 2.5.
    """
    shown = body.get("Amount")
    if isinstance(shown, str) and (found := _SHOWN_AMOUNT.fullmatch(shown)):
        is_naira = (found["currency"] or "NGN").upper() in _NAIRA
        return is_naira and _kobo(found["number"].replace(",", "")) == _kobo(amount)
    sent = international.amount if international else None
    return sent is None or _kobo(sent) != _kobo(amount)


_SHOWN_AMOUNT = re.compile(r"\s*(?P<currency>[^\d\s.,-]{1,3})?\s*(?P<number>[\d,]+(\.\d+)?)\s*")
_NAIRA = ("NGN", "N", "₦")


def _differs(named: object, ours: str) -> bool:
    """True if the answer names another value than ours; not if it names none."""
    return named is not None and str(named) != ours


def _kobo(value: object) -> int | None:
    """The vendor's amount in kobo. It writes texts and numbers, some with a noisy fraction."""
    try:
        kobo = Decimal(str(value)) * KOBO_PER_NAIRA
        return int(kobo.to_integral_value(ROUND_HALF_EVEN)) if abs(kobo) < _MAX_KOBO else None
    except ArithmeticError:  # not a number, or one that cannot be compared
        return None
