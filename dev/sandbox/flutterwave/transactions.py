"""Transactions: verify by id and by reference, the list, the fee, sending a webhook again, and
the control that decides an attempt.

Source: docs/vendors/flutterwave.md, section 3.
"""

from collections.abc import Iterable, Sequence

from aiohttp import web

from dev.sandbox import checks
from dev.sandbox.control import control_handler
from dev.sandbox.flutterwave import shapes
from dev.sandbox.flutterwave.amounts import (
    compute_collection_fee_kobo,
    read_amount_kobo,
    read_currency,
)
from dev.sandbox.flutterwave.documents import FAILED, SUCCESSFUL, Transaction
from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.flutterwave.replies import cut_page, read_day, reply_success
from dev.sandbox.units import to_naira_number
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import answer, read_object


def endpoints(gateway: Gateway) -> Sequence[Endpoint]:
    def verified(transaction: Transaction) -> web.Response:
        data = shapes.show_verified(transaction, checkout_url=gateway.checkout_url)
        return reply_success("Transaction fetched successfully", data)

    async def verify(request: web.Request) -> web.Response:
        return verified(gateway.get_transaction(request.match_info["id"]))

    async def verify_by_reference(request: web.Request) -> web.Response:
        return verified(gateway.get_transaction_of(request.query.get("tx_ref", "")))

    async def transactions(request: web.Request) -> web.Response:
        found = _filter(request, gateway.list_transactions())
        shown, page_info = cut_page(request, found)
        return reply_success(
            "Transactions fetched",
            [shapes.show_listed(each) for each in shown],
            meta={"page_info": page_info},
        )

    async def fee(request: web.Request) -> web.Response:
        kobo = read_amount_kobo(request.query.get("amount"))
        fee_naira = to_naira_number(compute_collection_fee_kobo(kobo))
        return reply_success(
            "Charged fee",
            {
                "charge_amount": to_naira_number(kobo),
                "fee": fee_naira,
                "merchant_fee": 0,
                "flutterwave_fee": fee_naira,
                "stamp_duty_fee": 0,
                "currency": read_currency(request.query.get("currency")),
            },
        )

    async def resend_hook(request: web.Request) -> web.Response:
        gateway.send_hook(gateway.get_transaction(request.match_info["id"]))
        return reply_success("hook sent", "hook sent")

    return (
        Endpoint(
            "verify_by_reference", "GET", "/transactions/verify_by_reference", verify_by_reference
        ),
        Endpoint("fee", "GET", "/transactions/fee", fee),
        Endpoint("transactions", "GET", "/transactions", transactions),
        Endpoint("verify", "GET", "/transactions/{id}/verify", verify),
        Endpoint("resend_hook", "POST", "/transactions/{id}/resend-hook", resend_hook),
    )


def pages(gateway: Gateway) -> Sequence[web.RouteDef]:
    """`POST /control/flutterwave/transactions/{id}` with `{"status": "successful" | "failed"}`.

    Decides a pending attempt, or makes a failed one successful, and queues its webhook. Answers
    with the transaction as verify shows it; 409 if its status does not allow the change.
    """

    async def decide(request: web.Request) -> web.Response:
        wanted = await read_object(request)
        for field in wanted:
            checks.check_choice("field", field, ("status",))
        status = checks.check_choice("status", wanted.get("status"), (SUCCESSFUL, FAILED))
        transaction = gateway.decide(
            gateway.get_transaction(request.match_info["id"]), status=status
        )
        return answer(
            {"transaction": shapes.show_verified(transaction, checkout_url=gateway.checkout_url)}
        )

    return (web.post("/control/flutterwave/transactions/{id}", control_handler(decide)),)


def _filter(request: web.Request, transactions: Iterable[Transaction]) -> list[Transaction]:
    """The transactions that match the query; both days are included. Raises: Refusal 400."""
    query = request.query
    first, last = read_day(request, "from"), read_day(request, "to")
    return [
        each
        for each in transactions
        if (first is None or each.created_at[:10] >= first)
        and (last is None or each.created_at[:10] <= last)
        and query.get("tx_ref") in (None, each.tx_ref)
        and query.get("status") in (None, each.status)
        and query.get("currency") in (None, each.currency)
    ]
