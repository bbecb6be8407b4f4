"""How a debit of any flow ends: its hold is captured or released, once.

    held ──► captured ──► reversed by a REVERSAL transaction
      └────► released

Every function runs inside its caller's atomic block. Customers are informed after the commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from payflow.kernel.db import atomic
from payflow.kernel.errors import InvariantBroken
from payflow.kernel.references import new_reference
from wallets.ledger import chart, holds, postings, transitions
from wallets.ledger.documents import (
    REVERSAL,
    Change,
    ChangeSource,
    LedgerEntry,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.signals import announce_on_commit


def get_hold_kobo(transaction: Transaction) -> int:
    """What a PENDING debit reserves: its amount and its fee."""
    return int(transaction.amount + transaction.fee)


def capture(
    transaction: Transaction,
    *,
    shares: Sequence[tuple[str, int]],
    source: ChangeSource,
    now: datetime,
    **fields: Any,
) -> None:
    """PENDING -> SUCCESS: spend the hold, and give each account of `shares` its kobo.

    The shares add up to the hold; a share of zero is not booked. `fields` are set as well.
    Raises: TransitionRefused.
    """
    hold_kobo = get_hold_kobo(transaction)
    if sum(kobo for _, kobo in shares) != hold_kobo:
        raise InvariantBroken(f"the shares of {transaction.reference} are not its {hold_kobo} kobo")
    account = chart.wallet_account(transaction.wallet)
    wallet = postings.post(
        transaction.wallet,
        reference=transaction.reference,
        postings=[postings.Posting(account, receiver, kobo) for receiver, kobo in shares if kobo],
        captures=hold_kobo,
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


@atomic
def reverse(
    transaction: Transaction, *, reason: str, source: ChangeSource, now: datetime
) -> Transaction | None:
    """Record a REVERSAL that returns what a SUCCESS took; None if there is one already.

    It books new entries with the accounts swapped and edits none.
    """
    if Transaction.objects(reverses=transaction.reference).first() is not None:
        return None
    booked = list(LedgerEntry.objects(transaction=transaction.reference).order_by("seq"))
    wallet = Wallet.objects(pk=transaction.wallet).first()
    place = holds.take_number(wallet, now=now)
    reversal = Transaction(
        reference=new_reference("REV"),
        number=place.number,
        wallet=wallet.pk,
        user_id=transaction.user_id,
        type=REVERSAL,
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
