"""Locks of wallets, as tests set them."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from payflow.kernel import clock
from wallets.ledger import locks
from wallets.ledger.documents import LockOwner, Wallet


def lock(
    wallet_id: ObjectId,
    owner: LockOwner = LockOwner.STAFF,
    *,
    reason: str = "r",
    until: datetime | None = None,
    now: datetime | None = None,
) -> Wallet:
    """Lock the wallet, endlessly unless the test says until when."""
    return locks.lock_wallet(
        wallet_id=wallet_id,
        reason=reason,
        owner=owner,
        by="ada",
        until=until,
        now=now or clock.now(),
    )
