"""Intents: a transaction is PENDING, numbered and held for before any vendor hears of it.

The caller's idempotency key lives on the transaction itself: there is no second record that
could disagree with it after a crash.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from mongoengine.errors import NotUniqueError

from accounts.models import User
from payflow.kernel.db import atomic
from payflow.kernel.errors import RequestInProgress
from payflow.kernel.failpoints import failpoint
from payflow.kernel.idempotency import IdempotencyKey
from payflow.kernel.references import new_reference
from wallets.ledger import holds
from wallets.ledger.documents import (
    Change,
    ChangeSource,
    Transaction,
    TransactionStatus,
    TransactionType,
    Wallet,
)
from wallets.ledger.signals import announce_on_commit

_CODES = {
    TransactionType.FUNDING: "FUN",
    TransactionType.WITHDRAWAL: "WDR",
    TransactionType.AIRTIME: "AIR",
    TransactionType.DATA: "DAT",
}


def find_earlier(
    user: User, kind: TransactionType, idempotency: IdempotencyKey | None
) -> Transaction | None:
    """The transaction of an earlier request with this key.

    Raises: IdempotencyConflict when the key was used for another body.
    """
    if idempotency is None:
        return None
    earlier = Transaction.objects(idempotency_key=_scoped(user, kind, idempotency)).first()
    if earlier:
        idempotency.check_same_request(earlier.fingerprint)
    return earlier


def once(
    intend: Callable[[], Transaction],
    user: User,
    kind: TransactionType,
    idempotency: IdempotencyKey | None,
) -> Transaction:
    """What intend() recorded, or what another request with the same key did at this moment.

    Raises: RequestInProgress, IdempotencyConflict, and whatever intend() raises.
    """
    try:
        transaction = intend()
    except NotUniqueError as exc:
        if earlier := find_earlier(user, kind, idempotency):
            return earlier
        raise RequestInProgress() from exc
    failpoint("after-hold")
    return transaction


@atomic
def record(
    wallet: Wallet,
    kind: TransactionType,
    *,
    user: User,
    amount: int,
    fee: int = 0,
    hold: int,
    idempotency: IdempotencyKey | None,
    now: datetime,
    counters: dict[str, Any] | None = None,
    **fields: Any,
) -> Transaction:
    """A PENDING transaction, with `hold` kobo of the wallet reserved for it.

    `wallet` was read in the same atomic block. Raises: WalletLocked, WalletInactive,
    InsufficientFunds; NotUniqueError when the same key arrives twice at the same moment.
    """
    place = holds.admit(wallet, hold=hold, now=now, **(counters or {}))
    transaction = Transaction(
        reference=new_reference(_CODES[kind]),
        number=place.number,
        wallet=wallet.pk,
        user_id=user.pk,
        type=kind,
        status=TransactionStatus.PENDING,
        amount=amount,
        fee=fee,
        currency=wallet.currency,
        history=[
            Change(status=TransactionStatus.PENDING, source=ChangeSource.API, at=place.created_at)
        ],
        created_at=place.created_at,
        updated_at=place.created_at,
        **fields,
    )
    if idempotency:
        transaction.idempotency_key = _scoped(user, kind, idempotency)
        transaction.fingerprint = idempotency.fingerprint
    transaction.save(force_insert=True)
    announce_on_commit(transaction)
    return transaction


def _scoped(user: User, kind: TransactionType, idempotency: IdempotencyKey) -> str:
    """Two customers, or two kinds of request, may choose the same key.

    Airtime and data are bought by one kind of request.
    """
    scope = TransactionType.AIRTIME if kind is TransactionType.DATA else kind
    return f"{user.pk}:{scope}:{idempotency.key}"
