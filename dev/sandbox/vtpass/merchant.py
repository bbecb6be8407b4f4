"""The merchant's account at the simulated VTpass: its float, its purchases and how they end.

Every change that the vendor would tell the merchant about also queues a callback here.
"""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from dev.sandbox.deliveries import WebhookSender
from dev.sandbox.journal import Journal, Store
from dev.sandbox.units import Clock, format_timestamp
from dev.sandbox.vtpass import events
from dev.sandbox.vtpass.catalogue import Catalogue
from dev.sandbox.vtpass.documents import (
    DELIVERED,
    FAILED,
    PENDING,
    REVERSED,
    UNDECIDED,
    Funds,
    Purchase,
    Rejection,
)
from dev.sandbox.vtpass.orders import Order
from dev.sandbox.vtpass.policy import (
    NO_ANSWER,
    NOTHING,
    TIMEOUT,
    UNEXPECTED,
    ForcedAnswer,
    PurchasePolicy,
    use_first,
)
from dev.sandbox.vtpass.replies import Refused

# Source: docs/vendors/vtpass.md, section 6.
_SCENARIOS = {
    "08011111111": DELIVERED,
    "201000000000": PENDING,
    "500000000000": UNEXPECTED,
    "400000000000": NO_ANSWER,
    "300000000000": TIMEOUT,
}
_SPECTRANET_NUMBER = "1212121212"
_FUNDS = "float"


class Merchant:
    """All state of one merchant's merchant. Its methods never await, so each is one step."""

    def __init__(
        self, *, clock: Clock, journal: Journal, webhooks: WebhookSender, float_kobo: int
    ) -> None:
        self.webhooks = webhooks
        self.clock = clock
        self.policy = PurchasePolicy()
        self.catalogue = Catalogue(journal)
        self._first_float_kobo = float_kobo
        self._unexpected_answers = 0
        self._funds = Store(journal, "vtpass.funds", Funds)
        self._rejections = Store(journal, "vtpass.rejection", Rejection)
        self._purchases = Store(
            journal,
            "vtpass.purchase",
            Purchase,
            key=lambda each: (each.service_id, each.recipient, each.amount_kobo),
        )

    def reset(self) -> None:
        """Back to the behaviour of the start; the stores are cleared by whoever calls."""
        self.policy = PurchasePolicy()
        self._unexpected_answers = 0

    # Orders

    def check(self, order: Order) -> None:
        """Raises: Refused 014, 019 or 018.

        A likely duplicate is remembered, so that a requery of it gets the same code.
        """
        if self._seen_again(order.request_id):
            raise Refused("014")
        if self._likely_duplicate(order):
            self._rejections.put(
                Rejection(
                    id=order.request_id,
                    code="019",
                    service_id=order.service.id,
                    recipient=order.recipient,
                    amount_kobo=order.amount_kobo,
                    created_at=self.clock.now_text(),
                )
            )
            raise Refused("019")
        if order.total_kobo > self.compute_float_kobo():
            raise Refused("018")

    def _seen_again(self, request_id: str) -> bool:
        """Whether it was used before; this use is then counted."""
        if purchase := self._purchases.find(request_id):
            self._purchases.put(replace(purchase, attempts=purchase.attempts + 1))
            return True
        if rejection := self._rejections.find(request_id):
            self._rejections.put(replace(rejection, attempts=rejection.attempts + 1))
            return True
        return False

    def _likely_duplicate(self, order: Order) -> bool:
        """Assumed: the amount counts, and so does an earlier purchase that failed."""
        alike = self._purchases.find_by_key((order.service.id, order.recipient, order.amount_kobo))
        if not alike:
            return False
        age = self.clock.now() - datetime.fromisoformat(alike[-1].created_at)
        return age < timedelta(seconds=self.policy.duplicate_window_s)

    def choose_scenario(self, order: Order) -> str:
        """What happens to this order: the policy's word, else that of its number."""
        if chosen := self.policy.outcomes.get(order.recipient):
            return chosen
        if order.service.id == "spectranet" and order.recipient == _SPECTRANET_NUMBER:
            return DELIVERED
        if known := _SCENARIOS.get(order.recipient):
            return known
        usual = len(order.recipient) == 11 and order.recipient.startswith("0")
        return DELIVERED if self.policy.deliver_any and usual else FAILED

    def record(self, order: Order, *, status: str) -> Purchase:
        """Accept an order that was checked, with the truth about it. Debits the float."""
        now, planned, due_at = self.clock.now(), None, None
        if status in UNDECIDED and self.policy.pending_s is not None:
            planned = self.policy.pending_outcome
            due_at = format_timestamp(now + timedelta(seconds=self.policy.pending_s))
        return self._purchases.put(
            Purchase(
                id=order.request_id,
                service_id=order.service.id,
                recipient=order.recipient,
                variation_code=order.variation_code,
                amount_kobo=order.amount_kobo,
                commission_kobo=order.commission_kobo,
                status=status,
                transaction_id=_create_digits(now),
                created_at=format_timestamp(now),
                planned=planned,
                due_at=due_at,
                wallet_credit_id=_create_digits(now) if status == REVERSED else None,
            )
        )

    def next_unexpected_turn(self, count: int) -> int:
        """Whose turn it is among `count` unexpected answers."""
        turn = self._unexpected_answers % count
        self._unexpected_answers += 1
        return turn

    # Answers that a test has chosen

    def take_blind_answer(self) -> ForcedAnswer | None:
        """The chosen answer of this /pay, if it is one that does not look at the order."""
        if self.policy.force and self.policy.force[0].record == NOTHING:
            return self.take_answer()
        return None

    def take_answer(self) -> ForcedAnswer | None:
        if not self.policy.force:
            return None
        first = self.policy.force[0]
        self.policy = replace(self.policy, force=use_first(self.policy.force))
        return first

    def take_requery_answer(self, *, known: bool) -> ForcedAnswer | None:
        """An answer that shows a transaction waits for the requery of one that is known."""
        if not self.policy.force_requery:
            return None
        first = self.policy.force_requery[0]
        if first.status is not None and not known:
            return None
        self.policy = replace(self.policy, force_requery=use_first(self.policy.force_requery))
        return first

    # Endings

    def decide_due(self) -> None:
        """Every purchase whose time has come ends as it was planned."""
        now = self.clock.now_text()
        for each in list(self._purchases):
            if each.status in UNDECIDED and each.due_at is not None and each.due_at <= now:
                assert each.planned is not None
                self.decide(each, status=each.planned)

    def decide(self, purchase: Purchase, *, status: str, callback: bool = True) -> Purchase:
        """Give a purchase its outcome, or another one than it had, with its callback.

        Delivered may be reversed, and failed be delivered after all: the float follows.
        """
        credit_id = _create_digits(self.clock.now()) if status == REVERSED else None
        decided = self._purchases.put(
            replace(purchase, status=status, planned=None, due_at=None, wallet_credit_id=credit_id)
        )
        if callback:
            self.webhooks.send(
                name="transaction-update",
                reference=decided.id,
                body=events.build_transaction_update(decided, shape=self.webhooks.policy.shape),
            )
        return decided

    # Questions

    def find(self, request_id: str) -> Purchase | None:
        return self._purchases.find(request_id)

    def find_rejection(self, request_id: str) -> Rejection | None:
        return self._rejections.find(request_id)

    def count_requery(self, purchase: Purchase) -> Purchase:
        return self._purchases.put(replace(purchase, requeries=purchase.requeries + 1))

    def list_purchases(self) -> list[Purchase]:
        """Oldest first."""
        return list(self._purchases)

    def list_rejections(self) -> list[Rejection]:
        """Oldest first."""
        return list(self._rejections)

    # The float

    def compute_float_kobo(self) -> int:
        """What is left: never kept, always what the purchases leave of the funds."""
        funds = self._funds.find(_FUNDS)
        first = self._first_float_kobo if funds is None else funds.kobo
        return first - self.compute_debited_kobo()

    def compute_debited_kobo(self) -> int:
        return sum(each.debited_kobo for each in self._purchases)

    def set_float(self, kobo: int) -> None:
        """So much is left now; what is debited stays debited."""
        self._funds.put(Funds(id=_FUNDS, kobo=kobo + self.compute_debited_kobo()))


def _create_digits(now: datetime) -> str:
    """A reference of the vendor's: 26 digits, which no integer of ours should hold."""
    return f"{int(now.timestamp())}{secrets.randbelow(10**16):016d}"
