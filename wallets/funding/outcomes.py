"""How a funding ends without money: its attempt failed, or its page expired.

Every function runs inside its caller's atomic block.
"""

from __future__ import annotations

from datetime import datetime

from wallets.clients import Payment, PaymentStatus
from wallets.flows import scale_wait
from wallets.ledger import transitions
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.signals import announce_on_commit
from wallets.ledger.vendor_objects import objects_of

_FINAL = tuple(status.value for status in PaymentStatus if status is not PaymentStatus.PENDING)
# A funding that ended unpaid is looked at once more.
_GRACE_S = 900


def fail_attempt(
    transaction: Transaction, payment: Payment, source: ChangeSource, now: datetime
) -> None:
    """A failed attempt ends the funding only if no other attempt can follow it, or is open.

    Source: docs/vendors/flutterwave.md, section 2: the page stays open for another try.
    """
    if transaction.status is not TransactionStatus.PENDING:
        return
    is_over = transaction.expires_at <= now and not _has_open_attempt(transaction.reference)
    reason = payment.reason or "The payment failed."
    changed: Transaction | None = transaction
    if not is_over:
        note = f"Attempt failed: {reason}"
        changed = transitions.add_note(transaction, reason=note, source=source, at=now)
    else:
        transitions.move(
            transaction,
            to=TransactionStatus.FAILED,
            source=source,
            at=now,
            reason=reason,
            vendor_id=payment.vendor_id,
            recheck_at=_after_grace(now),
        )
    if changed:
        announce_on_commit(changed)


def fail_unpaid(
    transaction: Transaction, reason: str, source: ChangeSource, now: datetime
) -> Transaction:
    """PENDING -> FAILED, without a payment."""
    # Without a link its request died half-way. The key is given back, for the same request again.
    released = {} if transaction.link else {"idempotency_key": None}
    return transitions.move(
        transaction,
        to=TransactionStatus.FAILED,
        source=source,
        at=now,
        reason=reason,
        recheck_at=_after_grace(now),
        **released,
    )


def _has_open_attempt(reference: str) -> bool:
    pending = PaymentStatus.PENDING.value
    return any(each.latest(*_FINAL) == pending for each in objects_of(reference))


def _after_grace(now: datetime) -> datetime:
    """The vendor counts from when the page was opened, so it may end later than we think."""
    return now + scale_wait(_GRACE_S)
