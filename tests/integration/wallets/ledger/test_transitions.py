"""The state machine of a transaction, as it is stored and in memory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.support.documents import LONG_AGO, MakeTransaction, MakeWallet
from wallets.errors import TransitionRefused
from wallets.ledger import transitions
from wallets.ledger.documents import (
    Change,
    ChangeSource,
    Transaction,
    TransactionStatus,
)

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
PENDING, SUCCESS, FAILED = (
    TransactionStatus.PENDING,
    TransactionStatus.SUCCESS,
    TransactionStatus.FAILED,
)
BY_REQUERY = {"source": ChangeSource.REQUERY, "at": NOW}


@pytest.fixture
def make_transaction(make_wallet: MakeWallet, new_transaction: MakeTransaction) -> MakeTransaction:
    """Makes a stored transaction with these fields, beside another one that must not change."""

    def make(status: TransactionStatus = PENDING, **fields: Any) -> Transaction:
        for number in (1, 2):
            wallet = make_wallet()
            made = new_transaction(
                wallet,
                status=status,
                number=number,
                created_at=LONG_AGO,
                updated_at=LONG_AGO,
                history=[Change(status=PENDING, source=ChangeSource.API, at=LONG_AGO)],
                **fields,
            )
            made.save(force_insert=True)
        return made

    return make


def stored(transaction: Transaction) -> Transaction:
    return Transaction.objects.get(pk=transaction.pk)  # type: ignore[no-any-return]


def is_alone_changed(transaction: Transaction) -> bool:
    """Whether memory and database agree, and no other transaction has moved."""
    others = Transaction.objects(created_at=LONG_AGO, updated_at=NOW, pk__ne=transaction.pk)
    return stored(transaction).to_mongo() == transaction.to_mongo() and not others.first()


@pytest.mark.parametrize("before", [PENDING, FAILED])
def test_a_move_writes_all_of_it_and_one_line_of_history(
    make_transaction: MakeTransaction, before: TransactionStatus
) -> None:
    """The next look ends with it, unless another is named."""
    moved = make_transaction(before, next_check_at=NOW, recheck_at=NOW, reason="old")

    same = transitions.move(
        moved, to=SUCCESS, reason="Done.", balance=7, vendor_id="9", recheck_at=None, **BY_REQUERY
    )

    assert same is moved
    assert is_alone_changed(moved)
    after = stored(moved)
    assert (after.status, after.reason, after.vendor_id) == (SUCCESS, "Done.", "9")
    assert (after.completed_at, after.updated_at) == (NOW, NOW)
    assert (after.next_check_at, after.recheck_at) == (None, None)
    assert "next_check_at" not in Transaction._get_collection().find_one({"_id": moved.pk})
    line = after.history[-1]
    assert len(after.history) == 2
    assert (line.status, line.reason, line.source, line.at, line.balance) == (
        SUCCESS,
        "Done.",
        ChangeSource.REQUERY,
        NOW,
        7,
    )


def test_a_move_without_a_reason_removes_the_old_one(make_transaction: MakeTransaction) -> None:
    moved = make_transaction(reason="old")

    transitions.move(moved, to=FAILED, next_check_at=NOW, **BY_REQUERY)

    assert (stored(moved).reason, stored(moved).next_check_at) == (None, NOW)


@pytest.mark.parametrize(
    "before, to", [(SUCCESS, SUCCESS), (SUCCESS, FAILED), (FAILED, FAILED), (PENDING, PENDING)]
)
def test_a_move_that_is_not_allowed_changes_nothing(
    make_transaction: MakeTransaction, before: TransactionStatus, to: TransactionStatus
) -> None:
    """What is stored decides, also if the object in memory is older."""
    ended = make_transaction(before)
    unchanged = stored(ended).to_mongo()
    ended.status = PENDING

    with pytest.raises(TransitionRefused) as caught:
        transitions.move(ended, to=to, **BY_REQUERY)

    assert caught.value.details == {"reference": ended.reference, "to": to}
    assert stored(ended).to_mongo() == unchanged
    assert len(ended.history) == 1


def test_a_reversal_is_created_as_it_ends() -> None:
    """A type without a flow moves nowhere."""
    assert transitions.statuses_before("REVERSAL", SUCCESS) == []
    assert transitions.statuses_before("WITHDRAWAL", SUCCESS) == [PENDING, FAILED]
    assert transitions.statuses_before("WITHDRAWAL", FAILED) == [PENDING]
    assert transitions.statuses_before("WITHDRAWAL", PENDING) == []


def test_a_note_is_a_line_of_its_own_and_is_not_repeated(make_transaction: MakeTransaction) -> None:
    """The status stays; the same words again add nothing."""
    noted = make_transaction()

    assert transitions.add_note(noted, reason="Wait.", **BY_REQUERY) is noted
    assert transitions.add_note(noted, reason="Wait.", **BY_REQUERY) is None

    assert is_alone_changed(noted)
    after = stored(noted)
    assert (after.status, after.updated_at, after.next_check_at) == (PENDING, NOW, None)
    assert [line.reason for line in after.history] == [None, "Wait."]
    assert transitions.add_note(noted, reason="Longer.", **BY_REQUERY) is noted


@pytest.mark.parametrize("changed", ["its status", "its history"])
def test_a_note_on_what_has_changed_meanwhile_is_dropped(
    make_transaction: MakeTransaction, changed: str
) -> None:
    noted = make_transaction()
    if changed == "its status":
        Transaction.objects(pk=noted.pk).update_one(set__status=FAILED)
    else:
        transitions.add_note(stored(noted), reason="First.", **BY_REQUERY)
    before = stored(noted).to_mongo()

    assert transitions.add_note(noted, reason="Second.", **BY_REQUERY) is None

    assert stored(noted).to_mongo() == before


def test_reversals_add_up_on_the_transaction_that_they_change(
    make_transaction: MakeTransaction,
) -> None:
    """Given back, and a part taken again: each is a line, with the sum after it."""
    ended = make_transaction(SUCCESS)

    for kobo, reason in ((100, "Returned."), (-40, "Paid again.")):
        transitions.note_reversal(ended, kobo=kobo, reason=reason, balance=kobo, **BY_REQUERY)

    assert is_alone_changed(ended)
    after = stored(ended)
    assert (after.status, after.reversed_kobo, after.reason) == (SUCCESS, 60, "Paid again.")
    assert [(line.reason, line.reversed_kobo, line.balance) for line in after.history[1:]] == [
        ("Returned.", 100, 100),
        ("Paid again.", 60, -40),
    ]


def test_a_reversal_of_what_is_another_now_is_refused(make_transaction: MakeTransaction) -> None:
    ended = make_transaction(SUCCESS)
    Transaction.objects(pk=ended.pk).update_one(set__status=FAILED)

    with pytest.raises(TransitionRefused) as caught:
        transitions.note_reversal(ended, kobo=1, reason="Returned.", balance=1, **BY_REQUERY)

    assert caught.value.details == {"reference": ended.reference, "to": SUCCESS}
