"""Payments that belong to no funding: kept by the house until staff decide whose they are.

A payer chooses the reference of a payment. It may be unknown, or the reference of a withdrawal.
The money arrived all the same, so it is booked to suspense on the house's own wallet.
"""

from __future__ import annotations

from datetime import datetime

from payflow.kernel.db import atomic
from wallets.funding import UNMATCHED
from wallets.house import keep
from wallets.ledger.documents import ChangeSource, Transaction
from wallets.ledger.vendor_objects import Fact
from wallets.settlement import apply_facts


@atomic
def apply_unmatched(
    fact: Fact, *, is_arrived: bool, source: ChangeSource, asked_at: datetime, now: datetime
) -> Transaction:
    """Record a payment under a reference that is no funding of ours, and book it to suspense.

    Raises: TransactionNotFound, if nothing has arrived: then there is nothing to keep.
    """
    transaction = keep(fact, UNMATCHED, "SUS", has_moved=is_arrived, source=source, now=now)
    return apply_facts(transaction, [fact], source=source, asked_at=asked_at, now=now)
