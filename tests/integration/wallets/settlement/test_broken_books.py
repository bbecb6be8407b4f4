"""What follows when the books contradict themselves: a case, a lock, and nothing else."""

from __future__ import annotations

import pytest

from payflow.kernel.db import atomic
from payflow.kernel.errors import InvariantBroken
from tests.support.documents import LONG_AGO, MakeTransaction
from wallets.errors import WalletLocked
from wallets.ledger import locks
from wallets.ledger.documents import ChangeSource, LockOwner, Transaction
from wallets.ledger.vendor_objects import VendorObject
from wallets.review.documents import CaseState, ReviewCase
from wallets.review.services import close_case
from wallets.settlement import apply_facts

from .conftest import (
    CREDIT,
    HAS_COME,
    NOW,
    PENDING,
    Trial,
    fact,
    movements_of,
    rows_of,
    state_of,
    stored,
    wallet_of,
)


def hear(transaction: Transaction, status: str = "successful") -> None:
    apply_facts(
        transaction,
        [fact("9", status)],
        source=ChangeSource.WEBHOOK,
        asked_at=NOW,
        now=NOW,
    )


def test_books_that_contradict_themselves_lock_the_wallet(
    trial: Trial, make_transaction: MakeTransaction, announced: list[str]
) -> None:
    """The case names the error and the transaction. Not even the fact is recorded."""
    broken = make_transaction(CREDIT)
    trial.fault = InvariantBroken("an entry is missing")

    with pytest.raises(InvariantBroken, match="an entry is missing"):
        hear(broken)

    [case] = ReviewCase.objects(transaction=f"wallet:{broken.wallet}")
    assert (case.kind, case.state) == ("books_broken", CaseState.OPEN)
    assert (case.vendor_id, case.created_at) == (broken.reference, NOW)
    assert case.evidence == {"error": "an entry is missing", "transaction": broken.reference}
    [lock] = wallet_of(broken).locks
    assert (lock.reason, lock.owner) == ("The books contradict themselves.", LockOwner.AUDIT)
    assert (lock.by, lock.since, lock.until) == ("settlement", NOW, None)
    with pytest.raises(WalletLocked):
        locks.check_may_send(wallet_id=broken.wallet, now=NOW)
    assert state_of(broken) == (500, 40, 0)
    assert VendorObject.objects(transaction=broken.reference).count() == 0
    after = stored(broken)
    assert (after.status, after.updated_at, after.weighed) == (PENDING, LONG_AGO, None)
    assert movements_of(broken) == announced == []


def test_the_same_contradiction_opens_a_closed_case_again(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """Somebody said that it was fixed, and it is not. An open case and a lock stay single."""
    broken = make_transaction(CREDIT)
    trial.fault = InvariantBroken("an entry is missing")
    for _ in range(2):
        with pytest.raises(InvariantBroken):
            hear(broken)
    [case] = ReviewCase.objects(transaction=f"wallet:{broken.wallet}")
    close_case(case_id=case.pk, closed_by="ada", resolution="Fixed.", now=NOW)

    with pytest.raises(InvariantBroken):
        hear(broken)

    [case] = ReviewCase.objects(transaction=f"wallet:{broken.wallet}")
    assert (case.state, len(case.history), case.history[0].resolution) == (
        CaseState.OPEN,
        1,
        "Fixed.",
    )
    assert len(wallet_of(broken).locks) == 1


def test_another_error_locks_nothing(trial: Trial, make_transaction: MakeTransaction) -> None:
    """It says nothing about the books. The caller tries again."""
    transaction = make_transaction(CREDIT)
    trial.fault = LookupError("no such flow")
    before = rows_of(transaction)

    with pytest.raises(LookupError):
        hear(transaction)

    assert rows_of(transaction) == before


@pytest.mark.parametrize("status", ["successful", "pending"])
def test_a_caller_that_finds_a_contradiction_afterwards_locks_the_wallet_too(
    trial: Trial, make_transaction: MakeTransaction, status: str
) -> None:
    """In the same block, also if the fact was known and nothing was settled."""
    credit = make_transaction(CREDIT)
    hear(credit, "pending")
    trial.target = HAS_COME

    @atomic
    def hear_and_fail() -> None:
        hear(credit, status)
        raise InvariantBroken("found later")

    with pytest.raises(InvariantBroken):
        hear_and_fail()

    [case] = ReviewCase.objects(transaction=f"wallet:{credit.wallet}")
    assert case.evidence["error"] == "found later"
    assert wallet_of(credit).is_locked
    assert stored(credit).status is PENDING
