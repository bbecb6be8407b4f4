"""Locking a wallet, by staff or by an audit, and pausing it, by its customer.

Both stop new debits and fundings. Transactions that have begun still settle.
"""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from payflow.kernel.db import atomic, write_unless_busy
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
    """Lock the wallet until `expires_at`, or until it is unlocked. A new lock replaces an old one.

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
    """Remove the wallet's lock, if it has one. Raises: WalletNotFound."""
    return _modify(wallet_id, set__updated_at=now, **_UNLOCK)


def clear_expired_locks(*, now: datetime) -> int:
    """Unlock every wallet whose lock has expired, and return how many those were."""
    expired = Wallet.objects(is_locked=True, lock_expires_at__lte=now)
    return write_unless_busy(lambda: int(expired.update(set__updated_at=now, **_UNLOCK)))


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


def _modify(wallet_id: ObjectId, **update: object) -> Wallet:
    if not Wallet.objects(pk=wallet_id).update_one(**update):
        raise WalletNotFound()
    return Wallet.objects.get(pk=wallet_id)
