"""What postings book on a wallet, and what they refuse."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from payflow.kernel.db import atomic
from payflow.kernel.errors import InvariantBroken
from tests.support.documents import MakeWallet
from wallets.errors import WalletNotFound
from wallets.ledger import postings
from wallets.ledger.chart import receivable_account, wallet_account
from wallets.ledger.documents import LedgerEntry, Wallet
from wallets.ledger.targets import CUSTOMER, Posting

pytestmark = pytest.mark.usefixtures("db")
BANK, FEES = "settlement:bank", "income:fees"
OURS, DEBT = "ours", "debt"
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
# balance, held, owed
State = tuple[int, int, int]
# debit account, credit account, kobo
Movement = tuple[str, str, int]


@atomic
def book(wallet: Wallet, *wanted: Movement, **more: Any) -> Wallet:
    """Post the movements; in them OURS and DEBT are the accounts of the wallet."""
    real = {OURS: wallet_account(wallet.pk), DEBT: receivable_account(wallet.pk)}
    due = [
        Posting(real.get(debit, debit), real.get(credit, credit), kobo)
        for debit, credit, kobo in wanted
    ]
    return postings.post(wallet.pk, reference="PFTST1", postings=due, at=NOW, **more)


@atomic
def repay(wallet_id: ObjectId) -> Wallet | None:
    return postings.repay_debt(wallet_id, reference="PFTST1", at=NOW)


def with_state(make_wallet: MakeWallet, state: State) -> Wallet:
    balance, held, owed = state
    return make_wallet(
        balance=balance, held=held, owed=owed, entry_seq=3, entry_hash="the latest hash"
    )


def state_of(wallet: Wallet) -> State:
    stored = Wallet.objects.get(pk=wallet.pk)
    return stored.balance, stored.held, stored.owed


def entries_of(wallet: Wallet) -> list[LedgerEntry]:
    return list(LedgerEntry.objects(wallet=wallet.pk).order_by("seq"))


def movements_of(wallet: Wallet) -> list[tuple[str, str, int, int]]:
    """Debit account, credit account, kobo and balance afterwards of each entry."""
    names = {wallet_account(wallet.pk): OURS, receivable_account(wallet.pk): DEBT}
    return [
        (
            names.get(each.debit_account, each.debit_account),
            names.get(each.credit_account, each.credit_account),
            each.amount,
            each.balance_after,
        )
        for each in entries_of(wallet)
    ]


@pytest.mark.parametrize(
    "before, posting, entries, after",
    [
        pytest.param(
            (0, 0, 0), (BANK, CUSTOMER, 500), [(BANK, OURS, 500, 500)], (500, 0, 0), id="a gift"
        ),
        pytest.param(
            (0, 0, 300),
            (BANK, CUSTOMER, 500),
            [(BANK, OURS, 500, 500), (OURS, DEBT, 300, 200)],
            (200, 0, 0),
            id="a gift that repays a debt",
        ),
        pytest.param(
            (0, 0, 800),
            (BANK, CUSTOMER, 500),
            [(BANK, OURS, 500, 500), (OURS, DEBT, 500, 0)],
            (0, 0, 300),
            id="a gift that repays a part of a debt",
        ),
        pytest.param(
            (0, 0, 1),
            (BANK, CUSTOMER, 1),
            [(BANK, OURS, 1, 1), (OURS, DEBT, 1, 0)],
            (0, 0, 0),
            id="a kobo that repays a kobo",
        ),
        pytest.param(
            (500, 100, 0),
            (CUSTOMER, BANK, 400),
            [(OURS, BANK, 400, 100)],
            (100, 100, 0),
            id="all that is free is taken",
        ),
        pytest.param(
            (500, 100, 0),
            (CUSTOMER, BANK, 600),
            [(OURS, BANK, 400, 100), (DEBT, BANK, 200, 100)],
            (100, 100, 200),
            id="more than is free is taken",
        ),
        pytest.param(
            (500, 500, 7),
            (CUSTOMER, BANK, 1),
            [(DEBT, BANK, 1, 500)],
            (500, 500, 8),
            id="all is held",
        ),
        pytest.param(
            (1, 0, 0), (CUSTOMER, BANK, 1), [(OURS, BANK, 1, 0)], (0, 0, 0), id="the last kobo"
        ),
        pytest.param(
            (500, 0, 0), (BANK, FEES, 1), [(BANK, FEES, 1, 500)], (500, 0, 0), id="our own money"
        ),
    ],
)
def test_a_posting_moves_the_balance_and_the_debt(
    make_wallet: MakeWallet,
    before: State,
    posting: Movement,
    entries: list[tuple[str, str, int, int]],
    after: State,
) -> None:
    """Money that comes repays a debt first, and what is missing becomes one."""
    wallet = with_state(make_wallet, before)

    moved = book(wallet, posting)

    assert movements_of(wallet) == entries
    assert state_of(wallet) == after
    assert (moved.balance, moved.held, moved.owed, moved.owed_before) == (*after, before[2])


def test_entries_continue_the_chain_of_their_wallet(make_wallet: MakeWallet) -> None:
    """Each has the next seq and the hash before it; the wallet has those of the last."""
    wallet = with_state(make_wallet, (0, 0, 0))

    book(wallet, (BANK, CUSTOMER, 500), (CUSTOMER, FEES, 20))

    first, second = entries_of(wallet)
    stored = Wallet.objects.get(pk=wallet.pk)
    assert [first.seq, second.seq, stored.entry_seq] == [4, 5, 5]
    assert first.prev_hash == "the latest hash"
    assert second.prev_hash == first.hash == postings.hash_entry(first)
    assert stored.entry_hash == second.hash == postings.hash_entry(second)
    assert first.created_at == second.created_at == stored.updated_at == NOW


def test_postings_spend_the_hold_that_they_capture(make_wallet: MakeWallet) -> None:
    """The rest of what is held stays held."""
    wallet = with_state(make_wallet, (500, 400, 0))

    book(wallet, (CUSTOMER, BANK, 290), (CUSTOMER, FEES, 10), captures=300)

    assert movements_of(wallet) == [(OURS, BANK, 290, 210), (OURS, FEES, 10, 200)]
    assert state_of(wallet) == (200, 100, 0)


@pytest.mark.parametrize(
    "before, posting, captures",
    [
        pytest.param((500, 0, 0), (BANK, FEES, 0), 0, id="nothing moves"),
        pytest.param((500, 0, 0), (BANK, FEES, -1), 0, id="less than nothing moves"),
        pytest.param((500, 0, 0), (BANK, BANK, 1), 0, id="from an account to itself"),
        pytest.param((50, 0, 0), (OURS, BANK, 51), 0, id="more than the balance"),
        pytest.param((50, 0, 5), (OURS, DEBT, 6), 0, id="more than is owed"),
        pytest.param((50, 50, 0), (OURS, BANK, 1), 0, id="what is held"),
        pytest.param((50, 50, 0), (BANK, CUSTOMER, 1), 51, id="more than is held"),
    ],
)
def test_a_posting_that_breaks_the_books_is_refused(
    make_wallet: MakeWallet, before: State, posting: Movement, captures: int
) -> None:
    """There is no entry, and the wallet stays as it was."""
    wallet = with_state(make_wallet, before)

    with pytest.raises(InvariantBroken):
        book(wallet, posting, captures=captures)

    assert entries_of(wallet) == []
    assert state_of(wallet) == before


def test_a_wallet_that_has_moved_on_is_not_overwritten(
    make_wallet: MakeWallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wallet that is read as it was before its latest entry would fork the chain."""
    wallet = with_state(make_wallet, (500, 0, 0))
    stale = Wallet.objects.get(pk=wallet.pk)
    stale.entry_seq = 2
    monkeypatch.setattr(postings, "find_one", lambda *_: stale)

    with pytest.raises(InvariantBroken):
        book(wallet, (BANK, CUSTOMER, 1))

    assert entries_of(wallet) == []
    assert state_of(wallet) == (500, 0, 0)


def test_nothing_is_posted_to_an_unknown_wallet() -> None:
    """Neither postings nor a repayment."""
    unknown = Wallet(pk=ObjectId())

    with pytest.raises(WalletNotFound):
        book(unknown, (BANK, CUSTOMER, 1))
    with pytest.raises(WalletNotFound):
        repay(unknown.pk)

    assert entries_of(unknown) == []


@pytest.mark.parametrize(
    "before, repaid, after",
    [
        pytest.param((500, 200, 100), 100, (400, 200, 0), id="all of it"),
        pytest.param((500, 450, 100), 50, (450, 450, 50), id="what is free"),
        pytest.param((2, 1, 1), 1, (1, 1, 0), id="one kobo"),
    ],
)
def test_what_is_free_repays_a_debt(
    make_wallet: MakeWallet, before: State, repaid: int, after: State
) -> None:
    """Money that is held repays nothing."""
    wallet = with_state(make_wallet, before)

    moved = repay(wallet.pk)

    assert movements_of(wallet) == [(OURS, DEBT, repaid, after[0])]
    assert state_of(wallet) == after
    assert moved is not None
    assert (moved.owed, moved.owed_before) == (after[2], before[2])


@pytest.mark.parametrize("before", [(500, 500, 100), (500, 0, 0)], ids=["no money", "no debt"])
def test_there_may_be_nothing_to_repay(make_wallet: MakeWallet, before: State) -> None:
    """Then nothing is booked."""
    wallet = with_state(make_wallet, before)

    assert repay(wallet.pk) is None

    assert entries_of(wallet) == []
    assert state_of(wallet) == before
