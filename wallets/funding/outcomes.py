"""How a funding ends without money: its attempt failed, or its page expired.

Every function runs inside its caller's atomic block.
"""

from __future__ import annotations

from datetime import datetime

from wallets.clients import Payment
from wallets.ledger import transitions
from wallets.ledger.documents import ChangeSource, Transaction, TransactionStatus
from wallets.ledger.signals import announce_on_commit


def fail_attempt(
    transaction: Transaction, payment: Payment, source: ChangeSource, now: datetime
) -> None:
    """A failed attempt ends the funding only if no other attempt can follow it.

    Source: docs/vendors/flutterwave.md, section 2: the page stays open for another try.
    """
    if transaction.status is not TransactionStatus.PENDING:
        return
    reason = payment.reason or "The payment failed."
    changed: Transaction | None = transaction
    if transaction.expires_at > now:
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
        **released,
    )
