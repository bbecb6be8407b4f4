"""Buying and asking again: pay and requery. Source: docs/vendors/vtpass.md, sections 3, 4, 6."""

import asyncio
from collections.abc import Callable, Sequence

from aiohttp import web

from dev.sandbox.faults import AnswerLost
from dev.sandbox.vendor import Endpoint
from dev.sandbox.vtpass import replies, shapes
from dev.sandbox.vtpass.account import Account
from dev.sandbox.vtpass.documents import DELIVERED, FAILED, PENDING, Purchase
from dev.sandbox.vtpass.orders import Order, read_order
from dev.sandbox.vtpass.policy import ABSENT, NO_ANSWER, TIMEOUT, Forced
from dev.sandbox.vtpass.replies import Refused
from dev.sandbox.wire import Json, answer, read_object

# The codes of an answer that shows its transaction.
_WITH_TRANSACTION = ("000", "001", "016", "040", "044")
# A timer may be early by a clock's smallest step.
_TIMER_MARGIN_S = 0.01


def endpoints(account: Account) -> Sequence[Endpoint]:
    async def pay(request: web.Request) -> web.Response:
        if forced := account.take_blind_answer():
            return _forced(forced, replies.refusal_body(forced.code or "000"))
        order = read_order(await read_object(request), account.catalogue, now=account.clock.now())
        account.check(order)
        if forced := account.take_answer():
            return _forced_with(forced, _recorded(account, order, forced.record), shapes.paid)
        scenario = account.scenario(order)
        if scenario in (DELIVERED, PENDING, FAILED):
            return answer(_paid(account, _recorded(account, order, scenario)))
        if account.policy.lost_outcome != ABSENT:
            _recorded(account, order, account.policy.lost_outcome)
        if scenario == NO_ANSWER:
            raise AnswerLost(web.Response())
        if scenario == TIMEOUT:
            raise AnswerLost(web.Response(), hang_s=account.policy.hang_s)
        return _unexpected(account, order)

    async def requery(request: web.Request) -> web.Response:
        account.decide_due()
        request_id = (await read_object(request)).get("request_id")
        if not isinstance(request_id, str) or not request_id:
            raise Refused("011")
        purchase = account.find(request_id)
        if purchase is not None:
            purchase = account.count_requery(purchase)
        if forced := account.take_requery_answer(known=purchase is not None):
            if purchase is None:
                return _forced(forced, replies.refusal_body(forced.code or "000"))
            return _forced_with(forced, purchase, shapes.requeried)
        if rejection := account.find_rejection(request_id):
            raise Refused(rejection.code)
        if purchase is None:
            raise Refused("015")
        if account.policy.first_requery_015 and purchase.requeries == 1:
            raise Refused("015")
        return answer(shapes.requeried(purchase))

    return (
        Endpoint("pay", "POST", "/pay", pay),
        Endpoint("requery", "POST", "/requery", requery),
    )


def _recorded(account: Account, order: Order, status: str) -> Purchase:
    """The purchase, which ends by itself if the policy says when."""
    purchase = account.record(order, status=status)
    if purchase.due_at is not None and account.policy.pending_s is not None:
        asyncio.get_running_loop().call_later(
            account.policy.pending_s + _TIMER_MARGIN_S, account.decide_due
        )
    return purchase


def _paid(account: Account, purchase: Purchase) -> Json:
    if purchase.status == FAILED:
        if account.policy.missing_content_016:
            return shapes.without_content(purchase)
    elif account.policy.flat_pay:
        return shapes.flat(purchase)
    return shapes.paid(purchase)


def _unexpected(account: Account, order: Order) -> web.Response:
    """Source: docs/vendors/vtpass.md, "Simulator rules" 4; the vendor's own body is unknown."""
    answers: tuple[Callable[[], web.Response], ...] = (
        lambda: answer({"code": "999", "response_description": "UNEXPECTED RESPONSE"}),
        lambda: replies.page(502, "Bad Gateway"),
        replies.system_error,
        lambda: answer(
            {
                "code": "000",
                "response_description": "TRANSACTION PROCESSED",
                "requestId": order.request_id,
            }
        ),
    )
    return answers[account.next_unexpected(len(answers))]()


def _forced(forced: Forced, body: Json) -> web.Response:
    return answer(replies.overlaid(body, forced.patch), status=forced.http_status)


def _forced_with(forced: Forced, purchase: Purchase, shape: Callable[..., Json]) -> web.Response:
    """A chosen answer about a purchase; the code of a refusal shows no transaction."""
    if forced.status is None and forced.code not in _WITH_TRANSACTION:
        assert forced.code is not None
        return _forced(forced, replies.refusal_body(forced.code))
    return _forced(forced, shape(purchase, code=forced.code, status=forced.status))
