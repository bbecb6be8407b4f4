"""The state of one merchant at the simulated VTpass: its float, and purchases with their outcome.

Every change that the vendor reports to the merchant also queues a callback.
"""

import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from dev.sandbox.deliveries import WebhookSender
from dev.sandbox.journal import Journal, Store
from dev.sandbox.movements import Movements
from dev.sandbox.units import Clock, format_timestamp
from dev.sandbox.vtpass import events
from dev.sandbox.vtpass.amounts import NO_FEE
from dev.sandbox.vtpass.catalogue import Catalogue, Service
from dev.sandbox.vtpass.documents import (
    DELIVERED,
    FAILED,
    PENDING,
    REVERSED,
    UNDECIDED,
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


class Merchant:
    """The state of one merchant. No method awaits, so no other call sees it half changed."""

    def __init__(
        self, *, clock: Clock, journal: Journal, webhooks: WebhookSender, float_kobo: int
    ) -> None:
        self.webhooks = webhooks
        self.clock = clock
        self.policy = PurchasePolicy()
        self.catalogue = Catalogue(journal)
        self.movements = Movements(
            journal=journal, name="vtpass.movement", clock=clock, starting_kobo=float_kobo
        )
        self._unexpected_answers = 0
        self._rejections = Store(journal, "vtpass.rejection", Rejection)
        self._purchases = Store(
            journal,
            "vtpass.purchase",
            Purchase,
            key=lambda each: (each.service_id, each.recipient, each.amount_kobo),
        )

    def reset(self) -> None:
        """Restore the first policy. The caller resets the journal, and with it the stores."""
        self.policy = PurchasePolicy()
        self._unexpected_answers = 0

    # Orders

    def check(self, order: Order) -> None:
        """Raises: Refused 014, 019 or 018.

        A likely duplicate is stored as a rejection, so that its requery gets the same code.
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
        """Whether the id was used before; if so, counts this use."""
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
        """The scenario of this order: from the policy, else from its number."""
        if chosen := self.policy.outcomes.get(order.recipient):
            return chosen
        if order.service.id == "spectranet" and order.recipient == _SPECTRANET_NUMBER:
            return DELIVERED
        if known := _SCENARIOS.get(order.recipient):
            return known
        usual = len(order.recipient) == 11 and order.recipient.startswith("0")
        return DELIVERED if self.policy.deliver_any and usual else FAILED

    def get_fee(self, service: Service) -> str:
        """The service's convenience fee in the vendor's words."""
        return self.policy.convenience_fees.get(service.id, NO_FEE)

    def record(self, order: Order, *, status: str) -> Purchase:
        """Record a checked order with its real status, on which the debit depends."""
        now, planned, due_at = self.clock.now(), None, None
        if status in UNDECIDED and self.policy.pending_s is not None:
            planned = self.policy.pending_outcome
            due_at = format_timestamp(now + timedelta(seconds=self.policy.pending_s))
        return self._keep(
            Purchase(
                id=order.request_id,
                service_id=order.service.id,
                recipient=order.recipient,
                variation_code=order.variation_code,
                amount_kobo=order.amount_kobo,
                commission_kobo=order.commission_kobo,
                fee_kobo=order.fee_kobo,
                status=status,
                transaction_id=_create_digits(now),
                created_at=format_timestamp(now),
                planned=planned,
                due_at=due_at,
                wallet_credit_id=_create_digits(now) if status == REVERSED else None,
            )
        )

    def _keep(self, purchase: Purchase) -> Purchase:
        """Store a purchase and move the float as its status demands."""
        self._purchases.put(purchase)
        self.movements.settle(
            "purchase", purchase.id, target_kobo=-purchase.debited_kobo, reference=purchase.id
        )
        return purchase

    def next_unexpected_turn(self, count: int) -> int:
        """The index of the next of `count` unexpected answers, in turn."""
        turn = self._unexpected_answers % count
        self._unexpected_answers += 1
        return turn

    # Forced answers

    def take_blind_answer(self) -> ForcedAnswer | None:
        """The forced answer to this /pay, if it records no order; else None."""
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
        """The forced answer to this requery. A forced `status` needs a known purchase."""
        if not self.policy.force_requery:
            return None
        first = self.policy.force_requery[0]
        if first.status is not None and not known:
            return None
        self.policy = replace(self.policy, force_requery=use_first(self.policy.force_requery))
        return first

    # Endings

    def decide_due(self) -> None:
        """End every purchase that is due with its planned status."""
        now = self.clock.now_text()
        for each in list(self._purchases):
            if each.status in UNDECIDED and each.due_at is not None and each.due_at <= now:
                assert each.planned is not None
                self.decide(each, status=each.planned)

    def decide(self, purchase: Purchase, *, status: str, callback: bool = True) -> Purchase:
        """Set a purchase's final status, or change it later, and queue its callback.

        A delivery may be reversed, and a failure may be delivered later. The float follows.
        """
        credit_id = _create_digits(self.clock.now()) if status == REVERSED else None
        decided = self._keep(
            replace(purchase, status=status, planned=None, due_at=None, wallet_credit_id=credit_id)
        )
        if callback:
            self.webhooks.send(
                name="transaction-update",
                reference=decided.id,
                body=events.build_transaction_update(
                    decided,
                    shape=self.webhooks.policy.shape,
                    spelling=self.policy.recipient_spelling,
                ),
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
        return self.movements.compute_balance_kobo()

    def set_float(self, kobo: int) -> None:
        """Set the float to this amount; the debits of purchases stay."""
        missing_kobo = kobo - self.compute_float_kobo()
        self.movements.settle(
            "funding", secrets.token_hex(8), target_kobo=missing_kobo, reference="float"
        )


def _create_digits(now: datetime) -> str:
    """A vendor_id of 26 digits, too long for a 64-bit integer."""
    return f"{int(now.timestamp())}{secrets.randbelow(10**16):016d}"
