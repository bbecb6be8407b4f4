"""Every kind of change that somebody with the database's password could make, and its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from bson import ObjectId

from accounts.models import User
from payflow.kernel import clock
from tests.support.airtime import requery_purchase
from tests.support.customer import new_email
from tests.support.networks import Networks
from tests.support.people import Customer
from tests.support.vendor import Vendor
from wallets import debts
from wallets.ledger import postings, seals
from wallets.ledger.documents import (
    ChangeSource,
    LedgerEntry,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.oversight.audit.missing import find_missing_wallets
from wallets.oversight.audit.wallet import audit_wallet
from wallets.oversight.documents import AuditCheckpoint

pytestmark = pytest.mark.usefixtures("db")

Change = Callable[[Customer], object]


@pytest.fixture
def moved(rich: Customer, vendor: Vendor) -> Iterator[Customer]:
    """Numbers 1 to 5: two fundings, a purchase, its REVERSAL, and a withdrawal that is held.

    Other tests share the database, and could not read what a test leaves: it is deleted.
    """
    vendor.webhooks(drop=1000)
    rich.receive("1000")
    bought = rich.transaction(rich.buy().json()["tx_ref"])
    Networks(vendor).end(bought.vendor_id, "reversed", callback=False)
    requery_purchase(bought.reference)
    rich.withdraw("100")
    yield rich
    wallet_id, user_id = rich._wallet.pk, rich.user.pk
    Transaction._get_collection().delete_many(
        {"$or": [{"user_id": user_id}, {"wallet": wallet_id}]}
    )
    LedgerEntry._get_collection().delete_many({"wallet": wallet_id})
    for kind in (Wallet, AuditCheckpoint):
        kind._get_collection().delete_one({"_id": wallet_id})
    rich.user.delete()


def set_in_transaction(number: int, **fields: Any) -> Change:
    def change(customer: Customer) -> None:
        stored = {name.replace("__", "."): value for name, value in fields.items()}
        Transaction._get_collection().update_one(
            {"user_id": customer.user.pk, "number": number}, {"$set": stored}
        )

    return change


def set_in_wallet(**fields: Any) -> Change:
    return lambda customer: Wallet._get_collection().update_one(
        {"_id": customer._wallet.pk}, {"$set": fields}
    )


def set_in_entry(seq: int, **fields: Any) -> Change:
    return lambda customer: LedgerEntry._get_collection().update_one(
        {"wallet": customer.wallet.pk, "seq": seq}, {"$set": fields}
    )


def delete_transaction(number: int) -> Change:
    return lambda customer: Transaction._get_collection().delete_one(
        {"user_id": customer.user.pk, "number": number}
    )


def delete_entry(seq: int) -> Change:
    return lambda customer: LedgerEntry._get_collection().delete_one(
        {"wallet": customer.wallet.pk, "seq": seq}
    )


def reseal(number: int, **fields: Any) -> Change:
    """Change the transaction, and compute its seal again."""

    def change(customer: Customer) -> None:
        one = Transaction.objects(user_id=customer.user.pk, number=number).first()
        for name, value in fields.items():
            setattr(one, name, value)
        one.seal = seals.compute(one)
        one.save()

    return change


def forget_last_transaction(customer: Customer) -> None:
    """Delete the last transaction, and make the wallet look as if it had never been."""
    last = Transaction.objects(user_id=customer.user.pk).order_by("-number").first()
    last.delete()
    Wallet.objects(pk=customer.wallet.pk).update_one(
        set__transaction_number=last.number - 1, set__transaction_seal=last.prev_seal, set__held=0
    )


def insert_transaction(customer: Customer) -> None:
    """Behind the wallet's latest one."""
    one = Transaction.objects(user_id=customer.user.pk, number=1).first()
    one.pk, one.reference, one.number = None, f"PFFUN{ObjectId()}", 6
    one.save(force_insert=True)


def give_to_another_user(customer: Customer) -> None:
    Wallet.objects(pk=customer.wallet.pk).update_one(set__user_id=ObjectId())


def remove_wallet(customer: Customer) -> None:
    Wallet.objects(pk=customer._wallet.pk).delete()


def remove_user(customer: Customer) -> None:
    User.objects.filter(pk=customer.user.pk).delete()


def swap_owners(customer: Customer) -> None:
    """Two wallets that have never been audited."""
    other = Customer()
    for wallet, owner in (
        (other, ObjectId()),
        (customer, other.user.pk),
        (other, customer.user.pk),
    ):
        Wallet.objects(pk=wallet._wallet.pk).update_one(set__user_id=owner)


def rehash_entry(seq: int, **fields: Any) -> Change:
    """Change the entry, and compute its hash and all that follow again."""

    def change(customer: Customer) -> None:
        previous = ""
        for entry in customer.entries():
            if entry.seq == seq:
                for name, value in fields.items():
                    setattr(entry, name, value)
            entry.prev_hash = previous
            entry.hash = previous = postings.hash_entry(entry)
            entry.save()
        Wallet.objects(pk=customer.wallet.pk).update_one(set__entry_hash=previous)

    return change


def forget_last_entry(customer: Customer) -> None:
    """The wallet names the entry before it, and the entry is there."""
    before = customer.entries()[-2]
    Wallet.objects(pk=customer.wallet.pk).update_one(
        set__entry_seq=before.seq, set__entry_hash=before.hash
    )


# What is changed, and a kind that names it. A change may have other findings beside it.
TAMPERINGS: dict[str, tuple[Change, str]] = {
    "an entry's amount": (set_in_entry(1, amount=1), "entry_changed"),
    "an entry's account": (set_in_entry(1, credit_account="adjustment"), "entry_changed"),
    "an entry's account, to one of no chart": (
        set_in_entry(1, credit_account="pocket:mine"),
        "account_wrong",
    ),
    "an entry's transaction": (set_in_entry(1, transaction="PFFUN1"), "orphan_entry"),
    "an entry's hash": (set_in_entry(1, hash="0" * 64), "chain_broken"),
    "the first entry is gone": (delete_entry(1), "entry_missing"),
    "the last entry is gone": (delete_entry(6), "entry_missing"),
    "the balance": (set_in_wallet(balance=99_000_00), "balance_differs"),
    "the hold": (set_in_wallet(held=0), "held_differs"),
    "a hold above the balance": (set_in_wallet(held=99_000_00), "overdrawn"),
    "the debt": (set_in_wallet(owed=5), "owed_differs"),
    "the latest entry's hash": (set_in_wallet(entry_hash="0" * 64), "head_differs"),
    "the latest seal": (set_in_wallet(tx_seal="0" * 64), "seal_broken"),
    "the owner": (give_to_another_user, "owner_changed"),
    "a status, to FAILED": (set_in_transaction(1, status="FAILED"), "entries_differ"),
    "a status, to SUCCESS": (set_in_transaction(5, status="SUCCESS"), "entries_differ"),
    "the direction of a REVERSAL": (
        set_in_transaction(4, meta__direction="out"),
        "entries_differ",
    ),
    "what is frozen": (set_in_transaction(1, frozen=7), "held_differs"),
    "an amount": (set_in_transaction(5, amount=200_00), "seal_broken"),
    "a fee": (set_in_transaction(5, fee=0), "seal_broken"),
    "a type": (set_in_transaction(5, type="AIRTIME"), "seal_broken"),
    "a time": (set_in_transaction(2, created_at=clock.now()), "seal_broken"),
    "what was asked for": (set_in_transaction(1, requested_amount=1), "seal_broken"),
    "a bank account": (
        set_in_transaction(5, order__account_number="0690000032"),
        "seal_broken",
    ),
    "a phone number": (set_in_transaction(3, order__phone="08022222222"), "seal_broken"),
    "what a REVERSAL reverses": (set_in_transaction(4, reverses="PFFUN1"), "seal_broken"),
    "an amount with its seal": (reseal(2, amount=1), "seal_broken"),
    "the last amount with its seal": (reseal(5, amount=1), "seal_broken"),
    "a transaction's wallet": (set_in_transaction(2, wallet=ObjectId()), "seal_broken"),
    "a transaction's owner": (set_in_transaction(2, user_id=ObjectId()), "transaction_missing"),
    "the first transaction is gone": (delete_transaction(1), "transaction_missing"),
    "one between others is gone": (delete_transaction(3), "transaction_missing"),
    "the last transaction is gone": (delete_transaction(5), "transaction_missing"),
    "the last transaction is forgotten": (forget_last_transaction, "transaction_missing"),
    "a field of no document": (set_in_transaction(1, mine=1), "unreadable"),
    "a status of no kind": (set_in_transaction(1, status="MINE"), "entries_differ"),
    "an amount that is no number": (set_in_entry(1, amount="much"), "unreadable"),
    "an order of no flow": (set_in_transaction(5, order___cls="Order.Mine"), "unreadable"),
    "a wallet's field": (set_in_wallet(mine=1), "unreadable"),
    "a transaction more": (insert_transaction, "seal_broken"),
    "the wallet is gone": (remove_wallet, "wallet_missing"),
    "the user is gone": (remove_user, "owner_missing"),
    "the owners of two wallets": (swap_owners, "owner_changed"),
    "a latest entry that is forgotten": (forget_last_entry, "head_differs"),
    "a funding from our income, with its hash": (
        rehash_entry(1, debit_account="income:fees"),
        "account_wrong",
    ),
    "a funding from an expense, with its hash": (
        rehash_entry(1, debit_account="expense:vendor_fees"),
        "account_wrong",
    ),
    "a funding from an account like ours, with its hash": (
        rehash_entry(1, debit_account="suspense:mine"),
        "account_wrong",
    ),
    "a currency, with its hash": (rehash_entry(1, currency="USD"), "account_wrong"),
}


def kinds(customer: Customer, *, full: bool) -> set[str]:
    findings = audit_wallet(customer._wallet.pk, full=full, now=clock.now())[1]
    return {each.kind.value for each in findings}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_each_change_of_the_database_is_named(moved: Customer, name: str) -> None:
    """The wallet was clean before it."""
    change, kind = TAMPERINGS[name]
    assert kinds(moved, full=True) == set()

    change(moved)

    assert kind in kinds(moved, full=True)


@pytest.mark.parametrize("number", [1, 5])
def test_the_nightly_audit_begins_with_the_oldest_open_transaction(
    moved: Customer, number: int
) -> None:
    """What ended before it waits for the wallet's turn; what is open is compared every night."""
    assert kinds(moved, full=True) == set()
    set_in_transaction(number, order__account_number="0690000032")(moved)

    assert kinds(moved, full=False) == (set() if number == 1 else {"seal_broken"})


def test_two_wallets_of_one_user_are_named(moved: Customer) -> None:
    """An index forbids them, and whoever changes the database can drop it."""
    other = Customer()
    Wallet._get_collection().drop_index("user_id_1")
    try:
        Wallet.objects(pk=other.wallet.pk).update_one(set__user_id=moved.user.pk)
        found = kinds(moved, full=True)
        Wallet.objects(pk=other.wallet.pk).delete()
    finally:
        Wallet.ensure_indexes()

    assert found == {"owner_twice"}


def test_an_old_transaction_that_gets_entries_is_compared_the_same_night(moved: Customer) -> None:
    """It ended before the checkpoint, and its entries come after it."""
    moved.buy("08033333333")
    failed = Transaction.objects.get(user_id=moved.user.pk, status=TransactionStatus.FAILED)
    settle_withdrawal(moved)
    assert kinds(moved, full=True) == set()
    moved.receive("100")
    latest = moved.entries()[-1]
    rehash_entry(latest.seq, transaction=failed.reference)(moved)

    assert {"entries_differ"} <= kinds(moved, full=False)


def test_an_entry_of_no_transaction_is_named_the_same_night(moved: Customer) -> None:
    """The audit does not wait for the wallet's turn to read what is new."""
    assert kinds(moved, full=True) == set()
    moved.receive("100")
    rehash_entry(moved.entries()[-1].seq, transaction="PFFUN0")(moved)

    assert "orphan_entry" in kinds(moved, full=False)


def settle_withdrawal(customer: Customer) -> None:
    """So that nothing is open."""
    [pending] = Transaction.objects(user_id=customer.user.pk, status=TransactionStatus.PENDING)
    debts.release(pending, reason="r", vendor_reason="", source=ChangeSource.STAFF, now=clock.now())


def test_a_deleted_wallet_is_known_by_its_first_entry(moved: Customer) -> None:
    """Although it was never audited and its user is gone too."""
    remove_wallet(moved)
    remove_user(moved)

    found = {(each.kind.value, each.wallet) for each in find_missing_wallets()}

    assert ("wallet_missing", str(moved._wallet.pk)) in found


def test_a_user_who_was_deactivated_needs_no_wallet(db: None) -> None:
    """Such as a former member of staff, whose role is customer now."""
    left = User.objects.create_user(new_email(), "x", is_active=False)
    active = User.objects.create_user(new_email(), "x")

    found = {each.where for each in find_missing_wallets()}

    assert f"user:{active.pk}" in found
    assert f"user:{left.pk}" not in found
