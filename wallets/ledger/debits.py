"""The hold of a debit, and its release when the vendor was never asked or refused the order.

Everything else that ends a debit goes through settlement.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wallets.ledger import holds, transitions
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.signals import announce_on_commit


def get_hold_kobo(transaction: Transaction) -> int:
    """What a PENDING debit reserves: its amount and its fee."""
    return int(transaction.amount + transaction.fee)


def release(
    transaction: Transaction,
    *,
    reason: str,
    vendor_reason: str,
    source: ChangeSource,
    now: datetime,
    **fields: Any,
) -> None:
    """PENDING -> FAILED: give the hold back. `reason` is a sentence for the customer.

    Raises: TransitionRefused.
    """
    holds.release_hold(transaction.wallet, amount_kobo=get_hold_kobo(transaction), at=now)
    transitions.move(
        transaction,
        to=TransactionStatus.FAILED,
        source=source,
        at=now,
        reason=reason,
        vendor_reason=vendor_reason[:300] or None,
        **fields,
    )
    announce_on_commit(transaction)
