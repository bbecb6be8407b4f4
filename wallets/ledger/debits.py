"""What a debit reserves."""

from __future__ import annotations

from wallets.ledger.documents import Transaction


def get_hold_kobo(transaction: Transaction) -> int:
    """What a PENDING debit reserves: its amount and its fee."""
    return int(transaction.amount + transaction.fee)
