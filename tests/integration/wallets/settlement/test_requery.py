"""Which transactions a sweep claims, when, and what a requery does besides asking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from payflow.kernel.errors import VendorUnavailable
from tests.support.documents import LONG_AGO, MakeTransaction
from tests.support.threads import run_together
from wallets import flows, requery
from wallets.flows import Schedule
from wallets.ledger.documents import ChangeSource, Transaction
from wallets.rechecks import next_recheck, note_claim
from wallets.requery import claim_due, claim_rechecks
from wallets.review.documents import ReviewCase
from wallets.settlement import apply_facts

from .conftest import (
    CREDIT,
    DEBIT,
    FAILED,
    NOW,
    PENDING,
    SUCCESS,
    VENDOR,
    Trial,
    cases_of,
    fact,
    rows_of,
    stored,
)

SECOND, HOUR, DAY = timedelta(seconds=1), timedelta(hours=1), timedelta(days=1)
# Before everything that other tests have left in the database.
THEN = LONG_AGO + 30 * DAY
TASK = "trial.requery"
Claim = Callable[..., list[tuple[str, str]]]


# --- When it is asked about after its end -----------------------------------------------------


@pytest.mark.parametrize(
    "asked, expected",
    [
        pytest.param(timedelta(), HOUR, id="at its end"),
        pytest.param(HOUR - SECOND, HOUR, id="before the first"),
        pytest.param(HOUR, DAY, id="at the first"),
        pytest.param(DAY - SECOND, DAY, id="before the second"),
        pytest.param(DAY, 3 * DAY, id="at the second"),
        pytest.param(3 * DAY, 7 * DAY, id="at the third"),
        pytest.param(7 * DAY - SECOND, 7 * DAY, id="before the last"),
        pytest.param(7 * DAY, None, id="at the last"),
        pytest.param(30 * DAY, None, id="long afterwards"),
    ],
)
def test_a_debit_is_asked_about_an_hour_a_day_three_and_seven_days_after_its_end(
    make_transaction: MakeTransaction, asked: timedelta, expected: timedelta | None
) -> None:
    """A sweep that comes late leaves out what it has missed."""
    debit = make_transaction(DEBIT, SUCCESS)

    found = next_recheck(debit, ended_at=NOW, now=NOW + asked)

    assert found == (NOW + expected if expected else None)


@pytest.mark.parametrize("type", [CREDIT, "REVERSAL", "ADJUSTMENT"])
def test_what_is_no_debit_of_a_flow_is_not_asked_about(
    make_transaction: MakeTransaction, type: str
) -> None:
    assert next_recheck(make_transaction(type, SUCCESS), ended_at=NOW, now=NOW) is None


def test_the_times_after_the_end_scale_with_the_setting(
    make_transaction: MakeTransaction, settings: Any
) -> None:
    settings.REQUERY_BASE_S = 1
    debit = make_transaction(DEBIT, SUCCESS)

    assert next_recheck(debit, ended_at=NOW, now=NOW) == NOW + timedelta(minutes=1)


# --- Claiming ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "claim, field", [(claim_due, "next_check_at"), (claim_rechecks, "recheck_at")]
)
def test_a_sweep_claims_what_is_due_the_oldest_first(
    make_transaction: MakeTransaction, claim: Claim, field: str
) -> None:
    """At most as many as it was asked for. What is due in a second waits."""

    def make(at: datetime | None) -> str:
        return make_transaction(DEBIT, completed_at=LONG_AGO, **{field: at}).reference

    _, just_due, oldest, _, second = (
        make(at) for at in (THEN + SECOND, THEN, THEN - DAY, None, THEN - HOUR)
    )

    batches = [claim(now=THEN, limit=2) for _ in range(3)]

    assert batches == [[(TASK, oldest), (TASK, second)], [(TASK, just_due)], []]


@pytest.mark.parametrize(
    "checks, wait", [(0, 60), (1, 300), (2, 300), (9, 300)], ids=lambda value: str(value)
)
def test_the_next_look_follows_the_schedule_of_the_flow(
    make_transaction: MakeTransaction, checks: int, wait: int
) -> None:
    """Its last wait repeats. It counts from the claim, and the claim is counted."""
    due = make_transaction(next_check_at=THEN - HOUR, checks=checks)
    other = make_transaction(next_check_at=THEN + HOUR, checks=checks)

    claim_due(now=THEN, limit=10)

    after = stored(due)
    assert (after.next_check_at, after.checks) == (THEN + timedelta(seconds=wait), checks + 1)
    assert (after.updated_at, after.revision) == (LONG_AGO, 1)
    assert (stored(other).next_check_at, stored(other).checks) == (THEN + HOUR, checks)


@pytest.mark.parametrize(
    "ended, following",
    [(HOUR, DAY), (2 * DAY, 3 * DAY), (3 * DAY, 7 * DAY), (7 * DAY, None)],
)
def test_the_next_recheck_counts_from_the_end(
    make_transaction: MakeTransaction, ended: timedelta, following: timedelta | None
) -> None:
    """After the last one there is none. A recheck is no requery of the schedule."""
    end = THEN - ended
    due = make_transaction(DEBIT, FAILED, recheck_at=THEN, completed_at=end, checks=3)
    other = make_transaction(DEBIT, FAILED, recheck_at=THEN + DAY, completed_at=end)

    claimed = claim_rechecks(now=THEN, limit=10)

    assert claimed == [(TASK, due.reference)]
    after = stored(due)
    assert after.recheck_at == (end + following if following else None)
    row = Transaction._get_collection().find_one({"_id": due.pk})
    assert ("recheck_at" in row) is (following is not None)
    assert (after.checks, after.next_check_at, after.updated_at) == (3, None, LONG_AGO)
    assert stored(other).recheck_at == THEN + DAY


@pytest.mark.parametrize(
    "claim, field", [(claim_due, "next_check_at"), (claim_rechecks, "recheck_at")]
)
def test_one_of_several_sweeps_claims_a_transaction(
    make_transaction: MakeTransaction, claim: Claim, field: str
) -> None:
    due = make_transaction(DEBIT, SUCCESS, completed_at=THEN - HOUR, **{field: THEN})

    claimed = run_together(4, lambda _: claim(now=THEN, limit=10))

    assert [each for batch in claimed for each in batch] == [(TASK, due.reference)]


class Meanwhile(Schedule):
    """A schedule during whose reading another process changes the transactions that are due."""

    changes: dict[str, Any]

    def wait_after(self, requeries: int) -> timedelta:
        Transaction.objects(next_check_at=THEN).update(**self.changes)
        return super().wait_after(requeries)


@pytest.mark.parametrize(
    "changes", [{"unset__next_check_at": 1}, {"set__next_check_at": NOW, "inc__checks": 1}]
)
def test_what_ends_or_is_claimed_between_reading_and_claiming_is_not_claimed(
    trial: Trial, make_transaction: MakeTransaction, changes: dict[str, Any]
) -> None:
    """A transaction that has ended gets no next look again."""
    schedule = Meanwhile((60,))
    object.__setattr__(schedule, "changes", changes)
    flows.register(replace(trial.flows[0], schedule=schedule))
    due = make_transaction(next_check_at=THEN)

    claimed = claim_due(now=THEN, limit=10)

    assert claimed == []
    after = stored(due)
    is_over = "unset__next_check_at" in changes
    assert (after.next_check_at, after.checks) == ((None, 0) if is_over else (NOW, 1))


# --- Asking -----------------------------------------------------------------------------------


def ask(transaction: Transaction, now: datetime = NOW) -> None:
    requery.requery(reference=transaction.reference, now=now)


def test_a_requery_asks_the_flow_of_the_transaction(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    debit = make_transaction(created_at=NOW)
    before = rows_of(debit)

    ask(debit)

    assert trial.told == [("asked at 12:00", debit.reference)]
    assert rows_of(debit) == before


@pytest.mark.parametrize("type", ["REVERSAL", "ADJUSTMENT"])
def test_a_transaction_without_a_flow_is_not_asked_about(
    trial: Trial, make_transaction: MakeTransaction, type: str
) -> None:
    """Nor does it get a case for its age."""
    old = make_transaction(type, PENDING)
    before = rows_of(old)

    ask(old)
    requery.requery(reference="PFTRDUNKNOWN", now=NOW)

    assert trial.told == []
    assert rows_of(old) == before


@pytest.mark.parametrize("vendor_id, expected", [("7", "7"), (None, "")])
@pytest.mark.parametrize("fault", [None, VendorUnavailable()])
def test_a_transaction_that_is_pending_for_a_day_has_a_case(
    trial: Trial,
    make_transaction: MakeTransaction,
    vendor_id: str | None,
    expected: str,
    fault: Exception | None,
) -> None:
    """Also if the vendor does not answer, which the caller hears. It is asked all the same."""
    old = make_transaction(created_at=NOW - DAY, vendor_id=vendor_id, next_check_at=NOW)
    trial.fault = fault

    if fault:
        with pytest.raises(VendorUnavailable):
            ask(old)
    else:
        ask(old)

    [case] = ReviewCase.objects(transaction=old.reference)
    assert (case.kind, case.vendor_id, case.created_at) == ("pending_for_a_day", expected, NOW)
    assert case.evidence == {"since": "2026-01-30T12:00:00+00:00", "status_then": "PENDING"}
    after = stored(old)
    assert (after.status, after.needs_review, after.next_check_at) == (PENDING, True, NOW)
    assert len(trial.told) == 1


@pytest.mark.parametrize(
    "status, age", [(PENDING, DAY - SECOND), (SUCCESS, 2 * DAY), (FAILED, 2 * DAY)]
)
def test_what_is_younger_or_has_ended_has_no_case(
    make_transaction: MakeTransaction, status: Any, age: timedelta
) -> None:
    transaction = make_transaction(DEBIT, status, created_at=NOW - age)
    older = make_transaction()

    ask(transaction)

    assert cases_of(transaction.reference) == cases_of(older.reference) == []
    assert not stored(transaction).needs_review


@pytest.mark.parametrize(
    "fault, due, open_cases", [(None, None, ["contested"]), (VendorUnavailable(), NOW, [])]
)
def test_a_requery_ends_a_contest_of_a_day_if_the_vendor_answers(
    trial: Trial,
    make_transaction: MakeTransaction,
    fault: Exception | None,
    due: Any,
    open_cases: list[str],
) -> None:
    """Without an answer nobody knows whether they still disagree."""
    ended = make_transaction(DEBIT, SUCCESS)
    at = {"now": NOW - DAY}
    facts = [fact("9")]
    apply_facts(ended, facts, source=ChangeSource.REQUERY, asked_at=NOW - DAY, **at)
    kind = facts[0].kind
    note_claim(ended, vendor=VENDOR, kind=kind, vendor_id="9", claimed="failed", **at)
    ended.update(set__next_check_at=NOW)
    trial.fault = fault

    if fault:
        with pytest.raises(VendorUnavailable):
            ask(ended)
    else:
        ask(ended)

    assert stored(ended).next_check_at == due
    assert [kind for kind, _ in cases_of(ended.reference)] == open_cases
