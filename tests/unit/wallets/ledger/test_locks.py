"""Which locks a wallet has after one more, and who may lift which."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from accounts.roles import PERMISSIONS, Role
from wallets.ledger.documents import Lock, LockOwner
from wallets.ledger.locks import LIFTED_BY, add_lock

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def lock(
    owner: LockOwner = LockOwner.STAFF, reason: str = "r", until: datetime | None = None
) -> Lock:
    return Lock(owner=owner, reason=reason, since=NOW, until=until, by="ada")


@pytest.mark.parametrize(
    "other", [lock(LockOwner.AUDIT), lock(reason="another")], ids=["owner", "reason"]
)
def test_a_lock_replaces_no_other(other: Lock) -> None:
    """Of another owner, or of the same owner for another reason."""
    assert add_lock([other], lock()) == [other, lock()]


@pytest.mark.parametrize(
    ("before", "again", "after"),
    [
        (NOW + HOUR, NOW + 2 * HOUR, NOW + 2 * HOUR),
        (NOW + 2 * HOUR, NOW + HOUR, NOW + 2 * HOUR),
        (NOW + HOUR, None, None),
        (None, NOW + HOUR, None),
    ],
    ids=["later", "earlier", "endless", "ending"],
)
def test_the_same_lock_again_is_prolonged_and_never_shortened(
    before: datetime | None, again: datetime | None, after: datetime | None
) -> None:
    """There is one lock, and it ends at the later of the two times."""
    assert add_lock([lock(until=before)], lock(until=again)) == [lock(until=after)]


def test_an_expired_lock_makes_room_for_the_same_lock() -> None:
    """The new one begins now, and has the name of who set it now."""
    old = Lock(owner="staff", reason="r", since=NOW - 2 * HOUR, until=NOW, by="grace")

    assert add_lock([old], lock(until=NOW + HOUR)) == [lock(until=NOW + HOUR)]


def test_every_lock_can_be_lifted_by_somebody() -> None:
    """Administrators lift every lock; a role that may lock lifts at least the locks of staff."""
    assert set(LIFTED_BY) == set(LockOwner)
    assert all(Role.ADMIN in roles for roles in LIFTED_BY.values())
    lockers = {role for role, allowed in PERMISSIONS.items() if "wallets.lock_wallet" in allowed}
    assert lockers <= LIFTED_BY[LockOwner.STAFF]


def test_support_lifts_no_lock_of_finance_of_the_audit_or_of_a_debt() -> None:
    """And a customer only what a customer asked for."""
    assert {o for o in LockOwner if Role.SUPPORT in LIFTED_BY[o]} == {"customer", "staff"}
    assert {o for o in LockOwner if Role.CUSTOMER in LIFTED_BY[o]} == {"customer"}
