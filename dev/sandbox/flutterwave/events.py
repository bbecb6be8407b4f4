"""Bodies of Flutterwave's webhooks.

Source: docs/vendors/flutterwave.md, section 6. `v3` is the body of today; `legacy` is the flat body
for old merchants, which has no `event` and writes its names in camelCase.
"""

from dev.sandbox.flutterwave import shapes
from dev.sandbox.flutterwave.documents import (
    BANK_TRANSFER,
    CARD,
    Chargeback,
    Refund,
    Transaction,
    Transfer,
)
from dev.sandbox.units import to_naira_number
from dev.sandbox.wire import Json

SHAPES = ("v3", "legacy")
REFUND_SHAPES = ("bare", "event")

_EVENT_TYPES = {CARD: "CARD_TRANSACTION", BANK_TRANSFER: "BANK_TRANSFER_TRANSACTION"}


def build_charge_completed(transaction: Transaction, *, shape: str) -> Json:
    """The event of one attempt. Success and failure have the same event name."""
    if shape == "legacy":
        return _build_legacy(transaction)
    body: Json = {
        "event": "charge.completed",
        "data": shapes.show_charge(transaction) | {"customer": shapes.show_customer(transaction)},
        # A key with a dot, not an object "event".
        "event.type": _EVENT_TYPES[transaction.payment_type],
    }
    if meta := shapes.show_originator(transaction) | transaction.meta:
        body["meta_data"] = meta
    return body


def _build_legacy(transaction: Transaction) -> Json:
    body: Json = {
        "id": transaction.id,
        "txRef": transaction.tx_ref,
        "flwRef": transaction.flw_ref,
        "orderRef": f"URF_{transaction.id}",
        "paymentPlan": None,
        "paymentPage": None,
        "createdAt": transaction.created_at,
        "amount": to_naira_number(transaction.amount_kobo),
        "charged_amount": to_naira_number(transaction.amount_kobo),
        "status": transaction.status,
        "IP": shapes.IP,
        "currency": transaction.currency,
        "appfee": to_naira_number(transaction.fee_kobo),
        "merchantfee": 0,
        "merchantbearsfee": 1,
        "customer": {
            "id": shapes.compute_customer_id(transaction),
            "phone": transaction.customer["phone"],
            "fullName": transaction.customer["name"],
            "customertoken": None,
            "email": transaction.customer["email"],
            "createdAt": transaction.created_at,
            "updatedAt": transaction.created_at,
            "deletedAt": None,
            "AccountId": shapes.ACCOUNT_ID,
        },
        "entity": {"id": "NO-ENTITY"},
        "event.type": _EVENT_TYPES[transaction.payment_type],
    }
    if transaction.payment_type == CARD:
        body["entity"] = {"card6": "553188", "card_last4": "2950", "card_country_iso": "NG"}
    return body


def build_refund(refund: Refund, *, shape: str) -> Json:
    """The event of a refund: `bare` is the object without `event` and `data`.

    Assumed: the body `event`, which some integrations expect, has the fields of the API.
    """
    if shape == "event":
        return {"event": "refund.completed", "data": shapes.show_listed_refund(refund)}
    return {
        "id": refund.id,
        "AmountRefunded": to_naira_number(refund.amount_kobo),
        "status": refund.status,
        "FlwRef": refund.flw_ref,
        "destination": "payment_source",
        "comments": refund.comments,
        "settlement_id": "NEW",
        "meta": "{}",
        "createdAt": refund.created_at,
        "updatedAt": refund.updated_at or refund.created_at,
        "deletedAt": None,
        "walletId": shapes.ACCOUNT_ID,
        "AccountId": shapes.ACCOUNT_ID,
        "TransactionId": refund.transaction_id,
    }


def build_chargeback(chargeback: Chargeback, *, each_status: bool) -> Json:
    """Assumed: the event's name and body. One integration reports `chargeback.<status>`."""
    name = chargeback.status if each_status else "created"
    return {"event": f"chargeback.{name}", "data": shapes.show_chargeback(chargeback)}


def build_transfer_completed(transfer: Transfer, *, shape: str) -> Json:
    """The event of one transfer. Success and failure have the same event name."""
    data = shapes.show_transfer(transfer)
    data["fullname"] = data.pop("full_name")
    data["approver"] = None
    if shape == "legacy":
        data["date_created"] = data.pop("created_at")
        return {"event.type": "Transfer", "transfer": data}
    return {"event": "transfer.completed", "event.type": "Transfer", "data": data}
