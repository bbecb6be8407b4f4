"""Bodies of VTpass's callbacks, and the answer that acknowledges them.

Source: docs/vendors/vtpass.md, section 7. `wrapped` is the documented body. `unwrapped` was
reported by one app: the same without the object `data`.
"""

from collections.abc import Sequence
from datetime import datetime

import aiohttp

from dev.sandbox.units import to_naira_number
from dev.sandbox.vtpass import shapes
from dev.sandbox.vtpass.catalogue import SERVICES
from dev.sandbox.vtpass.documents import DELIVERED, REVERSED, Purchase
from dev.sandbox.vtpass.orders import LAGOS
from dev.sandbox.wire import Json, loads

SHAPES = ("wrapped", "unwrapped")

_UPDATE_KEYS = (
    "status", "product_name", "unique_element", "unit_price", "quantity", "channel", "commission",
    "total_amount", "discount", "type", "email", "phone", "name", "service_verification",
    "convinience_fee", "amount", "platform", "method", "transactionId",
)  # fmt: skip
_REVERSAL_KEYS = (
    "status", "unique_element", "unit_price", "commission", "total_amount", "discount", "amount",
    "transactionId",
)  # fmt: skip


async def is_acknowledged(response: aiohttp.ClientResponse) -> bool:
    """Whether the body is `{"response": "success"}`. Assumed: the status does not matter."""
    try:
        body = loads(await response.read())
    except ValueError:
        return False
    return bool(body == {"response": "success"})


def build_transaction_update(purchase: Purchase, *, shape: str, spelling: str) -> Json:
    """The callback about a purchase whose status became final or was changed later."""
    known = shapes.show_requeried_transaction(purchase, spelling=spelling)
    build = _build_reversal if purchase.status == REVERSED else _build_ending
    data = build(purchase, known)
    if shape == "unwrapped":
        return {"type": "transaction-update", **data}
    return {"type": "transaction-update", "data": data}


def _build_ending(purchase: Purchase, known: Json) -> Json:
    delivered = purchase.status == DELIVERED
    return {
        "code": "000" if delivered else "016",
        "response_description": "TRANSACTION DELIVERED" if delivered else "TRANSACTION FAILED",
        "requestId": purchase.id,
        "amount": to_naira_number(purchase.amount_kobo),
        "transaction_date": None,
        "purchased_code": "",
        "content": {"transactions": {key: known[key] for key in _UPDATE_KEYS}},
    }


def _build_reversal(purchase: Purchase, known: Json) -> Json:
    """Its outer amount is the credit to the float, not the amount of the purchase."""
    known = known | {"wallet_credit_id": purchase.wallet_credit_id}
    return {
        "code": "040",
        "response_description": "TRANSACTION REVERSAL TO WALLET",
        "requestId": purchase.id,
        "amount": to_naira_number(purchase.total_kobo),
        "purchased_code": "",
        "content": {
            "transactions": {key: known[key] for key in (*_REVERSAL_KEYS, "wallet_credit_id")}
        },
    }


def build_variations_update(
    service_id: str,
    *,
    variations: Sequence[Json],
    added: Sequence[str],
    updated: Sequence[str],
    removed: Sequence[str],
    fee: str,
    now: datetime,
) -> Json:
    """The callback about changed plans. Assumed: it lists all plans of the service."""
    changes = {"added": added, "updated": updated, "removed": removed}
    service = SERVICES[service_id]
    return {
        "type": "variations-update",
        "response_description": "VARIATION CODE UPDATE",
        "serviceID": service_id,
        "service": service.name,
        "summary": {f"{name}_variation_codes": len(codes) for name, codes in changes.items()},
        "data": {
            "response_description": "000",
            "content": {
                "ServiceName": service.name,
                "serviceID": service_id,
                "convinience_fee": fee,
                "variations": list(variations),
                "varations": [],
            },
        },
        "actionRequired": {
            name: {"total": len(codes), "variation_codes": list(codes)}
            for name, codes in changes.items()
        },
        "datetime": now.astimezone(LAGOS).strftime("%Y-%m-%d %H-%M-%S"),
    }
