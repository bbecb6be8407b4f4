"""The one place where a transaction's history becomes the events that clients see.

An event's `seq` is its place in the history, from 1: a client that has seen seq n asks for
what is after n, and whoever sees a seq it has already drops it.
"""

from __future__ import annotations

from typing import Any

from payflow.kernel.money import to_naira_text
from wallets.ledger.documents import Change, Transaction

Event = dict[str, Any]


def events_of(transaction: Transaction, *, after: int = 0) -> list[Event]:
    """The transaction's events with a seq above `after`, in order."""
    changes = list(enumerate(transaction.history, start=1))
    return [_event(transaction, seq, change) for seq, change in changes if seq > after]


def latest_event(transaction: Transaction) -> Event:
    """The transaction's present state."""
    return _event(transaction, transaction.seq, transaction.history[-1])


def public(event: Event) -> Event:
    """The event without what only the wallet's owner may see."""
    return {name: value for name, value in event.items() if name != "balance"}


def _event(transaction: Transaction, seq: int, change: Change) -> Event:
    return {
        "event": "transaction",
        "reference": transaction.reference,
        "seq": seq,
        "type": transaction.type.value,
        "status": change.status.value,
        "amount": to_naira_text(transaction.amount),
        "currency": transaction.currency,
        "reason": change.reason,
        "balance": None if change.balance is None else to_naira_text(change.balance),
        "time": change.at.isoformat(timespec="milliseconds"),
    }
