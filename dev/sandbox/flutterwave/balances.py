"""Balances of the merchant's account. Source: docs/vendors/flutterwave.md, section 1."""

from collections.abc import Sequence

from aiohttp import web

from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.flutterwave.replies import success
from dev.sandbox.money import naira_number
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import Json, Refusal

_MESSAGE = "Wallet balance fetched"


def endpoints(gateway: Gateway) -> Sequence[Endpoint]:
    async def balances(request: web.Request) -> web.Response:
        return success(
            _MESSAGE, [_shape(code, kobo) for code, kobo in gateway.balances_kobo().items()]
        )

    async def balance(request: web.Request) -> web.Response:
        code = request.match_info["currency"]
        held = gateway.balances_kobo()
        if code not in held:
            # Assumed: status and text.
            raise Refusal(400, "No wallet was found for this currency")
        return success(_MESSAGE, _shape(code, held[code]))

    return (
        Endpoint("balances", "GET", "/balances", balances),
        Endpoint("balances", "GET", "/balances/{currency}", balance),
    )


def _shape(currency: str, kobo: int) -> Json:
    """Everything is available at once: settlement takes no time here."""
    naira = naira_number(kobo)
    return {"currency": currency, "available_balance": naira, "ledger_balance": naira}
