"""Payments that belong to no funding: kept by the house until staff decide whose they are.

A payer chooses the reference of a payment. It may be unknown, or the reference of a withdrawal.
The money arrived all the same, so it is booked to suspense on the house's own wallet.
"""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from payflow.kernel.db import atomic
from payflow.kernel.references import new_reference
from wallets.errors import TransactionNotFound
from wallets.funding import UNMATCHED, vendor
from wallets.ledger import holds
from wallets.ledger.documents import (
    Change,
    ChangeSource,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.vendor_objects import Fact, find_object
from wallets.settlement import apply_facts

# The wallet of the house has no customer and never a balance. Its chain keeps what is nobody's.
HOUSE = ObjectId("0" * 24)


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
        transaction = _record(fact, source, now)
    else:
        transaction = Transaction.objects(reference=known.transaction).first()
    return apply_facts(transaction, [fact], source=source, asked_at=asked_at, now=now)


def _record(fact: Fact, source: ChangeSource, now: datetime) -> Transaction:
    wallet = Wallet.objects(pk=HOUSE).first() or Wallet(
        pk=HOUSE, user_id=HOUSE, created_at=now, updated_at=now
    ).save(force_insert=True)
    place = holds.take_number(wallet, now=now)
    return Transaction(
        reference=new_reference("SUS"),
        number=place.number,
        wallet=HOUSE,
        user_id=HOUSE,
        type=UNMATCHED,
        status=TransactionStatus.PENDING,
        amount=max(fact.amount, 1),
        currency=wallet.currency,
        vendor=vendor.VENDOR,
        vendor_id=fact.vendor_id,
        details={"named_reference": fact.named_reference},
        history=[Change(status=TransactionStatus.PENDING, source=source, at=place.created_at)],
        created_at=place.created_at,
        updated_at=place.created_at,
    ).save(force_insert=True)
