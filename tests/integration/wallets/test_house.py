"""The house: money that we pay in at a vendor, and accounts whose opening balance is booked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId

from payflow.kernel import clock
from wallets import house
from wallets.ledger.documents import (
    ChangeSource,
    LedgerEntry,
    Transaction,
    TransactionStatus,
    Wallet,
)

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def account() -> Iterator[str]:
    """A house account that no other test uses."""
    name = f"gateway:test-{ObjectId()}"
    yield name
    references = [t.reference for t in Transaction.objects(details__house_account=name)]
    for document, field in ((LedgerEntry, "transaction"), (Transaction, "reference")):
        document.objects(**{f"{field}__in": references}).delete()


@pytest.mark.parametrize(
    ("kobo", "sides"), [(500, (True, False)), (-500, (False, True))], ids=["paid in", "paid out"]
)
def test_a_top_up_is_booked_in_its_direction(
    account: str, kobo: int, sides: tuple[bool, bool]
) -> None:
    """Between the account and our bank, on the house's chain; the house never has a balance."""
    now = datetime(2026, 1, 31, 12, tzinfo=UTC)

    returned = house.book_top_up(account, kobo=kobo, reason="Opening balance.", now=now)

    stored = Transaction.objects.get(reference=returned.reference)
    assert stored.reference.startswith("PFADJ")
    assert (stored.type, stored.status) == ("ADJUSTMENT", TransactionStatus.SUCCESS)
    assert (stored.amount, stored.currency, stored.reason) == (500, "NGN", "Opening balance.")
    assert (stored.user_id, stored.wallet, stored.completed_at) == (house.HOUSE, house.HOUSE, now)
    assert stored.details == {"house_account": account}
    [line] = stored.history
    assert (line.status, line.source, line.at) == (
        TransactionStatus.SUCCESS,
        ChangeSource.STAFF,
        stored.created_at,
    )
    [entry] = LedgerEntry.objects(transaction=stored.reference)
    assert (entry.debit_account == account, entry.credit_account == account) == sides
    assert "settlement:bank" in {entry.debit_account, entry.credit_account}
    assert (entry.amount, entry.wallet) == (500, house.HOUSE)
    wallet = Wallet.objects.get(pk=house.HOUSE)
    assert (wallet.balance, wallet.held, wallet.transaction_number) == (0, 0, stored.number)


def test_an_account_that_agrees_already_is_opened_without_an_entry(account: str) -> None:
    """Its transaction says so, with the least amount that one can have."""
    assert not house.is_opened(account)

    opened = house.book_top_up(account, kobo=0, reason="Opening balance.", now=clock.now())

    assert (opened.amount, LedgerEntry.objects(transaction=opened.reference).count()) == (1, 0)
    assert house.is_opened(account)
    assert not house.is_opened(f"{account}-2")


@pytest.mark.parametrize(
    "change",
    [{"status": "FAILED"}, {"type": "CHARGE"}, {"user_id": ObjectId()}],
    ids=lambda change: next(iter(change)),
)
def test_only_an_adjustment_of_the_house_opens_an_account(
    account: str, change: dict[str, Any]
) -> None:
    opened = house.book_top_up(account, kobo=1, reason="Opening balance.", now=clock.now())
    Transaction._get_collection().update_one({"_id": opened.pk}, {"$set": change})

    assert not house.is_opened(account)
