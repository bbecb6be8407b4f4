"""Documents of an earlier version, after `manage.py migrate`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from payflow import upgrades
from payflow.kernel import clock
from tests.support.airtime import reference_in, requery_purchase
from tests.support.customer import DELIVERED, PASSWORD, PENDING
from tests.support.networks import Networks
from tests.support.people import Customer, staff
from tests.support.vendor import Vendor
from wallets.ledger.documents import LockOwner, Transaction, TransactionStatus, Wallet
from wallets.oversight.audit.wallet import audit_wallet
from wallets.withdrawals import services as withdrawals

pytestmark = pytest.mark.usefixtures("db")

# What is stored for a wallet and for a transaction, whatever its flow.
WALLET = {
    "_id", "user_id", "currency", "balance", "held", "owed", "is_active", "is_locked", "entry_seq",
    "entry_hash", "tx_seq", "tx_at", "tx_seal", "locks", "withdrawn", "unfrozen", "created_at",
    "updated_at",
}  # fmt: skip
TRANSACTION = {
    "_id", "reference", "number", "wallet", "user_id", "type", "status", "amount", "fee",
    "currency", "provider", "provider_reference", "history", "checks", "needs_review", "meta",
    "created_at", "updated_at", "completed_at", "prev_seal", "seal",
}  # fmt: skip


@pytest.fixture(autouse=True)
def never_upgraded(db: None) -> Iterator[None]:
    """As a database that the earlier version left."""
    applied = Transaction._get_db()["upgrades"]
    applied.delete_many({})
    yield
    upgrades.apply_upgrades()


def as_stored_before(reference: str, field: str) -> None:
    """The document as the earlier version wrote it."""
    transactions = Transaction._get_collection()
    row = transactions.find_one({"reference": reference})
    order = {name: value for name, value in row["order"].items() if name != "_cls"}
    transactions.update_one(
        {"reference": reference}, {"$set": {field: order}, "$unset": {"order": 1}}
    )


def test_wallets_and_transactions_keep_their_stored_fields(customer: Customer) -> None:
    """A rename in the code is none in the database."""
    customer.receive("5000.00")

    wallet = Wallet._get_collection().find_one({"_id": customer.wallet.pk})
    [transaction] = Transaction._get_collection().find({"user_id": customer.user.pk})

    assert set(wallet) == WALLET
    assert set(transaction) >= TRANSACTION


def test_a_withdrawal_that_was_held_before_is_sent_after(
    customer: Customer, vendor: Vendor
) -> None:
    """Its bank account moved to the new field, once."""
    customer.receive("5000.00")
    reference = customer.withdraw("1000").json()["tx_ref"]
    as_stored_before(reference, "payout")

    call_command("migrate", verbosity=0)
    assert upgrades.move_orders() == 0
    withdrawals.send(reference=reference, now=clock.now())

    assert [payout["account_number"] for payout in vendor.payouts(reference)] == ["0690000031"]
    assert customer.transaction(reference).order.bank_code == "044"


def test_a_purchase_that_was_pending_before_is_requeried_after(
    customer: Customer, vendor: Vendor
) -> None:
    """Its service and phone moved to the new field."""
    customer.receive("5000.00")
    reference = reference_in(customer.buy(PENDING))
    as_stored_before(reference, "purchase")

    upgrades.apply_upgrades()
    Networks(vendor).end(customer.transaction(reference).vendor_id, "delivered", callback=False)
    requery_purchase(reference, timedelta(minutes=1))

    assert customer.transaction(reference).status is TransactionStatus.SUCCESS
    assert customer.transaction(reference).order.service_id == "mtn"


@pytest.mark.parametrize("phone", [DELIVERED, "08030000000"], ids=["delivered", "refused"])
def test_a_purchase_that_ended_before_can_be_read_after(customer: Customer, phone: str) -> None:
    """The API, the audit and a repeated key read its order."""
    customer.receive("5000.00")
    first = customer.buy(phone, key="k-1")
    reference = reference_in(first)
    as_stored_before(reference, "purchase")

    upgrades.apply_upgrades()
    again = customer.buy(phone, key="k-1")
    found = customer.get(f"/airtime/transactions/{reference}")
    _, findings = audit_wallet(customer.wallet.pk, full=True, now=clock.now())

    assert (again.status_code, reference_in(again)) == (first.status_code, reference)
    assert found.json()["reference"] == reference
    assert findings == []


def wallet_as_stored_before(customer: Customer, **fields: object) -> None:
    """The wallet as the earlier version wrote it: at most one lock, and one day's withdrawals."""
    Wallet._get_collection().update_one(
        {"_id": customer.wallet.pk},
        {
            "$set": {"is_locked": False, "withdrawn_kobo": 0, **fields},
            "$unset": {"locks": 1, "withdrawn": 1, "owed": 1},
        },
    )


@pytest.mark.parametrize(
    ("locked_by", "owner"), [("audit", LockOwner.AUDIT), ("ada@example.com", LockOwner.STAFF)]
)
@pytest.mark.parametrize("ends", [True, False], ids=["ending", "endless"])
def test_a_wallet_that_was_locked_before_is_locked_after(
    customer: Customer, locked_by: str, owner: LockOwner, ends: bool
) -> None:
    """Its lock is the first of a list, with its reason, its owner, its end and who set it."""
    until = clock.now() + timedelta(hours=3)
    old = {"is_locked": True, "lock_reason": "why", "locked_by": locked_by}
    wallet_as_stored_before(customer, **old, **({"lock_expires_at": until} if ends else {}))

    call_command("migrate", verbosity=0)
    assert upgrades.move_locks() == 0

    [lock] = customer.wallet.locks
    assert (lock.owner, lock.reason, lock.by) == (owner, "why", locked_by)
    assert lock.until == (until if ends else None)
    assert lock.since is not None
    assert customer.withdraw("100").json()["error"]["code"] == "wallet_locked"
    stored = Wallet._get_collection().find_one({"_id": customer.wallet.pk})
    assert not {"lock_reason", "locked_by", "lock_expires_at"} & set(stored)


def test_a_wallet_that_was_not_locked_before_can_be_read_after(customer: Customer) -> None:
    """It has no lock, it owes nothing, and nothing was withdrawn."""
    wallet_as_stored_before(customer)

    upgrades.apply_upgrades()

    wallet = customer.wallet
    assert (list(wallet.locks), wallet.owed, dict(wallet.withdrawn)) == ([], 0, {})
    assert set(Wallet._get_collection().find_one({"_id": wallet.pk})) >= {"owed"}


def test_what_was_withdrawn_before_counts_after(customer: Customer, settings: Any) -> None:
    """The day's limit has the rest that it had."""
    settings.WITHDRAWAL_DAILY_KOBO = 1000_00
    customer.receive("5000.00")
    today = clock.lagos_day(clock.now()).isoformat()
    wallet_as_stored_before(customer, withdrawn_on=today, withdrawn_kobo=600_00)

    upgrades.apply_upgrades()
    assert upgrades.move_daily_sums() == 0

    assert dict(customer.wallet.withdrawn) == {today: 600_00}
    assert customer.withdraw("401").json()["error"]["details"]["left"] == "400.00"
    assert customer.withdraw("400").status_code == 202


def test_transactions_of_an_earlier_version_are_sealed_in_their_order(
    customer: Customer, vendor: Vendor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They get the seals that they would have today, so they can be sent and audited."""
    monkeypatch.setattr(upgrades, "_SEAL_BATCH", 2)
    for _ in range(3):
        customer.receive("1000.00")
    customer.buy(DELIVERED)
    reference = customer.withdraw("1000").json()["tx_ref"]
    transactions = Transaction._get_collection()
    mine = {"user_id": customer.user.pk}
    today = {row["number"]: row["seal"] for row in transactions.find(mine)}
    transactions.update_many(mine, {"$unset": {"seal": 1, "prev_seal": 1}})
    Wallet._get_collection().update_one({"_id": customer.wallet.pk}, {"$unset": {"tx_seal": 1}})

    call_command("migrate", verbosity=0)
    assert upgrades.seal_transactions() == 0

    assert {row["number"]: row["seal"] for row in transactions.find(mine)} == today
    assert customer.wallet.transaction_seal == today[5]
    withdrawals.send(reference=reference, now=clock.now())
    assert len(vendor.payouts(reference)) == 1
    assert audit_wallet(customer.wallet.pk, full=True, now=clock.now())[1] == []


def user_as_stored_before(email: str) -> User:
    """A user whose address was stored as an earlier version wrote it."""
    user = staff("support")
    User.objects.filter(pk=user.pk).update(email=email)
    return user


@pytest.mark.parametrize(
    ("stored", "now"),
    [
        ("Finance.{}@Example.com", "finance.{}@example.com"),
        ("{}@münchen.de", "{}@xn--mnchen-3ya.de"),
    ],
)
def test_an_address_of_an_earlier_version_gets_its_one_spelling(stored: str, now: str) -> None:
    """Its owner signs in with any spelling, which was refused before."""
    name = secrets.token_hex(6)
    user = user_as_stored_before(stored.format(name))

    call_command("migrate", verbosity=0)
    assert upgrades.normalise_addresses() == 0

    assert User.objects.get(pk=user.pk).email == now.format(name)
    assert Client().login(username=stored.format(name), password=PASSWORD)


def test_two_users_with_one_address_are_left_to_staff(caplog: pytest.LogCaptureFixture) -> None:
    """The first keeps the address; the log names the second, which is unchanged."""
    first = staff("support")
    second = user_as_stored_before(first.email.upper())

    upgrades.apply_upgrades()

    assert User.objects.get(pk=first.pk).email == first.email
    assert User.objects.get(pk=second.pk).email == first.email.upper()
    assert str(second.pk) in caplog.text
    User.objects.filter(pk=second.pk).delete()


def test_refresh_tokens_of_an_earlier_version_are_forgotten(customer: Customer) -> None:
    """Login sessions have replaced them. Dropping the collection twice is no error."""
    database = Wallet._get_db()
    database["revoked_tokens"].insert_one({"_id": "a jti"})

    upgrades.apply_upgrades()
    upgrades.drop_revoked_tokens()

    assert "revoked_tokens" not in database.list_collection_names()


def test_users_of_an_earlier_version_have_a_session_version(customer: Customer) -> None:
    """The migration writes it for everyone who exists already."""
    migrate = partial(call_command, "migrate", "accounts", verbosity=0)
    migrate("0001")
    users = Wallet._get_db()["accounts_user"]
    users.update_one({"_id": customer.user.pk}, {"$unset": {"session_version": 1}})

    migrate()

    assert users.find_one({"_id": customer.user.pk})["session_version"] == 0
    assert customer.sign_in()["access_token"]
