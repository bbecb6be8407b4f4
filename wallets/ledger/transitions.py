"""The one state machine of transactions, and the one way to move along it.

PENDING ──► SUCCESS         final; undone only by a REVERSAL transaction of its own
   │           ▲
   └──► FAILED ┘            a funding only: the payment was verified after all
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mongoengine import QuerySet

from wallets.errors import TransitionRefused
from wallets.ledger.documents import (
    Change,
    ChangeSource,
    Transaction,
    TransactionStatus,
    TransactionType,
)

_DEBIT = {TransactionStatus.PENDING: {TransactionStatus.SUCCESS, TransactionStatus.FAILED}}

# From each status, where a transaction of the type may go. Absent means nowhere.
ALLOWED: dict[TransactionType, dict[TransactionStatus, set[TransactionStatus]]] = {
    # A failed payment attempt may be followed by one that succeeds under the same tx_ref.
    TransactionType.FUNDING: {**_DEBIT, TransactionStatus.FAILED: {TransactionStatus.SUCCESS}},
    TransactionType.WITHDRAWAL: _DEBIT,
    TransactionType.AIRTIME: _DEBIT,
    TransactionType.DATA: _DEBIT,
    TransactionType.REVERSAL: {},  # born SUCCESS
    TransactionType.ADJUSTMENT: {},
}


def statuses_before(kind: TransactionType, to: TransactionStatus) -> list[TransactionStatus]:
    """The statuses from which a transaction of this kind may move to `to`."""
    return [status for status, targets in ALLOWED[kind].items() if to in targets]


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
    """The transaction after moving to `to`, with a line more in its history.

    The update's filter holds the allowed previous statuses, so that of two movers one wins.
    `fields` are set as well. Raises: TransitionRefused when it was somewhere else.
    """
    change = Change(status=to, reason=reason, source=source, at=at, balance=balance)
    fields |= {"status": to, "reason": reason, "updated_at": at, "completed_at": at}
    allowed = Transaction.objects(
        pk=transaction.pk, status__in=statuses_before(transaction.type, to)
    )
    if not _update(allowed, transaction, change, next_check_at=None, **fields):
        raise TransitionRefused(reference=transaction.reference, to=to)
    return transaction


def note(
    transaction: Transaction, *, reason: str, source: ChangeSource, at: datetime
) -> Transaction | None:
    """Add a line to the history of a PENDING transaction that stays PENDING.

    The same line twice in a row is written once. None when there was nothing to add.
    """
    if transaction.history and transaction.history[-1].reason == reason:
        return None
    change = Change(status=TransactionStatus.PENDING, reason=reason, source=source, at=at)
    unchanged = Transaction.objects(
        pk=transaction.pk, status=TransactionStatus.PENDING, history__size=len(transaction.history)
    )
    return transaction if _update(unchanged, transaction, change, updated_at=at) else None


def _update(
    guarded: QuerySet[Transaction], transaction: Transaction, change: Change, **fields: Any
) -> bool:
    """Write the change through the guard, and then to the copy in hand.

    An update and no find-and-modify, which the embedded server answers by reading the whole
    collection (docs/decisions/0007-embedded-stack.md).
    """
    setting = {f"set__{n}": v for n, v in fields.items() if v is not None}
    clearing = {f"unset__{n}": 1 for n, v in fields.items() if v is None}
    if not guarded.update_one(push__history=change, **setting, **clearing):
        return False
    for name, value in fields.items():
        setattr(transaction, name, value)
    transaction.history.append(change)
    return True
