"""Refunds, and the balances of the merchant's account that they reduce.

Source: docs/vendors/flutterwave.md, sections 1 and 3.
"""

from collections.abc import Sequence

from aiohttp import web

from dev.sandbox.flutterwave import shapes
from dev.sandbox.flutterwave.amounts import read_amount_kobo
from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.flutterwave.replies import reply_success
from dev.sandbox.units import to_naira_number
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import Json, Refusal, read_object

_MESSAGE = "Wallet balance fetched"


def endpoints(gateway: Gateway) -> Sequence[Endpoint]:
    async def balances(request: web.Request) -> web.Response:
        return reply_success(
            _MESSAGE,
            [_show_balance(code, kobo) for code, kobo in gateway.compute_balances_kobo().items()],
        )

    async def balance(request: web.Request) -> web.Response:
        code = request.match_info["currency"]
        held = gateway.compute_balances_kobo()
        if code not in held:
            # Assumed: status and text.
            raise Refusal(400, "No wallet was found for this currency")
        return reply_success(_MESSAGE, _show_balance(code, held[code]))

    async def refund(request: web.Request) -> web.Response:
        body = await read_object(request)
        transaction = gateway.get_transaction(request.match_info["id"])
        given = body.get("amount")
        document = gateway.refund(
            transaction,
            amount_kobo=None if given is None else read_amount_kobo(given),
            comments=str(body.get("comments") or ""),
        )
        return reply_success("Transaction refund initiated", shapes.show_refund(document))

    async def refunds(request: web.Request) -> web.Response:
        document = gateway.find_refund(request.match_info["id"])
        if document is None:
            # Assumed: status and text.
            raise Refusal(400, "No refund was found for this id")
        return reply_success("Refund fetched", shapes.show_refund(document))

    return (
        Endpoint("refund", "POST", "/transactions/{id}/refund", refund),
        Endpoint("refunds", "GET", "/refunds/{id}", refunds),
        Endpoint("balances", "GET", "/balances", balances),
        Endpoint("balances", "GET", "/balances/{currency}", balance),
    )


def _show_balance(currency: str, kobo: int) -> Json:
    """Both balances are equal, because the sandbox pays collections out without delay."""
    naira = to_naira_number(kobo)
    return {"currency": currency, "available_balance": naira, "ledger_balance": naira}
