"""What the house keeps: what is not a customer's yet, and what we paid in at vendors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId

from payflow.kernel.db import atomic
from payflow.kernel.errors import InvariantBroken
from wallets import house
from wallets.errors import TransactionNotFound
from wallets.house import book_top_up, is_opened
from wallets.ledger.documents import (
    ADJUSTMENT,
    ChangeSource,
    LedgerEntry,
    Transaction,
    TransactionStatus,
    Wallet,
)
from wallets.ledger.vendor_objects import Fact, ObjectKind, VendorObject, record

pytestmark = pytest.mark.usefixtures("db")
GATEWAY, FLOAT, BANK = "gateway:flutterwave", "float:vtpass", "settlement:bank"
NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
WHY = "The opening balance."


@pytest.fixture(autouse=True)
def empty_house(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[ObjectId]:
    """A house that has kept nothing yet. Tests share the database, and so its real house."""
    id_ = ObjectId()
    monkeypatch.setattr(house, "HOUSE", id_)
    yield id_
    for documents in (LedgerEntry, Transaction):
        documents.objects(wallet=id_).delete()
    Wallet.objects(pk=id_).delete()


def entries_of(transaction: Transaction) -> list[tuple[str, str, int, int]]:
    """Debit account, credit account, kobo and the balance of the house afterwards."""
    rows = LedgerEntry.objects(transaction=transaction.reference)
    return [(row.debit_account, row.credit_account, row.amount, row.balance_after) for row in rows]


def stored(transaction: Transaction) -> Transaction:
    return Transaction.objects.get(reference=transaction.reference)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "kobo, entries",
    [
        (250_00, [(GATEWAY, BANK, 250_00, 0)]),
        (1, [(GATEWAY, BANK, 1, 0)]),
        (-1, [(BANK, GATEWAY, 1, 0)]),
        (-250_00, [(BANK, GATEWAY, 250_00, 0)]),
        (0, []),
    ],
)
def test_a_top_up_is_booked_against_our_bank(
    empty_house: ObjectId, kobo: int, entries: list[tuple[str, str, int, int]]
) -> None:
    """Paid in from the bank, or out to it; nothing moves if it is 0."""
    booked = stored(book_top_up(GATEWAY, kobo=kobo, reason=WHY, now=NOW))

    assert entries_of(booked) == entries
    assert (booked.type, booked.status) == (ADJUSTMENT, TransactionStatus.SUCCESS)
    assert (booked.amount, booked.currency) == (abs(kobo) or 1, "NGN")
    assert (booked.reason, booked.details) == (WHY, {"house_account": GATEWAY})
    assert (booked.created_at, booked.completed_at, booked.updated_at) == (NOW, NOW, NOW)
    assert (booked.wallet, booked.user_id) == (empty_house, empty_house)
    assert booked.reference.startswith("PFADJ")
    [line] = booked.history
    assert (line.status, line.source, line.at) == (
        TransactionStatus.SUCCESS,
        ChangeSource.STAFF,
        NOW,
    )
    assert all(row.created_at == NOW for row in LedgerEntry.objects(wallet=empty_house))


def test_transactions_of_the_house_are_one_chain(empty_house: ObjectId) -> None:
    """The first makes the wallet; each has the next number, a later time and its seal."""
    first = stored(book_top_up(GATEWAY, kobo=5, reason=WHY, now=LATER))
    second = stored(book_top_up(FLOAT, kobo=-3, reason=WHY, now=NOW))

    assert (first.number, second.number) == (1, 2)
    assert (first.prev_seal, second.prev_seal) == ("", first.seal)
    assert second.seal != first.seal
    assert second.created_at == second.history[0].at == LATER  # the clock went backwards
    wallet = Wallet.objects.get(pk=empty_house)
    assert (wallet.transaction_number, wallet.transaction_seal) == (2, second.seal)
    assert (wallet.user_id, wallet.created_at) == (empty_house, LATER)
    assert (wallet.balance, wallet.entry_seq) == (0, 2)


def test_a_top_up_that_cannot_be_booked_leaves_nothing(empty_house: ObjectId) -> None:
    """Our bank is not paid in at itself: there is no transaction without its entry."""
    with pytest.raises(InvariantBroken):
        book_top_up(BANK, kobo=1, reason=WHY, now=NOW)

    assert not Transaction.objects(wallet=empty_house).first()
    assert not Wallet.objects(pk=empty_house).first()


@pytest.mark.parametrize("kobo", [5, 0, -5])
def test_an_account_is_open_once_a_top_up_names_it(kobo: int) -> None:
    """Whatever moved; other accounts stay closed."""
    assert not is_opened(GATEWAY)

    book_top_up(GATEWAY, kobo=kobo, reason=WHY, now=NOW)

    assert is_opened(GATEWAY)
    assert not is_opened(FLOAT)
    book_top_up(FLOAT, kobo=1, reason=WHY, now=NOW)
    assert is_opened(FLOAT)
    assert is_opened(GATEWAY)


@pytest.mark.parametrize(
    "changed",
    [
        {"user_id": ObjectId()},
        {"type": "CHARGE"},
        {"status": TransactionStatus.FAILED},
        {"details": {}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_only_an_adjustment_of_the_house_opens_an_account(changed: dict[str, Any]) -> None:
    """Another owner, type or status opens nothing, nor one that names no account."""
    booked = book_top_up(GATEWAY, kobo=1, reason=WHY, now=NOW)
    changes = {f"set__{name}": value for name, value in changed.items()}
    Transaction.objects(reference=booked.reference).update_one(**changes)

    assert is_opened(GATEWAY) is False


@pytest.fixture
def fact() -> Iterator[Fact]:
    """A payment that no customer's transaction knows."""
    id_ = str(ObjectId())
    yield Fact(
        vendor="flutterwave",
        kind=ObjectKind.PAYMENT,
        vendor_id=id_,
        status="successful",
        amount=700_00,
        named_reference="invoice-7",
    )
    VendorObject.objects(vendor_id=id_).delete()


@atomic
def keep(fact: Fact, *, has_moved: bool) -> Transaction:
    return house.keep(
        fact, "UNMATCHED", "SUN", has_moved=has_moved, source=ChangeSource.WEBHOOK, now=NOW
    )


def test_what_moved_money_begins_a_transaction_of_the_house(
    empty_house: ObjectId, fact: Fact
) -> None:
    """It is PENDING until it is settled, and names the vendor's object and its reference."""
    kept = stored(keep(fact, has_moved=True))

    assert (kept.wallet, kept.type, kept.status) == (
        empty_house,
        "UNMATCHED",
        TransactionStatus.PENDING,
    )
    assert (kept.amount, kept.vendor, kept.vendor_id) == (700_00, "flutterwave", fact.vendor_id)
    assert kept.details == {"named_reference": "invoice-7"}
    assert kept.reference.startswith("PFSUN")
    [line] = kept.history
    assert (line.status, line.source, line.at) == (
        TransactionStatus.PENDING,
        ChangeSource.WEBHOOK,
        NOW,
    )


def test_what_moved_no_money_is_not_kept(empty_house: ObjectId, fact: Fact) -> None:
    """There is no transaction about it."""
    with pytest.raises(TransactionNotFound, match=r"^The vendor's reference is not ours\.$"):
        keep(fact, has_moved=False)

    assert not Transaction.objects(wallet=empty_house).first()


@atomic
def heard(fact: Fact, reference: str) -> None:
    record(fact, None, transaction=reference, source=ChangeSource.WEBHOOK, asked_at=NOW)


@pytest.mark.parametrize("has_moved", [True, False])
def test_what_is_kept_already_stays_one_transaction(
    empty_house: ObjectId, fact: Fact, has_moved: bool
) -> None:
    """Also if its money has come back since."""
    reference = keep(fact, has_moved=True).reference
    heard(fact, reference)

    assert keep(fact, has_moved=has_moved).reference == reference

    assert Transaction.objects(wallet=empty_house).count() == 1


def test_a_vendor_object_without_its_transaction_is_an_error(
    empty_house: ObjectId, fact: Fact
) -> None:
    """Nothing new is begun for it."""
    heard(fact, "PFSUN-gone")

    with pytest.raises(InvariantBroken, match=f"{fact.vendor_id} belongs to no transaction"):
        keep(fact, has_moved=True)

    assert not Transaction.objects(wallet=empty_house).first()
