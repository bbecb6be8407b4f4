"""Holds: what a debit reserves on its wallet while it is PENDING."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from mongoengine import Q

from payflow.kernel.errors import PayflowError
from payflow.kernel.money import to_naira_text
from wallets.errors import InsufficientFunds, WalletInactive, WalletLocked
from wallets.ledger.documents import Wallet


@dataclass(frozen=True)
class Admission:
    """A new transaction's place in its wallet: its number, and a time that rises with it."""

    number: int
    created_at: datetime


def admit(wallet: Wallet, *, hold: int, now: datetime, **counters: Any) -> Admission:
    """The wallet's next transaction is numbered, and `hold` kobo are reserved for it.

    One conditional update, with everything that could forbid it in its filter: two debits
    never hold the same kobo, and neither a lock nor a pause slips in. `counters` are set by
    the same update. Raises: WalletLocked, WalletInactive, InsufficientFunds.
    """
    place = _next_place(wallet, now)
    unlocked = Q(is_locked=False) | Q(lock_expires_at__lte=now)
    covered = {"$expr": {"$gte": [{"$subtract": ["$balance", "$held"]}, hold]}}
    admitted = Wallet.objects(
        Q(pk=wallet.pk, transaction_number=wallet.transaction_number, is_active=True)
        & unlocked
        & Q(__raw__=covered)
    ).update_one(
        inc__held=hold,
        set__transaction_number=place.number,
        set__transaction_at=place.created_at,
        **counters,
    )
    if not admitted:
        raise _refusal(wallet, hold, now)
    return place


def number(wallet: Wallet, *, now: datetime) -> Admission:
    """A number alone, for what neither a lock nor a pause may keep out: money that returns."""
    place = _next_place(wallet, now)
    taken = Wallet.objects(pk=wallet.pk, transaction_number=wallet.transaction_number).update_one(
        set__transaction_number=place.number, set__transaction_at=place.created_at
    )
    assert taken == 1, "a snapshot shows one state of the wallet"
    return place


def _next_place(wallet: Wallet, now: datetime) -> Admission:
    latest: datetime | None = wallet.transaction_at
    return Admission(wallet.transaction_number + 1, max(now, latest) if latest else now)


def _refusal(wallet: Wallet, hold: int, now: datetime) -> PayflowError:
    """Why the update found nothing: the wallet as this snapshot shows it says so."""
    if wallet.is_locked and not (wallet.lock_expires_at and wallet.lock_expires_at <= now):
        until = wallet.lock_expires_at.isoformat() if wallet.lock_expires_at else None
        return WalletLocked(locked_until=until)
    if not wallet.is_active:
        return WalletInactive()
    assert wallet.available < hold, "a snapshot shows one state of the wallet"
    return InsufficientFunds(available=to_naira_text(wallet.available), needed=to_naira_text(hold))


def release(wallet_id: ObjectId, *, amount: int, at: datetime) -> None:
    """The held amount is the customer's to spend again."""
    released = Wallet.objects(pk=wallet_id, held__gte=amount).update_one(
        dec__held=amount, set__updated_at=at
    )
    assert released == 1, f"wallet {wallet_id} does not hold {amount}"
