"""Opening and closing review cases."""

from __future__ import annotations

from datetime import datetime

from bson import ObjectId

from wallets.ledger.documents import Transaction
from wallets.review.documents import CaseState, ReviewCase
from wallets.review.kinds import CaseKind


def open_case(
    kind: CaseKind,
    transaction: Transaction,
    *,
    vendor_id: str,
    evidence: dict[str, object],
    now: datetime,
) -> None:
    """Open a case about the transaction, and mark it. The same finding opens no second case."""
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
    subject: str,
    kind: CaseKind,
    *,
    vendor_id: str,
    evidence: dict[str, object],
    now: datetime,
) -> None:
    """Open a case about a reference that may not be ours, or about `wallet:<id>`."""
    ReviewCase.objects(kind=kind.word, transaction=subject, vendor_id=vendor_id).update_one(
        upsert=True,
        set_on_insert__state=CaseState.OPEN,
        set_on_insert__created_at=now,
        set_on_insert__evidence=evidence,
    )


def close_gone_cases(
    subject: str, *, among: set[str], kept: set[tuple[str, str]], now: datetime
) -> None:
    """Close the open cases of these kinds whose finding, (kind, vendor id), is gone."""
    cases = ReviewCase.objects(transaction=subject, state=CaseState.OPEN)
    for case in cases:
        if case.kind in among and (case.kind, case.vendor_id) not in kept:
            close_case(case_id=case.pk, closed_by="settlement", now=now)


def close_case(*, case_id: ObjectId, closed_by: str, now: datetime) -> bool:
    """Close the case. False if it was closed already."""
    return bool(
        ReviewCase.objects(pk=case_id, state=CaseState.OPEN).update_one(
            set__state=CaseState.CLOSED, set__closed_by=closed_by, set__closed_at=now
        )
    )


def count_open_cases(*, limit: int) -> int:
    """How many cases wait for a person; never counts beyond `limit`."""
    open_cases = ReviewCase.objects(state=CaseState.OPEN)
    return int(open_cases.limit(limit).count(with_limit_and_skip=True))
