"""The endpoints pay and requery. Source: docs/vendors/vtpass.md, sections 3, 4, 6."""

import asyncio
from collections.abc import Callable, Sequence

from aiohttp import web

from dev.sandbox.faults import AnswerLost
from dev.sandbox.vendor import Endpoint
from dev.sandbox.vtpass import replies, shapes
from dev.sandbox.vtpass.documents import DELIVERED, FAILED, PENDING, Purchase
from dev.sandbox.vtpass.merchant import Merchant
from dev.sandbox.vtpass.orders import Order, read_order
from dev.sandbox.vtpass.policy import ABSENT, NO_ANSWER, TIMEOUT, ForcedAnswer
from dev.sandbox.vtpass.replies import Refused
from dev.sandbox.wire import Json, answer, read_object_or_form

# The result codes whose answer shows the transaction.
_WITH_TRANSACTION = ("000", "001", "016", "040", "044")
# A timer may fire early by the clock's smallest step.
_TIMER_MARGIN_S = 0.01


def endpoints(merchant: Merchant) -> Sequence[Endpoint]:
    async def pay(request: web.Request) -> web.Response:
        if forced := merchant.take_blind_answer():
            return _reply_forced(forced, replies.build_refusal(forced.code or "000"))
        order = read_order(
            await read_object_or_form(request),
            merchant.catalogue,
            now=merchant.clock.now(),
            fees=merchant.policy.convenience_fees,
        )
        merchant.check(order)
        if forced := merchant.take_answer():
            purchase = _record(merchant, order, forced.record)
            return _reply_forced_with(merchant, forced, purchase, shapes.show_paid)
        scenario = merchant.choose_scenario(order)
        if scenario in (DELIVERED, PENDING, FAILED):
            return answer(_show_pay(merchant, _record(merchant, order, scenario)))
        if merchant.policy.lost_outcome != ABSENT:
            _record(merchant, order, merchant.policy.lost_outcome)
        if scenario == NO_ANSWER:
            raise AnswerLost(web.Response())
        if scenario == TIMEOUT:
            raise AnswerLost(web.Response(), hang_s=merchant.policy.hang_s)
        return _reply_unexpected(merchant, order)

    async def requery(request: web.Request) -> web.Response:
        merchant.decide_due()
        request_id = (await read_object_or_form(request)).get("request_id")
        if not isinstance(request_id, str) or not request_id:
            raise Refused("011")
        purchase = merchant.find(request_id)
        if purchase is not None:
            purchase = merchant.count_requery(purchase)
        if forced := merchant.take_requery_answer(known=purchase is not None):
            if purchase is None:
                return _reply_forced(forced, replies.build_refusal(forced.code or "000"))
            return _reply_forced_with(merchant, forced, purchase, shapes.show_requeried)
        if rejection := merchant.find_rejection(request_id):
            raise Refused(rejection.code)
        if purchase is None:
            raise Refused("015")
        if merchant.policy.first_requery_015 and purchase.requeries == 1:
            raise Refused("015")
        spelling = merchant.policy.recipient_spelling
        return answer(shapes.show_requeried(purchase, spelling=spelling))

    return (
        Endpoint("pay", "POST", "/pay", pay),
        Endpoint("requery", "POST", "/requery", requery),
    )


def _record(merchant: Merchant, order: Order, status: str) -> Purchase:
    """Record the purchase and set a timer if the policy says when it ends."""
    purchase = merchant.record(order, status=status)
    if purchase.due_at is not None and merchant.policy.pending_s is not None:
        asyncio.get_running_loop().call_later(
            merchant.policy.pending_s + _TIMER_MARGIN_S, merchant.decide_due
        )
    return purchase


def _show_pay(merchant: Merchant, purchase: Purchase) -> Json:
    if purchase.status == FAILED:
        if merchant.policy.missing_content_016:
            return shapes.show_without_content(purchase)
    elif merchant.policy.flat_pay:
        return shapes.show_flat(purchase)
    return shapes.show_paid(purchase, spelling=merchant.policy.recipient_spelling)


def _reply_unexpected(merchant: Merchant, order: Order) -> web.Response:
    """Source: docs/vendors/vtpass.md, "Simulator rules" 4; the vendor's own body is unknown."""
    answers: tuple[Callable[[], web.Response], ...] = (
        lambda: answer({"code": "999", "response_description": "UNEXPECTED RESPONSE"}),
        lambda: replies.reply_page(502, "Bad Gateway"),
        replies.reply_system_error,
        lambda: answer(
            {
                "code": "000",
                "response_description": "TRANSACTION PROCESSED",
                "requestId": order.request_id,
            }
        ),
    )
    return answers[merchant.next_unexpected_turn(len(answers))]()


def _reply_forced(forced: ForcedAnswer, body: Json) -> web.Response:
    return answer(replies.overlay(body, forced.patch), status=forced.http_status)


def _reply_forced_with(
    merchant: Merchant, forced: ForcedAnswer, purchase: Purchase, shape: Callable[..., Json]
) -> web.Response:
    """A forced answer about a purchase. Refusal codes show no transaction."""
    if forced.status is None and forced.code not in _WITH_TRANSACTION:
        assert forced.code is not None
        return _reply_forced(forced, replies.build_refusal(forced.code))
    spelling = merchant.policy.recipient_spelling
    body = shape(purchase, code=forced.code, status=forced.status, spelling=spelling)
    return _reply_forced(forced, body)
