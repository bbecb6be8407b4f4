"""The explicit stop: staff or the system lock one wallet, with a reason and mostly an expiry.

A lock stops new debits and funding. It never stops the settlement of what is in flight.
"""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from payflow.kernel.db import unless_busy
from wallets.errors import WalletNotFound
from wallets.ledger.documents import Wallet

_UNLOCK = {
    "set__is_locked": False,
    "unset__lock_reason": 1,
    "unset__locked_by": 1,
    "unset__lock_expires_at": 1,
}


def lock_wallet(
    *,
    wallet_id: ObjectId,
    reason: str,
    locked_by: str,
    expires_at: datetime | None = None,
    now: datetime,
) -> Wallet:
    """The wallet is locked until expires_at, or until it is unlocked. Locking again replaces.

    Raises: WalletNotFound.
    """
    expiry = {"set__lock_expires_at": expires_at} if expires_at else {"unset__lock_expires_at": 1}
    return _modify(
        wallet_id,
        set__is_locked=True,
        set__lock_reason=reason,
        set__locked_by=locked_by,
        set__updated_at=now,
        **expiry,
    )


def unlock_wallet(*, wallet_id: ObjectId, now: datetime) -> Wallet:
    """The wallet is not locked. Raises: WalletNotFound."""
    return _modify(wallet_id, set__updated_at=now, **_UNLOCK)


def clear_expired_locks(*, now: datetime) -> int:
    """How many wallets had a lock whose time was over; they are unlocked."""
    expired = Wallet.objects(is_locked=True, lock_expires_at__lte=now)
    return unless_busy(lambda: int(expired.update(set__updated_at=now, **_UNLOCK)))


def _modify(wallet_id: ObjectId, **update: object) -> Wallet:
    if not Wallet.objects(pk=wallet_id).update_one(**update):
        raise WalletNotFound()
    return Wallet.objects.get(pk=wallet_id)
