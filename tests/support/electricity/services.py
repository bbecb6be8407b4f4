"""Paying for electricity: hold the price, ask the vendor, and capture or release the hold."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from accounts.models import User
from payflow.kernel.db import atomic
from payflow.kernel.idempotency import IdempotencyKey
from tests.support.electricity import ELECTRICITY
from tests.support.electricity.documents import Meter
from wallets.flows import Statement
from wallets.ledger import debits, intents, locks
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.selectors import get_wallet

# The vendor: what became of each reference.
VENDOR_BOOKS: dict[str, str] = {}


def start(
    *,
    user: User,
    amount_kobo: int,
    meter_number: str,
    idempotency: IdempotencyKey | None = None,
    now: datetime,
) -> Transaction:
    """Record a PENDING payment and hold its price."""
    if earlier := intents.find_earlier(user, ELECTRICITY, idempotency):
        return earlier
    return intents.record_once(
        lambda: _record(user, amount_kobo, meter_number, idempotency, now),
        user,
        ELECTRICITY,
        idempotency,
    )


def send(*, reference: str, now: datetime) -> Transaction:
    """Ask the vendor for it, once, and commit what follows from its answer.

    Raises: WalletLocked (nothing was sent).
    """
    transaction = Transaction.objects.get(reference=reference)
    locks.check_may_send(wallet_id=transaction.wallet, now=now)
    unsent = Transaction.objects(
        reference=reference, status=TransactionStatus.PENDING, sent_at__exists=False
    )
    if not unsent.update_one(set__sent_at=now, set__vendor_id=reference):
        return Transaction.objects.get(reference=reference)
    answer = VENDOR_BOOKS.setdefault(reference, "pending")
    return apply(answer, reference=reference, source=ChangeSource.API, now=now)


@atomic
def apply(status: str, *, reference: str, source: ChangeSource, now: datetime) -> Transaction:
    """States: PENDING -> SUCCESS (captured), PENDING -> FAILED (released)."""
    transaction: Transaction = Transaction.objects.get(reference=reference)
    if transaction.status is not TransactionStatus.PENDING:
        return transaction
    if status == "delivered":
        shares = [("float:power", transaction.amount)]
        debits.capture(transaction, shares=shares, source=source, now=now)
    elif status == "failed":
        reason = "The meter was not topped up. Your money is back in your wallet."
        debits.release(transaction, reason=reason, vendor_reason=status, source=source, now=now)
    return transaction


def requery(*, reference: str, now: datetime) -> None:
    apply(
        VENDOR_BOOKS.get(reference, "pending"),
        reference=reference,
        source=ChangeSource.REQUERY,
        now=now,
    )


_STATUSES = {"delivered": TransactionStatus.SUCCESS, "failed": TransactionStatus.FAILED}


def statement(*, transaction: Transaction, now: datetime) -> Statement | None:
    status = VENDOR_BOOKS.get(transaction.reference)
    if status is None:
        return None
    ours = apply(status, reference=transaction.reference, source=ChangeSource.RECONCILE, now=now)
    result = _STATUSES.get(status, TransactionStatus.PENDING)
    return Statement(transaction.reference, transaction.vendor_id, result, ours.amount)


def list_statements(*, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
    return iter(())


@atomic
def _record(
    user: User,
    amount_kobo: int,
    meter_number: str,
    idempotency: IdempotencyKey | None,
    now: datetime,
) -> Transaction:
    return intents.record(
        get_wallet(user_id=user.pk),
        ELECTRICITY,
        user=user,
        amount_kobo=amount_kobo,
        hold_kobo=amount_kobo,
        idempotency=idempotency,
        now=now,
        next_check_at=now,
        order=Meter(meter_number=meter_number),
        details={"meter_number": meter_number},
    )
