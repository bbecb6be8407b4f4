"""This vendor's own control: give an attempt its later outcome."""

from collections.abc import Sequence

from aiohttp import web

from dev.sandbox import checks
from dev.sandbox.control import control_handler
from dev.sandbox.flutterwave import shapes
from dev.sandbox.flutterwave.documents import FAILED, SUCCESSFUL
from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.wire import answer, read_object


def pages(gateway: Gateway) -> Sequence[web.RouteDef]:
    """`POST /control/flutterwave/transactions/{id}` with `{"status": "successful" | "failed"}`.

    Settles a pending attempt, or flips a failed one to successful, and sends its webhook. Answers
    with the transaction as verify shows it; 409 when it cannot get there from its status.
    """

    async def settle(request: web.Request) -> web.Response:
        wanted = await read_object(request)
        for field in wanted:
            checks.one_of("field", field, ("status",))
        status = checks.one_of("status", wanted.get("status"), (SUCCESSFUL, FAILED))
        transaction = gateway.settle(
            gateway.get_transaction(request.match_info["id"]), status=status
        )
        return answer(
            {"transaction": shapes.verified(transaction, checkout_url=gateway.checkout_url)}
        )

    return (web.post("/control/flutterwave/transactions/{id}", control_handler(settle)),)
