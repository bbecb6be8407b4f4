"""The transfers of the simulated Flutterwave. Each is accepted first and ends later.

Source: docs/vendors/flutterwave.md, section 4. The outcome follows, in this order, from a suffix of
the reference, the last digits of the bank account (99 fails, 98 stays NEW), and the policy.
Without enough balance every transfer fails.
"""

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from dev.sandbox import checks
from dev.sandbox.deliveries import WebhookSender
from dev.sandbox.flutterwave import banks, events
from dev.sandbox.flutterwave.amounts import compute_transfer_fee_kobo
from dev.sandbox.flutterwave.documents import (
    NEW,
    TRANSFER_FAILED,
    TRANSFER_IDS_FROM,
    TRANSFER_SUCCESSFUL,
    Transfer,
)
from dev.sandbox.flutterwave.money import Money
from dev.sandbox.flutterwave.replies import parse_id
from dev.sandbox.journal import Journal, Store
from dev.sandbox.units import Clock, format_timestamp
from dev.sandbox.wire import Json, Refusal

OUTCOMES = ("successful", "failed", "pending")
_STATUS = {"successful": TRANSFER_SUCCESSFUL, "failed": TRANSFER_FAILED, "pending": None}
_SUFFIX = re.compile(r"_PMCK(_ST_F)?(?:DU_(\d{1,4}))?$")
_SUFFIX_MINUTES = 10
PAID_MESSAGE = "Transaction was successful"
FAILED_MESSAGE = "DISBURSE FAILED: Transfer failed. Please contact support"
LOW_BALANCE_MESSAGE = "DISBURSE FAILED: Insufficient funds"
NOT_WHITELISTED = "Please enable IP Whitelisting to access this service"
BLACKLISTED = "0690000036"


@dataclass(frozen=True, kw_only=True)
class TransferPolicy:
    """How transfers end if neither reference nor bank account decides.

    early: the webhook is sent before the API answers. whitelisted: the caller's address is on the
    merchant's list; otherwise every transfer is refused.
    """

    outcome: str = "successful"
    delay_s: float = 0.3
    reason: str = FAILED_MESSAGE
    early: bool = False
    whitelisted: bool = True

    def with_changes(self, wanted: Json) -> "TransferPolicy":
        """A copy with the wanted fields. Raises: Refusal 400, which names the allowed values."""
        parse: Mapping[str, Callable[[object], object]] = {
            "outcome": lambda value: checks.check_choice("outcome", value, OUTCOMES),
            "delay_s": lambda value: checks.check_seconds("delay_s", value),
            "reason": lambda value: checks.check_text("reason", value),
            "early": lambda value: checks.check_flag("early", value),
            "whitelisted": lambda value: checks.check_flag("whitelisted", value),
        }
        new: Json = {}
        for name, value in wanted.items():
            new[checks.check_choice("field", name, tuple(parse))] = parse[name](value)
        return replace(self, **new)


class Payouts:
    """All transfers of one merchant. No method awaits, so no other call sees them half changed."""

    def __init__(
        self,
        *,
        clock: Clock,
        journal: Journal,
        webhooks: WebhookSender,
        money: Money,
        vendor_minute_s: float,
    ) -> None:
        self.policy = TransferPolicy()
        self._money = money
        self._clock = clock
        self._webhooks = webhooks
        self._minute_s = vendor_minute_s
        self._transfers = Store(
            journal,
            "flutterwave.transfer",
            Transfer,
            key=lambda each: each.reference,
            ids_from=TRANSFER_IDS_FROM,
        )

    def accept(
        self,
        *,
        reference: str,
        bank_code: str,
        account_number: str,
        amount_kobo: int,
        currency: str,
        narration: str,
        available_kobo: int,
    ) -> Transfer:
        """Record a NEW transfer, which ends later. Raises: Refusal 400 in the vendor's words."""
        if not self.policy.whitelisted:
            raise Refusal(400, NOT_WHITELISTED)
        if self._transfers.find_by_key(reference):
            raise Refusal(400, "Payout with this ref already exists")
        if account_number == BLACKLISTED:
            raise Refusal(400, "Payout was made to a blacklisted account number")
        transfer = Transfer(
            id=self._transfers.next_id(),
            reference=reference,
            bank_code=bank_code,
            account_number=account_number,
            full_name=banks.find_owner(bank_code, account_number) or "Unknown",
            amount_kobo=amount_kobo,
            fee_kobo=compute_transfer_fee_kobo(amount_kobo),
            duty_kobo=self._money.compute_duty_kobo(amount_kobo),
            currency=currency,
            narration=narration,
            status=NEW,
            complete_message="",
            created_at=self._clock.now_text(),
        )
        return self._start(transfer, available_kobo=available_kobo, early=self.policy.early)

    def retry(self, transfer: Transfer, *, available_kobo: int) -> Transfer:
        """Start a failed transfer again, as a new transfer under a new reference.

        The first transfer stays failed. Raises: Refusal 400.
        """
        if not self.policy.whitelisted:
            raise Refusal(400, NOT_WHITELISTED)
        if transfer.status != TRANSFER_FAILED:
            # Assumed: the text. Source: docs/vendors/flutterwave.md, section 4, "Retry".
            raise Refusal(400, "Only failed transfers can be retried")
        first = self.find(str(transfer.retry_of)) if transfer.retry_of else transfer
        assert first is not None
        again = replace(
            first,
            id=self._transfers.next_id(),
            reference=f"{first.reference}_RETRY_{len(self.list_retries(first)) + 1}",
            status=NEW,
            complete_message="",
            created_at=self._clock.now_text(),
            retry_of=first.id,
        )
        return self._start(again, available_kobo=available_kobo, early=False)

    def list_retries(self, transfer: Transfer) -> list[Transfer]:
        """The retries of a first transfer, oldest first."""
        return [each for each in self._transfers if each.retry_of == transfer.id]

    def _start(self, transfer: Transfer, *, available_kobo: int, early: bool) -> Transfer:
        """Store a NEW transfer, debit it, and set the timer that ends it."""
        status, message, wait_s = self._choose_ending(transfer.reference, transfer.account_number)
        if available_kobo < transfer.amount_kobo + transfer.fee_kobo + transfer.duty_kobo:
            # Assumed: the transfer is accepted and fails later, as in the vendor's samples.
            status, message, wait_s = TRANSFER_FAILED, LOW_BALANCE_MESSAGE, 0.0
        due_at = None
        if status is not None:
            due_at = format_timestamp(self._clock.now() + timedelta(seconds=wait_s))
            # With `early` the endpoint decides the transfer before it answers.
            delay_s = 3600.0 if early else wait_s
            asyncio.get_running_loop().call_later(delay_s, self.decide_due)
        transfer = self._transfers.put(
            replace(transfer, planned=status, planned_message=message, due_at=due_at)
        )
        self._money.book_transfer(transfer)
        return transfer

    def _choose_ending(self, reference: str, account_number: str) -> tuple[str | None, str, float]:
        """The final status (None: stays NEW), its message, and the seconds until then."""
        if suffix := _SUFFIX.search(reference):
            minutes = int(suffix[2] or _SUFFIX_MINUTES)
            failed = suffix[1] is not None
            status = TRANSFER_FAILED if failed else TRANSFER_SUCCESSFUL
            return status, FAILED_MESSAGE if failed else PAID_MESSAGE, minutes * self._minute_s
        if account_number.endswith("99"):
            return TRANSFER_FAILED, FAILED_MESSAGE, self.policy.delay_s
        outcome = "pending" if account_number.endswith("98") else self.policy.outcome
        message = self.policy.reason if outcome == "failed" else PAID_MESSAGE
        return _STATUS[outcome], message, self.policy.delay_s

    def decide_due(self) -> None:
        """End every transfer that is due with its planned status."""
        now = self._clock.now_text()
        for transfer in list(self._transfers):
            if transfer.status == NEW and transfer.due_at is not None and transfer.due_at <= now:
                assert transfer.planned is not None
                self.decide(transfer, status=transfer.planned, message=transfer.planned_message)

    def decide(self, transfer: Transfer, *, status: str, message: str) -> Transfer:
        """Set a transfer's final status, or change it later, and queue its webhook.

        A paid transfer may come back, and a failed one may be paid later.
        """
        decided = self._transfers.put(
            replace(transfer, status=status, complete_message=message, due_at=None)
        )
        self._money.book_transfer(decided)
        self._webhooks.send(
            name="transfer.completed",
            reference=decided.reference,
            body=events.build_transfer_completed(decided, shape=self._webhooks.policy.shape),
        )
        return decided

    def find(self, transfer_id: str) -> Transfer | None:
        """Find it by the id in a path."""
        return self._transfers.find(parse_id(transfer_id))

    def find_named(self, name: str) -> Transfer | None:
        """Find it by its reference, else by its id."""
        known = self.find_by_reference(name)
        return known[-1] if known else self.find(name)

    def find_by_reference(self, reference: str) -> list[Transfer]:
        return self._transfers.find_by_key(reference)

    def list_newest_first(self) -> list[Transfer]:
        return list(self._transfers.newest_first())
