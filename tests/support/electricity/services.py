"""Paying for electricity: hold the price, ask the vendor, and capture or release the hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from accounts.models import User
from payflow.kernel.db import atomic
from payflow.kernel.idempotency import OrderIdentity
from tests.support.electricity import ELECTRICITY, VENDOR
from tests.support.electricity.documents import Meter
from wallets.flows import Statement
from wallets.ledger import intents, locks
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.selectors import get_wallet
from wallets.ledger.targets import CUSTOMER, Posting, Target
from wallets.ledger.vendor_objects import Fact, ObjectKind, VendorObject
from wallets.settlement import apply_facts

# The vendor: what became of each reference.
VENDOR_BOOKS: dict[str, str] = {}


def start(
    *,
    user: User,
    amount_kobo: int,
    meter_number: str,
    identity: OrderIdentity | None = None,
    now: datetime,
) -> Transaction:
    """Record a PENDING payment and hold its price."""
    if earlier := intents.find_earlier(user, ELECTRICITY, identity):
        return earlier
    return intents.record_once(
        lambda: _record(user, amount_kobo, meter_number, identity, now),
        user,
        ELECTRICITY,
        identity,
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
    """Record what the vendor says, and settle the payment."""
    transaction: Transaction = Transaction.objects.get(reference=reference)
    fact = Fact(vendor=VENDOR, kind=ObjectKind.PURCHASE, vendor_id=reference, status=status)
    return apply_facts(transaction, [fact], source=source, asked_at=now, now=now)


def find_target(transaction: Transaction, objects: Sequence[VendorObject]) -> Target:
    """A delivery takes the price; a failure gives it back, also after a delivery."""
    [bought] = objects
    order = (Posting(CUSTOMER, "float:power", transaction.amount),)
    was_delivered, is_delivered = bought.was("delivered"), bought.status == "delivered"
    status = {"delivered": TransactionStatus.SUCCESS, "failed": TransactionStatus.FAILED}
    return Target(
        status=TransactionStatus.SUCCESS if was_delivered else status.get(bought.status),
        first=order if was_delivered else (),
        final=order if is_delivered else (),
        reason=None
        if was_delivered
        else "The meter was not topped up. Your money is back in your wallet.",
        vendor_reason=bought.status,
    )


def requery(*, reference: str, now: datetime) -> None:
    apply(
        VENDOR_BOOKS.get(reference, "pending"),
        reference=reference,
        source=ChangeSource.REQUERY,
        now=now,
    )


def statement(*, known: VendorObject, now: datetime) -> Statement | None:
    status = VENDOR_BOOKS.get(known.transaction)
    if status is None:
        return None
    return Statement(
        vendor_id=known.vendor_id,
        reference=known.transaction,
        status=status,
        has_moved=status == "delivered",
        amount=known.amount,
        apply=lambda: apply(
            status, reference=known.transaction, source=ChangeSource.RECONCILE, now=now
        ),
    )


def list_statements(*, start: datetime, end: datetime, now: datetime) -> Iterator[Statement]:
    return iter(())


@atomic
def _record(
    user: User,
    amount_kobo: int,
    meter_number: str,
    identity: OrderIdentity | None,
    now: datetime,
) -> Transaction:
    return intents.record(
        get_wallet(user_id=user.pk),
        ELECTRICITY,
        user=user,
        amount_kobo=amount_kobo,
        hold_kobo=amount_kobo,
        identity=identity,
        now=now,
        next_check_at=now,
        order=Meter(meter_number=meter_number),
        details={"meter_number": meter_number},
    )
