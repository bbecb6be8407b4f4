"""Transactions: verify by id and by reference, the list, the fee, and sending a webhook again.

Source: docs/vendors/flutterwave.md, section 3.
"""

from collections.abc import Iterable, Sequence

from aiohttp import web

from dev.sandbox.flutterwave import shapes
from dev.sandbox.flutterwave.amounts import amount_kobo, currency
from dev.sandbox.flutterwave.documents import Transaction
from dev.sandbox.flutterwave.fees import collection_fee_kobo
from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.flutterwave.pages import day_in, page_of
from dev.sandbox.flutterwave.replies import success
from dev.sandbox.money import naira_number
from dev.sandbox.vendor import Endpoint


def endpoints(gateway: Gateway) -> Sequence[Endpoint]:
    def verified(transaction: Transaction) -> web.Response:
        data = shapes.verified(transaction, checkout_url=gateway.checkout_url)
        return success("Transaction fetched successfully", data)

    async def verify(request: web.Request) -> web.Response:
        return verified(gateway.get_transaction(request.match_info["id"]))

    async def verify_by_reference(request: web.Request) -> web.Response:
        return verified(gateway.get_transaction_of(request.query.get("tx_ref", "")))

    async def transactions(request: web.Request) -> web.Response:
        found = _filtered(request, gateway.transactions_newest_first())
        shown, page_info = page_of(request, found)
        return success(
            "Transactions fetched",
            [shapes.listed(each) for each in shown],
            meta={"page_info": page_info},
        )

    async def fee(request: web.Request) -> web.Response:
        kobo = amount_kobo(request.query.get("amount"))
        fee_naira = naira_number(collection_fee_kobo(kobo))
        return success(
            "Charged fee",
            {
                "charge_amount": naira_number(kobo),
                "fee": fee_naira,
                "merchant_fee": 0,
                "flutterwave_fee": fee_naira,
                "stamp_duty_fee": 0,
                "currency": currency(request.query.get("currency")),
            },
        )

    async def resend_hook(request: web.Request) -> web.Response:
        gateway.send_hook(gateway.get_transaction(request.match_info["id"]))
        return success("hook sent", "hook sent")

    return (
        Endpoint(
            "verify_by_reference", "GET", "/transactions/verify_by_reference", verify_by_reference
        ),
        Endpoint("fee", "GET", "/transactions/fee", fee),
        Endpoint("transactions", "GET", "/transactions", transactions),
        Endpoint("verify", "GET", "/transactions/{id}/verify", verify),
        Endpoint("resend_hook", "POST", "/transactions/{id}/resend-hook", resend_hook),
    )


def _filtered(request: web.Request, transactions: Iterable[Transaction]) -> list[Transaction]:
    """Those the query lets through; both days count as a whole. Raises: Refusal 400."""
    query = request.query
    first, last = day_in(request, "from"), day_in(request, "to")
    return [
        each
        for each in transactions
        if (first is None or each.created_at[:10] >= first)
        and (last is None or each.created_at[:10] <= last)
        and query.get("tx_ref") in (None, each.tx_ref)
        and query.get("status") in (None, each.status)
        and query.get("currency") in (None, each.currency)
    ]
