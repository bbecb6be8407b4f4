"""What is held, frozen, numbered and counted on a wallet, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from payflow.kernel.db import atomic
from payflow.kernel.errors import InvariantBroken, PayflowError
from tests.support.documents import LONG_AGO, MakeTransaction, MakeWallet
from wallets.errors import (
    DailyLimitReached,
    InsufficientFunds,
    WalletInactive,
    WalletInDebt,
    WalletLocked,
)
from wallets.ledger import holds
from wallets.ledger.documents import Lock, LockOwner, Wallet
from wallets.ledger.holds import DailySum

pytestmark = pytest.mark.usefixtures("db")
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
DAY = "2026-01-31"


def stored(wallet: Wallet) -> Wallet:
    return Wallet.objects.get(pk=wallet.pk)  # type: ignore[no-any-return]


def a_lock(owner: LockOwner, until: datetime | None = None) -> Lock:
    return Lock(reason="why", owner=owner, since=LONG_AGO, until=until, by="test")


@atomic
def hold(wallet: Wallet, new: MakeTransaction, kobo: int, **more: Any) -> Any:
    transaction = new(wallet)
    holds.place_hold(wallet, transaction, hold_kobo=kobo, now=NOW, **more)
    return transaction


def refusal(wallet: Wallet, new: MakeTransaction, kobo: int, **more: Any) -> PayflowError:
    """Nothing of the wallet has changed."""
    before = stored(wallet).to_mongo()
    with pytest.raises(PayflowError) as caught:
        hold(wallet, new, kobo, **more)
    assert stored(wallet).to_mongo() == before
    return caught.value


def test_a_hold_takes_the_next_place_of_the_wallet(
    make_wallet: MakeWallet, new_transaction: MakeTransaction
) -> None:
    """All that is free may be held; number, time and seal are on both documents."""
    wallet = make_wallet(balance=500, held=100, transaction_number=4, transaction_seal="before")

    placed = hold(wallet, new_transaction, 400)

    after = stored(wallet)
    assert (after.balance, after.held) == (500, 500)
    assert (placed.number, placed.prev_seal, placed.created_at) == (5, "before", NOW)
    assert (after.transaction_number, after.transaction_at, after.transaction_seal) == (
        5,
        NOW,
        placed.seal,
    )


def test_a_transaction_is_never_earlier_than_the_one_before(
    make_wallet: MakeWallet, new_transaction: MakeTransaction
) -> None:
    """A clock that goes backwards does not change the order."""
    later = NOW + timedelta(minutes=5)

    placed = hold(make_wallet(balance=1, transaction_at=later), new_transaction, 1)

    assert (placed.created_at, placed.updated_at) == (later, later)


@pytest.mark.parametrize(
    "state, error, details",
    [
        (
            {"balance": 500, "held": 101},
            InsufficientFunds,
            {"available": "3.99", "needed": "4.00"},
        ),
        ({"balance": 900, "is_active": False}, WalletInactive, {}),
        ({"balance": 900, "owed": 1}, WalletInDebt, {"owed": "0.01"}),
        (
            {"balance": 900, "locks": [a_lock(LockOwner.STAFF, NOW + timedelta(hours=1))]},
            WalletLocked,
            {"locked_until": (NOW + timedelta(hours=1)).isoformat()},
        ),
        ({"balance": 900, "locks": [a_lock(LockOwner.DEBT)]}, WalletLocked, {"locked_until": None}),
        (
            {"balance": 900, "locks": [a_lock(LockOwner.DEBT), a_lock(LockOwner.AUDIT)]},
            WalletLocked,
            {"locked_until": None},
        ),
    ],
)
def test_a_refused_hold_says_why(
    make_wallet: MakeWallet,
    new_transaction: MakeTransaction,
    state: dict[str, Any],
    error: type[PayflowError],
    details: dict[str, Any],
) -> None:
    """One kobo too little, a pause, a debt, a lock; its details are what a client shows."""
    found = refusal(make_wallet(**state), new_transaction, 400)

    assert isinstance(found, error)
    assert {name: found.details[name] for name in details} == details


def test_an_expired_lock_refuses_nothing(
    make_wallet: MakeWallet, new_transaction: MakeTransaction
) -> None:
    """One that ends at this moment has expired."""
    wallet = make_wallet(balance=1, is_locked=True, locks=[a_lock(LockOwner.AUDIT, NOW)])

    assert hold(wallet, new_transaction, 1).number == 1


@pytest.mark.parametrize(
    "state", [{"owed": 700}, {"locks": [a_lock(LockOwner.DEBT)]}, {"owed": 7, "balance": 0}]
)
def test_a_debt_keeps_no_funding_out(
    make_wallet: MakeWallet, new_transaction: MakeTransaction, state: dict[str, Any]
) -> None:
    """A transaction that holds nothing may repay it."""
    assert hold(make_wallet(**state), new_transaction, 0).number == 1


def test_another_lock_keeps_a_funding_out(
    make_wallet: MakeWallet, new_transaction: MakeTransaction
) -> None:
    """Its refusal does not count the debt's lock, which ends later."""
    until = NOW + timedelta(hours=1)
    locks = [a_lock(LockOwner.DEBT), a_lock(LockOwner.STAFF, until)]

    found = refusal(make_wallet(locks=locks), new_transaction, 0)

    assert isinstance(found, WalletLocked)
    assert found.details == {"locked_until": until.isoformat()}


def sum_of(adds_kobo: int) -> DailySum:
    return DailySum(day=DAY, adds_kobo=adds_kobo, limit_kobo=1000)


def test_the_days_limit_is_reached_to_the_kobo(
    make_wallet: MakeWallet, new_transaction: MakeTransaction
) -> None:
    """The last kobo of it may be withdrawn; the next one is refused, and what is left is said."""
    wallet = make_wallet(balance=5000, withdrawn={DAY: 300})
    hold(wallet, new_transaction, 500, daily_sum=sum_of(699))
    wallet = stored(wallet)
    assert wallet.withdrawn == {DAY: 999}

    found = refusal(wallet, new_transaction, 500, daily_sum=sum_of(2))

    assert isinstance(found, DailyLimitReached)
    assert (found.details["limit"], found.details["left"]) == ("10.00", "0.01")
    hold(wallet, new_transaction, 500, daily_sum=sum_of(1))
    assert stored(wallet).withdrawn == {DAY: 1000}
    gone = refusal(stored(wallet), new_transaction, 500, daily_sum=sum_of(1))
    assert gone.details["left"] == "0.00"


def test_a_day_without_a_sum_has_its_whole_limit(
    make_wallet: MakeWallet, new_transaction: MakeTransaction
) -> None:
    """More than the limit is refused on it, too."""
    wallet = make_wallet(balance=5000)

    assert refusal(wallet, new_transaction, 1, daily_sum=sum_of(1001)).details["left"] == "10.00"
    hold(wallet, new_transaction, 1, daily_sum=sum_of(1000))


def test_money_is_what_is_missing_if_the_limit_has_room(
    make_wallet: MakeWallet, new_transaction: MakeTransaction
) -> None:
    """The limit is exactly reached, and the wallet has one kobo too little."""
    wallet = make_wallet(balance=99, withdrawn={DAY: 900})

    found = refusal(wallet, new_transaction, 100, daily_sum=sum_of(100))

    assert isinstance(found, InsufficientFunds)


def test_a_corrected_sum_never_becomes_negative_and_never_new(make_wallet: MakeWallet) -> None:
    """A day that is not kept any more stays away."""
    wallet = make_wallet(withdrawn={DAY: 500})
    for day, adds_kobo in ((DAY, -501), ("2026-01-01", 100), (DAY, -500), (DAY, 200)):
        holds.add_to_daily_sum(wallet.pk, day=day, adds_kobo=adds_kobo)

    assert stored(wallet).withdrawn == {DAY: 200}


@atomic
def take_number(wallet: Wallet, new: MakeTransaction) -> Any:
    transaction = new(wallet)
    holds.take_number(wallet, transaction, now=NOW)
    return transaction


def test_money_that_returns_is_numbered_on_any_wallet(
    make_wallet: MakeWallet, new_transaction: MakeTransaction
) -> None:
    """A paused, locked wallet in debt gives its next number, too."""
    state = {"is_active": False, "owed": 5, "locks": [a_lock(LockOwner.AUDIT)]}
    wallet = make_wallet(transaction_number=7, **state)

    taken = take_number(wallet, new_transaction)

    after = stored(wallet)
    assert (taken.number, after.transaction_number) == (8, 8)
    assert (after.transaction_at, after.transaction_seal) == (NOW, taken.seal)


@pytest.mark.parametrize("take", [take_number, lambda *given: hold(*given, 1)])
def test_no_number_is_given_twice(
    make_wallet: MakeWallet, new_transaction: MakeTransaction, take: Any
) -> None:
    """Two that read the wallet before either wrote it."""
    wallet = make_wallet(balance=10)
    stale = stored(wallet)
    take(wallet, new_transaction)

    with pytest.raises(InvariantBroken, match="changed within one snapshot"):
        take(stale, new_transaction)


@atomic
def release(wallet: Wallet, kobo: int) -> None:
    holds.release_hold(wallet.pk, amount_kobo=kobo, at=NOW)


def test_what_is_held_can_be_released_once(make_wallet: MakeWallet) -> None:
    """A kobo more than is held is refused."""
    wallet = make_wallet(balance=500, held=200)

    release(wallet, 200)

    after = stored(wallet)
    assert (after.balance, after.held, after.updated_at) == (500, 0, NOW)
    with pytest.raises(InvariantBroken, match="does not hold 1 kobo"):
        release(wallet, 1)


@atomic
def freeze(wallet: Wallet, upto_kobo: int) -> int:
    return holds.freeze(wallet.pk, upto_kobo=upto_kobo, at=NOW)


@pytest.mark.parametrize(
    "balance, held, upto, frozen",
    [(500, 100, 399, 399), (500, 100, 400, 400), (500, 100, 401, 400), (500, 500, 1, 0)],
)
def test_as_much_is_frozen_as_there_is_to_spend(
    make_wallet: MakeWallet, balance: int, held: int, upto: int, frozen: int
) -> None:
    """Up to what is wanted; if there is nothing, the wallet is left as it is."""
    wallet = make_wallet(balance=balance, held=held)

    assert freeze(wallet, upto) == frozen

    after = stored(wallet)
    assert (after.balance, after.held) == (balance, held + frozen)
    assert after.updated_at == (NOW if frozen else LONG_AGO)


def test_sums_of_days_that_no_request_can_come_from_are_dropped(
    make_wallet: MakeWallet, new_transaction: MakeTransaction
) -> None:
    """Two days before still count, and so does a day that another server has begun already."""
    kept = {"2026-01-29": 2, "2026-01-30": 3, "2026-02-01": 4}
    wallet = make_wallet(balance=100, withdrawn={"2025-12-31": 9, "2026-01-28": 1, **kept})

    hold(wallet, new_transaction, 10, daily_sum=DailySum(day=DAY, adds_kobo=7, limit_kobo=100))

    assert stored(wallet).withdrawn == {**kept, DAY: 7}
