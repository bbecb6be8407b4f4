"""The books of the simulated VTpass. Tests compare them with the product's ledger."""

from dev.sandbox.movements import build_movement_line
from dev.sandbox.vtpass.documents import DELIVERED, UNDECIDED, Purchase, Rejection
from dev.sandbox.vtpass.merchant import Merchant
from dev.sandbox.wire import Json


def build_books(merchant: Merchant, request_id: str | None) -> Json:
    """Purchases, oldest first, and their totals, or those of one request_id.

    Every amount is an integer in kobo. A line's `amount_kobo` is the value for the customer and
    `debited_kobo` its present debit of the float: amount and fee less commission, and zero if it
    failed or was reversed. `debited_kobo` of the books is their sum: `delivered_kobo` plus
    `pending_kobo`.
    `delivered_by_request_id` holds amounts before commission; `delivered_amount_kobo` is their sum.
    `rejections` are refused orders that requery knows. `float_kobo` is always the whole float, and
    `balance_kobo` is the same under the name that every vendor's books have.
    """
    merchant.decide_due()
    purchases = [each for each in merchant.list_purchases() if request_id in (None, each.id)]
    delivered = {each.id: each.amount_kobo for each in purchases if each.status == DELIVERED}
    return {
        "purchases": [build_purchase_line(each) for each in purchases],
        "rejections": [
            _build_rejection_line(each)
            for each in merchant.list_rejections()
            if request_id in (None, each.id)
        ],
        "float_kobo": merchant.compute_float_kobo(),
        "balance_kobo": merchant.compute_float_kobo(),
        "movements": [
            build_movement_line(each)
            for each in merchant.movements.list_oldest_first()
            if request_id in (None, each.reference)
        ],
        "debited_kobo": sum(each.debited_kobo for each in purchases),
        "delivered_kobo": sum(each.debited_kobo for each in purchases if each.status == DELIVERED),
        "pending_kobo": sum(each.debited_kobo for each in purchases if each.status in UNDECIDED),
        "delivered_by_request_id": delivered,
        "delivered_amount_kobo": sum(delivered.values()),
    }


def build_purchase_line(purchase: Purchase) -> Json:
    return {
        "request_id": purchase.id,
        "service_id": purchase.service_id,
        "recipient": purchase.recipient,
        "variation_code": purchase.variation_code,
        "amount_kobo": purchase.amount_kobo,
        "commission_kobo": purchase.commission_kobo,
        "fee_kobo": purchase.fee_kobo,
        "debited_kobo": purchase.debited_kobo,
        "status": purchase.status,
        "attempts": purchase.attempts,
        "requeries": purchase.requeries,
        "transaction_id": purchase.transaction_id,
        "created_at": purchase.created_at,
    }


def _build_rejection_line(rejection: Rejection) -> Json:
    return {
        "request_id": rejection.id,
        "code": rejection.code,
        "service_id": rejection.service_id,
        "recipient": rejection.recipient,
        "amount_kobo": rejection.amount_kobo,
        "attempts": rejection.attempts,
        "created_at": rejection.created_at,
    }
