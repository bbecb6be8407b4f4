"""Holds: money that a PENDING debit reserves on its wallet.

    place_hold()    available -> held, and the new transaction gets its number and its seal
    postings.post() held -> spent, with entries that record who received it
    release_hold()  held -> available

Every function runs inside an atomic block whose first write is to the wallet. So of two blocks
on one wallet the later one conflicts at its start, and runs again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from bson import ObjectId

from payflow.kernel.documents import update_one
from payflow.kernel.errors import InvariantBroken, PayflowError
from payflow.kernel.money import to_naira_text
from wallets.errors import DailyLimitReached, InsufficientFunds, WalletInactive, WalletInDebt
from wallets.ledger import locks, seals
from wallets.ledger.documents import LockOwner, Transaction, Wallet

# A day's sum is kept as long as a request of that day can still commit.
_KEEP_DAYS = timedelta(days=2)


@dataclass(frozen=True)
class DailySum:
    """What a withdrawal adds to the sum of its day in Lagos, and that sum's limit. Units: kobo."""

    day: str  # 2026-01-31
    adds_kobo: int
    limit_kobo: int


def place_hold(
    wallet: Wallet,
    transaction: Transaction,
    *,
    hold_kobo: int,
    daily_sum: DailySum | None = None,
    now: datetime,
) -> None:
    """Number and seal the wallet's next transaction, and reserve `hold_kobo` for it.

    One conditional update whose filter contains everything that could forbid it, so two debits
    never hold the same kobo, and no lock or pause comes in between. The same update adds to the
    sum of the day. A debt stops debits only, because a funding repays it.
    Raises: WalletLocked, WalletInactive, WalletInDebt, DailyLimitReached, InsufficientFunds.
    """
    _take_place(wallet, transaction, now)
    query: dict[str, Any] = {
        "_id": wallet.pk,
        "tx_seq": wallet.transaction_number,
        "is_active": True,
        "$expr": {"$gte": [{"$subtract": ["$balance", "$held"]}, hold_kobo]},
    }
    update: dict[str, dict[str, Any]] = {
        "$inc": {"held": hold_kobo},
        "$set": {
            "tx_seq": transaction.number,
            "tx_at": transaction.created_at,
            "tx_seal": transaction.seal,
        },
    }
    if hold_kobo:
        query |= {"owed": {"$not": {"$gt": 0}}, "$nor": _any_active_lock(now)}
    else:
        query |= {"$nor": _any_active_lock(now, owner={"$ne": LockOwner.DEBT.value})}
    if daily_sum:
        sum_of_day = f"withdrawn.{daily_sum.day}"
        room_kobo = daily_sum.limit_kobo - daily_sum.adds_kobo
        if room_kobo < 0:
            raise _refusal(wallet, hold_kobo, daily_sum, now)
        # A day without a sum is not above anything.
        query[sum_of_day] = {"$not": {"$gt": room_kobo}}
        update["$inc"][sum_of_day] = daily_sum.adds_kobo
        if past := _days_before(wallet.withdrawn, daily_sum.day):
            update["$unset"] = {f"withdrawn.{day}": 1 for day in past}
    if not update_one(Wallet, query, update):
        raise _refusal(wallet, hold_kobo, daily_sum, now)


def take_number(wallet: Wallet, transaction: Transaction, *, now: datetime) -> None:
    """Number and seal a transaction that holds nothing. Neither a lock nor a pause keeps it out.

    For money that returns to the customer.
    """
    _take_place(wallet, transaction, now)
    taken = Wallet.objects(pk=wallet.pk, transaction_number=wallet.transaction_number).update_one(
        set__transaction_number=transaction.number,
        set__transaction_at=transaction.created_at,
        set__transaction_seal=transaction.seal,
    )
    if taken != 1:
        raise InvariantBroken(f"wallet {wallet.pk} changed within one snapshot")


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


def add_to_daily_sum(wallet_id: ObjectId, *, day: str, adds_kobo: int) -> None:
    """Correct what counts against the limit of this day. `adds_kobo` is negative for less.

    Does nothing if the day's sum is not kept any more.
    """
    sum_of_day = f"withdrawn.{day}"
    update_one(
        Wallet,
        {"_id": wallet_id, sum_of_day: {"$gte": -adds_kobo}},
        {"$inc": {sum_of_day: adds_kobo}},
    )


def _take_place(wallet: Wallet, transaction: Transaction, now: datetime) -> None:
    """Set the transaction's number, a time that rises with it, and its seal."""
    latest: datetime | None = wallet.transaction_at
    transaction.number = wallet.transaction_number + 1
    at = max(now, latest) if latest else now
    for name in ("created_at", "updated_at"):
        setattr(transaction, name, at)
    seals.seal(transaction, previous=wallet.transaction_seal)


def _any_active_lock(now: datetime, **wanted: Any) -> list[dict[str, Any]]:
    """Two filters. A wallet with an active lock that has the wanted fields matches one of them."""
    ends: tuple[object, ...] = (None, {"$gt": now})  # a lock without an end stores no `until`
    return [{"locks": {"$elemMatch": {"until": end, **wanted}}} for end in ends]


def _days_before(days: Iterable[str], day: str) -> list[str]:
    """Those of the days that are so long before this day that no request of theirs is open.

    Later days always stay, so a request that is late removes none.
    """
    oldest = (date.fromisoformat(day) - _KEEP_DAYS).isoformat()
    return [each for each in days if each < oldest]


def _refusal(
    wallet: Wallet, hold_kobo: int, daily_sum: DailySum | None, now: datetime
) -> PayflowError:
    """Why the update matched nothing, read from the wallet as this snapshot shows it."""
    active = locks.active_locks(wallet.locks, now)
    others = [lock for lock in active if lock.owner is not LockOwner.DEBT]
    if others:
        return locks.locked_error(active if hold_kobo else others)
    if not wallet.is_active:
        return WalletInactive()
    if hold_kobo and wallet.owed > 0:
        return WalletInDebt(owed=to_naira_text(wallet.owed))
    if hold_kobo and active:
        return locks.locked_error(active)
    if daily_sum:
        left = daily_sum.limit_kobo - wallet.withdrawn.get(daily_sum.day, 0)
        if daily_sum.adds_kobo > left:
            return DailyLimitReached(
                limit=to_naira_text(daily_sum.limit_kobo), left=to_naira_text(max(left, 0))
            )
    if wallet.available >= hold_kobo:
        raise InvariantBroken(f"wallet {wallet.pk} changed within one snapshot")
    return InsufficientFunds(
        available=to_naira_text(wallet.available), needed=to_naira_text(hold_kobo)
    )
