"""The state of the simulated Flutterwave: links, transactions and refunds.

Every change that the vendor reports to the merchant also queues a webhook.
"""

import math
import secrets
from collections import defaultdict
from dataclasses import replace
from datetime import datetime, timedelta

from dev.sandbox.config import Config
from dev.sandbox.deliveries import WebhookSender
from dev.sandbox.flutterwave import events
from dev.sandbox.flutterwave.amounts import compute_collection_fee_kobo
from dev.sandbox.flutterwave.documents import (
    BANK_TRANSFER,
    LATER_STATUSES,
    PENDING,
    SUCCESSFUL,
    Link,
    Refund,
    Transaction,
)
from dev.sandbox.flutterwave.payouts import Payouts
from dev.sandbox.journal import Journal, Store
from dev.sandbox.units import Clock, format_timestamp
from dev.sandbox.wire import Json, Refusal

NO_TRANSACTION = "No transaction was found for this id"
INACTIVE_LINK = "This payment link is currently inactive"
# The first balance, so that payouts need no collections before them.
STARTING_KOBO = 1_000_000_000_00
CHECKOUT_PATH = "/flutterwave/checkout"


class Gateway:
    """The state of one merchant. No method awaits, so no other call sees it half changed."""

    def __init__(
        self, *, config: Config, clock: Clock, journal: Journal, webhooks: WebhookSender
    ) -> None:
        self.webhooks = webhooks
        self._clock = clock
        self.checkout_url = config.public_url + CHECKOUT_PATH
        self._links = Store(journal, "flutterwave.link", Link)
        self._transactions = Store(
            journal, "flutterwave.transaction", Transaction, key=lambda each: each.tx_ref
        )
        self.payouts = Payouts(
            clock=clock,
            journal=journal,
            webhooks=webhooks,
            vendor_minute_s=config.vendor_minute_s,
        )
        self._refunds = Store(
            journal, "flutterwave.refund", Refund, key=lambda each: each.transaction_id
        )

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
        if any(each.status == SUCCESSFUL for each in attempts):
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
        transaction = self._transactions.put(
            Transaction(
                id=self._transactions.next_id(),
                link_id=link.id,
                tx_ref=link.tx_ref,
                flw_ref=_create_flw_ref(payment_type),
                status=status,
                payment_type=payment_type,
                amount_kobo=amount_kobo,
                fee_kobo=compute_collection_fee_kobo(amount_kobo),
                currency=currency,
                customer=link.customer,
                meta=link.meta,
                created_at=self._clock.now_text(),
            )
        )
        if status != PENDING:
            self.send_hook(transaction)
        return transaction

    def decide(self, transaction: Transaction, *, status: str) -> Transaction:
        """Give an attempt a later status and queue its webhook. States: see LATER_STATUSES.

        It works on closed links too, because banks confirm and correct long after the session.
        Assumed: a pending attempt stays pending when its session ends; the vendor marks an
        unfinished attempt failed. Raises: Refusal 409.
        """
        if status not in LATER_STATUSES[transaction.status]:
            raise Refusal(409, f"a {transaction.status} transaction cannot become {status}")
        decided = self._transactions.put(replace(transaction, status=status))
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
        found = self._transactions.find(_parse_id(transaction_id))
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

    def list_transactions_of(self, tx_ref: str) -> list[Transaction]:
        """Oldest first."""
        return self._transactions.find_by_key(tx_ref)

    def list_transactions(self) -> list[Transaction]:
        return list(self._transactions.newest_first())

    # Refunds and balances

    def refund(self, transaction: Transaction, *, amount_kobo: int | None, comments: str) -> Refund:
        """Refund amount_kobo, by default the whole rest; queue its webhook. Raises: Refusal 400."""
        refunded_kobo = sum(each.amount_kobo for each in self._refunds.find_by_key(transaction.id))
        left_kobo = transaction.amount_kobo - refunded_kobo
        wanted_kobo = left_kobo if amount_kobo is None else amount_kobo
        # Assumed: both texts; the vendor's are unknown.
        if transaction.status != SUCCESSFUL:
            raise Refusal(400, "Only successful transactions can be refunded")
        if not 0 < wanted_kobo <= left_kobo:
            raise Refusal(400, "Refund amount is more than what is left of the transaction")
        refund = self._refunds.put(
            Refund(
                id=self._refunds.next_id(),
                transaction_id=transaction.id,
                tx_ref=transaction.tx_ref,
                flw_ref=transaction.flw_ref,
                amount_kobo=wanted_kobo,
                currency=transaction.currency,
                comments=comments,
                created_at=self._clock.now_text(),
            )
        )
        self.webhooks.send(name="refund", reference=refund.tx_ref, body=events.build_refund(refund))
        return refund

    def find_refund(self, refund_id: str) -> Refund | None:
        return self._refunds.find(_parse_id(refund_id))

    def compute_balances_kobo(self) -> dict[str, int]:
        """Per currency: collections less fees, refunds and payouts. Naira is always listed."""
        balances = defaultdict(int, NGN=STARTING_KOBO - self.payouts.compute_spent_kobo())
        for each in self._transactions:
            if each.status == SUCCESSFUL:
                balances[each.currency] += each.amount_kobo - each.fee_kobo
        for refund in self._refunds:
            balances[refund.currency] -= refund.amount_kobo
        return dict(balances)

    def list_refunds(self) -> list[Refund]:
        return list(self._refunds.newest_first())


def _create_flw_ref(payment_type: str) -> str:
    """The vendor's own reference: for a card a test-mode text, for a bank transfer 30 digits."""
    if payment_type == BANK_TRANSFER:
        return str(10**29 + secrets.randbelow(9 * 10**29))
    return f"FLW-MOCK-{secrets.token_hex(16)}"


def _parse_id(text: str) -> int | None:
    """The id in a path; None if it is not a number, or longer than any id."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None
