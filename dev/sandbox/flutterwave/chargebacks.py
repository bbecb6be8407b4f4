"""Chargebacks: their state, the API that answers them, and the controls of payer and bank.

Source: developer.flutterwave.com, docs/payment-operations/chargebacks (13 September 2026), and
docs/chargebacks-1 for the lien. Assumed: all texts of the answers.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from aiohttp import web

from dev.sandbox import checks
from dev.sandbox.control import control_handler, read_fields
from dev.sandbox.deliveries import WebhookSender
from dev.sandbox.flutterwave import events, shapes
from dev.sandbox.flutterwave.amounts import read_amount_kobo
from dev.sandbox.flutterwave.documents import (
    ACCEPTED,
    CHARGEBACK_IDS_FROM,
    CHARGEBACK_STATUSES,
    DECLINED,
    INITIATED,
    LOST,
    Chargeback,
    Transaction,
)
from dev.sandbox.flutterwave.money import Money
from dev.sandbox.flutterwave.replies import cut_page, is_in_days, parse_id, reply_success
from dev.sandbox.journal import Journal, Store
from dev.sandbox.units import Clock, format_timestamp
from dev.sandbox.vendor import Endpoint
from dev.sandbox.wire import Refusal, answer, read_object

if TYPE_CHECKING:
    from dev.sandbox.flutterwave.gateway import Gateway

NOT_FOUND = "No chargeback was found for this id"
# The vendor sends chargeback webhooks on request only. `created` sends one event when it is raised,
# `each` one event for each status.
WEBHOOKS = ("none", "created", "each")
_ACTIONS = {"accept": ACCEPTED, "decline": DECLINED}
_USUAL_HOURS = 48
_MOST_HOURS = 10_000


class Chargebacks:
    """All chargebacks of one merchant. webhook: one of WEBHOOKS."""

    def __init__(
        self, *, clock: Clock, journal: Journal, webhooks: WebhookSender, money: Money
    ) -> None:
        self.webhook = WEBHOOKS[0]
        self._clock = clock
        self._webhooks = webhooks
        self._money = money
        self._chargebacks = Store(
            journal,
            "flutterwave.chargeback",
            Chargeback,
            key=lambda each: each.transaction_id,
            ids_from=CHARGEBACK_IDS_FROM,
        )

    def start(self, transaction: Transaction, *, amount_kobo: int, due_in_hours: int) -> Chargeback:
        now = self._clock.now()
        chargeback = Chargeback(
            id=self._chargebacks.next_id(),
            transaction_id=transaction.id,
            tx_ref=transaction.tx_ref,
            flw_ref=transaction.flw_ref,
            amount_kobo=amount_kobo,
            currency=transaction.currency,
            status=INITIATED,
            comment="",
            proof=None,
            due_at=format_timestamp(now + timedelta(hours=due_in_hours)),
            created_at=format_timestamp(now),
            history=[],
        )
        return self._keep(chargeback, status=INITIATED)

    def decide(
        self, chargeback: Chargeback, *, status: str, comment: str = "", proof: str | None = None
    ) -> Chargeback:
        """Set a status, whether the chargeback was decided before or not. The balance follows."""
        changed = replace(
            chargeback,
            status=status,
            comment=comment or chargeback.comment,
            proof=proof or chargeback.proof,
        )
        return self._keep(changed, status=status)

    def _keep(self, chargeback: Chargeback, *, status: str) -> Chargeback:
        entry = {"action": status, "date": self._clock.now_text()}
        kept = self._chargebacks.put(replace(chargeback, history=[*chargeback.history, entry]))
        self._money.book_chargeback(kept)
        if self.webhook == "each" or (self.webhook == "created" and status == INITIATED):
            body = events.build_chargeback(kept, each_status=self.webhook == "each")
            self._webhooks.send(name="chargeback", reference=kept.tx_ref, body=body)
        return kept

    def decide_due(self) -> None:
        """Without an answer in time the amount is debited. Assumed: its status is then lost."""
        now = self._clock.now_text()
        for each in list(self._chargebacks):
            if each.status == INITIATED and each.due_at <= now:
                self.decide(each, status=LOST)

    def get(self, chargeback_id: str) -> Chargeback:
        """Find it by the id in a path. Raises: Refusal 400."""
        self.decide_due()
        found = self._chargebacks.find(parse_id(chargeback_id))
        if found is None:
            raise Refusal(400, NOT_FOUND)
        return found

    def list_of(self, transaction: Transaction) -> list[Chargeback]:
        return self._chargebacks.find_by_key(transaction.id)

    def list_newest_first(self) -> list[Chargeback]:
        self.decide_due()
        return list(self._chargebacks.newest_first())

    def compute_lien_kobo(self, currency: str) -> int:
        self.decide_due()
        return sum(each.lien_kobo for each in self._chargebacks if each.currency == currency)


def endpoints(gateway: "Gateway") -> Sequence[Endpoint]:
    chargebacks = gateway.chargebacks

    async def several(request: web.Request) -> web.Response:
        flw_ref, status = request.query.get("flw_ref"), request.query.get("status")
        found = [
            each
            for each in chargebacks.list_newest_first()
            if flw_ref in (None, each.flw_ref)
            and status in (None, each.status)
            and is_in_days(request, each.created_at)
        ]
        shown, info = cut_page(request, found)
        data = [shapes.show_chargeback(each) for each in shown]
        return reply_success("Chargebacks fetched", data, meta={"page_info": info})

    async def one(request: web.Request) -> web.Response:
        found = chargebacks.get(request.match_info["id"])
        return reply_success("Chargeback fetched", shapes.show_chargeback(found))

    async def respond(request: web.Request) -> web.Response:
        body = await read_object(request)
        status = _ACTIONS.get(str(body.get("action")))
        if status is None:
            raise Refusal(400, "action must be accept or decline")
        chargeback = chargebacks.get(request.match_info["id"])
        if chargeback.status != INITIATED:
            raise Refusal(400, "This chargeback can no longer be answered")
        decided = chargebacks.decide(
            chargeback,
            status=status,
            comment=str(body.get("comment") or ""),
            proof=str(body["proof"]) if body.get("proof") else None,
        )
        return reply_success("Chargeback updated", shapes.show_chargeback(decided))

    return (
        Endpoint("chargebacks_list", "GET", "/chargebacks", several),
        Endpoint("chargebacks", "GET", "/chargebacks/{id}", one),
        Endpoint("chargebacks_answer", "PUT", "/chargebacks/{id}", respond),
    )


def pages(gateway: "Gateway") -> Sequence[web.RouteDef]:
    """The control endpoints.

    `POST /control/flutterwave/chargebacks` with `{"webhook": "none" | "created" | "each"}`.
    `POST /control/flutterwave/transactions/{id}/chargebacks` with `{"amount"?, "due_in_hours"?}`
    raises one, by default on all that is left of the payment.
    `POST /control/flutterwave/chargebacks/{id}` with `{"status"}` sets any status.
    The last two answer with the chargeback as the API shows it.
    """
    chargebacks = gateway.chargebacks

    async def change_policy(request: web.Request) -> web.Response:
        wanted = await read_fields(request, "webhook")
        chargebacks.webhook = checks.check_choice("webhook", wanted.get("webhook"), WEBHOOKS)
        return answer({"chargebacks": {"webhook": chargebacks.webhook}})

    async def start(request: web.Request) -> web.Response:
        wanted = await read_fields(request, "amount", "due_in_hours")
        hours = wanted.get("due_in_hours", _USUAL_HOURS)
        started = gateway.charge_back(
            gateway.get_transaction(request.match_info["id"]),
            amount_kobo=read_amount_kobo(wanted["amount"]) if "amount" in wanted else None,
            due_in_hours=checks.check_whole_number("due_in_hours", hours, most=_MOST_HOURS),
        )
        return answer({"chargeback": shapes.show_chargeback(started)})

    async def decide(request: web.Request) -> web.Response:
        wanted = await read_fields(request, "status")
        status = checks.check_choice("status", wanted.get("status"), CHARGEBACK_STATUSES)
        decided = chargebacks.decide(chargebacks.get(request.match_info["id"]), status=status)
        return answer({"chargeback": shapes.show_chargeback(decided)})

    return (
        web.post("/control/flutterwave/chargebacks", control_handler(change_policy)),
        web.post("/control/flutterwave/transactions/{id}/chargebacks", control_handler(start)),
        web.post("/control/flutterwave/chargebacks/{id}", control_handler(decide)),
    )
