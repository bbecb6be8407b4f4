"""What the simulated VTpass believes happened, for a test to compare with what we booked."""

from dev.sandbox.vtpass.documents import DELIVERED, UNDECIDED, Purchase, Rejection
from dev.sandbox.vtpass.merchant import Merchant
from dev.sandbox.wire import Json


def build_books(merchant: Merchant, request_id: str | None) -> Json:
    """Purchases, oldest first, and their totals; of one request_id when given.

    Every amount is an integer in kobo. A line's `amount_kobo` is what the customer was to get,
    `debited_kobo` what the float is short of for it now: amount less commission, and nothing once
    it failed or was reversed. `debited_kobo` of the books is their sum, which `delivered_kobo`
    and `pending_kobo` make up. `delivered_by_request_id` holds amounts, before commission, and
    `delivered_amount_kobo` is their sum. `rejections` are the orders turned away whose request_id
    is remembered. `float_kobo` is what is left for all purchases, whichever were asked for.
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
