"""Wallets that no customer has, so a test can put them into any state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from bson import ObjectId

from tests.support.documents import LONG_AGO, MakeTransaction, MakeWallet
from wallets.ledger.documents import LedgerEntry, Transaction, TransactionStatus, Wallet


@pytest.fixture
def make_wallet(db: None) -> Iterator[MakeWallet]:
    """Makes a wallet with these fields. Tests share the database: all of it is deleted later."""
    made: list[ObjectId] = []

    def make(**fields: Any) -> Wallet:
        wallet = Wallet(user_id=ObjectId(), created_at=LONG_AGO, updated_at=LONG_AGO, **fields)
        wallet.save(force_insert=True)
        made.append(wallet.pk)
        return wallet

    # A write that reaches the wrong wallet reaches this one, which is the first of the test.
    make(balance=1, entry_hash="bystander")
    yield make
    LedgerEntry._get_collection().delete_many({"wallet": {"$in": made}})
    Transaction._get_collection().delete_many({"wallet": {"$in": made}})
    Wallet._get_collection().delete_many({"_id": {"$in": made}})


@pytest.fixture
def new_transaction() -> MakeTransaction:
    """Makes a transaction of a wallet, in memory, without a number."""

    def make(wallet: Wallet, **fields: Any) -> Transaction:
        usual = {"type": "WITHDRAWAL", "status": TransactionStatus.PENDING, "amount": 100}
        return Transaction(
            reference=f"PFTST{ObjectId()}",
            wallet=wallet.pk,
            user_id=wallet.user_id,
            **{**usual, **fields},
        )

    return make
