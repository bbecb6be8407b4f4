"""How a debit ends, whatever it paid for: its hold is captured or released, once.

    held ──► captured ──► reversed by a transaction of its own
      └────► released

Every function runs inside its caller's atomic block and tells the customer after the commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from payflow.kernel.db import atomic
from payflow.kernel.references import new_reference
from wallets.ledger import chart, holds, postings, transitions
from wallets.ledger.documents import (
    Change,
    ChangeSource,
    LedgerEntry,
    Transaction,
    TransactionStatus,
    TransactionType,
    Wallet,
)
from wallets.ledger.signals import announce_on_commit


def get_hold_kobo(transaction: Transaction) -> int:
    """What a debit reserves, in kobo."""
    return int(transaction.amount + transaction.fee)


def capture(
    transaction: Transaction,
    *,
    shares: Sequence[tuple[str, int]],
    source: ChangeSource,
    now: datetime,
    **fields: Any,
) -> None:
    """PENDING -> SUCCESS: the hold is spent, each account of `shares` gets its kobo.

    The shares add up to the hold; one of nothing is not booked. `fields` are set as well.
    Raises: TransitionRefused.
    """
    assert sum(kobo for _, kobo in shares) == get_hold_kobo(transaction)
    account = chart.wallet_account(transaction.wallet)
    wallet = postings.post(
        transaction.wallet,
        reference=transaction.reference,
        postings=[postings.Posting(account, receiver, kobo) for receiver, kobo in shares if kobo],
        captures=get_hold_kobo(transaction),
        at=now,
    )
    transitions.move(
        transaction,
        to=TransactionStatus.SUCCESS,
        source=source,
        at=now,
        balance=wallet.balance,
        **fields,
    )
    announce_on_commit(transaction)


def release(
    transaction: Transaction,
    *,
    reason: str,
    vendor_reason: str,
    source: ChangeSource,
    now: datetime,
    **fields: Any,
) -> None:
    """PENDING -> FAILED: the hold is the customer's again. `reason` is in plain words for them.

    Raises: TransitionRefused.
    """
    holds.release(transaction.wallet, amount=get_hold_kobo(transaction), at=now)
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


@atomic
def reverse(
    transaction: Transaction, *, reason: str, source: ChangeSource, now: datetime
) -> Transaction | None:
    """A REVERSAL transaction that returns what a SUCCESS took; None when there is one already.

    New entries with the accounts swapped: nothing that was booked is edited.
    """
    if Transaction.objects(reverses=transaction.reference).first() is not None:
        return None
    booked = list(LedgerEntry.objects(transaction=transaction.reference).order_by("seq"))
    wallet = Wallet.objects(pk=transaction.wallet).first()
    place = holds.number(wallet, now=now)
    reversal = Transaction(
        reference=new_reference("REV"),
        number=place.number,
        wallet=wallet.pk,
        user_id=transaction.user_id,
        type=TransactionType.REVERSAL,
        status=TransactionStatus.SUCCESS,
        amount=sum(entry.amount for entry in booked),
        currency=wallet.currency,
        reason=reason,
        reverses=transaction.reference,
        vendor=transaction.vendor,
        vendor_id=transaction.vendor_id,
        details={"reverses": transaction.reference},
        created_at=place.created_at,
        updated_at=place.created_at,
        completed_at=place.created_at,
    )
    wallet = postings.post(
        wallet.pk,
        reference=reversal.reference,
        postings=postings.reverse_postings(booked),
        at=now,
    )
    reversal.history = [
        Change(
            status=TransactionStatus.SUCCESS,
            reason=reason,
            source=source,
            at=place.created_at,
            balance=wallet.balance,
        )
    ]
    reversal.save(force_insert=True)
    announce_on_commit(reversal)
    return reversal
