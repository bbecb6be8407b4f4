"""What the audit must find when somebody has changed the database or the file of anchors."""

from __future__ import annotations

from pathlib import Path

from accounts.roles import Role
from payflow.kernel import clock
from tests.support.people import Customer
from tests.support.staging import (
    ask,
    audit_nightly,
    changed,
    close_cases,
    command_fails,
    deleted,
    full_audit_fails,
    open_cases,
    staged,
)
from tests.support.vendor import Vendor
from wallets.funding.services import close_unpaid
from wallets.ledger import locks
from wallets.ledger.documents import ChangeSource, TransactionStatus


def test_a_deleted_wallet_is_found_by_the_audit(customer: Customer) -> None:
    """Its user, transactions and entries are still there, and a review case names one of them."""
    customer.receive("5000")
    wallet, [entry] = customer.wallet, customer.entries()

    with deleted(wallet):
        audit_nightly(None)
        audit_nightly(wallet.pk)

    assert open_cases(wallet.pk, customer.user.pk, entry.transaction)


def test_the_nightly_audit_sees_every_entry_within_a_week(customer: Customer) -> None:
    """An old entry and an old transaction that were changed are found in one of seven nights."""
    for _ in range(3):
        customer.receive("1000")
    failed = customer.transaction(customer.fund("700")["tx_ref"])
    close_unpaid(
        reference=failed.reference, reason="r", source=ChangeSource.REQUERY, now=clock.now()
    )
    customer.receive("1000")
    audit_nightly(customer.wallet.pk)
    staged(not open_cases(customer.wallet.pk), "the wallet was not clean")

    entry = customer.entries()[0]
    lie = {"amount": 1, "debit_account": "adjustment"}
    with changed(entry, **lie), changed(failed, status=TransactionStatus.SUCCESS.value):
        audit_nightly(customer.wallet.pk, nights=7)
        staged(full_audit_fails(customer.wallet.pk), "the changes were not made")

    assert open_cases(customer.wallet.pk)


def test_a_second_theft_of_the_same_kind_has_an_open_case(customer: Customer) -> None:
    """The first case was closed and its cause fixed; the next one is a new finding."""
    customer.receive("1000")
    wallet_id, stolen = customer.wallet.pk, 1050_00
    with changed(customer.wallet, balance=stolen):
        audit_nightly(wallet_id)
    close_cases(wallet_id)
    locks.lift_locks(wallet_id=wallet_id, by_role=Role.FINANCE, now=clock.now())
    audit_nightly(wallet_id)
    staged(not open_cases(wallet_id), "the first cause was not fixed")

    with changed(customer.wallet, balance=stolen):
        audit_nightly(wallet_id)
        staged(full_audit_fails(wallet_id), "the second change was not made")

    assert open_cases(wallet_id)


def test_a_file_of_heads_that_lost_its_end_fails_its_check(
    tmp_path: Path, customer: Customer
) -> None:
    """The latest audit's anchors are missing from the file, and the check says so."""
    file = tmp_path / "anchors"
    audit = ("audit_ledger", "--full", "--wallet", str(customer.wallet.pk), "--anchors", str(file))
    customer.receive("1000")
    staged(not command_fails(*audit), "the first audit failed")
    size = file.stat().st_size
    customer.receive("5000")
    staged(not command_fails(*audit), "the second audit failed")
    staged(file.stat().st_size > size, "the second audit wrote no anchors")
    with file.open("r+b") as opened:
        opened.truncate(size)

    assert command_fails("audit_ledger", "--check-anchors", str(file))


def test_a_deleted_transaction_is_found_by_the_audit_and_leaves_the_history_readable(
    customer: Customer, vendor: Vendor
) -> None:
    """The gap in the numbers is a fault of the wallet; the other transactions are still listed."""
    started = customer.fund("1000")
    vendor.pay(started["link"], amount="400")
    ask(started["tx_ref"])
    customer.receive("100")
    customer.client.raise_request_exception = False
    one = customer.transaction(started["tx_ref"])

    with deleted(one):
        is_found = full_audit_fails(customer.wallet.pk)
        history = customer.get("/wallet/transactions", date_from="2020-01-01")

    assert is_found
    assert history.status_code == 200
