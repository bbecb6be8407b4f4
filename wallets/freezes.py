"""Freezing what an open chargeback may still take.

What the wallet does not have when the dispute is heard of is *unfrozen*: it is frozen as soon as
it comes in. So what is frozen does not depend on what came first.
Every function runs inside its caller's atomic block.
"""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from payflow.kernel.documents import find_one, update_one
from wallets.ledger import holds
from wallets.ledger.documents import Transaction, Wallet


def freeze(transaction: Transaction, *, wanted_kobo: int, thawed_kobo: int, now: datetime) -> bool:
    """Freeze up to what is wanted, after `thawed_kobo` was given back or taken.

    True if the transaction is another one than before.
    """
    before = (int(transaction.frozen or 0), int(transaction.unfrozen or 0))
    frozen = before[0] - thawed_kobo
    if wanted_kobo > frozen:
        frozen += holds.freeze(transaction.wallet, upto_kobo=wanted_kobo - frozen, at=now)
    after = (frozen, wanted_kobo - frozen)
    if after == before:
        return False
    _set(transaction, *after)
    _add_unfrozen(transaction.wallet, after[1] - before[1])
    return True


def freeze_what_came(wallet_id: ObjectId, now: datetime, wallet: Wallet | None = None) -> None:
    """Freeze money that has just become available for what disputes of the wallet still want.

    wallet: as it is now, if the caller knows it.
    """
    wallet = wallet or find_one(Wallet, {"_id": wallet_id})
    if wallet is None or not wallet.unfrozen:
        return
    for each in Transaction.objects(wallet=wallet_id, unfrozen__gt=0).order_by("number"):
        kobo = holds.freeze(wallet_id, upto_kobo=each.unfrozen, at=now)
        if kobo:
            _set(each, each.frozen + kobo, each.unfrozen - kobo)
            _add_unfrozen(wallet_id, -kobo)


def _set(transaction: Transaction, frozen: int, unfrozen: int) -> None:
    kobo = {"frozen": frozen, "unfrozen": unfrozen}
    update_one(Transaction, {"_id": transaction.pk}, {"$set": kobo})
    for name, value in kobo.items():
        setattr(transaction, name, value)


def _add_unfrozen(wallet_id: ObjectId, kobo: int) -> None:
    if kobo:
        update_one(Wallet, {"_id": wallet_id}, {"$inc": {"unfrozen": kobo}})
