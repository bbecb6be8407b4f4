"""One transaction whole, for `manage.py inspect`: what is stored about it, and what comes next.

Reading only. One index serves each query. Secrets (payment links, idempotency keys, bodies of
events) are left out, and account numbers are masked wherever they appear.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from accounts.models import User
from wallets import flows
from wallets.errors import TransactionNotFound
from wallets.house import HOUSE
from wallets.inbox.documents import WebhookEvent
from wallets.inbox.selectors import find_events_about
from wallets.ledger import selectors
from wallets.ledger.documents import LedgerEntry, Transaction, Wallet
from wallets.oversight.next_steps import NextStep, find_next_steps
from wallets.review.documents import ReviewCase
from wallets.review.kinds import describe
from wallets.review.selectors import find_cases
from wallets.withdrawals.banks import mask_account_number

# The newest unfinished events of each status whose bodies are searched.
MAX_EVENTS = 500
_ACCOUNT_NUMBER = "account_number"
_REVERSES = "reverses"
_NOT_STORED = "(not stored)"
_THE_HOUSE = "nobody (the house)"

Mask = Callable[[Any], Any]


class VendorIdAmbiguous(Exception):
    """Several transactions have this id at their vendors; `references` are theirs."""

    def __init__(self, references: list[str]) -> None:
        self.references = references
        super().__init__(", ".join(references))


@dataclass(frozen=True, kw_only=True)
class LockLine:
    owner: str
    by: str
    reason: str
    since: datetime
    until: datetime | None


@dataclass(frozen=True, kw_only=True)
class Customer:
    """Who the transaction belongs to, and the wallet as it is now."""

    user_id: str
    email: str
    wallet: str
    balance_kobo: int
    held_kobo: int
    is_active: bool
    owed_kobo: int
    locks: list[LockLine]


@dataclass(frozen=True, kw_only=True)
class HistoryLine:
    revision: int
    status: str
    source: str
    at: datetime
    reason: str | None
    balance_kobo: int | None


@dataclass(frozen=True, kw_only=True)
class EntryLine:
    seq: int
    debit_account: str
    credit_account: str
    amount_kobo: int
    balance_after_kobo: int
    at: datetime


@dataclass(frozen=True, kw_only=True)
class EventLine:
    id: str
    status: str
    attempts: int
    last_error: str | None
    note: str | None
    request_id: str | None
    received_at: datetime
    next_attempt_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class CaseLine:
    id: str
    kind: str
    sentence: str
    state: str
    vendor_id: str
    evidence: dict[str, Any]
    created_at: datetime
    closed_at: datetime | None
    closed_by: str | None


@dataclass(frozen=True, kw_only=True)
class Related:
    """`relation` is what the other transaction is to this one: 'reversed by' or 'reverses'."""

    relation: str
    reference: str
    type: str
    status: str
    amount_kobo: int


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """Everything about one transaction. Units: kobo; times: UTC."""

    reference: str
    type: str
    status: str
    amount_kobo: int
    fee_kobo: int
    requested_kobo: int | None
    currency: str
    reason: str | None
    vendor: str | None
    vendor_id: str | None
    vendor_reason: str | None
    created_at: datetime
    sent_at: datetime | None
    expires_at: datetime | None
    completed_at: datetime | None
    next_requery_at: datetime | None
    requeries: int
    needs_review: bool
    customer: Customer
    order: dict[str, Any]
    history: list[HistoryLine]
    entries: list[EntryLine]
    events: list[EventLine]
    events_are_complete: bool  # False if there are too many unfinished events to search
    cases: list[CaseLine]
    related: list[Related]
    next_steps: list[NextStep]


def inspect(*, name: str, now: datetime) -> Inspection:
    """The transaction with this reference, or with this id at its vendor.

    Raises: TransactionNotFound, VendorIdAmbiguous.
    """
    transaction = _find(name)
    mask = _masking(transaction)
    cases = find_cases(transaction.reference)
    events, is_complete = _find_events(transaction)
    reversals = selectors.find_reversals(reference=transaction.reference)
    steps = find_next_steps(
        transaction,
        cases=cases,
        events=events,
        reversals=[each.reference for each in reversals],
        now=now,
    )
    return Inspection(
        reference=transaction.reference,
        type=transaction.type,
        status=transaction.status.value,
        amount_kobo=transaction.amount,
        fee_kobo=transaction.fee,
        requested_kobo=transaction.requested_amount,
        currency=transaction.currency,
        reason=mask(transaction.reason),
        vendor=transaction.vendor,
        vendor_id=transaction.vendor_id,
        vendor_reason=mask(transaction.vendor_reason),
        created_at=transaction.created_at,
        sent_at=transaction.sent_at,
        expires_at=transaction.expires_at,
        completed_at=transaction.completed_at,
        next_requery_at=transaction.next_check_at,
        requeries=transaction.checks or 0,
        needs_review=bool(transaction.needs_review),
        customer=_customer(transaction),
        order={key: mask(value) for key, value in _order(transaction).items()},
        history=_history(transaction, mask),
        entries=[_entry(each) for each in selectors.entries_of(reference=transaction.reference)],
        events=[_event(each, mask) for each in events],
        events_are_complete=is_complete,
        cases=[_case(each, mask) for each in cases],
        related=_related(transaction, reversals),
        next_steps=steps,
    )


def _find(name: str) -> Transaction:
    transaction = selectors.find_transaction(reference=name)
    if transaction is not None:
        return transaction
    found = selectors.find_transactions_by_vendor_id(vendor_id=name)
    if not found:
        raise TransactionNotFound(reference=name)
    if len(found) > 1:
        raise VendorIdAmbiguous([each.reference for each in found])
    return found[0]


def _find_events(transaction: Transaction) -> tuple[list[WebhookEvent], bool]:
    flow = flows.find_flow(transaction.type)
    if flow is None:  # a vendor sends no webhooks about a REVERSAL of ours
        return [], True
    words, prefix = [transaction.reference], None
    if transaction.vendor_id and flow.event_key_prefix:
        prefix = flow.event_key_prefix(transaction.vendor_id)
    elif transaction.vendor_id:
        words.append(transaction.vendor_id)
    return find_events_about(
        vendor=flow.vendor,
        reference=transaction.reference,
        key_prefix=prefix,
        words=words,
        limit=MAX_EVENTS,
    )


def _masking(transaction: Transaction) -> Mask:
    """A function that masks the order's account number in a text, or in any other value."""
    number = str(getattr(transaction.order, _ACCOUNT_NUMBER, None) or "")

    def mask(value: Any) -> Any:
        if isinstance(value, str):
            return value.replace(number, mask_account_number(number)) if number else value
        if isinstance(value, dict):
            return {key: mask(each) for key, each in value.items()}
        return str(value) if isinstance(value, ObjectId) else value

    return mask


def _order(transaction: Transaction) -> dict[str, Any]:
    """What was ordered: the flow's own fields, and what else customers see of it."""
    order = transaction.order
    names = [name for name in order._fields if not name.startswith("_")] if order else []
    fields = {name: getattr(order, name) for name in names}
    rest = {key: value for key, value in transaction.details.items() if key != _REVERSES}
    return {key: value for key, value in {**rest, **fields}.items() if value is not None}


def _customer(transaction: Transaction) -> Customer:
    wallet = Wallet.objects(pk=transaction.wallet).first() or Wallet(is_active=False)
    return Customer(
        user_id=str(transaction.user_id),
        email=_email(transaction),
        wallet=str(transaction.wallet) if wallet.pk else f"{transaction.wallet} {_NOT_STORED}",
        balance_kobo=wallet.balance,
        held_kobo=wallet.held,
        is_active=wallet.is_active,
        owed_kobo=wallet.owed,
        locks=[
            LockLine(
                owner=lock.owner.value,
                by=lock.by,
                reason=lock.reason,
                since=lock.since,
                until=lock.until,
            )
            for lock in wallet.locks
        ],
    )


def _email(transaction: Transaction) -> str:
    if transaction.user_id == HOUSE:
        return _THE_HOUSE
    user = User.objects.filter(pk=transaction.user_id).first()
    return user.email if user else _NOT_STORED


def _history(transaction: Transaction, mask: Mask) -> list[HistoryLine]:
    return [
        HistoryLine(
            revision=revision,
            status=change.status.value,
            source=change.source.value,
            at=change.at,
            reason=mask(change.reason),
            balance_kobo=change.balance,
        )
        for revision, change in enumerate(transaction.history, start=1)
    ]


def _entry(entry: LedgerEntry) -> EntryLine:
    return EntryLine(
        seq=entry.seq,
        debit_account=entry.debit_account,
        credit_account=entry.credit_account,
        amount_kobo=entry.amount,
        balance_after_kobo=entry.balance_after,
        at=entry.created_at,
    )


def _event(event: WebhookEvent, mask: Mask) -> EventLine:
    return EventLine(
        id=str(event.pk),
        status=event.status.value,
        attempts=event.attempts,
        last_error=mask(event.last_error),
        note=mask(event.note),
        request_id=event.request_id,
        received_at=event.received_at,
        next_attempt_at=event.next_attempt_at,
    )


def _case(case: ReviewCase, mask: Mask) -> CaseLine:
    return CaseLine(
        id=str(case.pk),
        kind=case.kind,
        sentence=describe(case.kind),
        state=case.state.value,
        vendor_id=case.vendor_id,
        evidence=mask(dict(case.evidence)),
        created_at=case.created_at,
        closed_at=case.closed_at,
        closed_by=case.closed_by,
    )


def _related(transaction: Transaction, reversals: list[Transaction]) -> list[Related]:
    found: list[tuple[str, Transaction | None]] = [("reversed by", each) for each in reversals]
    if transaction.reverses:
        found.append(("reverses", selectors.find_transaction(reference=transaction.reverses)))
    return [
        Related(
            relation=relation,
            reference=other.reference,
            type=other.type,
            status=other.status.value,
            amount_kobo=other.amount,
        )
        for relation, other in found
        if other is not None
    ]
