"""What the rest of the project may listen to. Sent after the commit, never inside it."""

from __future__ import annotations

from django.dispatch import Signal

from payflow.kernel.db import on_commit
from wallets.ledger.documents import Transaction

# transaction: the Transaction as it was committed.
transaction_changed = Signal()


def announce_on_commit(transaction: Transaction) -> None:
    """Whoever listens hears of the change once the running atomic block has committed."""
    on_commit(lambda: transaction_changed.send(Transaction, transaction=transaction))
