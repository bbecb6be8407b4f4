"""Refunds of transactions. Source: docs/vendors/flutterwave.md, section 3."""

from collections.abc import Sequence

from aiohttp import web

from dev.sandbox.flutterwave import shapes
from dev.sandbox.flutterwave.amounts import amount_kobo
from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.flutterwave.replies import success
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import Refusal, read_object


def endpoints(gateway: Gateway) -> Sequence[Endpoint]:
    async def refund(request: web.Request) -> web.Response:
        body = await read_object(request)
        transaction = gateway.get_transaction(request.match_info["id"])
        given = body.get("amount")
        document = gateway.refund(
            transaction,
            amount_kobo=None if given is None else amount_kobo(given),
            comments=str(body.get("comments") or ""),
        )
        return success("Transaction refund initiated", shapes.refund(document))

    async def refunds(request: web.Request) -> web.Response:
        document = gateway.find_refund(request.match_info["id"])
        if document is None:
            # Assumed: status and text.
            raise Refusal(400, "No refund was found for this id")
        return success("Refund fetched", shapes.refund(document))

    return (
        Endpoint("refund", "POST", "/transactions/{id}/refund", refund),
        Endpoint("refunds", "GET", "/refunds/{id}", refunds),
    )
