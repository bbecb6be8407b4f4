"""What locking, lifting, sweeping and pausing leave in a wallet's document."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from accounts.roles import Role
from tests.support.documents import LONG_AGO, MakeWallet
from wallets.errors import LockNotLifted, WalletLocked, WalletNotFound
from wallets.ledger import locks
from wallets.ledger.documents import Lock, LockOwner, Wallet

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def lock(owner: LockOwner = LockOwner.STAFF, **fields: Any) -> Lock:
    return Lock(**{"owner": owner, "reason": "r", "since": LONG_AGO, "by": "ada", **fields})


def stored(wallet: Wallet) -> Wallet:
    return Wallet.objects.get(pk=wallet.pk)  # type: ignore[no-any-return]


def test_a_lock_is_stored_with_all_it_was_given(make_wallet: MakeWallet) -> None:
    """The wallet that is returned is the one that is stored."""
    wallet = make_wallet()

    returned = locks.lock_wallet(
        wallet_id=wallet.pk,
        reason="why",
        owner=LockOwner.FINANCE,
        by="ada",
        until=NOW + HOUR,
        now=NOW,
    )

    expected = lock(LockOwner.FINANCE, reason="why", since=NOW, until=NOW + HOUR)
    for each in (returned, stored(wallet)):
        assert list(each.locks) == [expected]
        assert (each.is_locked, each.updated_at) == (True, NOW)


def test_the_same_lock_again_writes_nothing(make_wallet: MakeWallet) -> None:
    """The document keeps the time of its last change."""
    wallet = make_wallet(locks=[lock()], is_locked=True)

    returned = locks.lock_wallet(
        wallet_id=wallet.pk, reason="r", owner=LockOwner.STAFF, by="bob", now=NOW
    )

    for each in (returned, stored(wallet)):
        assert each.updated_at == LONG_AGO
        assert list(each.locks) == [lock()]


def test_a_mark_that_does_not_fit_the_locks_is_corrected(make_wallet: MakeWallet) -> None:
    """Such as one that an earlier version left."""
    wallet = make_wallet(locks=[lock()], is_locked=False)

    locks.lock_wallet(wallet_id=wallet.pk, reason="r", owner=LockOwner.STAFF, by="bob", now=NOW)

    assert stored(wallet).is_locked


def test_the_last_lock_that_is_lifted_frees_the_wallet(make_wallet: MakeWallet) -> None:
    """What is returned says so too."""
    wallet = make_wallet(locks=[lock(), lock(LockOwner.CUSTOMER)], is_locked=True)

    first = locks.lift_lock(
        wallet_id=wallet.pk, owner=LockOwner.STAFF, by_role=Role.SUPPORT, now=NOW
    )
    last = locks.lift_lock(
        wallet_id=wallet.pk, owner=LockOwner.CUSTOMER, by_role=Role.CUSTOMER, now=NOW + HOUR
    )

    assert (first.is_locked, [each.owner for each in first.locks]) == (True, ["customer"])
    assert (last.is_locked, list(last.locks), last.updated_at) == (False, [], NOW + HOUR)
    assert (stored(wallet).is_locked, list(stored(wallet).locks)) == (False, [])
    assert stored(wallet).updated_at == NOW + HOUR


def test_a_lock_that_a_role_may_not_lift_is_named(make_wallet: MakeWallet) -> None:
    """By its owner, who decides who may lift it."""
    wallet = make_wallet(locks=[lock(LockOwner.AUDIT)], is_locked=True)

    with pytest.raises(LockNotLifted) as caught:
        locks.lift_lock(wallet_id=wallet.pk, owner=LockOwner.AUDIT, by_role=Role.SUPPORT, now=NOW)

    assert caught.value.details == {"owner": "audit"}
    assert stored(wallet).is_locked


@pytest.mark.parametrize(
    ("role", "left"),
    [
        (Role.CUSTOMER, {"staff", "finance", "audit", "debt"}),
        (Role.SUPPORT, {"finance", "audit", "debt"}),
        (Role.FINANCE, set()),
        (Role.ADMIN, set()),
    ],
)
def test_a_role_lifts_every_lock_that_it_may(
    make_wallet: MakeWallet, role: Role, left: set[str]
) -> None:
    """The others stay, and keep the wallet locked."""
    wallet = make_wallet(locks=[lock(owner) for owner in LockOwner], is_locked=True)

    returned = locks.lift_locks(wallet_id=wallet.pk, by_role=role, now=NOW)

    for each in (returned, stored(wallet)):
        assert {one.owner.value for one in each.locks} == left
        assert each.is_locked is bool(left)


def test_the_sweep_removes_locks_at_their_end(make_wallet: MakeWallet) -> None:
    """Not a moment before. A wallet without an expired lock is left as it is."""
    locks.clear_expired_locks(now=NOW)  # of other tests
    ended = make_wallet(locks=[lock(until=NOW), lock(LockOwner.AUDIT)], is_locked=True)
    freed = make_wallet(locks=[lock(until=NOW)], is_locked=True)
    lasting = make_wallet(locks=[lock(until=NOW + HOUR)], is_locked=True)
    # No sweep looks at it: its mark says that it has no lock.
    unmarked = make_wallet(locks=[lock(until=NOW)], is_locked=False)

    assert locks.clear_expired_locks(now=NOW) == 2

    assert [each.owner for each in stored(ended).locks] == ["audit"]
    assert (stored(ended).is_locked, stored(ended).updated_at) == (True, NOW)
    assert (stored(freed).is_locked, list(stored(freed).locks)) == (False, [])
    assert (len(stored(lasting).locks), stored(lasting).updated_at) == (1, LONG_AGO)
    assert stored(unmarked).updated_at == LONG_AGO


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        ([NOW + HOUR, NOW + 2 * HOUR, NOW], NOW + 2 * HOUR),
        ([NOW + HOUR, None], None),
    ],
)
def test_nothing_is_sent_from_a_wallet_with_an_active_lock(
    make_wallet: MakeWallet, ends: list[datetime | None], said: datetime | None
) -> None:
    """The refusal says when the last active lock ends, and null for an endless one."""
    wallet = make_wallet(locks=[lock(reason=str(end), until=end) for end in ends], is_locked=True)

    with pytest.raises(WalletLocked) as caught:
        locks.check_may_send(wallet_id=wallet.pk, now=NOW)

    assert caught.value.details == {"locked_until": said.isoformat() if said else None}


def test_a_lock_that_has_ended_keeps_nothing_back(make_wallet: MakeWallet) -> None:
    """Also if no sweep has removed it yet."""
    wallet = make_wallet(locks=[lock(until=NOW)], is_locked=True)

    locks.check_may_send(wallet_id=wallet.pk, now=NOW)


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        (True, None, False),
        (False, None, True),
        (True, True, True),
        (True, False, False),
        (False, True, True),
    ],
)
def test_a_wallet_is_paused_and_activated(
    make_wallet: MakeWallet, before: bool, wanted: bool | None, after: bool
) -> None:
    """Without a wish it changes to the other state."""
    wallet = make_wallet(is_active=before)

    returned = locks.set_activity(user_id=wallet.user_id, is_active=wanted, now=NOW)

    for each in (returned, stored(wallet)):
        assert (each.is_active, each.updated_at) == (after, NOW)


def test_a_wallet_that_is_not_there_is_neither_locked_nor_paused(make_wallet: MakeWallet) -> None:
    """Every function says so with the same error."""
    nobody = ObjectId()

    for attempt in (
        lambda: locks.lock_wallet(
            wallet_id=nobody, reason="r", owner=LockOwner.STAFF, by="ada", now=NOW
        ),
        lambda: locks.lift_locks(wallet_id=nobody, by_role=Role.ADMIN, now=NOW),
        lambda: locks.check_may_send(wallet_id=nobody, now=NOW),
        lambda: locks.set_activity(user_id=nobody, is_active=True, now=NOW),
    ):
        with pytest.raises(WalletNotFound):
            attempt()
