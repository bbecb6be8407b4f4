"""Several locks of one wallet: kept, lifted by their owners, and what they stop."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from accounts.roles import Role
from airtime.purchases import services as purchases
from payflow.kernel import clock
from tests.support.customer import error_code
from tests.support.invariants import check_money
from tests.support.locks import lock
from tests.support.people import Customer
from tests.support.threads import run_together
from tests.support.vendor import Vendor
from tests.support.withdrawals import requery_withdrawal, send_transfer, start
from wallets.errors import LockNotLifted, WalletNotFound
from wallets.ledger import locks
from wallets.ledger.documents import LockOwner, Transaction, TransactionStatus, Wallet
from wallets.requery import claim_due

pytestmark = pytest.mark.usefixtures("db")
HOUR = timedelta(hours=1)


def lift(wallet: Wallet, owner: LockOwner, by_role: Role | None, **more: str) -> Wallet:
    return locks.lift_lock(
        wallet_id=wallet.pk, owner=owner, by_role=by_role, now=clock.now(), **more
    )


def test_simultaneous_locks_are_all_kept(rich: Customer) -> None:
    """Eight reasons at once are eight locks."""
    run_together(8, lambda number: lock(rich.wallet.pk, reason=f"reason {number}"))

    assert {each.reason for each in rich.wallet.locks} == {f"reason {n}" for n in range(8)}


def test_the_refusal_says_when_the_last_lock_ends(rich: Customer) -> None:
    """It is null if one of them is endless."""
    now = clock.now()
    lock(rich.wallet.pk, reason="long", until=now + 2 * HOUR)
    lock(rich.wallet.pk, reason="short", until=now + HOUR)
    ending = rich.withdraw().json()["error"]["details"]
    lock(rich.wallet.pk, LockOwner.AUDIT)
    endless = rich.withdraw().json()["error"]["details"]

    assert ending == {"locked_until": (now + 2 * HOUR).isoformat()}
    assert endless == {"locked_until": None}


def test_an_expired_lock_does_not_hide_an_active_one(rich: Customer) -> None:
    """With one of each, debits are refused before and after the sweep of expired locks."""
    lock(rich.wallet.pk, LockOwner.AUDIT)
    lock(rich.wallet.pk, until=clock.now() + timedelta(milliseconds=1))
    before = rich.withdraw()
    locks.clear_expired_locks(now=clock.now() + HOUR)
    after = rich.withdraw()

    assert (before.status_code, after.status_code) == (423, 423)
    assert [each.owner for each in rich.wallet.locks] == [LockOwner.AUDIT]
    assert rich.wallet.held == 0


def test_the_sweep_counts_the_wallets_that_it_changed(rich: Customer) -> None:
    """The second time there is nothing left."""
    now = clock.now()
    lock(rich.wallet.pk, until=now + HOUR)
    first = locks.clear_expired_locks(now=now + HOUR)
    again = locks.clear_expired_locks(now=now + HOUR)

    assert first >= 1
    assert again == 0
    assert not rich.wallet.is_locked


@pytest.mark.parametrize("role", [Role.CUSTOMER, Role.SUPPORT])
def test_a_lock_is_lifted_by_no_lower_role_than_its_owners(rich: Customer, role: Role) -> None:
    """The lock stays as it was."""
    before = lock(rich.wallet.pk, LockOwner.AUDIT).locks

    with pytest.raises(LockNotLifted):
        lift(rich.wallet, LockOwner.AUDIT, role)

    assert rich.wallet.locks == before


def test_lifting_one_lock_leaves_the_others(rich: Customer) -> None:
    """Of the same owner with another reason, and of another owner; twice is as once."""
    lock(rich.wallet.pk, reason="a")
    lock(rich.wallet.pk, reason="b")
    lock(rich.wallet.pk, LockOwner.FINANCE)

    for _ in range(2):
        lift(rich.wallet, LockOwner.STAFF, Role.SUPPORT, reason="a")

    assert [(each.owner, each.reason) for each in rich.wallet.locks] == [
        ("staff", "b"),
        ("finance", "r"),
    ]
    assert rich.wallet.is_locked


def test_a_repayment_lifts_the_lock_of_a_debt(rich: Customer) -> None:
    """PayFlow itself lifts it, and no other lock."""
    lock(rich.wallet.pk, LockOwner.DEBT)

    lift(rich.wallet, LockOwner.DEBT, None)

    assert not rich.wallet.is_locked
    with pytest.raises(LockNotLifted):
        lift(rich.wallet, LockOwner.AUDIT, None)


def test_lifting_a_lock_of_an_unknown_wallet_is_an_error() -> None:
    """It raises WalletNotFound."""
    with pytest.raises(WalletNotFound):
        lift(Wallet(), LockOwner.STAFF, Role.SUPPORT)


# --- What has not left us yet -----------------------------------------------------------------


def test_a_withdrawal_of_a_locked_wallet_waits_and_is_sent_when_the_lock_is_lifted(
    rich: Customer, vendor: Vendor
) -> None:
    """It keeps its hold and its next look; the sweep after the lock sends it once."""
    reference = start(rich)
    lock(rich.wallet.pk)

    send_transfer(reference)
    requery_withdrawal(reference, HOUR)

    waiting = rich.transaction(reference)
    assert vendor.payouts(reference) == []
    assert (waiting.status, waiting.sent_at) == (TransactionStatus.PENDING, None)
    assert rich.wallet.held == 1010_75
    due = {ref: task for task, ref in claim_due(now=waiting.next_check_at, limit=1000)}
    assert due[reference] == "wallets.requery"

    lift(rich.wallet, LockOwner.STAFF, Role.SUPPORT)
    requery_withdrawal(reference, HOUR)

    assert len(vendor.payouts(reference)) == 1
    check_money(rich.wallet)


def test_a_transfer_that_never_arrived_is_not_sent_again_from_a_locked_wallet(
    rich: Customer, vendor: Vendor
) -> None:
    """It is sent again after the lock."""
    reference = start(rich)
    vendor.fault("timeout_before", endpoint="transfers", hang_s=3)
    send_transfer(reference)
    vendor.reset_faults()
    lock(rich.wallet.pk)
    requery_withdrawal(reference, HOUR)
    locked = vendor.payouts(reference)
    lift(rich.wallet, LockOwner.STAFF, Role.SUPPORT)
    requery_withdrawal(reference, HOUR)

    assert locked == []
    assert len(vendor.payouts(reference)) == 1


def test_what_has_left_a_locked_wallet_still_settles(rich: Customer, vendor: Vendor) -> None:
    """The transfer was sent before the lock, and its hold is captured."""
    reference = start(rich)
    send_transfer(reference)
    lock(rich.wallet.pk)
    vendor.end_transfer(reference, "SUCCESSFUL")

    requery_withdrawal(reference)

    assert rich.transaction(reference).status is TransactionStatus.SUCCESS
    check_money(rich.wallet)


def test_a_purchase_that_a_lock_overtakes_gives_its_hold_back(
    rich: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Locked between the hold and the sending: 423, and the vendor was not asked."""
    real_start = purchases.start

    def start_and_lock(**order: Any) -> Transaction:
        transaction = real_start(**order)
        lock(rich.wallet.pk)
        return transaction

    monkeypatch.setattr(purchases, "start", start_and_lock)

    answer = rich.buy("08031234567")

    error = answer.json()["error"]
    failed = rich.transaction(error["details"]["tx_ref"])
    assert (answer.status_code, error["code"]) == (423, "wallet_locked")
    assert "locked before the purchase was sent" in error["message"]
    assert (failed.status, failed.vendor_id) == (TransactionStatus.FAILED, None)
    assert (rich.wallet.held, rich.wallet.balance) == (0, 10000_00)
    check_money(rich.wallet)


# --- Debts ------------------------------------------------------------------------------------


def test_a_wallet_in_debt_takes_no_debit_and_says_what_is_owed(rich: Customer) -> None:
    """Nothing is available, and nothing is held."""
    Wallet.objects(pk=rich.wallet.pk).update_one(set__owed=250_50)

    answers = [rich.withdraw("100"), rich.buy("08031234567")]

    assert {(a.status_code, error_code(a)) for a in answers} == {(423, "wallet_in_debt")}
    assert answers[0].json()["error"]["details"] == {"owed": "250.50"}
    shown = rich.get("/wallet/").json()
    assert (shown["owed"], shown["available"], shown["balance"]) == ("250.50", "0.00", "10000.00")
    assert rich.wallet.held == 0


def test_a_debt_and_its_lock_take_the_funding_that_repays_it(
    rich: Customer, vendor: Vendor
) -> None:
    """A lock of staff refuses the funding as well."""
    Wallet.objects(pk=rich.wallet.pk).update_one(set__owed=250_50)
    lock(rich.wallet.pk, LockOwner.DEBT)
    refused = rich.withdraw("100")
    taken = rich.post("/wallet/fund", {"amount": "100"})
    lock(rich.wallet.pk)
    locked = rich.post("/wallet/fund", {"amount": "200"})

    assert error_code(refused) == "wallet_in_debt"
    assert taken.status_code == 201
    assert error_code(locked) == "wallet_locked"
