"""What settle() books and writes on a transaction when its vendor has decided."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from payflow.kernel.db import atomic
from payflow.kernel.errors import InvariantBroken
from tests.support.documents import LONG_AGO, MakeTransaction
from wallets.ledger import postings
from wallets.ledger.documents import ChangeSource, LedgerEntry, Lock, LockOwner, Transaction
from wallets.ledger.targets import Posting, Target
from wallets.ledger.vendor_objects import VendorObject
from wallets.settlement import settle

from .conftest import (
    COSTS,
    CREDIT,
    DEBIT,
    DEBT,
    FAILED,
    FEES,
    FLOAT,
    GIFT,
    HAS_COME,
    IS_PAID,
    NOW,
    ORDER,
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

BY_REQUERY: dict[str, Any] = {"source": ChangeSource.REQUERY, "now": NOW}
OWN_COST = Posting(COSTS, FLOAT, 3)
IS_BACK = "It failed. Your money is back in your wallet."
HAS_FAILED = Target(status=FAILED, reason=IS_BACK)


def test_a_debit_that_succeeds_spends_its_hold(
    trial: Trial, make_transaction: MakeTransaction, announced: list[str]
) -> None:
    """Its own entries have what was ordered and what it cost us; what others hold stays held."""
    paid = make_transaction(next_check_at=NOW, reason="old", vendor_id="7")
    details = {"bank": "Trial Bank"}
    trial.target = replace(
        IS_PAID,
        final=(*ORDER, OWN_COST),
        vendor_id="9",
        vendor_reason="r" * 301,
        fields={"details": details},
    )

    same = settle(paid, [], **BY_REQUERY)

    assert same is paid
    assert movements_of(paid) == [(OURS, FLOAT, 100), (OURS, FEES, 10), (COSTS, FLOAT, 3)]
    assert state_of(paid) == (390, 40, 0)
    after = stored(paid)
    assert after.to_mongo() == paid.to_mongo()
    assert (after.status, after.reason, after.vendor_id) == (SUCCESS, None, "9")
    assert (after.vendor_reason, after.details) == ("r" * 300, details)
    assert (after.completed_at, after.updated_at) == (NOW, NOW)
    assert (after.next_check_at, after.recheck_at) == (None, NOW + timedelta(hours=1))
    assert (after.weighed, after.needs_review) == (None, False)
    line = after.history[-1]
    assert len(after.history) == 2
    assert (line.status, line.source, line.at) == (SUCCESS, ChangeSource.REQUERY, NOW)
    assert (line.reason, line.balance, line.reversed_kobo) == (None, 390, None)
    assert {each.created_at for each in LedgerEntry.objects(wallet=paid.wallet)} == {NOW}
    assert wallet_of(paid).updated_at == NOW
    assert reversals_of(paid) == trial.told == []
    assert announced == [paid.reference]


def test_a_debit_that_fails_gives_its_hold_back(
    trial: Trial, make_transaction: MakeTransaction, announced: list[str]
) -> None:
    """Its flow is told. A target without an id and without a vendor's reason keeps the old ones."""
    failed = make_transaction(next_check_at=NOW, vendor_id="7", vendor_reason="earlier")
    trial.target = HAS_FAILED

    settle(failed, [], **BY_REQUERY)

    after = stored(failed)
    assert state_of(failed) == (500, 40, 0)
    assert movements_of(failed) == []
    assert wallet_of(failed).updated_at == NOW
    assert (after.status, after.reason) == (FAILED, IS_BACK)
    assert (after.vendor_id, after.vendor_reason) == ("7", "earlier")
    assert (after.completed_at, after.next_check_at) == (NOW, None)
    assert after.recheck_at == NOW + timedelta(hours=1)
    assert (after.history[-1].reason, after.history[-1].balance) == (IS_BACK, None)
    assert trial.told == [("given back", failed.reference)]
    assert announced == [failed.reference]


def test_a_failure_without_a_sentence_has_none(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    failed = make_transaction()
    trial.target = Target(status=FAILED)

    settle(failed, [], **BY_REQUERY)

    assert (stored(failed).status, stored(failed).reason) == (FAILED, None)


def test_a_hold_that_comes_back_to_a_debtor_repays_first(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """The sentence for the customer does not call the money available; the debt's lock ends."""
    lock = Lock(reason="They owe.", owner=LockOwner.DEBT, since=LONG_AGO, by="test")
    failed = make_transaction(wallet={"owed": 30, "locks": [lock], "is_locked": True})
    trial.target = HAS_FAILED

    settle(failed, [], **BY_REQUERY)

    assert movements_of(failed) == [(OURS, DEBT, 30)]
    assert state_of(failed) == (470, 40, 0)
    reason = "It failed. Your money first repays what you owe us."
    assert (stored(failed).reason, stored(failed).history[-1].reason) == (reason, reason)
    assert stored(failed).history[-1].balance is None
    assert (wallet_of(failed).locks, wallet_of(failed).is_locked) == ([], False)


@pytest.mark.parametrize(
    "before, target, held, told",
    [
        (PENDING, HAS_FAILED, 40, ["given back"]),
        (PENDING, IS_PAID, 40, []),
        (FAILED, IS_PAID, 40, ["taken again"]),
    ],
)
def test_the_flow_of_a_debit_hears_where_the_money_went(
    trial: Trial,
    make_transaction: MakeTransaction,
    before: Any,
    target: Target,
    held: int,
    told: Any,
) -> None:
    """A hold is spent or given back once, and only by a debit that has one."""
    debit = make_transaction(DEBIT, before)
    trial.target = target

    settle(debit, [], **BY_REQUERY)

    assert trial.told == [(each, debit.reference) for each in told]
    assert state_of(debit) == (500 if target is HAS_FAILED else 390, held, 0)
    assert stored(debit).status is target.status


@pytest.mark.parametrize("before", [PENDING, FAILED])
@pytest.mark.parametrize("target, balance", [(HAS_COME, 600), (HAS_FAILED, 500)])
def test_a_credit_has_no_hold_and_is_not_asked_about_again(
    trial: Trial, make_transaction: MakeTransaction, before: Any, target: Target, balance: int
) -> None:
    """What others hold stays held, and its flow is not told."""
    credit = make_transaction(CREDIT, before)
    trial.target = target

    settle(credit, [], **BY_REQUERY)

    assert state_of(credit) == (balance, 40, 0)
    assert movements_of(credit) == ([(FLOAT, OURS, 100)] if target is HAS_COME else [])
    assert trial.told == []
    assert stored(credit).status is target.status
    assert stored(credit).recheck_at is None
    expected = balance if target is HAS_COME else None
    assert stored(credit).history[-1].balance == expected


def test_a_debit_paid_after_it_failed_takes_what_is_free_and_a_debt(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """What others hold pays for nothing. The debt locks debits, and has a case."""
    paid = make_transaction(DEBIT, FAILED, wallet={"balance": 60, "held": 40})
    trial.target = IS_PAID

    settle(paid, [], **BY_REQUERY)

    assert movements_of(paid) == [(OURS, FLOAT, 20), (DEBT, FLOAT, 80), (DEBT, FEES, 10)]
    assert state_of(paid) == (40, 40, 90)
    [lock] = wallet_of(paid).locks
    assert (lock.owner, lock.since, lock.until) == (LockOwner.DEBT, NOW, None)
    assert cases_of(f"wallet:{paid.wallet}") == [("in_debt", "")]


def test_a_failure_that_cost_us_something_books_it(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """The customer's money comes back all the same, and the history names no balance."""
    failed = make_transaction()
    trial.target = replace(HAS_FAILED, final=(OWN_COST,))

    settle(failed, [], **BY_REQUERY)

    assert movements_of(failed) == [(COSTS, FLOAT, 3)]
    assert state_of(failed) == (500, 40, 0)
    assert stored(failed).history[-1].balance is None


def test_a_success_without_postings_is_refused(
    trial: Trial, make_transaction: MakeTransaction, announced: list[str]
) -> None:
    """A hold that is spent must be in the entries. Nothing is written or announced."""
    debit = make_transaction()
    trial.target = Target(status=SUCCESS)
    before = rows_of(debit)

    with pytest.raises(InvariantBroken, match=f"{debit.reference} would end without its postings"):
        settle(debit, [], **BY_REQUERY)

    assert rows_of(debit) == before
    assert announced == trial.told == []


@pytest.mark.parametrize(
    "claims, wait", [((None, "failed"), timedelta(minutes=1)), ((None, None), None), ((), None)]
)
def test_a_contested_end_is_asked_about_a_minute_later(
    trial: Trial, make_transaction: MakeTransaction, claims: Any, wait: timedelta | None
) -> None:
    """One object that a webhook and the API describe otherwise is enough."""
    ended = make_transaction(next_check_at=LONG_AGO)
    trial.target = IS_PAID

    settle(ended, [VendorObject(claimed=each) for each in claims], **BY_REQUERY)

    assert stored(ended).next_check_at == (NOW + wait if wait else None)


@pytest.mark.parametrize(
    "status, target",
    [
        (PENDING, Target(status=None)),
        (PENDING, Target(status=PENDING)),
        (FAILED, HAS_FAILED),
        (SUCCESS, HAS_FAILED),
    ],
)
def test_news_that_change_nothing_are_only_counted(
    trial: Trial,
    make_transaction: MakeTransaction,
    announced: list[str],
    status: Any,
    target: Target,
) -> None:
    """So two blocks that weigh facts about one transaction collide."""
    same = make_transaction(DEBIT, status)
    trial.target = target
    transaction, *others = rows_of(same)

    counts = []
    for _ in range(2):
        settle(same, [], **BY_REQUERY)
        counts.append(stored(same).weighed)

    assert counts == [1, 2]
    assert rows_of(same) == [{**transaction, "weighed": 2}, *others]
    assert announced == trial.told == []


@pytest.mark.parametrize("status", [PENDING, SUCCESS, FAILED])
def test_what_concerns_the_house_alone_is_booked_without_a_change(
    trial: Trial, make_transaction: MakeTransaction, announced: list[str], status: Any
) -> None:
    """Once, under the reference of the transaction, and without a REVERSAL."""
    same = make_transaction(CREDIT, status)
    trial.target = Target(status=None, final=(OWN_COST,))

    for _ in range(2):
        settle(same, [], **BY_REQUERY)

    assert movements_of(same) == [(COSTS, FLOAT, 3)]
    assert [each.created_at for each in LedgerEntry.objects(wallet=same.wallet)] == [NOW]
    assert state_of(same) == (500, 40, 0)
    after = stored(same)
    assert (after.status, after.revision, after.updated_at) == (status, 1, LONG_AGO)
    assert after.weighed == 2
    assert reversals_of(same) == announced == []


def test_the_end_books_only_what_was_not_booked_while_pending(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """A cost that was heard of first is in the books once."""
    paid = make_transaction()
    trial.target = Target(status=None, final=(OWN_COST,))
    settle(paid, [], **BY_REQUERY)
    trial.target = replace(IS_PAID, final=(*ORDER, OWN_COST))

    settle(paid, [], **BY_REQUERY)

    assert movements_of(paid) == [(COSTS, FLOAT, 3), (OURS, FLOAT, 100), (OURS, FEES, 10)]
    assert reversals_of(paid) == []


def test_the_entries_of_what_has_ended_are_read_also_at_the_first_fact(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    """Only a PENDING transaction that the vendor never named has none for sure."""
    credited = make_transaction(CREDIT)
    trial.target = HAS_COME
    settle(credited, [], is_first=True, **BY_REQUERY)

    settle(credited, [], is_first=True, **BY_REQUERY)

    assert movements_of(credited) == [(FLOAT, OURS, 100)]
    assert reversals_of(credited) == []


def book(transaction: Transaction, posting: Posting) -> None:
    """Book a posting as an earlier version of PayFlow did."""
    reference = transaction.reference
    write = atomic(postings.post)
    write(transaction.wallet, reference=reference, postings=[posting], at=LONG_AGO)


def test_an_older_name_of_an_account_is_no_difference(
    trial: Trial, make_transaction: MakeTransaction
) -> None:
    credited = make_transaction(CREDIT, SUCCESS)
    book(credited, replace(GIFT[0], debit_account="old:float"))
    trial.target = HAS_COME

    settle(credited, [], **BY_REQUERY)

    assert movements_of(credited) == [("old:float", OURS, 100)]
    assert reversals_of(credited) == []


@pytest.mark.parametrize("changes", [{"set__amount": 101}, {"set__hash": "forged"}])
def test_nothing_is_booked_on_top_of_an_entry_that_was_changed(
    trial: Trial, make_transaction: MakeTransaction, changes: dict[str, Any]
) -> None:
    """The difference to it would be booked as well."""
    credited = make_transaction(CREDIT, SUCCESS)
    book(credited, GIFT[0])
    LedgerEntry.objects(wallet=credited.wallet).update_one(**changes)
    trial.target = HAS_COME
    before = rows_of(credited)

    with pytest.raises(InvariantBroken) as caught:
        settle(credited, [], **BY_REQUERY)

    assert str(caught.value) == f"entry 1 of wallet {credited.wallet} was changed"
    assert rows_of(credited) == before


@pytest.mark.parametrize("target", [IS_PAID, Target(status=FAILED)])
def test_what_is_rolled_back_is_not_announced(
    trial: Trial, make_transaction: MakeTransaction, announced: list[str], target: Target
) -> None:
    """The caller's block fails after the settlement."""
    debit = make_transaction()
    trial.target = target
    before = rows_of(debit)

    @atomic
    def settle_and_fail() -> None:
        settle(debit, [], **BY_REQUERY)
        raise LookupError

    with pytest.raises(LookupError):
        settle_and_fail()

    assert rows_of(debit) == before
    assert announced == []
