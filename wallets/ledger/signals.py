"""The signal that a transaction has changed. It is sent after the commit."""

from __future__ import annotations

from django.dispatch import Signal

from payflow.kernel.db import on_commit
from wallets.ledger.documents import Transaction

# Sent with transaction: the Transaction as it was committed.
transaction_changed = Signal()


def announce_on_commit(transaction: Transaction) -> None:
    """Send transaction_changed once the running atomic block has committed."""
    on_commit(lambda: transaction_changed.send(Transaction, transaction=transaction))
