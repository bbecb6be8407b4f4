"""Holds: money that a PENDING debit reserves on its wallet.

    place_hold()    available -> held, and the new transaction gets its number
    postings.post() held -> spent, with entries that record who received it
    release_hold()  held -> available

Every function runs inside an atomic block whose first write is to the wallet. So of two blocks
on one wallet the later one conflicts at its start, and runs again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId
from mongoengine import Q

from payflow.kernel.errors import InvariantBroken, PayflowError
from payflow.kernel.money import to_naira_text
from wallets.errors import InsufficientFunds, WalletInactive, WalletLocked
from wallets.ledger.documents import Wallet


@dataclass(frozen=True)
class Place:
    """A new transaction's place in its wallet: its number, and a time that rises with it."""

    number: int
    created_at: datetime


@dataclass(frozen=True)
class DailySum:
    """What was withdrawn on one day in Lagos, this withdrawal included. Units: kobo."""

    day: str
    kobo: int


def place_hold(
    wallet: Wallet, *, hold_kobo: int, daily_sum: DailySum | None = None, now: datetime
) -> Place:
    """Number the wallet's next transaction and reserve `hold_kobo` for it.

    One conditional update whose filter contains everything that could forbid it, so two debits
    never hold the same kobo, and no lock or pause comes in between. The same update stores
    `daily_sum`. Raises: WalletLocked, WalletInactive, InsufficientFunds.
    """
    place = _next_place(wallet, now)
    unlocked = Q(is_locked=False) | Q(lock_expires_at__lte=now)
    covered = {"$expr": {"$gte": [{"$subtract": ["$balance", "$held"]}, hold_kobo]}}
    counted = (
        {"set__withdrawn_on": daily_sum.day, "set__withdrawn_kobo": daily_sum.kobo}
        if daily_sum
        else {}
    )
    placed = Wallet.objects(
        Q(pk=wallet.pk, transaction_number=wallet.transaction_number, is_active=True)
        & unlocked
        & Q(__raw__=covered)
    ).update_one(
        inc__held=hold_kobo,
        set__transaction_number=place.number,
        set__transaction_at=place.created_at,
        **counted,
    )
    if not placed:
        raise _refusal(wallet, hold_kobo, now)
    return place


def take_number(wallet: Wallet, *, now: datetime) -> Place:
    """Number a transaction that holds nothing. Neither a lock nor a pause keeps it out.

    For money that returns to the customer.
    """
    place = _next_place(wallet, now)
    taken = Wallet.objects(pk=wallet.pk, transaction_number=wallet.transaction_number).update_one(
        set__transaction_number=place.number, set__transaction_at=place.created_at
    )
    if taken != 1:
        raise InvariantBroken(f"wallet {wallet.pk} changed within one snapshot")
    return place


def release_hold(wallet_id: ObjectId, *, amount_kobo: int, at: datetime) -> None:
    """Make the held amount available to the customer again."""
    released = Wallet.objects(pk=wallet_id, held__gte=amount_kobo).update_one(
        dec__held=amount_kobo, set__updated_at=at
    )
    if released != 1:
        raise InvariantBroken(f"wallet {wallet_id} does not hold {amount_kobo} kobo")


def freeze(wallet_id: ObjectId, *, upto_kobo: int, at: datetime) -> int:
    """Reserve up to this much of what the wallet has to spend, and return how much it is."""
    wallet = Wallet.objects(pk=wallet_id).first()
    kobo = min(upto_kobo, max(wallet.balance - wallet.held, 0))
    if kobo:
        frozen = Wallet.objects(pk=wallet_id, held=wallet.held, balance=wallet.balance).update_one(
            inc__held=kobo, set__updated_at=at
        )
        if frozen != 1:
            raise InvariantBroken(f"wallet {wallet_id} changed within one snapshot")
    return int(kobo)


def return_to_daily_limit(wallet_id: ObjectId, *, day: str, amount_kobo: int) -> None:
    """A withdrawal of this day came to nothing, so it no longer counts against the limit."""
    Wallet.objects(pk=wallet_id, withdrawn_on=day).update_one(dec__withdrawn_kobo=amount_kobo)


def _next_place(wallet: Wallet, now: datetime) -> Place:
    latest: datetime | None = wallet.transaction_at
    return Place(wallet.transaction_number + 1, max(now, latest) if latest else now)


def _refusal(wallet: Wallet, hold_kobo: int, now: datetime) -> PayflowError:
    """Why the update matched nothing, read from the wallet as this snapshot shows it."""
    if wallet.is_locked and not (wallet.lock_expires_at and wallet.lock_expires_at <= now):
        until = wallet.lock_expires_at.isoformat() if wallet.lock_expires_at else None
        return WalletLocked(locked_until=until)
    if not wallet.is_active:
        return WalletInactive()
    if wallet.available >= hold_kobo:
        raise InvariantBroken(f"wallet {wallet.pk} changed within one snapshot")
    return InsufficientFunds(
        available=to_naira_text(wallet.available), needed=to_naira_text(hold_kobo)
    )
