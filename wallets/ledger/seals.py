"""Seals: a hash over what a transaction was ordered as, chained through all of its wallet's.

The number, the seal and the wallet's newest seal are written together. So a transaction whose
amount or destination is changed, or that is removed or inserted, no longer fits its neighbours.
What changes during a transaction's life, such as its status, is not sealed: entries prove that.
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from payflow.kernel.db import atomic
from payflow.kernel.errors import InvariantBroken
from wallets.ledger.documents import Transaction, Wallet


def seal(transaction: Transaction, *, previous: str) -> str:
    """Seal a new transaction behind the seal `previous` of its wallet's latest one."""
    transaction.prev_seal = previous
    transaction.seal = compute(transaction)
    return str(transaction.seal)


def compute(transaction: Transaction) -> str:
    """SHA-256 over the previous seal and what was ordered, as hexadecimal text."""
    fields = (
        transaction.prev_seal,
        transaction.reference,
        transaction.number,
        str(transaction.wallet),
        str(transaction.user_id),
        transaction.type,
        transaction.amount,
        transaction.fee,
        transaction.currency,
        transaction.requested_amount,
        transaction.reverses,
        _text(transaction.created_at),
        _destination(transaction),
    )
    return hashlib.sha256(json.dumps(fields).encode()).hexdigest()


@atomic
def check(transaction: Transaction) -> None:
    """For a debit that is about to be sent: it is what its customer ordered, in every field.

    Compares the document in memory with its seal, and the seal with what follows it in the
    wallet. Raises: InvariantBroken.
    """
    reference = transaction.reference
    if not transaction.seal or compute(transaction) != transaction.seal:
        raise InvariantBroken(f"{reference} was changed after it was ordered")
    wallet = Wallet.objects(pk=transaction.wallet).first()
    if wallet is None or wallet.user_id != transaction.user_id:
        raise InvariantBroken(f"{reference} belongs to another customer than its wallet")
    following = Transaction.objects(user_id=wallet.user_id, number=transaction.number + 1).first()
    is_latest = transaction.number == wallet.transaction_number
    next_seal = wallet.transaction_seal if is_latest else following and following.prev_seal
    if next_seal != transaction.seal:
        raise InvariantBroken(f"{reference} has another seal than what follows it names")


def _text(moment: datetime) -> str:
    """The moment as the database keeps it."""
    return moment.isoformat(timespec="milliseconds")


def _destination(transaction: Transaction) -> list[Any] | None:
    """Where the order goes: the class of the order and the fields that it seals."""
    order = transaction.order
    if order is None:
        return None
    return [type(order).__name__, *(getattr(order, name) for name in order.sealed_fields)]
