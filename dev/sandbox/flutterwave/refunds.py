"""Refunds: their state, the API that makes and lists them, and the controls of the dashboard.

Source: docs/vendors/flutterwave.md, section 3, and developer.flutterwave.com,
docs/payment-operations/refunds (13 September 2026).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from aiohttp import web

from dev.sandbox import checks
from dev.sandbox.control import control_handler
from dev.sandbox.deliveries import WebhookSender
from dev.sandbox.flutterwave import events, shapes
from dev.sandbox.flutterwave.amounts import read_amount_kobo
from dev.sandbox.flutterwave.documents import (
    REFUND_COMPLETED,
    REFUND_IDS_FROM,
    REFUND_STATUSES,
    Refund,
    Transaction,
)
from dev.sandbox.flutterwave.money import Money
from dev.sandbox.flutterwave.replies import cut_page, is_in_days, parse_id, reply_success
from dev.sandbox.journal import Journal, Store
from dev.sandbox.units import Clock
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import Json, Refusal, answer, read_object

if TYPE_CHECKING:
    from dev.sandbox.flutterwave.gateway import Gateway

NOT_FOUND = "No refund was found for this id"  # Assumed.
WEBHOOKS = (*events.REFUND_SHAPES, "none")


@dataclass(frozen=True, kw_only=True)
class RefundPolicy:
    """status: the first status of a refund. webhook: the body of its webhook, or none."""

    status: str = REFUND_COMPLETED
    webhook: str = events.REFUND_SHAPES[0]

    def with_changes(self, wanted: Json) -> "RefundPolicy":
        """A copy with the wanted fields. Raises: Refusal 400, which names the allowed values."""
        allowed: Mapping[str, Sequence[str]] = {"status": REFUND_STATUSES, "webhook": WEBHOOKS}
        new: Json = {}
        for name, value in wanted.items():
            field = checks.check_choice("field", name, tuple(allowed))
            new[field] = checks.check_choice(field, value, allowed[field])
        return replace(self, **new)


class Refunds:
    """All refunds of one merchant. The gateway says whether a payment can be refunded."""

    def __init__(
        self, *, clock: Clock, journal: Journal, webhooks: WebhookSender, money: Money
    ) -> None:
        self.policy = RefundPolicy()
        self._clock = clock
        self._webhooks = webhooks
        self._money = money
        self._refunds = Store(
            journal,
            "flutterwave.refund",
            Refund,
            key=lambda each: each.transaction_id,
            ids_from=REFUND_IDS_FROM,
        )

    def make(
        self, transaction: Transaction, *, amount_kobo: int, comments: str, policy: RefundPolicy
    ) -> Refund:
        now = self._clock.now_text()
        refund = Refund(
            id=self._refunds.next_id(),
            transaction_id=transaction.id,
            tx_ref=transaction.tx_ref,
            flw_ref=transaction.flw_ref,
            amount_kobo=amount_kobo,
            currency=transaction.currency,
            comments=comments,
            created_at=now,
            updated_at=now,
            status=policy.status,
        )
        return self._keep(refund, policy=policy)

    def move(self, refund: Refund, *, status: str, policy: RefundPolicy) -> Refund:
        """Set another status. Assumed: each status of a refund has its own webhook."""
        moved = replace(refund, status=status, updated_at=self._clock.now_text())
        return self._keep(moved, policy=policy)

    def _keep(self, refund: Refund, *, policy: RefundPolicy) -> Refund:
        self._refunds.put(refund)
        self._money.book_refund(refund)
        if policy.webhook != "none":
            body = events.build_refund(refund, shape=policy.webhook)
            self._webhooks.send(name="refund", reference=refund.tx_ref, body=body)
        return refund

    def get(self, refund_id: str) -> Refund:
        """Find it by the id in a path. Raises: Refusal 400."""
        found = self._refunds.find(parse_id(refund_id))
        if found is None:
            raise Refusal(400, NOT_FOUND)
        return found

    def list_of(self, transaction: Transaction) -> list[Refund]:
        return self._refunds.find_by_key(transaction.id)

    def list_newest_first(self) -> list[Refund]:
        return list(self._refunds.newest_first())


def endpoints(gateway: "Gateway") -> Sequence[Endpoint]:
    async def refund(request: web.Request) -> web.Response:
        body = await read_object(request)
        document = gateway.refund(
            gateway.get_transaction(request.match_info["id"]),
            amount_kobo=_read_part_kobo(body),
            comments=str(body.get("comments") or ""),
        )
        return reply_success("Transaction refund initiated", shapes.show_refund(document))

    async def one(request: web.Request) -> web.Response:
        document = gateway.refunds.get(request.match_info["id"])
        return reply_success("Refund fetched", shapes.show_refund(document))

    async def several(request: web.Request) -> web.Response:
        documents = gateway.refunds.list_newest_first()
        found = [each for each in documents if is_in_days(request, each.created_at)]
        shown, info = cut_page(request, found)
        # Assumed: the text.
        data = [shapes.show_listed_refund(each) for each in shown]
        return reply_success("Refunds fetched", data, meta={"page_info": info})

    return (
        Endpoint("refund", "POST", "/transactions/{id}/refund", refund),
        Endpoint("refunds_list", "GET", "/refunds", several),
        Endpoint("refunds", "GET", "/refunds/{id}", one),
    )


def pages(gateway: "Gateway") -> Sequence[web.RouteDef]:
    """The control endpoints.

    `POST /control/flutterwave/refunds` changes the RefundPolicy and answers with it.
    `POST /control/flutterwave/transactions/{id}/refunds` with `{"amount"?, "status"?, "webhook"?,
    "comments"?}` makes a refund as the dashboard does.
    `POST /control/flutterwave/refunds/{id}` with `{"status", "webhook"?}` sets another status.
    The last two answer with the refund as the list shows it.
    """
    refunds = gateway.refunds

    async def change_policy(request: web.Request) -> web.Response:
        refunds.policy = refunds.policy.with_changes(await read_object(request))
        return answer({"refunds": vars(refunds.policy)})

    async def make(request: web.Request) -> web.Response:
        wanted = await read_object(request)
        amount_kobo = _read_part_kobo(wanted)
        comments = checks.check_text("comments", wanted.pop("comments", ""))
        wanted.pop("amount", None)
        made = gateway.refund(
            gateway.get_transaction(request.match_info["id"]),
            amount_kobo=amount_kobo,
            comments=comments,
            # A refund from the dashboard is completed unless the call says otherwise.
            policy=refunds.policy.with_changes({"status": REFUND_COMPLETED} | wanted),
        )
        return answer({"refund": shapes.show_listed_refund(made)})

    async def move(request: web.Request) -> web.Response:
        wanted = await read_object(request)
        status = checks.check_choice("status", wanted.get("status"), REFUND_STATUSES)
        moved = gateway.move_refund(
            refunds.get(request.match_info["id"]),
            status=status,
            policy=refunds.policy.with_changes(wanted),
        )
        return answer({"refund": shapes.show_listed_refund(moved)})

    return (
        web.post("/control/flutterwave/refunds", control_handler(change_policy)),
        web.post("/control/flutterwave/transactions/{id}/refunds", control_handler(make)),
        web.post("/control/flutterwave/refunds/{id}", control_handler(move)),
    )


def _read_part_kobo(body: Json) -> int | None:
    """The amount of a part; None stands for all that is left."""
    given = body.get("amount")
    return None if given is None else read_amount_kobo(given)
