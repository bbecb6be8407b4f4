"""Review cases: what a person has to look at, opened once and closed by name."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from wallets.ledger.documents import Transaction
from wallets.review.documents import ReviewCase


def open_case(
    kind: str,
    transaction: Transaction,
    *,
    vendor_id: str,
    evidence: dict[str, object],
    now: datetime,
) -> None:
    """A person will look at it. The same finding again opens no second case."""
    open_case_about(
        transaction.reference,
        kind,
        vendor_id=vendor_id,
        evidence={**evidence, "status_then": transaction.status.value},
        now=now,
    )
    Transaction.objects(pk=transaction.pk).update_one(set__needs_review=True)
    transaction.needs_review = True


def open_case_about(
    reference: str,
    kind: str,
    *,
    vendor_id: str,
    evidence: dict[str, object],
    now: datetime,
) -> None:
    """The same, about a reference that may be nobody's here."""
    ReviewCase.objects(kind=kind, transaction=reference, vendor_id=vendor_id).update_one(
        upsert=True,
        set_on_insert__state="OPEN",
        set_on_insert__created_at=now,
        set_on_insert__evidence=evidence,
    )


def close_case(*, case_id: ObjectId, closed_by: str, now: datetime) -> bool:
    """The case is closed; False when it was closed before."""
    return bool(
        ReviewCase.objects(pk=case_id, state="OPEN").update_one(
            set__state="CLOSED", set__closed_by=closed_by, set__closed_at=now
        )
    )
