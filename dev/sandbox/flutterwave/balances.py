"""The balances of the merchant's account, its statement, and the policy of taxes.

Source: docs/vendors/flutterwave.md, section 1. Assumed: the texts and fields of the statement; only
its path, its query and that it shows balances before and after are known.
"""

from collections.abc import Sequence
from dataclasses import asdict

from aiohttp import web

from dev.sandbox.control import control_handler
from dev.sandbox.flutterwave.amounts import read_currency
from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.flutterwave.replies import cut_page, is_in_days, reply_success
from dev.sandbox.movements import Movement
from dev.sandbox.units import to_naira_number
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import Json, Refusal, answer, read_object

_MESSAGE = "Wallet balance fetched"


def endpoints(gateway: Gateway) -> Sequence[Endpoint]:
    async def balances(request: web.Request) -> web.Response:
        held = gateway.compute_balances_kobo()
        return reply_success(_MESSAGE, [_show_balance(code, *held[code]) for code in held])

    async def balance(request: web.Request) -> web.Response:
        code = request.match_info["currency"]
        held = gateway.compute_balances_kobo()
        if code not in held:
            # Assumed: status and text.
            raise Refusal(400, "No wallet was found for this currency")
        return reply_success(_MESSAGE, _show_balance(code, *held[code]))

    async def statement(request: web.Request) -> web.Response:
        """Newest first."""
        gateway.chargebacks.decide_due()
        currency = read_currency(request.query.get("currency"))
        found = [
            each
            for each in reversed(gateway.money.movements.list_oldest_first())
            if each.currency == currency and is_in_days(request, each.created_at)
        ]
        shown, info = cut_page(request, found)
        return reply_success(
            "Wallet statement fetched",
            [_show_movement(each) for each in shown],
            meta={"page_info": info},
        )

    return (
        Endpoint("balances", "GET", "/balances", balances),
        Endpoint("balances", "GET", "/balances/{currency}", balance),
        Endpoint("statement", "GET", "/wallet/statement", statement),
    )


def pages(gateway: Gateway) -> Sequence[web.RouteDef]:
    """`POST /control/flutterwave/money` with `{"vat"?, "duty"?}` changes the MoneyPolicy."""

    async def change_policy(request: web.Request) -> web.Response:
        gateway.money.policy = gateway.money.policy.with_changes(await read_object(request))
        return answer({"money": asdict(gateway.money.policy)})

    return (web.post("/control/flutterwave/money", control_handler(change_policy)),)


def _show_balance(currency: str, available_kobo: int, ledger_kobo: int) -> Json:
    return {
        "currency": currency,
        "available_balance": to_naira_number(available_kobo),
        "ledger_balance": to_naira_number(ledger_kobo),
    }


def _show_movement(movement: Movement) -> Json:
    return {
        "type": "C" if movement.amount_kobo > 0 else "D",
        "amount": to_naira_number(abs(movement.amount_kobo)),
        "currency": movement.currency,
        "balance_before": to_naira_number(movement.before_kobo),
        "balance_after": to_naira_number(movement.after_kobo),
        "reference": movement.reference,
        "date": movement.created_at,
        "remarks": movement.kind.replace("_", " "),
    }
