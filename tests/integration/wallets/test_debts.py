"""What a debt leaves on the wallet, its locks and its case, and what a repayment ends."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from payflow.kernel.db import atomic
from payflow.kernel.errors import InvariantBroken
from tests.support.documents import MakeTransaction, MakeWallet
from wallets import debts, freezes
from wallets.ledger.documents import (
    ChangeSource,
    LedgerEntry,
    Lock,
    LockOwner,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.review.documents import ReviewCase

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOT_SENT = "The order could not be sent. Your money is back in your wallet."


@pytest.fixture
def held(make_wallet: MakeWallet, new_transaction: MakeTransaction) -> Any:
    """Makes a PENDING debit of 100 kobo that is held, on a wallet with these fields."""

    def make(**fields: Any) -> Transaction:
        wallet = make_wallet(**{"balance": 100, "held": 100, "transaction_number": 1, **fields})
        transaction = new_transaction(wallet, number=1, fee=0, created_at=NOW, updated_at=NOW)
        return transaction.save(force_insert=True)

    return make


def wallet_of(transaction: Transaction) -> Wallet:
    return Wallet.objects.get(pk=transaction.wallet)  # type: ignore[no-any-return]


def cases(transaction: Transaction) -> list[tuple[str, str, int]]:
    """The kind, the state and the debt of each case about the wallet."""
    found = ReviewCase.objects(transaction=f"wallet:{transaction.wallet}")
    return [(case.kind, case.state.value, case.evidence["owed_kobo"]) for case in found]


@atomic
def release(transaction: Transaction, **changes: Any) -> None:
    told = {"reason": NOT_SENT, "vendor_reason": "no such bank", **changes}
    debts.release(transaction, source=ChangeSource.REQUERY, now=NOW + HOUR, **told)


@atomic
def note(transaction: Transaction, *, owed: int, before: int = 0) -> None:
    """The debt of the wallet is this much now, and was that much before."""
    Wallet.objects(pk=transaction.wallet).update_one(set__owed=owed)
    wallet = wallet_of(transaction)
    wallet.owed_before = before
    debts.note(wallet, NOW)


def test_a_refused_debit_gives_its_hold_back(held: Any) -> None:
    """FAILED, with the customer's sentence and the vendor's words; nothing is booked."""
    transaction = held()

    release(transaction, vendor_id="77")

    failed = Transaction.objects.get(pk=transaction.pk)
    assert (failed.status, failed.reason) == (TransactionStatus.FAILED, NOT_SENT)
    assert (failed.vendor_reason, failed.vendor_id) == ("no such bank", "77")
    assert failed.completed_at == NOW + HOUR
    line = failed.history[-1]
    assert (line.status, line.source, line.at) == (failed.status, "requery", NOW + HOUR)
    after = wallet_of(transaction)
    assert (after.balance, after.held, after.updated_at) == (100, 0, NOW + HOUR)
    assert LedgerEntry.objects(wallet=after.pk).count() == 0


@pytest.mark.parametrize(("words", "kept"), [("x" * 301, "x" * 300), ("", None)])
def test_the_vendors_words_are_kept_up_to_300_characters(
    held: Any, words: str, kept: str | None
) -> None:
    transaction = held()

    release(transaction, vendor_reason=words)

    assert Transaction.objects.get(pk=transaction.pk).vendor_reason == kept


def test_a_debit_that_has_ended_gives_nothing_back(held: Any) -> None:
    """Its wallet is as before."""
    transaction = held()
    release(transaction)

    with pytest.raises(InvariantBroken):
        release(Transaction.objects.get(pk=transaction.pk))

    assert (wallet_of(transaction).balance, wallet_of(transaction).held) == (100, 0)


@pytest.mark.parametrize(("owed", "left"), [(30, (70, 0, 0)), (100, (0, 0, 0)), (130, (0, 0, 30))])
def test_what_a_hold_gives_back_repays_a_debt_first(
    held: Any, owed: int, left: tuple[int, int, int]
) -> None:
    """As far as it goes; the customer is told so, and the debt's lock ends with the debt."""
    transaction = held(owed=owed)
    note(transaction, owed=owed)

    release(transaction)

    after = wallet_of(transaction)
    assert (after.balance, after.held, after.owed) == left
    [entry] = LedgerEntry.objects(transaction=transaction.reference)
    assert (entry.debit_account, entry.credit_account) == (
        f"wallet:{after.pk}",
        f"receivable:{after.pk}",
    )
    assert (entry.amount, entry.created_at) == (min(owed, 100), NOW + HOUR)
    assert Transaction.objects.get(pk=transaction.pk).reason == (
        "The order could not be sent. Your money first repays what you owe us."
    )
    assert after.is_locked is bool(after.owed)
    expected = ("in_debt", "OPEN", after.owed) if after.owed else ("in_debt", "CLOSED", owed)
    assert cases(transaction) == [expected]


@pytest.mark.parametrize(("owed", "told"), [(0, False), (10, True)])
def test_giving_back_says_whether_it_has_repaid_something(held: Any, owed: int, told: bool) -> None:
    transaction = held(owed=owed)

    assert atomic(debts.give_back)(transaction, 100, NOW) is told


def test_what_is_given_back_repays_before_it_is_frozen(held: Any) -> None:
    """A debt of 30 and an open dispute that wants 50 more: 20 stay available."""
    transaction = held(owed=30, unfrozen=50)
    Transaction.objects(pk=transaction.pk).update_one(set__unfrozen=50)

    atomic(debts.give_back)(transaction, 100, NOW)

    after = wallet_of(transaction)
    assert (after.balance, after.held, after.owed, after.unfrozen) == (70, 50, 0, 0)
    assert Transaction.objects.get(pk=transaction.pk).frozen == 50


def test_a_debt_locks_the_wallet_and_has_a_case(held: Any) -> None:
    """The lock is the debt's own. More of the same debt is one lock and one case."""
    transaction = held()

    note(transaction, owed=25)
    note(transaction, owed=40, before=25)

    [lock] = wallet_of(transaction).locks
    assert (lock.owner, lock.by, lock.reason) == (
        LockOwner.DEBT,
        "settlement",
        "The customer owes us money.",
    )
    assert (lock.since, lock.until) == (NOW, None)
    assert cases(transaction) == [("in_debt", "OPEN", 40)]


def test_a_debt_that_is_repaid_ends_its_lock_and_its_case_alone(held: Any) -> None:
    """A lock of staff stays."""
    transaction = held(locks=[Lock(owner="staff", reason="r", since=NOW, by="ada")], is_locked=True)
    note(transaction, owed=25)

    note(transaction, owed=0, before=25)

    assert [each.owner for each in wallet_of(transaction).locks] == ["staff"]
    assert cases(transaction) == [("in_debt", "CLOSED", 25)]


def test_without_a_debt_before_or_after_nothing_is_touched(held: Any) -> None:
    """A lock of a debt that somebody else repaid is not this posting's to lift."""
    transaction = held(locks=[Lock(owner="debt", reason="r", since=NOW, by="ada")], is_locked=True)

    note(transaction, owed=0)

    assert [each.owner for each in wallet_of(transaction).locks] == ["debt"]
    assert cases(transaction) == []


# --- Frozen money -----------------------------------------------------------------------------


@atomic
def freeze(transaction: Transaction, wanted: int, thawed: int = 0) -> bool:
    return freezes.freeze(transaction, wanted_kobo=wanted, thawed_kobo=thawed, now=NOW + HOUR)


def frozen(transaction: Transaction) -> tuple[int, int, int, int]:
    """Of the transaction: frozen, unfrozen. Of its wallet: held, unfrozen."""
    stored, wallet = Transaction.objects.get(pk=transaction.pk), wallet_of(transaction)
    assert (stored.frozen, stored.unfrozen) == (transaction.frozen, transaction.unfrozen)
    return stored.frozen or 0, stored.unfrozen or 0, wallet.held, wallet.unfrozen or 0


@pytest.mark.parametrize(
    ("wanted", "is_changed", "after"),
    [
        (0, False, (0, 0, 0, 0)),
        (40, True, (40, 0, 40, 0)),
        (100, True, (100, 0, 100, 0)),
        (130, True, (100, 30, 100, 30)),
    ],
)
def test_as_much_as_there_is_is_frozen_and_the_rest_is_noted(
    held: Any, wanted: int, is_changed: bool, after: tuple[int, int, int, int]
) -> None:
    """The second time nothing changes, and the answer says so."""
    transaction = held(held=0)

    assert freeze(transaction, wanted) is is_changed
    assert frozen(transaction) == after
    assert freeze(transaction, wanted) is False
    assert frozen(transaction) == after


def test_more_money_later_is_frozen_for_what_is_still_wanted(held: Any) -> None:
    """By the same question again, which now finds it."""
    transaction = held(held=0)
    freeze(transaction, 130)
    Wallet.objects(pk=transaction.wallet).update_one(inc__balance=20)

    assert freeze(transaction, 130) is True
    assert frozen(transaction) == (120, 10, 120, 10)


def test_a_decided_dispute_wants_nothing_more(held: Any) -> None:
    """What it had frozen was given back before; what it still wanted is forgotten."""
    transaction = held(held=0)
    freeze(transaction, 130)
    Wallet.objects(pk=transaction.wallet).update_one(dec__held=100)

    assert freeze(transaction, 0, thawed=100) is True
    assert frozen(transaction) == (0, 0, 0, 0)


def test_money_that_comes_is_frozen_for_the_oldest_dispute_first(
    held: Any, new_transaction: MakeTransaction
) -> None:
    """Two disputes want 50 and 40; 70 came. One of another wallet gets nothing."""
    first = held(balance=70, held=0, unfrozen=90)
    second = new_transaction(wallet_of(first), number=2, created_at=NOW, updated_at=NOW)
    second.save(force_insert=True)
    for each, kobo in ((second, 40), (first, 50)):
        Transaction.objects(pk=each.pk).update_one(set__unfrozen=kobo, set__frozen=1)
    stranger = held(held=0, unfrozen=5)
    Transaction.objects(pk=stranger.pk).update_one(set__unfrozen=5)

    atomic(freezes.freeze_what_came)(first.wallet, NOW)

    rows = [Transaction.objects.get(pk=each.pk) for each in (first, second, stranger)]
    assert [(row.frozen or 0, row.unfrozen) for row in rows] == [(51, 0), (21, 20), (0, 5)]
    assert (wallet_of(first).held, wallet_of(first).unfrozen) == (70, 20)
    assert (wallet_of(stranger).held, wallet_of(stranger).unfrozen) == (0, 5)


def test_without_a_dispute_nothing_is_frozen() -> None:
    """Nor of a wallet that does not exist."""
    freezes.freeze_what_came(ObjectId(), NOW)


def test_the_wallet_that_its_caller_knows_is_not_read_again(held: Any) -> None:
    """It says that no dispute wants anything."""
    transaction = held(held=0, unfrozen=5)
    Transaction.objects(pk=transaction.pk).update_one(set__unfrozen=5)

    atomic(freezes.freeze_what_came)(transaction.wallet, NOW, Wallet(unfrozen=0))

    assert wallet_of(transaction).held == 0
