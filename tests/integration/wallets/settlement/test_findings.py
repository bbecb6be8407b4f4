"""The review cases that settle() opens and closes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.documents import LONG_AGO, MakeTransaction
from wallets.ledger.documents import ChangeSource, Transaction
from wallets.ledger.targets import Finding, Target
from wallets.rechecks import WaitingCase
from wallets.review.documents import CaseState, ReviewCase
from wallets.review.kinds import CaseKind
from wallets.review.services import open_case
from wallets.settlement import settle
from wallets.withdrawals.kinds import WithdrawalCase

from .conftest import (
    DEBIT,
    FAILED,
    IS_PAID,
    LATE,
    NOW,
    PENDING,
    SUCCESS,
    TWICE,
    UNDECIDED,
    Trial,
    cases_of,
    stored,
)

BY_REQUERY: dict[str, Any] = {"source": ChangeSource.REQUERY, "now": NOW}
DUE = NOW + timedelta(days=3)


def found(kind: CaseKind = TWICE, vendor_id: str = "9", **more: Any) -> Finding:
    return Finding(kind, vendor_id, {"paid_kobo": 100}, **more)


@pytest.mark.parametrize(
    "due_at, expected", [(DUE, {"due_at": "2026-02-03T12:00:00+00:00"}), (None, {})]
)
@pytest.mark.parametrize("target", [UNDECIDED, IS_PAID])
def test_a_finding_opens_a_case(
    trial: Trial,
    make_transaction: MakeTransaction,
    target: Target,
    due_at: Any,
    expected: dict[str, str],
) -> None:
    """Its evidence is the flow's, with the vendor's time limit and our status."""
    transaction = make_transaction()
    trial.target = replace(target, findings=(found(due_at=due_at),))

    settle(transaction, [], **BY_REQUERY)

    [case] = ReviewCase.objects(transaction=transaction.reference)
    assert (case.kind, case.vendor_id, case.state) == (TWICE.word, "9", CaseState.OPEN)
    status = "SUCCESS" if target is IS_PAID else "PENDING"
    assert case.evidence == {"paid_kobo": 100, "status_then": status, **expected}
    assert case.created_at == NOW
    assert stored(transaction).needs_review is transaction.needs_review is True


def test_findings_are_cases_of_their_own(trial: Trial, make_transaction: MakeTransaction) -> None:
    """One for each kind and vendor object. The same findings again change nothing."""
    transaction = make_transaction()
    findings = (found(), found(vendor_id="8"), found(LATE))
    trial.target = replace(UNDECIDED, findings=findings)

    for _ in range(2):
        settle(transaction, [], **BY_REQUERY)

    expected = [(LATE.word, "9"), (TWICE.word, "8"), (TWICE.word, "9")]
    assert cases_of(transaction.reference) == sorted(expected)
    assert ReviewCase.objects(transaction=transaction.reference).count() == 3


def test_a_case_closes_when_its_finding_is_gone(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """The others stay open, and with the last one the transaction needs no review."""
    transaction = make_transaction(DEBIT, SUCCESS)
    trial.target = replace(UNDECIDED, findings=(found(), found(vendor_id="8"), found(LATE)))
    settle(transaction, [], **BY_REQUERY)

    trial.target = replace(UNDECIDED, findings=(found(vendor_id="8"),))
    settle(transaction, [], **BY_REQUERY)
    left, is_marked = cases_of(transaction.reference), stored(transaction).needs_review
    trial.target = UNDECIDED
    settle(transaction, [], **BY_REQUERY)

    assert (left, is_marked) == ([(TWICE.word, "8")], True)
    assert cases_of(transaction.reference) == []
    assert stored(transaction).needs_review is False
    closed = ReviewCase.objects(transaction=transaction.reference, state=CaseState.CLOSED)
    assert {(each.closed_by, each.closed_at) for each in closed} == {("settlement", NOW)}


def review(transaction: Transaction, kind: CaseKind, vendor_id: str = "9") -> None:
    open_case(kind, transaction, vendor_id=vendor_id, evidence={}, now=LONG_AGO)


@pytest.mark.parametrize(
    "status, target, is_open",
    [
        (PENDING, UNDECIDED, True),
        (PENDING, IS_PAID, False),
        (PENDING, Target(status=FAILED), False),
        (FAILED, UNDECIDED, False),
    ],
)
def test_a_case_about_waiting_closes_with_the_end(
    trial: Trial, make_transaction: MakeTransaction, status: Any, target: Target, is_open: bool
) -> None:
    """Whatever vendor id it was opened under."""
    transaction = make_transaction(DEBIT, status)
    review(transaction, WaitingCase.PENDING_FOR_A_DAY, "")
    trial.target = target

    settle(transaction, [], **BY_REQUERY)

    assert cases_of(transaction.reference) == ([("pending_for_a_day", "")] if is_open else [])
    assert stored(transaction).needs_review is is_open


@pytest.mark.parametrize("kind", [WaitingCase.CONTESTED, WithdrawalCase.AMOUNT_DIFFERS])
@pytest.mark.parametrize("status", [PENDING, SUCCESS])
def test_a_case_that_the_target_does_not_decide_stays_open(
    trial: Trial, make_transaction: MakeTransaction, kind: CaseKind, status: Any
) -> None:
    """Settlement closes only what it has opened itself, or what ends with the waiting."""
    transaction = make_transaction(DEBIT, status)
    review(transaction, kind)

    settle(transaction, [], **BY_REQUERY)

    assert cases_of(transaction.reference) == [(kind.word, "9")]
    assert stored(transaction).needs_review is True
