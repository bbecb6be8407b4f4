"""The state machine of transactions, and the only way to move along it.

PENDING ──► SUCCESS         final; REVERSAL transactions undo it
   │           ▲
   └──► FAILED ┘            the vendor moved the money after all
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mongoengine import QuerySet

from wallets import flows
from wallets.errors import TransitionRefused
from wallets.ledger.documents import Change, ChangeSource, Transaction, TransactionStatus


def statuses_before(transaction_type: str, to: TransactionStatus) -> list[TransactionStatus]:
    """The statuses from which a transaction of this type may move to `to`."""
    flow = flows.find_flow(transaction_type)
    if flow is None or to is TransactionStatus.PENDING:  # a REVERSAL is created as a SUCCESS
        return []
    if to is TransactionStatus.SUCCESS:
        return [TransactionStatus.PENDING, TransactionStatus.FAILED]
    return [TransactionStatus.PENDING]


def move(
    transaction: Transaction,
    *,
    to: TransactionStatus,
    source: ChangeSource,
    at: datetime,
    reason: str | None = None,
    balance: int | None = None,
    **fields: Any,
) -> Transaction:
    """Move the transaction to `to`, and add a line to its history.

    The update's filter contains the allowed statuses, so of two simultaneous callers one
    succeeds. `fields` are set as well. Raises: TransitionRefused, if the transaction was in
    another status.
    """
    change = Change(status=to, reason=reason, source=source, at=at, balance=balance)
    fields |= {"status": to, "reason": reason, "updated_at": at, "completed_at": at}
    before = statuses_before(transaction.type, to)
    allowed = Transaction.objects(pk=transaction.pk, status__in=before)
    fields.setdefault("next_check_at", None)
    if not _update(allowed, transaction, change, **fields):
        raise TransitionRefused(reference=transaction.reference, to=to)
    return transaction


def add_note(
    transaction: Transaction, *, reason: str, source: ChangeSource, at: datetime
) -> Transaction | None:
    """Add a line to the history of a transaction that stays PENDING.

    None if the latest line says the same already, or if the transaction has changed.
    """
    if transaction.history and transaction.history[-1].reason == reason:
        return None
    change = Change(status=TransactionStatus.PENDING, reason=reason, source=source, at=at)
    unchanged = Transaction.objects(
        pk=transaction.pk,
        status=TransactionStatus.PENDING,
        history__size=len(transaction.history),
    )
    return transaction if _update(unchanged, transaction, change, updated_at=at) else None


def note_reversal(
    transaction: Transaction,
    *,
    kobo: int,
    reason: str,
    source: ChangeSource,
    at: datetime,
    balance: int,
) -> None:
    """Say on a SUCCESS that a REVERSAL gave `kobo` back, or took it if it is negative."""
    reversed_kobo = int(transaction.reversed_kobo or 0) + kobo
    change = Change(
        status=transaction.status,
        reason=reason,
        source=source,
        at=at,
        balance=balance,
        reversed_kobo=reversed_kobo,
    )
    unchanged = Transaction.objects(pk=transaction.pk, status=transaction.status)
    fields = {"reason": reason, "reversed_kobo": reversed_kobo, "updated_at": at}
    if not _update(unchanged, transaction, change, **fields):
        raise TransitionRefused(reference=transaction.reference, to=transaction.status)


def _update(
    guarded: QuerySet[Transaction], transaction: Transaction, change: Change, **fields: Any
) -> bool:
    """Write the change through the guarded query, then into the object in memory.

    Not a find-and-modify: the embedded server would answer it by reading the whole collection
    (docs/decisions/0007-embedded-stack.md).
    """
    setting = {f"set__{n}": v for n, v in fields.items() if v is not None}
    clearing = {f"unset__{n}": 1 for n, v in fields.items() if v is None}
    if not guarded.update_one(push__history=change, **setting, **clearing):
        return False
    for name, value in fields.items():
        setattr(transaction, name, value)
    transaction.history.append(change)
    return True
