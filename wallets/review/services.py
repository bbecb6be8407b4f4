"""Opening and closing review cases.

A finding opens a case. The same finding with the same fact, found again, changes nothing: it
stays as a person left it. With another fact it opens the case again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from bson import ObjectId
from mongoengine import Q

from payflow.kernel.db import atomic
from wallets.ledger.documents import Transaction, TransactionStatus
from wallets.review.documents import CaseState, PastFinding, ReviewCase
from wallets.review.kinds import CaseKind

# Who closes a case whose finding is gone.
SETTLEMENT = "settlement"
# How our transaction stood when it was found. The same finding has another one later.
_STATUS_THEN = "status_then"


@atomic
def open_case(
    kind: CaseKind,
    transaction: Transaction,
    *,
    vendor_id: str,
    evidence: Mapping[str, object],
    fact: str | None = None,
    returns: bool = False,
    now: datetime,
) -> bool:
    """Open a case about the transaction, and mark it. The same finding opens no second case.

    Returns, and all arguments: see open_case_about().
    """
    is_open = open_case_about(
        transaction.reference,
        kind,
        vendor_id=vendor_id,
        evidence={**evidence, _STATUS_THEN: transaction.status.value},
        fact=fact,
        returns=returns,
        now=now,
    )
    if is_open:
        Transaction.objects(pk=transaction.pk).update_one(set__needs_review=True)
        transaction.needs_review = True
    return is_open


@atomic
def open_case_about(
    subject: str,
    kind: CaseKind,
    *,
    vendor_id: str,
    evidence: Mapping[str, object],
    fact: str | None = None,
    returns: bool = False,
    now: datetime,
) -> bool:
    """Open a case about a reference that may not be ours, or about `wallet:<id>`.

    fact: a short text that two findings share only if they are the same one, such as amounts and
    a status; without it, the whole evidence. A case that is open says what was found last. A
    fact that it has had leaves it closed, if a person closed it. One that it has not had opens
    it again, and its history keeps what it said before. returns: the finding is gone until it is
    made again, so finding it opens a closed case also with the same fact.
    True if the case is open afterwards. Repeating it changes nothing.
    """
    fact = fact or _derive_fact(evidence)
    mine = ReviewCase.objects(kind=kind.word, transaction=subject, vendor_id=vendor_id)
    case = mine.first()
    if case is None:
        mine.update_one(
            upsert=True,
            set_on_insert__state=CaseState.OPEN,
            set_on_insert__created_at=now,
            set_on_insert__evidence=evidence,
            set_on_insert__fact=fact,
        )
        return True
    is_open = case.state is CaseState.OPEN
    # What settlement closed was gone, so it has come back. What a person closed was decided.
    has_returned = returns or case.closed_by == SETTLEMENT
    is_same = fact == (case.fact or _derive_fact(case.evidence))
    if (is_open and is_same) or (not is_open and not has_returned and fact in _facts_of(case)):
        return is_open
    # What is said again is said once; what a person decided is kept each time.
    kept = [each for each in case.history if each.fact != fact or each.state is CaseState.CLOSED]
    ReviewCase.objects(pk=case.pk).update_one(
        set__history=[*kept, _past(case, now)],
        set__state=CaseState.OPEN,
        set__evidence=evidence,
        set__fact=fact,
        unset__resolution=1,
        unset__closed_by=1,
        unset__closed_at=1,
    )
    return True


@atomic
def close_case(*, case_id: ObjectId, closed_by: str, resolution: str, now: datetime) -> bool:
    """Close the case with what was decided. False if it was closed already.

    Its transaction needs no review any more, unless another case about it is open, or it is
    PENDING and no sweep looks at it: then the list of what is to be reviewed is its only one.
    """
    case = ReviewCase.objects(pk=case_id, state=CaseState.OPEN).first()
    if case is None:
        return False
    ReviewCase.objects(pk=case_id).update_one(
        set__state=CaseState.CLOSED,
        set__closed_by=closed_by,
        set__closed_at=now,
        set__resolution=resolution,
    )
    if not ReviewCase.objects(transaction=case.transaction, state=CaseState.OPEN).first():
        marked = Transaction.objects(reference=case.transaction, needs_review=True)
        looked_after = Q(status__ne=TransactionStatus.PENDING) | Q(next_check_at__exists=True)
        marked.filter(looked_after).update_one(set__needs_review=False)
    return True


def close_gone_cases(
    subject: str,
    *,
    among: set[str],
    about: set[str] | None = None,
    kept: set[tuple[str, str]],
    now: datetime,
) -> None:
    """Close the open cases of these kinds whose finding, (kind, vendor id), is gone.

    about: only those about these vendor ids.
    """
    for case in ReviewCase.objects(transaction=subject, state=CaseState.OPEN):
        if about is not None and case.vendor_id not in about:
            continue
        if case.kind in among and (case.kind, case.vendor_id) not in kept:
            close_case(
                case_id=case.pk,
                closed_by=SETTLEMENT,
                resolution="What was found is not so any more.",
                now=now,
            )


def _derive_fact(evidence: Mapping[str, object]) -> str:
    """A hash of the evidence, in any order of its fields."""
    found = {name: value for name, value in evidence.items() if name != _STATUS_THEN}
    text = json.dumps(found, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _facts_of(case: ReviewCase) -> set[str]:
    return {case.fact or _derive_fact(case.evidence), *(past.fact for past in case.history)}


def _past(case: ReviewCase, now: datetime) -> PastFinding:
    return PastFinding(
        state=case.state,
        by=case.closed_by,
        at=case.closed_at or now,
        resolution=case.resolution,
        fact=case.fact or _derive_fact(case.evidence),
        evidence=case.evidence,
    )


def count_open_cases(*, limit: int) -> int:
    """How many cases wait for a person; never counts beyond `limit`."""
    open_cases = ReviewCase.objects(state=CaseState.OPEN)
    return int(open_cases.limit(limit).count(with_limit_and_skip=True))
