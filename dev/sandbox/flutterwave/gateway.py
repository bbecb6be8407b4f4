"""The state of the simulated Flutterwave: links and transactions. It joins the other parts of the
state, and holds the rules between a payment, its refunds and its chargebacks.

Every change that the vendor reports to the merchant also queues a webhook.
"""

import math
import secrets
from dataclasses import replace
from datetime import datetime, timedelta

from dev.sandbox.config import Config
from dev.sandbox.deliveries import WebhookSender
from dev.sandbox.flutterwave import events
from dev.sandbox.flutterwave.amounts import compute_collection_fee_kobo
from dev.sandbox.flutterwave.chargebacks import WEBHOOKS, Chargebacks
from dev.sandbox.flutterwave.documents import (
    BANK_TRANSFER,
    CORRECTIONS,
    LATER_STATUSES,
    PENDING,
    REFUND_FAILED,
    REVERSED,
    SUCCESSFUL,
    Chargeback,
    Link,
    Refund,
    Transaction,
)
from dev.sandbox.flutterwave.money import Money, MoneyPolicy
from dev.sandbox.flutterwave.payouts import Payouts, TransferPolicy
from dev.sandbox.flutterwave.refunds import RefundPolicy, Refunds
from dev.sandbox.flutterwave.replies import parse_id
from dev.sandbox.flutterwave.stale import StaleAnswers
from dev.sandbox.journal import Journal, Store
from dev.sandbox.units import Clock, format_timestamp
from dev.sandbox.wire import Json, Refusal

NO_TRANSACTION = "No transaction was found for this id"
INACTIVE_LINK = "This payment link is currently inactive"
INVALID_ID = "Invalid Transaction ID"
# The answers to verify for an unknown payment: HTTP status and text.
# Source: tests/recorded/flutterwave/flw-verify-not-found-*.json and flw-verify-invalid-id-400.json
NOT_FOUND_ANSWERS = {
    "400": (400, NO_TRANSACTION),
    "200": (200, NO_TRANSACTION),
    "invalid_id": (400, INVALID_ID),
}
CHECKOUT_PATH = "/flutterwave/checkout"
_UNKNOWN_PAYER: dict[str, str | None] = {
    "email": "payer@example.test",
    "name": "Unknown Payer",
    "phone": None,
}


class Gateway:
    """The state of one merchant. No method awaits, so no other call sees it half changed."""

    def __init__(
        self, *, config: Config, clock: Clock, journal: Journal, webhooks: WebhookSender
    ) -> None:
        self.webhooks = webhooks
        self._clock = clock
        self.checkout_url = config.public_url + CHECKOUT_PATH
        self.not_found = "400"  # one of NOT_FOUND_ANSWERS
        self.stale = StaleAnswers()
        self.money = Money(clock=clock, journal=journal)
        self._links = Store(journal, "flutterwave.link", Link, key=lambda each: each.tx_ref)
        self._transactions = Store(
            journal, "flutterwave.transaction", Transaction, key=lambda each: each.tx_ref
        )
        self.payouts = Payouts(
            clock=clock,
            journal=journal,
            webhooks=webhooks,
            money=self.money,
            vendor_minute_s=config.vendor_minute_s,
        )
        self.refunds = Refunds(clock=clock, journal=journal, webhooks=webhooks, money=self.money)
        self.chargebacks = Chargebacks(
            clock=clock, journal=journal, webhooks=webhooks, money=self.money
        )

    def reset(self) -> None:
        """Restore the first policies. The caller resets the journal, and with it the stores."""
        self.not_found = "400"
        self.stale.clear()
        self.money.policy = MoneyPolicy()
        self.payouts.policy = TransferPolicy()
        self.refunds.policy = RefundPolicy()
        self.chargebacks.webhook = WEBHOOKS[0]

    # Links

    def create_link(
        self,
        *,
        tx_ref: str,
        amount_kobo: int,
        currency: str,
        redirect_url: str,
        customer: dict[str, str | None],
        title: str,
        description: str,
        meta: Json,
        session_minutes: int | None,
        max_attempts: int | None,
    ) -> Link:
        """A new open link; no transaction exists before an attempt."""
        now = self._clock.now()
        expires_at = None
        if session_minutes is not None:
            expires_at = format_timestamp(now + timedelta(minutes=session_minutes))
        return self._links.put(
            Link(
                id=f"flwlnk-{secrets.token_hex(13)}",
                tx_ref=tx_ref,
                amount_kobo=amount_kobo,
                currency=currency,
                redirect_url=redirect_url,
                customer=customer,
                title=title,
                description=description,
                meta=meta,
                created_at=format_timestamp(now),
                expires_at=expires_at,
                max_attempts=max_attempts,
            )
        )

    def get_address(self, link: Link) -> str:
        return f"{self.checkout_url}/{link.id}"

    def find_link(self, link_id: str) -> Link | None:
        return self._links.find(link_id)

    def disable_link(self, address: str) -> None:
        """Close the link. Raises: Refusal 400, if it is unknown or closed already."""
        link = self._links.find(address.rstrip("/").rpartition("/")[2])
        if link is None or self.find_closed_reason(link):
            raise Refusal(400, INACTIVE_LINK)
        self._links.put(replace(link, disabled=True))

    def find_closed_reason(self, link: Link) -> str | None:
        """`paid`, `disabled`, `expired`, `exhausted` (no attempt left), or None while open."""
        attempts = self._attempts_at(link)
        # Assumed: a link whose payment was reversed stays closed.
        if any(each.status in (SUCCESSFUL, REVERSED) for each in attempts):
            return "paid"
        if link.disabled:
            return "disabled"
        if link.expires_at is not None and self._clock.now_text() >= link.expires_at:
            return "expired"
        if link.max_attempts is not None and len(attempts) >= link.max_attempts:
            return "exhausted"
        return None

    def compute_seconds_left(self, link: Link) -> int | None:
        """Seconds until the link expires, rounded up; None if it never does."""
        if link.expires_at is None:
            return None
        left = datetime.fromisoformat(link.expires_at) - self._clock.now()
        return max(0, math.ceil(left.total_seconds()))

    def _attempts_at(self, link: Link) -> list[Transaction]:
        return [each for each in self.list_transactions_of(link.tx_ref) if each.link_id == link.id]

    # Transactions

    def record_attempt(
        self, link: Link, *, status: str, payment_type: str, amount_kobo: int, currency: str
    ) -> Transaction:
        """Record one attempt to pay. It queues a webhook unless it is pending.

        Raises: Refusal 400, if the link is closed.
        """
        if self.find_closed_reason(link):
            raise Refusal(400, INACTIVE_LINK)
        return self._record(
            link,
            tx_ref=link.tx_ref,
            status=status,
            payment_type=payment_type,
            amount_kobo=amount_kobo,
            currency=currency,
        )

    def record_direct(
        self, *, tx_ref: str, status: str, payment_type: str, amount_kobo: int, currency: str
    ) -> Transaction:
        """Record a payment that passes by the page: a transfer to the account that it once showed.

        The link may be closed, and the merchant need not know the tx_ref.
        """
        links = self._links.find_by_key(tx_ref)
        return self._record(
            links[-1] if links else None,
            tx_ref=tx_ref,
            status=status,
            payment_type=payment_type,
            amount_kobo=amount_kobo,
            currency=currency,
        )

    def _record(
        self,
        link: Link | None,
        *,
        tx_ref: str,
        status: str,
        payment_type: str,
        amount_kobo: int,
        currency: str,
    ) -> Transaction:
        fee_kobo = compute_collection_fee_kobo(amount_kobo)
        transaction = self._transactions.put(
            Transaction(
                id=self._transactions.next_id(),
                link_id=link.id if link else "",
                tx_ref=tx_ref,
                flw_ref=_create_flw_ref(payment_type),
                status=status,
                payment_type=payment_type,
                amount_kobo=amount_kobo,
                fee_kobo=fee_kobo,
                vat_kobo=self.money.compute_vat_kobo(fee_kobo),
                currency=currency,
                customer=link.customer if link else _UNKNOWN_PAYER,
                meta=link.meta if link else {},
                created_at=self._clock.now_text(),
            )
        )
        self.money.book_payment(transaction)
        if status != PENDING:
            self.send_hook(transaction)
        return transaction

    def decide(
        self, transaction: Transaction, *, status: str, correct: bool = False
    ) -> Transaction:
        """Give an attempt a later status and queue its webhook. States: see LATER_STATUSES.

        correct: it may also change as in CORRECTIONS. It works on closed links too, because banks
        confirm and correct long after the session.
        Assumed: a pending attempt stays pending when its session ends; the vendor marks an
        unfinished attempt failed. Assumed: nothing is taken twice, so a payment that was refunded
        or charged back, even in part, is not reversed. Raises: Refusal 409.
        """
        allowed = LATER_STATUSES[transaction.status]
        if correct:
            allowed = (*allowed, *CORRECTIONS.get(transaction.status, ()))
        if status not in allowed:
            raise Refusal(409, f"a {transaction.status} transaction cannot become {status}")
        if self.compute_left_kobo(transaction) < transaction.amount_kobo:
            raise Refusal(409, "the transaction has been refunded or charged back")
        decided = self._transactions.put(replace(transaction, status=status))
        self.money.book_payment(decided)
        self.send_hook(decided)
        return decided

    def send_hook(self, transaction: Transaction) -> None:
        """Queue a webhook with the transaction's present status, in the policy's shape."""
        self.webhooks.send(
            name="charge.completed",
            reference=transaction.tx_ref,
            body=events.build_charge_completed(transaction, shape=self.webhooks.policy.shape),
        )

    def get_transaction(self, transaction_id: str) -> Transaction:
        """Find it by the id in a path. Raises: Refusal 400, the vendor's not-found."""
        found = self._transactions.find(parse_id(transaction_id))
        if found is None:
            raise Refusal(400, NO_TRANSACTION)
        return found

    def get_transaction_of(self, tx_ref: str) -> Transaction:
        """The successful attempt of a tx_ref, else its latest. Raises: Refusal 400.

        Assumed: of several successful attempts the latest; the vendor's choice is unknown.
        """
        attempts = self.list_transactions_of(tx_ref)
        if not attempts:
            raise Refusal(400, NO_TRANSACTION)
        successful = [each for each in attempts if each.status == SUCCESSFUL]
        return (successful or attempts)[-1]

    def get_named_transaction(self, name: str) -> Transaction:
        """Find it by its tx_ref, else by its id. Raises: Refusal 400."""
        known = self.list_transactions_of(name)
        return self.get_transaction_of(name) if known else self.get_transaction(name)

    def list_transactions_of(self, tx_ref: str) -> list[Transaction]:
        """Oldest first."""
        return self._transactions.find_by_key(tx_ref)

    def list_transactions(self) -> list[Transaction]:
        return list(self._transactions.newest_first())

    # What is given back of a payment

    def compute_left_kobo(self, transaction: Transaction) -> int:
        """The amount that is neither refunded, nor charged back, nor under a lien."""
        refunds = self.refunds.list_of(transaction)
        chargebacks = self.chargebacks.list_of(transaction)
        return (
            transaction.amount_kobo
            - sum(each.taken_kobo for each in refunds)
            - sum(each.taken_kobo + each.lien_kobo for each in chargebacks)
        )

    def refund(
        self,
        transaction: Transaction,
        *,
        amount_kobo: int | None,
        comments: str,
        policy: RefundPolicy | None = None,
    ) -> Refund:
        """Refund amount_kobo, by default the whole rest; queue its webhook. Raises: Refusal 400."""
        left_kobo = self.compute_left_kobo(transaction)
        wanted_kobo = left_kobo if amount_kobo is None else amount_kobo
        # Assumed: the texts; the vendor's are unknown.
        if transaction.status != SUCCESSFUL:
            raise Refusal(400, "Only successful transactions can be refunded")
        if not 0 < wanted_kobo <= left_kobo:
            raise Refusal(400, "Refund amount is more than what is left of the transaction")
        if wanted_kobo > self.compute_available_kobo(transaction.currency):
            raise Refusal(400, "Insufficient balance for this refund")
        return self.refunds.make(
            transaction,
            amount_kobo=wanted_kobo,
            comments=comments,
            policy=policy or self.refunds.policy,
        )

    def move_refund(self, refund: Refund, *, status: str, policy: RefundPolicy) -> Refund:
        """Raises: Refusal 409, if a failed refund takes more again than what is left."""
        wanted_kobo = refund.amount_kobo - refund.taken_kobo
        payment = self.get_transaction(str(refund.transaction_id))
        if status != REFUND_FAILED and wanted_kobo > self.compute_left_kobo(payment):
            raise Refusal(409, "the rest of the transaction has been given back meanwhile")
        return self.refunds.move(refund, status=status, policy=policy)

    def charge_back(
        self, transaction: Transaction, *, amount_kobo: int | None, due_in_hours: int
    ) -> Chargeback:
        """Raise a chargeback, by default on the whole rest. Raises: Refusal 400."""
        left_kobo = self.compute_left_kobo(transaction)
        wanted_kobo = left_kobo if amount_kobo is None else amount_kobo
        if transaction.status != SUCCESSFUL:
            raise Refusal(400, "only a successful transaction can be charged back")
        if not 0 < wanted_kobo <= left_kobo:
            raise Refusal(400, "the amount is more than what is left of the transaction")
        return self.chargebacks.start(
            transaction, amount_kobo=wanted_kobo, due_in_hours=due_in_hours
        )

    # Balances

    def compute_balances_kobo(self) -> dict[str, tuple[int, int]]:
        """Per currency: the available balance, and the ledger balance, which includes liens."""
        return {
            currency: (kobo - self.chargebacks.compute_lien_kobo(currency), kobo)
            for currency, kobo in self.money.movements.compute_balances_kobo().items()
        }

    def compute_available_kobo(self, currency: str = "NGN") -> int:
        """What can be paid out or refunded."""
        lien_kobo = self.chargebacks.compute_lien_kobo(currency)
        return self.money.movements.compute_balance_kobo(currency) - lien_kobo


def _create_flw_ref(payment_type: str) -> str:
    """The vendor's own reference: for a card a test-mode text, for a bank transfer 30 digits."""
    if payment_type == BANK_TRANSFER:
        return str(10**29 + secrets.randbelow(9 * 10**29))
    return f"FLW-MOCK-{secrets.token_hex(16)}"
