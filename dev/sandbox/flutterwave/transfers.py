"""The API for transfers, and the control endpoints that decide how they end.

Source: docs/vendors/flutterwave.md, section 4.
"""

import asyncio
from collections.abc import Sequence

from aiohttp import web

from dev.sandbox import checks
from dev.sandbox.control import control_handler
from dev.sandbox.flutterwave import shapes
from dev.sandbox.flutterwave.amounts import (
    compute_transfer_fee_kobo,
    read_amount_kobo,
    read_currency,
)
from dev.sandbox.flutterwave.documents import TRANSFER_FAILED, TRANSFER_SUCCESSFUL, Transfer
from dev.sandbox.flutterwave.gateway import Gateway
from dev.sandbox.flutterwave.payouts import FAILED_MESSAGE, PAID_MESSAGE
from dev.sandbox.flutterwave.replies import cut_page, is_in_days, reply_success
from dev.sandbox.units import to_naira_number
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import Json, Refusal, answer, read_object

NOT_FOUND = "Transfer not found"
# Delay of the answer to an early transfer, so that its webhook arrives first.
_EARLY_DELAY_S = 0.7


def endpoints(gateway: Gateway) -> Sequence[Endpoint]:
    payouts = gateway.payouts

    def get_transfer(request: web.Request) -> Transfer:
        payouts.decide_due()
        transfer = payouts.find(request.match_info["id"])
        if transfer is None:
            raise Refusal(400, NOT_FOUND)
        return transfer

    async def create(request: web.Request) -> web.Response:
        body = await read_object(request)
        transfer = payouts.accept(
            reference=_read_text(body, "reference", most=100),
            bank_code=_read_text(body, "account_bank", most=10),
            account_number=_read_text(body, "account_number", most=10),
            amount_kobo=read_amount_kobo(body.get("amount")),
            currency=read_currency(body.get("currency")),
            narration=str(body.get("narration") or "")[:100],
            available_kobo=gateway.compute_available_kobo(),
        )
        accepted = shapes.show_transfer(transfer)
        if payouts.policy.early and transfer.planned is not None:
            payouts.decide(transfer, status=transfer.planned, message=transfer.planned_message)
            await asyncio.sleep(_EARLY_DELAY_S)
        return reply_success("Transfer Queued Successfully", accepted)

    async def one(request: web.Request) -> web.Response:
        transfer = gateway.stale.show(get_transfer(request))
        return reply_success(
            "Transfer fetched", {**shapes.show_transfer(transfer), "approver": "N/A"}
        )

    async def retry(request: web.Request) -> web.Response:
        again = payouts.retry(
            get_transfer(request), available_kobo=gateway.compute_available_kobo()
        )
        return reply_success("Transfer retry attempt queued.", shapes.show_transfer(again))

    async def retries(request: web.Request) -> web.Response:
        found = payouts.list_retries(get_transfer(request))
        data = [shapes.show_transfer(each) for each in found]
        return reply_success("Transfer retry attempts retrieved.", data)

    async def several(request: web.Request) -> web.Response:
        payouts.decide_due()
        reference, status = request.query.get("reference"), request.query.get("status")
        found = [
            each
            for each in payouts.list_newest_first()
            if reference in (None, each.reference)
            and status in (None, each.status)
            and is_in_days(request, each.created_at)
        ]
        shown, info = cut_page(request, found)
        data = [shapes.show_transfer(gateway.stale.show(each)) for each in shown]
        return reply_success("Transfers fetched", data, meta={"page_info": info})

    async def fee(request: web.Request) -> web.Response:
        kobo = compute_transfer_fee_kobo(read_amount_kobo(request.query.get("amount")))
        line = {"currency": "NGN", "fee_type": "value", "fee": to_naira_number(kobo)}
        return reply_success("Transfer fee fetched", [line])

    return (
        Endpoint("transfer_fee", "GET", "/transfers/fee", fee),
        Endpoint("transfers", "POST", "/transfers", create),
        Endpoint("transfers_list", "GET", "/transfers", several),
        Endpoint("transfer", "GET", "/transfers/{id}", one),
        Endpoint("transfer_retry", "POST", "/transfers/{id}/retries", retry),
        Endpoint("transfer_retries", "GET", "/transfers/{id}/retries", retries),
    )


def pages(gateway: Gateway) -> Sequence[web.RouteDef]:
    """The control endpoints.

    `POST /control/flutterwave/transfers` changes the TransferPolicy and answers with it.
    `POST /control/flutterwave/transfers/{id or reference}` with `{"status": "SUCCESSFUL" |
    "FAILED", "reason"?}` sets or changes a transfer's final status and queues its webhook.
    `POST /control/flutterwave/transfers/{id or reference}/retries` retries a failed transfer, as
    the dashboard does; answers with the new transfer.
    """
    payouts = gateway.payouts

    async def change_policy(request: web.Request) -> web.Response:
        payouts.policy = payouts.policy.with_changes(await read_object(request))
        return answer({"transfers": vars(payouts.policy)})

    async def decide(request: web.Request) -> web.Response:
        wanted = await read_object(request)
        for field in wanted:
            checks.check_choice("field", field, ("status", "reason"))
        status = checks.check_choice(
            "status", wanted.get("status"), (TRANSFER_SUCCESSFUL, TRANSFER_FAILED)
        )
        usual = PAID_MESSAGE if status == TRANSFER_SUCCESSFUL else FAILED_MESSAGE
        message = checks.check_text("reason", wanted.get("reason", usual))
        decided = payouts.decide(get_named(request), status=status, message=message)
        return answer({"transfer": shapes.show_transfer(decided)})

    async def retry(request: web.Request) -> web.Response:
        transfer = get_named(request)
        again = payouts.retry(transfer, available_kobo=gateway.compute_available_kobo())
        return answer({"transfer": shapes.show_transfer(again)})

    def get_named(request: web.Request) -> Transfer:
        payouts.decide_due()
        transfer = payouts.find_named(request.match_info["name"])
        if transfer is None:
            raise Refusal(400, NOT_FOUND)
        return transfer

    return (
        web.post("/control/flutterwave/transfers", control_handler(change_policy)),
        web.post("/control/flutterwave/transfers/{name}", control_handler(decide)),
        web.post("/control/flutterwave/transfers/{name}/retries", control_handler(retry)),
    )


def _read_text(body: Json, name: str, *, most: int) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refusal(400, f"{name} is required")
    if len(value) > most:
        raise Refusal(400, f"{name} must be at most {most} characters")
    return value
