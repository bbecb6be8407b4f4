"""Payments that belong to no funding: kept by the house until staff decide whose they are.

A payer chooses the reference of a payment. It may be unknown, or the reference of a withdrawal.
The money arrived all the same, so it is booked to suspense on the house's own wallet.
"""

from __future__ import annotations

from datetime import datetime

from payflow.kernel.db import atomic
from payflow.kernel.errors import InvariantBroken
from wallets.errors import TransactionNotFound
from wallets.funding import UNMATCHED, vendor
from wallets.house import record_transaction
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.vendor_objects import Fact, find_object
from wallets.settlement import apply_facts


@atomic
def apply_unmatched(
    fact: Fact, *, is_arrived: bool, source: ChangeSource, asked_at: datetime, now: datetime
) -> Transaction:
    """Record a payment under a reference that is no funding of ours, and book it to suspense.

    Raises: TransactionNotFound, if nothing has arrived: then there is nothing to keep.
    """
    known = find_object(fact.vendor, fact.kind, fact.vendor_id)
    if known is None and not is_arrived:
        raise TransactionNotFound("The vendor's reference is not ours.")
    if known is None:
        transaction = record_transaction(
            UNMATCHED,
            "SUS",
            status=TransactionStatus.PENDING,
            amount=fact.amount,
            source=source,
            now=now,
            vendor=vendor.VENDOR,
            vendor_id=fact.vendor_id,
            details={"named_reference": fact.named_reference},
        )
    else:
        transaction = Transaction.objects(reference=known.transaction).first()
    if transaction is None:
        raise InvariantBroken(f"vendor object {fact.vendor_id} belongs to no transaction")
    return apply_facts(transaction, [fact], source=source, asked_at=asked_at, now=now)
