"""Purchases as VTpass's JSON, with money in naira.

The same purchase differs between pay and requery: texts become numbers, the commission is
rounded, and the method changes. Source: docs/vendors/vtpass.md, sections 3.3 and 4.
"""

from dev.sandbox.units import to_naira_number
from dev.sandbox.vtpass.amounts import format_naira, round_to_naira
from dev.sandbox.vtpass.catalogue import CATEGORIES, SERVICES
from dev.sandbox.vtpass.documents import (
    DELIVERED,
    FAILED,
    INITIATED,
    PENDING,
    REVERSED,
    Purchase,
)
from dev.sandbox.vtpass.replies import describe_code
from dev.sandbox.wire import Json

# The merchant's, not the customer's.
MERCHANT_EMAIL = "merchant@example.test"
MERCHANT_PHONE = "08099999999"

SAME = "same"
SPELLINGS = (SAME, "international", "number", "prefixed")

_PROCESSING = "TRANSACTION PROCESSING - PENDING"
# Assumed: that a reversal is requeried as 040 rather than as 000.
_VERDICTS = {
    INITIATED: ("000", _PROCESSING),
    PENDING: ("000", _PROCESSING),
    DELIVERED: ("000", "TRANSACTION SUCCESSFUL"),
    FAILED: ("016", "TRANSACTION FAILED"),
    REVERSED: ("040", "TRANSACTION REVERSAL"),
}
# The answer of pay has fewer fields for a purchase that was not delivered.
_PENDING_KEYS = (
    "status", "product_name", "unique_element", "unit_price", "quantity", "commission",
    "total_amount", "amount", "transactionId",
)  # fmt: skip
_FAILED_KEYS = (
    "status", "unique_element", "amount", "total_amount", "commission", "transactionId",
)  # fmt: skip
_PAY_KEYS = {INITIATED: _PENDING_KEYS, PENDING: _PENDING_KEYS, FAILED: _FAILED_KEYS}


def respell(recipient: str, spelling: str) -> str | int:
    """The recipient as the vendor sometimes spells it in `unique_element`.

    `international` puts 234 in place of the first 0, `number` is a JSON number, `prefixed` has two
    digits before it. Source: docs/vendors/vtpass.md, section 3.3.
    """
    if spelling == "international" and recipient.startswith("0"):
        return f"234{recipient[1:]}"
    if spelling == "number":
        return int(recipient)
    return f"61{recipient}" if spelling == "prefixed" else recipient


def show_paid(
    purchase: Purchase,
    *,
    code: str | None = None,
    status: str | None = None,
    spelling: str = SAME,
) -> Json:
    """The answer of pay. A given code or status replaces the real one."""
    body = _build_envelope(purchase, code=code, status=status)
    inner = _show_paid_transaction(purchase)
    inner["unique_element"] = respell(purchase.recipient, spelling)
    if keys := _PAY_KEYS.get(purchase.status):
        inner = {key: inner[key] for key in keys}
    if purchase.status == FAILED:
        del body["transaction_date"], body["purchased_code"]
    return body | {"content": {"transactions": inner | ({"status": status} if status else {})}}


def show_flat(purchase: Purchase) -> Json:
    """The answer of pay in 2019: no `content`, so no inner status."""
    return _build_envelope(purchase) | {"transactionId": purchase.transaction_id}


def show_without_content(purchase: Purchase) -> Json:
    """A failure without `content`, as some apps report it."""
    return _build_envelope(purchase)


def show_requeried(
    purchase: Purchase,
    *,
    code: str | None = None,
    status: str | None = None,
    spelling: str = SAME,
) -> Json:
    """The answer of requery. A given code or status replaces the real one."""
    inner = show_requeried_transaction(purchase, spelling=spelling)
    inner |= {"status": status} if status else {}
    return _build_envelope(purchase, code=code, status=status) | {
        "content": {"transactions": inner}
    }


def _build_envelope(
    purchase: Purchase, *, code: str | None = None, status: str | None = None
) -> Json:
    shown_code, words = _VERDICTS.get(status or purchase.status, ("000", describe_code("000")))
    if code is not None and code != shown_code:
        shown_code, words = code, describe_code(code)
    return {
        "code": shown_code,
        "response_description": words,
        "requestId": purchase.id,
        "amount": to_naira_number(purchase.amount_kobo),
        "transaction_date": format_date(purchase),
        "purchased_code": "",
    }


def format_date(purchase: Purchase) -> str:
    """The vendor's dates have six decimals, all zero."""
    return f"{purchase.created_at[:19]}.000000Z"


def _show_paid_transaction(purchase: Purchase) -> Json:
    amount = format_naira(purchase.amount_kobo)
    return _show_transaction(
        purchase,
        amount=amount,
        commission=to_naira_number(purchase.commission_kobo),
        method="api",
    )


def show_requeried_transaction(purchase: Purchase, *, spelling: str = SAME) -> Json:
    return _show_transaction(
        purchase,
        amount=to_naira_number(purchase.amount_kobo),
        commission=round_to_naira(purchase.commission_kobo),
        method="wallet",
    ) | {
        "unique_element": respell(purchase.recipient, spelling),
        "extras": None,
        "product_id": SERVICES[purchase.service_id].product_id,
    }


def _show_transaction(
    purchase: Purchase, *, amount: str | int | float, commission: int | float, method: str
) -> Json:
    service = SERVICES[purchase.service_id]
    return {
        "status": purchase.status,
        "product_name": service.name,
        "unique_element": purchase.recipient,
        "unit_price": amount,
        "quantity": 1,
        "service_verification": None,
        "channel": "api",
        "commission": commission,
        "total_amount": to_naira_number(purchase.total_kobo),
        "discount": None,
        "type": CATEGORIES[service.category],
        "email": MERCHANT_EMAIL,
        "phone": MERCHANT_PHONE,
        "name": None,
        "convinience_fee": to_naira_number(purchase.fee_kobo),
        "amount": amount,
        "platform": "api",
        "method": method,
        "transactionId": purchase.transaction_id,
        "commission_details": {
            "amount": commission,
            "rate": service.rate,
            "rate_type": "percent",
            "computation_type": "default",
        },
    }
