"""Locking a wallet, and pausing it, by its customer.

Both stop new debits and fundings, and a lock also stops what has not left us yet. What has left
us still settles. A wallet has any number of locks; it is free when the last one has ended.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from typing import Any

from bson import ObjectId

from accounts.roles import Role
from payflow.kernel.db import atomic, write_unless_busy
from wallets.errors import LockNotLifted, WalletLocked, WalletNotFound
from wallets.ledger.documents import Lock, LockOwner, Wallet

# Who may lift the locks of each owner. None is PayFlow itself, when its reason has gone.
LIFTED_BY: dict[LockOwner, frozenset[Role | None]] = {
    # The customer asked for it. Staff lift it for a customer who cannot, such as by phone.
    LockOwner.CUSTOMER: frozenset({Role.CUSTOMER, Role.SUPPORT, Role.FINANCE, Role.ADMIN}),
    # A suspicion of staff. The customer may be the suspect.
    LockOwner.STAFF: frozenset({Role.SUPPORT, Role.FINANCE, Role.ADMIN}),
    # A decision about money, which support does not take.
    LockOwner.FINANCE: frozenset({Role.FINANCE, Role.ADMIN}),
    # The books did not agree. Only a person who looked can say that they do, also after an audit
    # that found nothing.
    LockOwner.AUDIT: frozenset({Role.FINANCE, Role.ADMIN}),
    # The customer owes us money. A repayment ends it, or finance waives the debt.
    LockOwner.DEBT: frozenset({Role.FINANCE, Role.ADMIN, None}),
}


@atomic
def lock_wallet(
    *,
    wallet_id: ObjectId,
    reason: str,
    owner: LockOwner,
    by: str,
    until: datetime | None = None,
    now: datetime,
) -> Wallet:
    """Add a lock that ends at `until`; without it, when somebody lifts it.

    No lock replaces another. The same owner and reason again is the same lock: it then ends at
    the later of the two times. Raises: WalletNotFound.
    """
    wallet = _get_wallet(wallet_id)
    lock = Lock(reason=reason, owner=owner, since=now, until=until, by=by)
    return _store(wallet, add_lock(wallet.locks, lock), now)


@atomic
def lift_lock(
    *,
    wallet_id: ObjectId,
    owner: LockOwner,
    reason: str | None = None,
    by_role: Role | None,
    now: datetime,
) -> Wallet:
    """Lift the owner's locks, or its one lock with this reason. Locks of other owners stay.

    by_role: who lifts it; None for PayFlow itself. Repeating it changes nothing.
    Raises: LockNotLifted (this role may not lift the owner's locks), WalletNotFound.
    """
    if by_role not in LIFTED_BY[owner]:
        raise LockNotLifted(owner=owner.value)
    wallet = _get_wallet(wallet_id)
    kept = [
        lock
        for lock in wallet.locks
        if lock.owner is not owner or (reason is not None and lock.reason != reason)
    ]
    return _store(wallet, kept, now)


@atomic
def lift_locks(*, wallet_id: ObjectId, by_role: Role, now: datetime) -> Wallet:
    """Lift every lock that this role may lift. The wallet that is returned has the others.

    Raises: WalletNotFound.
    """
    wallet = _get_wallet(wallet_id)
    kept = [lock for lock in wallet.locks if by_role not in LIFTED_BY[lock.owner]]
    return _store(wallet, kept, now)


def clear_expired_locks(*, now: datetime) -> int:
    """Remove the locks that have expired. Returns how many wallets had one."""
    expired = Wallet.objects(is_locked=True, locks__until__lte=now).only("pk")
    return sum(write_unless_busy(partial(_drop_expired, row.pk, now)) for row in expired)


def check_may_send(*, wallet_id: ObjectId, now: datetime) -> None:
    """For a debit that has not left us yet: nothing of a locked wallet is sent.

    A lock that comes after this check comes too late, as one would a moment after the sending.
    Raises: WalletLocked, WalletNotFound.
    """
    if locks := active_locks(_get_wallet(wallet_id).locks, now):
        raise locked_error(locks)


def active_locks(locks: Iterable[Lock], now: datetime) -> list[Lock]:
    return [lock for lock in locks if lock.is_active(now)]


def locked_error(locks: Iterable[Lock]) -> WalletLocked:
    """The refusal for these active locks. Its details say when the last of them ends."""
    end = _latest_end(locks)
    return WalletLocked(locked_until=end.isoformat() if end else None)


def add_lock(locks: Iterable[Lock], lock: Lock) -> list[Lock]:
    """The locks that are active when this one begins, with it.

    The same owner and reason is the same lock, which this one prolongs and never shortens.
    """
    kept = active_locks(locks, lock.since)
    for place, each in enumerate(kept):
        if (each.owner, each.reason) == (lock.owner, lock.reason):
            kept[place] = Lock(
                reason=each.reason,
                owner=each.owner,
                since=each.since,
                until=_latest_end([each, lock]),
                by=each.by,
            )
            return kept
    return [*kept, lock]


@atomic
def set_activity(*, user_id: object, is_active: bool | None, now: datetime) -> Wallet:
    """Activate or pause the customer's wallet; None switches to the other state.

    Raises: WalletNotFound.
    """
    wallet = Wallet.objects(user_id=user_id).first()
    if wallet is None:
        raise WalletNotFound()
    wanted = not wallet.is_active if is_active is None else is_active
    Wallet.objects(pk=wallet.pk).update_one(set__is_active=wanted, set__updated_at=now)
    wallet.is_active, wallet.updated_at = wanted, now
    return wallet


def _drop_expired(wallet_id: ObjectId, now: datetime) -> int:
    wallet = Wallet.objects(pk=wallet_id).first()
    if wallet is None:
        return 0
    _store(wallet, wallet.locks, now)
    return 1


def _latest_end(locks: Iterable[Lock]) -> datetime | None:
    """When the last of these locks ends; None if one of them is endless."""
    ends = [lock.until for lock in locks]
    return None if None in ends else max(ends)


def _get_wallet(wallet_id: ObjectId) -> Wallet:
    wallet = Wallet.objects(pk=wallet_id).first()
    if wallet is None:
        raise WalletNotFound()
    return wallet


def _store(wallet: Wallet, locks: Iterable[Lock], now: datetime) -> Wallet:
    """Write those of the locks that are active, unless the wallet has just these.

    Of two atomic blocks that change the locks of one wallet, the later one runs again.
    """
    active = active_locks(locks, now)
    if active == list(wallet.locks) and wallet.is_locked is bool(active):
        return wallet
    changes: dict[str, Any] = {"locks": active, "is_locked": bool(active), "updated_at": now}
    Wallet.objects(pk=wallet.pk).update_one(**{f"set__{n}": v for n, v in changes.items()})
    for name, value in changes.items():
        setattr(wallet, name, value)
    return wallet
