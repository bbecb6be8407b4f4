"""Review cases: opened once for each fact, closed by people, opened again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from bson import ObjectId

from payflow.kernel import clock
from payflow.kernel.db import atomic
from tests.support.people import Customer
from tests.support.threads import run_together
from wallets.ledger.documents import Transaction
from wallets.review import services as review
from wallets.review.documents import CaseState, ReviewCase
from wallets.withdrawals.kinds import WithdrawalCase

pytestmark = pytest.mark.usefixtures("db")
KIND, OTHER_KIND = WithdrawalCase.AMOUNT_DIFFERS, WithdrawalCase.PAID_AFTER_FAILED
FIRST = {"ours_kobo": 100, "theirs_kobo": 90}
SECOND = {"ours_kobo": 100, "theirs_kobo": 80}


@pytest.fixture
def subject() -> str:
    return f"wallet:{ObjectId()}"


def find(subject: str, evidence: Mapping[str, object] = FIRST, **more: Any) -> bool:
    return review.open_case_about(
        subject, KIND, vendor_id="7", evidence=evidence, now=clock.now(), **more
    )


def case_about(subject: str, kind: WithdrawalCase = KIND) -> ReviewCase:
    return ReviewCase.objects.get(transaction=subject, kind=kind.word)


def close(case: ReviewCase) -> bool:
    return review.close_case(
        case_id=case.pk, closed_by="ada", resolution="Accepted.", now=clock.now()
    )


def test_the_same_finding_opens_one_case(subject: str) -> None:
    """Also with its evidence in another order, by eight workers at once, in an atomic block."""
    atomic(lambda: [find(subject) for _ in range(2)])()
    run_together(8, lambda _: find(subject, dict(reversed(FIRST.items()))))

    case = case_about(subject)
    assert (case.state, case.evidence, list(case.history)) == (CaseState.OPEN, FIRST, [])


def test_simultaneous_findings_open_one_case(subject: str) -> None:
    """None of them fails."""
    assert run_together(8, lambda _: find(subject)) == [True] * 8

    assert case_about(subject).state is CaseState.OPEN


def test_an_atomic_block_that_rolls_back_opens_no_case(subject: str) -> None:
    """The case belongs to the block."""

    @atomic
    def fail() -> None:
        find(subject)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert ReviewCase.objects(transaction=subject).count() == 0


def test_an_accepted_fact_stays_closed(subject: str) -> None:
    """Found again with the same evidence, or with the fact that its caller names."""
    find(subject)
    close(case_about(subject))
    find(f"{subject}b", fact="100 or 90")
    close(case_about(f"{subject}b"))

    again = [find(subject), find(f"{subject}b", SECOND, fact="100 or 90")]

    assert again == [False, False]
    case = case_about(subject)
    assert (case.state, case.resolution, case.closed_by) == (CaseState.CLOSED, "Accepted.", "ada")


def test_a_new_fact_opens_the_case_again_and_keeps_the_closing(subject: str) -> None:
    """Evidence and state are new; who closed it, when and how stays in the history."""
    find(subject)
    close(case_about(subject))
    closed = case_about(subject)

    assert find(subject, SECOND)

    case = case_about(subject)
    [past] = case.history
    assert (case.pk, case.state, case.evidence) == (closed.pk, CaseState.OPEN, SECOND)
    assert (case.closed_by, case.closed_at, case.resolution) == (None, None, None)
    assert (past.state, past.by, past.at) == (CaseState.CLOSED, "ada", closed.closed_at)
    assert (past.resolution, past.evidence) == ("Accepted.", FIRST)


def test_facts_that_were_accepted_one_after_the_other_all_stay_closed(subject: str) -> None:
    """Two that are found in turns do not open the case for ever."""
    for evidence in (FIRST, SECOND):
        find(subject, evidence)
        close(case_about(subject))

    assert [find(subject, each) for each in (FIRST, SECOND, FIRST)] == [False] * 3
    assert len(case_about(subject).history) == 1


def test_a_second_fact_of_an_open_case_is_shown_and_the_first_kept(subject: str) -> None:
    """Each is stored once, however often the two are found."""
    for evidence in (FIRST, SECOND, FIRST, SECOND):
        find(subject, evidence)

    case = case_about(subject)
    assert case.evidence == SECOND
    assert [(past.state, past.evidence) for past in case.history] == [(CaseState.OPEN, FIRST)]


def test_a_finding_that_returns_opens_its_case_with_the_same_fact(subject: str) -> None:
    """Each closing is kept; while the case is open nothing changes."""
    find(subject, returns=True)
    for _ in range(2):
        close(case_about(subject))
        assert find(subject, returns=True)
        assert find(subject, returns=True)

    case = case_about(subject)
    assert case.state is CaseState.OPEN
    assert [past.resolution for past in case.history] == ["Accepted."] * 2


def test_a_case_of_an_earlier_version_stays_closed_for_its_evidence(subject: str) -> None:
    """No fact is stored with it; another one opens it."""
    find(subject)
    close(case_about(subject))
    ReviewCase.objects(transaction=subject).update_one(unset__fact=1, unset__history=1)

    assert not find(subject)
    assert find(subject, SECOND)


# --- The transaction --------------------------------------------------------------------------


def held(customer: Customer) -> Transaction:
    return customer.transaction(customer.withdraw("1000").json()["tx_ref"])


def report(transaction: Transaction, kind: WithdrawalCase = KIND) -> bool:
    return review.open_case(kind, transaction, vendor_id="7", evidence=FIRST, now=clock.now())


def test_a_transaction_needs_review_until_its_last_case_is_closed(rich: Customer) -> None:
    """Closing twice is as closing once, and an accepted fact does not mark it again."""
    transaction = held(rich)
    report(transaction)
    report(transaction, OTHER_KIND)
    seen = []
    for kind in (KIND, OTHER_KIND):
        closed = [close(case_about(transaction.reference, kind)) for _ in range(2)]
        seen.append((closed, rich.transaction(transaction.reference).needs_review))
    transaction.reload()
    found_again = report(transaction)

    assert seen == [([True, False], True), ([True, False], False)]
    assert not found_again
    assert not rich.transaction(transaction.reference).needs_review


def test_a_pending_transaction_that_no_sweep_looks_at_stays_on_the_list(rich: Customer) -> None:
    """Otherwise nothing would list it."""
    transaction = held(rich)
    Transaction.objects(pk=transaction.pk).update_one(unset__next_check_at=1)
    report(transaction)

    close(case_about(transaction.reference))

    assert rich.transaction(transaction.reference).needs_review
