"""Transfers over the API, and this sandbox's own control of how they end.

Source: docs/vendors/flutterwave.md, section 4.
"""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from dev.sandbox import checks
from dev.sandbox.control import control_handler
from dev.sandbox.flutterwave import shapes
from dev.sandbox.flutterwave.amounts import amount_kobo, currency, transfer_fee_kobo
from dev.sandbox.flutterwave.documents import TRANSFER_FAILED, TRANSFER_SUCCESSFUL
from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.flutterwave.payouts import FAILED_MESSAGE, PAID_MESSAGE
from dev.sandbox.flutterwave.replies import day_in, page_of, success
from dev.sandbox.units import naira_number
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import Json, Refusal, answer, read_object

NOT_FOUND = "Transfer not found"
# How long an answer is held back, so that the webhook of an early transfer overtakes it.
_OVERTAKEN_S = 0.7


def endpoints(gateway: Gateway) -> Sequence[Endpoint]:
    payouts = gateway.payouts

    async def create(request: web.Request) -> web.Response:
        body = await read_object(request)
        transfer = payouts.accept(
            reference=_text(body, "reference", most=100),
            bank_code=_text(body, "account_bank", most=10),
            account_number=_text(body, "account_number", most=10),
            amount_kobo=amount_kobo(body.get("amount")),
            currency=currency(body.get("currency")),
            narration=str(body.get("narration") or "")[:100],
            available_kobo=gateway.balances_kobo()["NGN"],
        )
        accepted = shapes.transfer(transfer)
        if payouts.policy.early and transfer.planned is not None:
            payouts.decide(transfer, status=transfer.planned, message=transfer.planned_message)
            await asyncio.sleep(_OVERTAKEN_S)
        return success("Transfer Queued Successfully", accepted)

    async def one(request: web.Request) -> web.Response:
        payouts.decide_due()
        transfer = payouts.find(request.match_info["id"])
        if transfer is None:
            raise Refusal(400, NOT_FOUND)
        return success("Transfer fetched", {**shapes.transfer(transfer), "approver": "N/A"})

    async def several(request: web.Request) -> web.Response:
        payouts.decide_due()
        reference, status = request.query.get("reference"), request.query.get("status")
        first, last = day_in(request, "from"), day_in(request, "to")
        found = [
            each
            for each in payouts.newest_first()
            if reference in (None, each.reference)
            and status in (None, each.status)
            and (first or "") <= each.created_at[:10] <= (last or "9999")
        ]
        shown, info = page_of(request, found)
        data = [shapes.transfer(each) for each in shown]
        return success("Transfers fetched", data, meta={"page_info": info})

    async def fee(request: web.Request) -> web.Response:
        kobo = transfer_fee_kobo(amount_kobo(request.query.get("amount")))
        line = {"currency": "NGN", "fee_type": "value", "fee": naira_number(kobo)}
        return success("Transfer fee fetched", [line])

    return (
        Endpoint("transfer_fee", "GET", "/transfers/fee", fee),
        Endpoint("transfers", "POST", "/transfers", create),
        Endpoint("transfers_list", "GET", "/transfers", several),
        Endpoint("transfer", "GET", "/transfers/{id}", one),
    )


def pages(gateway: Gateway) -> Sequence[web.RouteDef]:
    """The control endpoints.

    `POST /control/flutterwave/transfers` changes the TransferPolicy and answers with it.
    `POST /control/flutterwave/transfers/{id or reference}` with `{"status": "SUCCESSFUL" |
    "FAILED", "reason"?}` decides a transfer now, or differently from before, with its webhook.
    """
    payouts = gateway.payouts

    async def change_policy(request: web.Request) -> web.Response:
        payouts.policy = payouts.policy.changed(await read_object(request))
        return answer({"transfers": vars(payouts.policy)})

    async def decide(request: web.Request) -> web.Response:
        wanted = await read_object(request)
        for field in wanted:
            checks.one_of("field", field, ("status", "reason"))
        status = checks.one_of(
            "status", wanted.get("status"), (TRANSFER_SUCCESSFUL, TRANSFER_FAILED)
        )
        usual = PAID_MESSAGE if status == TRANSFER_SUCCESSFUL else FAILED_MESSAGE
        message = checks.text("reason", wanted.get("reason", usual))
        named = request.match_info["name"]
        known = payouts.with_reference(named)
        transfer = known[-1] if known else payouts.find(named)
        if transfer is None:
            raise Refusal(400, NOT_FOUND)
        decided = payouts.decide(transfer, status=status, message=message)
        return answer({"transfer": shapes.transfer(decided)})

    return (
        web.post("/control/flutterwave/transfers", control_handler(change_policy)),
        web.post("/control/flutterwave/transfers/{name}", control_handler(decide)),
    )


def _text(body: Json, name: str, *, most: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refusal(400, f"{name} is required")
    if len(value) > most:
        raise Refusal(400, f"{name} must be at most {most} characters")
    return value
