"""The state machine of transactions, and the only way to move along it.

PENDING ──► SUCCESS         final; REVERSAL transactions undo it
   │           ▲
   └──► FAILED ┘            the vendor moved the money after all
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from payflow.kernel.documents import update_one
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
    allowed = {"status": {"$in": [each.value for each in before]}}
    fields.setdefault("next_check_at", None)
    if not _update(transaction, allowed, change, **fields):
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
    unchanged = {
        "status": TransactionStatus.PENDING.value,
        "history": {"$size": len(transaction.history)},
    }
    return transaction if _update(transaction, unchanged, change, updated_at=at) else None


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
    unchanged = {"status": transaction.status.value}
    fields = {"reason": reason, "reversed_kobo": reversed_kobo, "updated_at": at}
    if not _update(transaction, unchanged, change, **fields):
        raise TransitionRefused(reference=transaction.reference, to=transaction.status)


def _update(transaction: Transaction, guard: dict[str, Any], change: Change, **fields: Any) -> bool:
    """Write the change if the stored transaction matches the guard; then also into the object.

    Not a find-and-modify: the embedded server would answer it by reading the whole collection
    (docs/decisions/0007-embedded-stack.md).
    """
    setting, clearing = {}, {}
    for name, value in fields.items():
        stored = Transaction._fields[name]
        if value is None:
            clearing[stored.db_field] = 1
        else:
            setting[stored.db_field] = stored.to_mongo(value)
    update = {
        "$push": {"history": change.to_mongo()},
        **({"$set": setting} if setting else {}),
        **({"$unset": clearing} if clearing else {}),
    }
    if not update_one(Transaction, {"_id": transaction.pk, **guard}, update):
        return False
    for name, value in fields.items():
        setattr(transaction, name, value)
    transaction.history.append(change)
    return True
