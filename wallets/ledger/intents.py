"""Intents: a transaction is recorded as PENDING, with its hold, before any vendor is asked.

The caller's idempotency key is stored on the transaction itself, so no second record can
disagree with it after a crash.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from mongoengine.errors import NotUniqueError

from accounts.models import User
from payflow.kernel.db import atomic
from payflow.kernel.errors import RequestInProgress
from payflow.kernel.failpoints import failpoint
from payflow.kernel.idempotency import OrderIdentity
from payflow.kernel.references import new_reference
from wallets import flows
from wallets.errors import DuplicateSuspected
from wallets.ledger import holds
from wallets.ledger.documents import (
    Change,
    ChangeSource,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.signals import announce_on_commit


def find_earlier(
    user: User, transaction_type: str, identity: OrderIdentity | None
) -> Transaction | None:
    """The transaction of an earlier request with this key.

    Raises: IdempotencyConflict if the key came with another body then.
    """
    if identity is None or identity.key is None:
        return None
    key = _scoped_key(user, transaction_type, identity)
    earlier = Transaction.objects(idempotency_key=key).first()
    if earlier:
        identity.check_same_request(earlier.fingerprint)
    return earlier


def record_once(
    record_intent: Callable[[], Transaction],
    user: User,
    transaction_type: str,
    identity: OrderIdentity | None,
) -> Transaction:
    """What record_intent() recorded, or what a simultaneous request with the same key did.

    Raises: RequestInProgress, IdempotencyConflict, and whatever record_intent() raises.
    """
    try:
        transaction = record_intent()
    except NotUniqueError as exc:
        if earlier := find_earlier(user, transaction_type, identity):
            return earlier
        raise RequestInProgress() from exc
    failpoint("after-hold")
    return transaction


@atomic
def record(
    wallet: Wallet,
    transaction_type: str,
    *,
    user: User,
    amount_kobo: int,
    fee_kobo: int = 0,
    hold_kobo: int,
    daily_sum: holds.DailySum | None = None,
    identity: OrderIdentity | None,
    now: datetime,
    **fields: Any,
) -> Transaction:
    """Record a PENDING transaction with `hold_kobo` of the wallet reserved for it.

    `wallet` was read in the same atomic block; `fields` are set on the transaction. Raises:
    WalletLocked, WalletInactive, InsufficientFunds, DuplicateSuspected; NotUniqueError if the same
    key arrives twice at the same moment.
    """
    if identity and not identity.is_confirmed:
        _check_no_duplicate(user, transaction_type, identity, now)
    flow = flows.get_flow(transaction_type)
    transaction = Transaction(
        reference=new_reference(flow.reference_codes[transaction_type]),
        wallet=wallet.pk,
        user_id=user.pk,
        type=transaction_type,
        status=TransactionStatus.PENDING,
        amount=amount_kobo,
        fee=fee_kobo,
        currency=wallet.currency,
        vendor=flow.vendor,
        **fields,
    )
    holds.place_hold(wallet, transaction, hold_kobo=hold_kobo, daily_sum=daily_sum, now=now)
    first = Change(
        status=TransactionStatus.PENDING, source=ChangeSource.API, at=transaction.created_at
    )
    transaction.history = [first]
    if identity:
        transaction.fingerprint = identity.fingerprint
        if identity.key is not None:
            transaction.idempotency_key = _scoped_key(user, transaction_type, identity)
    transaction.save(force_insert=True)
    announce_on_commit(transaction)
    return transaction


def _check_no_duplicate(
    user: User, transaction_type: str, identity: OrderIdentity, now: datetime
) -> None:
    """Two equal orders at the same moment write to one wallet, so the later one sees the first.

    An order that failed may be repeated at once, and a repetition under the same key is none.
    Raises: DuplicateSuspected.
    """
    since = now - timedelta(seconds=settings.DUPLICATE_WINDOW_S)
    alike = Transaction.objects(
        user_id=user.pk,
        fingerprint=identity.fingerprint,
        created_at__gt=since,
        type__in=list(flows.get_flow(transaction_type).types),
        status__ne=TransactionStatus.FAILED,
    )
    if identity.key is not None:
        alike = alike.filter(idempotency_key__ne=_scoped_key(user, transaction_type, identity))
    if first := alike.first():
        raise DuplicateSuspected(tx_ref=first.reference)


def _scoped_key(user: User, transaction_type: str, identity: OrderIdentity) -> str:
    """Two customers, or the requests of two flows, may use the same key."""
    return f"{user.pk}:{flows.get_flow(transaction_type).name}:{identity.key}"
