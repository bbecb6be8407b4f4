"""Transactions: verify by id and by reference, the list, the fee, sending a webhook again, and
the controls that decide an attempt, pay once more and make answers stale.

Source: docs/vendors/flutterwave.md, section 3.
"""

from collections.abc import Callable, Iterable, Sequence

from aiohttp import web

from dev.sandbox import checks
from dev.sandbox.control import control_handler, read_fields
from dev.sandbox.flutterwave import shapes
from dev.sandbox.flutterwave.amounts import (
    compute_collection_fee_kobo,
    read_amount_kobo,
    read_currency,
)
from dev.sandbox.flutterwave.documents import (
    BANK_TRANSFER,
    PAYMENT_TYPES,
    STATUSES,
    SUCCESSFUL,
    TRANSFER_STATUSES,
    Transaction,
)
from dev.sandbox.flutterwave.gateway import NOT_FOUND_ANSWERS, Gateway
from dev.sandbox.flutterwave.replies import cut_page, is_in_days, reply_success
from dev.sandbox.units import to_naira_number
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import Refusal, answer


def endpoints(gateway: Gateway) -> Sequence[Endpoint]:
    def verified(find: Callable[[], Transaction]) -> web.Response:
        try:
            found = gateway.stale.show(find())
        except Refusal as refusal:
            raise Refusal(*NOT_FOUND_ANSWERS[gateway.not_found]) from refusal
        data = shapes.show_verified(found, checkout_url=gateway.checkout_url)
        return reply_success("Transaction fetched successfully", data)

    async def verify(request: web.Request) -> web.Response:
        return verified(lambda: gateway.get_transaction(request.match_info["id"]))

    async def verify_by_reference(request: web.Request) -> web.Response:
        return verified(lambda: gateway.get_transaction_of(request.query.get("tx_ref", "")))

    async def transactions(request: web.Request) -> web.Response:
        found = _filter(request, gateway.list_transactions())
        shown, page_info = cut_page(request, found)
        return reply_success(
            "Transactions fetched",
            [shapes.show_listed(gateway.stale.show(each)) for each in shown],
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
    """The control endpoints.

    `POST /control/flutterwave/transactions` with `{"not_found": "400" | "200" | "invalid_id"}`
    sets how verify answers for an unknown payment.
    `POST /control/flutterwave/transactions/{id}` with `{"status", "correct"?: false}` gives an
    attempt another status, as LATER_STATUSES and CORRECTIONS allow, and queues its webhook; 409 if
    its status does not allow the change.
    `POST /control/flutterwave/payments` with `{"tx_ref", "amount", "currency"?, "status"?,
    "payment_type"?}` records a bank transfer beside the page, under any tx_ref.
    The last two answer with the transaction as verify shows it.
    `POST /control/flutterwave/stale` with `{"id", "status", "times"}` makes the API show this
    status of a payment or transfer in its next answers; `id` may be a tx_ref or a reference.
    `DELETE /control/flutterwave/stale` ends all of them.
    """

    def shown(transaction: Transaction) -> web.Response:
        return answer(
            {"transaction": shapes.show_verified(transaction, checkout_url=gateway.checkout_url)}
        )

    async def change_policy(request: web.Request) -> web.Response:
        wanted = await read_fields(request, "not_found")
        gateway.not_found = checks.check_choice(
            "not_found", wanted.get("not_found"), tuple(NOT_FOUND_ANSWERS)
        )
        return answer({"transactions": {"not_found": gateway.not_found}})

    async def decide(request: web.Request) -> web.Response:
        wanted = await read_fields(request, "status", "correct")
        transaction = gateway.decide(
            gateway.get_transaction(request.match_info["id"]),
            status=checks.check_choice("status", wanted.get("status"), STATUSES),
            correct=checks.check_flag("correct", wanted.get("correct", False)),
        )
        return shown(transaction)

    async def pay(request: web.Request) -> web.Response:
        wanted = await read_fields(
            request, "tx_ref", "amount", "currency", "status", "payment_type"
        )
        payment_type = wanted.get("payment_type", BANK_TRANSFER)
        transaction = gateway.record_direct(
            tx_ref=checks.check_text("tx_ref", wanted.get("tx_ref"), most=100),
            amount_kobo=read_amount_kobo(wanted.get("amount")),
            currency=read_currency(wanted.get("currency")),
            status=checks.check_choice("status", wanted.get("status", SUCCESSFUL), STATUSES),
            payment_type=checks.check_choice("payment_type", payment_type, PAYMENT_TYPES),
        )
        return shown(transaction)

    async def make_stale(request: web.Request) -> web.Response:
        wanted = await read_fields(request, "id", "status", "times")
        name = str(wanted.get("id"))
        transfer = gateway.payouts.find_named(name)
        statuses = TRANSFER_STATUSES if transfer else STATUSES
        about = transfer or gateway.get_named_transaction(name)
        status = checks.check_choice("status", wanted.get("status"), statuses)
        times = checks.check_whole_number("times", wanted.get("times", 1), most=1_000_000)
        gateway.stale.arm(about.id, status=status, times=times)
        return answer({"stale": {"id": about.id, "status": status, "times": times}})

    async def end_stale(request: web.Request) -> web.Response:
        gateway.stale.clear()
        return answer({"stale": {}})

    return (
        web.post("/control/flutterwave/transactions", control_handler(change_policy)),
        web.post("/control/flutterwave/transactions/{id}", control_handler(decide)),
        web.post("/control/flutterwave/payments", control_handler(pay)),
        web.post("/control/flutterwave/stale", control_handler(make_stale)),
        web.delete("/control/flutterwave/stale", control_handler(end_stale)),
    )


def _filter(request: web.Request, transactions: Iterable[Transaction]) -> list[Transaction]:
    """The transactions that match the query; both days are included. Raises: Refusal 400."""
    query = request.query
    return [
        each
        for each in transactions
        if is_in_days(request, each.created_at)
        and query.get("tx_ref") in (None, each.tx_ref)
        and query.get("status") in (None, each.status)
        and query.get("currency") in (None, each.currency)
    ]
