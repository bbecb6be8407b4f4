"""What settle() does when the vendor changes its mind after a SUCCESS."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from payflow.kernel.errors import InvariantBroken
from payflow.kernel.references import is_reference
from tests.support.documents import MakeTransaction
from wallets.ledger.documents import ChangeSource, LockOwner, Transaction
from wallets.ledger.targets import Target
from wallets.review.documents import CaseState, ReviewCase
from wallets.settlement import settle

from .conftest import (
    CREDIT,
    DEBT,
    FAILED,
    FEES,
    FLOAT,
    GIFT,
    HAS_COME,
    IS_PAID,
    IS_RETURNED,
    NOW,
    OURS,
    PENDING,
    SUCCESS,
    Trial,
    cases_of,
    movements_of,
    reversals_of,
    rows_of,
    state_of,
    stored,
    wallet_of,
)

EARLIER = NOW - timedelta(hours=2)
IS_BACK = "Returned. The money is back in your wallet."
RETURNED = replace(IS_RETURNED, given_back=IS_BACK, taken_back="Not this.")
PAID_AGAIN = replace(IS_PAID, given_back="Not this.", taken_back="It was paid after all.")
IS_GONE = Target(status=SUCCESS, first=GIFT, taken_back="Refunded.")


def settle_at(transaction: Transaction, now: Any = NOW, **more: Any) -> Transaction:
    return settle(transaction, [], source=ChangeSource.WEBHOOK, now=now, **more)


def end(trial: Trial, transaction: Transaction, target: Target) -> Transaction:
    """The transaction as the database has it after its first outcome."""
    trial.target = target
    settle_at(transaction, EARLIER)
    trial.told.clear()
    return stored(transaction)


def test_a_debit_that_came_back_is_a_reversal_to_the_customer(
    trial: Trial, make_transaction: MakeTransaction, announced: list[str]
) -> None:
    """It has the next number, a seal behind the one before, and one line of history."""
    wallet = {"transaction_number": 6, "transaction_seal": "before"}
    paid = end(trial, make_transaction(wallet=wallet, vendor_id="7"), IS_PAID)
    announced.clear()
    trial.target = replace(RETURNED, vendor_id="another")

    same = settle_at(paid)

    [back] = reversals_of(paid)
    assert same is paid
    assert is_reference(back.reference) and back.reference.startswith("PFREV")
    assert (back.type, back.status, back.amount, back.fee) == ("REVERSAL", SUCCESS, 110, 0)
    assert (back.wallet, back.user_id, back.currency) == (paid.wallet, paid.user_id, "NGN")
    assert (back.vendor, back.vendor_id, back.reverses) == ("trial", "7", paid.reference)
    assert back.details == {"reverses": paid.reference, "direction": "in"}
    assert back.created_at == back.updated_at == back.completed_at == NOW
    assert (back.next_check_at, back.recheck_at, back.reason) == (None, None, IS_BACK)
    [line] = back.history
    assert (line.status, line.reason, line.source, line.at, line.balance) == (
        SUCCESS,
        IS_BACK,
        ChangeSource.WEBHOOK,
        NOW,
        500,
    )
    assert movements_of(back) == [(FLOAT, OURS, 100), (FEES, OURS, 10)]
    assert len(movements_of(paid)) == 2
    after = wallet_of(paid)
    assert state_of(paid) == (500, 40, 0)
    assert (back.number, after.transaction_number) == (7, 7)
    assert (back.prev_seal, after.transaction_seal) == ("before", back.seal)
    assert (after.transaction_at, after.updated_at) == (NOW, NOW)
    assert trial.told == [("given back", paid.reference)]
    assert announced == [back.reference, paid.reference]


def test_a_transaction_says_that_it_was_reversed(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """It stays a SUCCESS with its own end and its own vendor id."""
    paid = end(trial, make_transaction(vendor_id="7"), IS_PAID)
    trial.target = replace(RETURNED, vendor_id="another")

    settle_at(paid)

    after = stored(paid)
    assert after.to_mongo() == paid.to_mongo()
    assert (after.status, after.reason, after.reversed_kobo) == (SUCCESS, IS_BACK, 110)
    assert (after.completed_at, after.updated_at, after.vendor_id) == (EARLIER, NOW, "7")
    assert after.recheck_at == EARLIER + timedelta(hours=1)
    assert after.weighed is None
    line = after.history[-1]
    assert (after.revision, line.reason, line.source, line.at) == (
        3,
        IS_BACK,
        ChangeSource.WEBHOOK,
        NOW,
    )
    assert (line.balance, line.reversed_kobo) == (500, 110)


def test_a_debit_that_was_paid_again_takes_the_money_again(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """A second REVERSAL in the other direction, with a sentence of its own."""
    paid = end(trial, make_transaction(), IS_PAID)
    trial.target = RETURNED
    settle_at(paid)
    trial.told.clear()
    trial.target = PAID_AGAIN

    settle_at(paid)

    [_, again] = reversals_of(paid)
    assert (again.amount, again.reason) == (110, "It was paid after all.")
    assert again.details["direction"] == "out"
    assert movements_of(again) == [(OURS, FLOAT, 100), (OURS, FEES, 10)]
    assert again.history[0].balance == 390
    assert state_of(paid) == (390, 40, 0)
    assert (stored(paid).reversed_kobo, stored(paid).reason) == (0, "It was paid after all.")
    assert trial.told == [("taken again", paid.reference)]


@pytest.mark.parametrize("is_paid_again", [False, True])
def test_the_same_facts_reverse_once(
    trial: Trial, make_transaction: MakeTransaction, is_paid_again: bool
) -> None:
    """What REVERSALs have booked counts as booked."""
    paid = end(trial, make_transaction(), IS_PAID)
    for trial.target in (RETURNED, PAID_AGAIN) if is_paid_again else (RETURNED,):
        settle_at(paid)
    transaction, *others = rows_of(paid)

    settle_at(paid)

    assert rows_of(paid) == [{**transaction, "weighed": 1}, *others]


def test_the_flow_of_a_credit_does_not_hear_of_its_reversals(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """It has no limit to correct. Out, and in again."""
    credited = end(trial, make_transaction(CREDIT), HAS_COME)

    for target in (IS_GONE, HAS_COME):
        trial.target = target
        settle_at(credited)

    found = [
        (each.details["direction"], each.amount, each.reason) for each in reversals_of(credited)
    ]
    assert found == [("out", 100, "Refunded."), ("in", 100, HAS_COME.given_back)]
    assert HAS_COME.given_back == "The payment provider corrected this transaction."
    assert trial.told == []


@pytest.mark.parametrize(
    "given_back, reason", [("Staff gave it.", "Staff gave it."), (None, IS_BACK)]
)
def test_staff_say_why_money_comes_back(
    trial: Trial, make_transaction: MakeTransaction, given_back: str | None, reason: str
) -> None:
    """Their sentence replaces the flow's."""
    paid = end(trial, make_transaction(), IS_PAID)
    trial.target = RETURNED

    settle_at(paid, given_back=given_back)

    assert [each.reason for each in reversals_of(paid)] == [reason]
    assert stored(paid).reason == reason


def test_one_sentence_does_not_replace_the_other(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """What staff say about money that comes is not said about money that goes."""
    credited = end(trial, make_transaction(CREDIT), HAS_COME)
    trial.target = IS_GONE

    settle_at(credited, given_back="Staff gave it.")

    assert [each.reason for each in reversals_of(credited)] == ["Refunded."]


def test_a_reversal_is_never_earlier_than_the_transaction_before_it(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """A clock that goes backwards: its own times rise with its number."""
    later = NOW + timedelta(minutes=5)
    paid = end(trial, make_transaction(wallet={"transaction_at": later}), IS_PAID)
    trial.target = RETURNED

    settle_at(paid)

    [back] = reversals_of(paid)
    assert back.created_at == back.completed_at == back.history[0].at == later
    assert stored(paid).history[-1].at == stored(paid).updated_at == NOW


def test_a_reversal_that_the_wallet_cannot_pay_makes_a_debt(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """It locks debits and has a case, until the money that comes back repays it."""
    credited = end(trial, make_transaction(CREDIT, wallet={"balance": 10, "held": 50}), HAS_COME)
    subject = f"wallet:{credited.wallet}"
    trial.target = IS_GONE

    settle_at(credited)

    [out] = reversals_of(credited)
    assert movements_of(out) == [(OURS, FLOAT, 60), (DEBT, FLOAT, 40)]
    assert (out.amount, out.history[0].balance) == (100, 50)
    assert state_of(credited) == (50, 50, 40)
    [lock] = wallet_of(credited).locks
    assert (lock.owner, lock.since, lock.until) == (LockOwner.DEBT, NOW, None)
    [case] = ReviewCase.objects(transaction=subject)
    assert (case.kind, case.state, case.created_at) == ("in_debt", CaseState.OPEN, NOW)
    assert case.evidence == {"owed_kobo": 40}

    trial.target = replace(HAS_COME, given_back=IS_BACK)
    settle_at(credited)

    [_, back] = reversals_of(credited)
    assert movements_of(back) == [(FLOAT, OURS, 100), (OURS, DEBT, 40)]
    assert state_of(credited) == (110, 50, 0)
    assert wallet_of(credited).locks == []
    assert cases_of(subject) == []
    reason = "Returned. The money first repays what you owe us."
    assert (back.reason, back.history[0].reason) == (reason, reason)
    assert (stored(credited).reason, stored(credited).history[-1].reason) == (reason, reason)


@pytest.mark.parametrize("status", [PENDING, FAILED])
def test_only_a_success_is_reversed(
    trial: Trial, make_transaction: MakeTransaction, announced: list[str], status: Any
) -> None:
    """A target that moves money of a customer without a SUCCESS is a fault of its flow."""
    credit = make_transaction(CREDIT, status)
    trial.target = replace(HAS_COME, status=None)
    before = rows_of(credit)

    with pytest.raises(InvariantBroken) as caught:
        settle_at(credit)

    assert str(caught.value) == f"{credit.reference} is {status} and has entries"
    assert rows_of(credit) == before
    assert announced == []
