"""What a customer owes us: what repays it, what is locked meanwhile, and what is said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from payflow.kernel.db import atomic
from tests.support.documents import LONG_AGO, MakeTransaction, MakeWallet
from wallets import debts
from wallets.errors import TransitionRefused
from wallets.ledger.documents import (
    ChangeSource,
    LedgerEntry,
    Lock,
    LockOwner,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.locks import lock_wallet
from wallets.ledger.signals import transaction_changed
from wallets.review.documents import CaseState, ReviewCase
from wallets.review.kinds import describe
from wallets.review.services import open_case_about
from wallets.settlement import SettlementCase

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
BACK = "The bank refused it. Your money is back in your wallet."
REPAYS = "The bank refused it. Your money first repays what you owe us."
# balance, held, owed
State = tuple[int, int, int]


@pytest.fixture(autouse=True)
def without_cases(make_wallet: MakeWallet) -> Iterator[None]:
    """Tests share the database: the cases about the wallets of this test are deleted later."""
    before = set(Wallet.objects.scalar("id"))
    yield
    made = set(Wallet.objects.scalar("id")) - before
    ReviewCase.objects(transaction__in=[f"wallet:{each}" for each in made]).delete()


@pytest.fixture
def announced() -> Iterator[list[str]]:
    """The references of the transactions of which it was said that they have changed."""
    heard: list[str] = []

    def hear(transaction: Transaction, **_: Any) -> None:
        heard.append(transaction.reference)

    transaction_changed.connect(hear)
    yield heard
    transaction_changed.disconnect(hear)


@pytest.fixture
def unsent(make_wallet: MakeWallet, new_transaction: MakeTransaction) -> MakeTransaction:
    """Makes a withdrawal of 400 kobo and a fee of 10, which is not sent, of a wallet like this."""

    def make(state: State, **fields: Any) -> Transaction:
        balance, held, owed = state
        made = new_transaction(
            make_wallet(balance=balance, held=held, owed=owed, **fields),
            amount=400,
            fee=10,
            number=1,
            created_at=LONG_AGO,
            updated_at=LONG_AGO,
        )
        return made.save(force_insert=True)

    return make


def wallet_of(transaction: Transaction) -> Wallet:
    return Wallet.objects.get(pk=transaction.wallet)  # type: ignore[no-any-return]


def state_of(transaction: Transaction) -> State:
    wallet = wallet_of(transaction)
    return wallet.balance, wallet.held, wallet.owed


def cases_of(wallet: Wallet) -> list[ReviewCase]:
    return list(ReviewCase.objects(transaction=f"wallet:{wallet.pk}").order_by("kind"))


@atomic
def note(wallet: Wallet, owed: int, before: int, now: datetime = NOW) -> None:
    """Note the debt of a wallet after postings that changed it."""
    wallet.owed, wallet.owed_before = owed, before
    debts.note(wallet, now)


@atomic
def release(transaction: Transaction, *, vendor_reason: str = "E51", **fields: Any) -> None:
    debts.release(
        transaction,
        reason=BACK,
        vendor_reason=vendor_reason,
        source=ChangeSource.API,
        now=NOW,
        **fields,
    )


@atomic
def give_back(transaction: Transaction, kobo: int) -> bool:
    return debts.give_back(transaction, kobo, NOW)


@atomic
def repay(transaction: Transaction) -> bool:
    return debts.repay(transaction, NOW)


def test_a_debt_locks_the_wallet_and_opens_a_case(make_wallet: MakeWallet) -> None:
    """The lock has no end and ends with the debt; the case names what is owed."""
    wallet = make_wallet()

    note(wallet, owed=1, before=0)

    after = Wallet.objects.get(pk=wallet.pk)
    assert after.is_locked
    assert list(after.locks) == [
        Lock(reason="The customer owes us money.", owner=LockOwner.DEBT, since=NOW, by="settlement")
    ]
    [case] = cases_of(wallet)
    assert (case.kind, case.vendor_id, case.state) == ("in_debt", "", CaseState.OPEN)
    assert (case.evidence, case.created_at) == ({"owed_kobo": 1}, NOW)
    assert describe(case.kind) == (
        "The vendor took back more than the wallet had. The customer owes the rest."
    )


def test_a_debt_that_grows_has_one_lock_and_one_case(make_wallet: MakeWallet) -> None:
    """The lock is as old as the debt, and the case names what is owed now."""
    wallet = make_wallet()

    note(wallet, owed=100, before=0)
    note(wallet, owed=250, before=100, now=LATER)

    [lock] = Wallet.objects.get(pk=wallet.pk).locks
    assert (lock.since, lock.until) == (NOW, None)
    [case] = cases_of(wallet)
    assert (case.state, case.evidence) == (CaseState.OPEN, {"owed_kobo": 250})


def test_a_debt_that_is_repaid_leaves_what_has_other_reasons(make_wallet: MakeWallet) -> None:
    """Its own lock and its own case end; those of broken books stay."""
    wallet = make_wallet()
    lock_wallet(wallet_id=wallet.pk, reason="Broken.", owner=LockOwner.AUDIT, by="a", now=NOW)
    subject, kind = f"wallet:{wallet.pk}", SettlementCase.BOOKS_BROKEN
    open_case_about(subject, kind, vendor_id="", evidence={}, now=NOW)
    note(wallet, owed=100, before=0)

    note(wallet, owed=0, before=100, now=LATER)

    after = Wallet.objects.get(pk=wallet.pk)
    assert [lock.owner for lock in after.locks] == [LockOwner.AUDIT]
    assert after.updated_at == LATER
    broken, in_debt = cases_of(wallet)
    assert (broken.kind, broken.state) == ("books_broken", CaseState.OPEN)
    assert (in_debt.kind, in_debt.state) == ("in_debt", CaseState.CLOSED)
    assert (in_debt.closed_by, in_debt.closed_at) == ("settlement", LATER)


def test_a_wallet_that_owed_nothing_is_left_as_it_is(make_wallet: MakeWallet) -> None:
    """Neither a case nor a write."""
    wallet = make_wallet(locks=[Lock(reason="why", owner="debt", since=NOW, by="b")])
    before = Wallet.objects.get(pk=wallet.pk).to_mongo()

    note(wallet, owed=0, before=0)

    assert Wallet.objects.get(pk=wallet.pk).to_mongo() == before
    assert cases_of(wallet) == []


@pytest.mark.parametrize(
    "before, after, repaid, reason, locks",
    [
        pytest.param((500, 410, 0), (500, 0, 0), 0, BACK, 0, id="no debt"),
        pytest.param((410, 410, 1), (409, 0, 0), 1, REPAYS, 0, id="one kobo is owed"),
        pytest.param((410, 410, 410), (0, 0, 0), 410, REPAYS, 0, id="all of it repays"),
        pytest.param((410, 410, 411), (0, 0, 1), 410, REPAYS, 1, id="one kobo stays owed"),
        pytest.param((510, 510, 700), (100, 100, 290), 410, REPAYS, 1, id="some of it stays held"),
    ],
)
def test_an_unsent_debit_fails_and_its_hold_repays_a_debt(
    unsent: MakeTransaction,
    before: State,
    after: State,
    repaid: int,
    reason: str,
    locks: int,
) -> None:
    """Only a debt that is repaid in full is unlocked; the customer reads where the money is."""
    transaction = unsent(before)
    if before[2]:
        note(wallet_of(transaction), owed=before[2], before=0)

    release(transaction)

    assert state_of(transaction) == after
    ours, debt = f"wallet:{transaction.wallet}", f"receivable:{transaction.wallet}"
    entries = LedgerEntry.objects(transaction=transaction.reference)
    assert [(row.debit_account, row.credit_account, row.amount) for row in entries] == (
        [(ours, debt, repaid)] if repaid else []
    )
    assert all(row.created_at == NOW for row in entries)
    stored = Transaction.objects.get(pk=transaction.pk)
    assert (stored.status, stored.reason) == (TransactionStatus.FAILED, reason)
    wallet = wallet_of(transaction)
    assert [lock.owner for lock in wallet.locks] == [LockOwner.DEBT] * locks
    assert [(case.state, case.evidence["owed_kobo"]) for case in cases_of(wallet)] == (
        [(CaseState.OPEN if locks else CaseState.CLOSED, after[2] or before[2])] if repaid else []
    )


@pytest.mark.parametrize(
    "words, kept", [("E51", "E51"), ("", None), ("x" * 300, "x" * 300), ("y" * 301, "y" * 300)]
)
def test_an_unsent_debit_ends_with_the_words_of_the_vendor(
    unsent: MakeTransaction, announced: list[str], words: str, kept: str | None
) -> None:
    """They are for support, and cut; the end is announced once."""
    transaction = unsent((410, 410, 0))

    release(transaction, vendor_reason=words, checks=3)

    stored = Transaction.objects.get(pk=transaction.pk)
    assert (stored.vendor_reason, stored.checks, stored.completed_at) == (kept, 3, NOW)
    line = stored.history[-1]
    assert (line.status, line.reason) == (TransactionStatus.FAILED, BACK)
    assert (line.source, line.at) == (ChangeSource.API, NOW)
    assert announced == [transaction.reference]


def test_a_debit_that_has_ended_is_not_released_again(
    unsent: MakeTransaction, announced: list[str]
) -> None:
    """What other debits of the wallet hold stays held, and a debt is not repaid from it."""
    transaction = unsent((900, 900, 50))
    Transaction.objects(pk=transaction.pk).update_one(set__status=TransactionStatus.FAILED)

    with pytest.raises(TransitionRefused):
        release(transaction)

    assert state_of(transaction) == (900, 900, 50)
    assert not LedgerEntry.objects(transaction=transaction.reference).first()
    assert announced == []


@pytest.mark.parametrize(
    "owed, wanted, after, unfrozen",
    [
        pytest.param(0, 100, (410, 100, 0), 0, id="less is disputed"),
        pytest.param(0, 500, (410, 410, 0), 90, id="more is disputed"),
        pytest.param(300, 500, (110, 110, 0), 390, id="a debt is repaid first"),
        pytest.param(500, 500, (0, 0, 90), 500, id="a debt takes all of it"),
    ],
)
def test_what_is_given_back_repays_a_debt_and_is_then_frozen(
    unsent: MakeTransaction,
    new_transaction: MakeTransaction,
    owed: int,
    wanted: int,
    after: State,
    unfrozen: int,
) -> None:
    """An open dispute gets what the debt leaves."""
    transaction = unsent((410, 410, owed), unfrozen=wanted)
    fields = {"number": 2, "unfrozen": wanted, "created_at": NOW, "updated_at": NOW}
    disputed = new_transaction(wallet_of(transaction), **fields).save(force_insert=True)

    assert give_back(transaction, 410) is bool(owed)

    assert state_of(transaction) == after
    stored = Transaction.objects.get(pk=disputed.pk)
    assert (stored.frozen, stored.unfrozen) == (wanted - unfrozen, unfrozen)


def test_no_more_is_given_back_than_was_asked_for(unsent: MakeTransaction) -> None:
    """What the wallet holds for others neither becomes free nor repays the debt."""
    transaction = unsent((410, 410, 300))

    assert give_back(transaction, 200) is True

    assert state_of(transaction) == (210, 210, 100)


@pytest.mark.parametrize(
    "before, has_repaid, after",
    [
        ((500, 0, 0), False, (500, 0, 0)),
        ((500, 500, 100), False, (500, 500, 100)),
        ((500, 400, 200), True, (400, 400, 100)),
    ],
)
def test_a_repayment_says_whether_there_was_one(
    unsent: MakeTransaction, before: State, has_repaid: bool, after: State
) -> None:
    """Without a debt or without free money there is none, and no case about one."""
    transaction = unsent(before)

    assert repay(transaction) is has_repaid

    assert state_of(transaction) == after
    assert len(cases_of(wallet_of(transaction))) == has_repaid


@pytest.mark.parametrize(
    "reason, repaid, said",
    [
        (BACK, False, BACK),
        (BACK, True, REPAYS),
        ("The bank is closed.", True, "The bank is closed."),
    ],
)
def test_money_that_repaid_a_debt_is_not_said_to_be_back(
    reason: str, repaid: bool, said: str
) -> None:
    """A sentence that says nothing of it stays."""
    assert debts.say_where(reason, repaid=repaid) == said
