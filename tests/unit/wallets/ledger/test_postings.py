from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from wallets.ledger.documents import LedgerEntry
from wallets.ledger.postings import hash_entry

FIELDS: dict[str, Any] = {
    "transaction": "PFFUN1",
    "debit_account": "gateway:flutterwave",
    "credit_account": "wallet:1",
    "amount": 100,
    "currency": "NGN",
    "wallet": ObjectId("6b0436f193f9e353c3c62fc5"),
    "seq": 1,
    "balance_after": 100,
    "prev_hash": "",
    "created_at": datetime(2026, 1, 31, 12, tzinfo=UTC),
}
OTHER: dict[str, Any] = {
    "transaction": "PFFUN2",
    "debit_account": "adjustment",
    "credit_account": "wallet:2",
    "amount": 101,
    "currency": "USD",
    "wallet": ObjectId("6b0436f193f9e353c3c62fc6"),
    "seq": 2,
    "balance_after": 101,
    "prev_hash": "0" * 64,
    "created_at": datetime(2026, 1, 31, 12, 0, 0, 1000, tzinfo=UTC),
}


@pytest.mark.parametrize("name", sorted(FIELDS))
def test_a_change_of_any_field_changes_the_hash(name: str) -> None:
    """So no field of an entry can be changed unnoticed."""
    assert hash_entry(LedgerEntry(**FIELDS)) != hash_entry(
        LedgerEntry(**{**FIELDS, name: OTHER[name]})
    )


def test_every_field_of_an_entry_is_tested() -> None:
    """A new field must be part of the hash."""
    assert set(LedgerEntry._fields) - {"id", "hash"} == set(FIELDS) == set(OTHER)


def test_the_hash_of_a_known_entry_never_changes() -> None:
    """Chains that are stored today can be checked by later code."""
    assert (
        hash_entry(LedgerEntry(**FIELDS))
        == "48c852186683f06a8ba932a57cab5eb1544304a14da59281f6be6493f511c322"
    )
