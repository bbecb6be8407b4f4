"""The only place where a transaction's history becomes the events that clients see.

An event's `seq` is the revision of the transaction: the place of the change in its history, from
1. A client that has seen revision n asks for what came after n, and drops what it has seen.
"""

from __future__ import annotations

from typing import Any

from payflow.kernel.money import to_naira_text
from wallets.ledger.documents import Change, Transaction

Event = dict[str, Any]


def events_of(transaction: Transaction, *, after: int = 0) -> list[Event]:
    """The transaction's events with a revision above `after`, in order."""
    changes = enumerate(transaction.history, start=1)
    return [
        _event(transaction, revision, change) for revision, change in changes if revision > after
    ]


def latest_event(transaction: Transaction) -> Event:
    """The transaction's present state."""
    return _event(transaction, transaction.revision, transaction.history[-1])


def hide_balance(event: Event) -> Event:
    """The event without what only the wallet's owner may see."""
    return {name: value for name, value in event.items() if name != "balance"}


def _event(transaction: Transaction, revision: int, change: Change) -> Event:
    return {
        "event": "transaction",
        "reference": transaction.reference,
        "seq": revision,
        "type": transaction.type,
        "status": change.status.value,
        "amount": to_naira_text(transaction.amount),
        "currency": transaction.currency,
        "reason": change.reason,
        "reversed": to_naira_text(change.reversed_kobo or 0),
        "balance": None if change.balance is None else to_naira_text(change.balance),
        "time": change.at.isoformat(timespec="milliseconds"),
    }
