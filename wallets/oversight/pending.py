"""What is PENDING now, for `manage.py pending`. Reading only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from wallets.ledger.selectors import oldest_pending
from wallets.review.selectors import subjects_with_open_case


@dataclass(frozen=True, kw_only=True)
class PendingTransaction:
    """One transaction whose outcome is not known yet. Units: kobo; times: UTC."""

    reference: str
    type: str
    amount_kobo: int
    created_at: datetime
    sent_at: datetime | None
    requeries: int
    next_requery_at: datetime | None  # None: it was handed over to a person
    has_open_case: bool


def find_pending(
    *, transaction_type: str | None, older_than: timedelta | None, limit: int, now: datetime
) -> tuple[list[PendingTransaction], bool]:
    """Up to `limit` PENDING transactions, the oldest first, and whether there are more."""
    rows = oldest_pending(
        transaction_type=transaction_type,
        created_until=now - older_than if older_than else None,
        limit=limit + 1,
    )
    shown = rows[:limit]
    with_case = subjects_with_open_case([row.reference for row in shown])
    found = [
        PendingTransaction(
            reference=row.reference,
            type=row.type,
            amount_kobo=row.amount,
            created_at=row.created_at,
            sent_at=row.sent_at,
            requeries=row.checks or 0,
            next_requery_at=row.next_check_at,
            has_open_case=row.reference in with_case,
        )
        for row in shown
    ]
    return found, len(rows) > limit
