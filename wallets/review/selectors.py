"""Reading review cases. One index serves each query."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from wallets.review.documents import CaseState, ReviewCase


def find_cases(subject: str) -> list[ReviewCase]:
    """The cases about a reference or about `wallet:<id>`, oldest first."""
    return sorted(ReviewCase.objects(transaction=subject), key=lambda case: case.created_at)


def subjects_with_open_case(subjects: Sequence[str]) -> set[str]:
    """Those of these references that have an open case."""
    cases = ReviewCase.objects(transaction__in=list(subjects)).only("transaction", "state")
    return {case.transaction for case in cases if case.state is CaseState.OPEN}


def subjects_in_question(words: Collection[str]) -> set[str]:
    """What has an open case of one of these kinds. Few cases are open."""
    cases = ReviewCase.objects(state=CaseState.OPEN).only("transaction", "kind")
    return {case.transaction for case in cases if case.kind in words}
